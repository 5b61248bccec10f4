"""Answers to PROPFIND as servers really write them."""

import pytest

from appliance.ent.multistatus import Entry, read
from appliance.ent.ports import EntOddAnswer

NEXTCLOUD = """<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">
<d:response><d:href>/remote.php/dav/files/cp/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype>
</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getcontentlength/></d:prop>
<d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
<d:response><d:href>/remote.php/dav/files/cp/Zo%c3%a9:1.mp3</d:href><d:propstat><d:prop><d:resourcetype/>
<d:getcontentlength>42</d:getcontentlength></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
</d:multistatus>"""

NGINX = """<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:"><D:response>
<D:href>http://ent.example.org/Zoe%CC%81/</D:href><D:propstat><D:prop>
<D:resourcetype><D:collection/></D:resourcetype></D:prop>
<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
</D:multistatus>"""


def test_folders_and_files_are_told_apart() -> None:
    folder, file = read(NEXTCLOUD.encode())
    assert folder == Entry("/remote.php/dav/files/cp/", is_folder=True, size=None)
    assert file == Entry("/remote.php/dav/files/cp/Zo%c3%a9:1.mp3", is_folder=False, size=42)
    assert file.name == "Zoé:1.mp3"


def test_full_addresses_and_decomposed_names_are_understood() -> None:
    (folder,) = read(NGINX.encode())
    assert (folder.href, folder.name) == ("/Zoe%CC%81/", "Zoé")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Connexion</body></html>",
        b"<!DOCTYPE html><html></html>",
        b'<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd"><multistatus xmlns="DAV:"/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d><multistatus xmlns="DAV:"/>'.encode("utf-16"),
        b'<multistatus xmlns="DAV:"><response>',
        b"\xff\xfe\x00",
    ],
)
def test_anything_else_is_an_odd_answer(body: bytes) -> None:
    with pytest.raises(EntOddAnswer):
        read(body)
