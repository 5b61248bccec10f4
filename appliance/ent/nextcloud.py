"""What only Nextcloud has: the trash, as its developer manual describes it (Client APIs, WebDAV, Trashbin).

`PROPFIND /remote.php/dav/trashbin/<user>/trash` lists it, `DELETE` on an item deletes for good. Entries keep
the file's name in theirs, so that a code is found there as it is in the tree.
"""

import re
from urllib.parse import quote

_FILES = re.compile(r"(?P<server>.*/remote\.php/)(?:dav/files/(?P<user>[^/]+)|webdav)/")


def trash_path(root: str, login: str) -> str | None:
    """Return the trash that goes with a space's percent-encoded path, or None when it is no Nextcloud.

    The old address `/remote.php/webdav/` does not tell the account; the login name is used there.
    """
    files = _FILES.match(root)
    if files is None:
        return None
    user = files["user"] or quote(login, safe="")
    return f"{files['server']}dav/trashbin/{user}/trash/"
