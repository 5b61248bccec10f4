"""Where Nextcloud keeps what was thrown away."""

import pytest

from appliance.ent.nextcloud import trash_path


@pytest.mark.parametrize(
    ("root", "trash"),
    [
        ("/remote.php/dav/files/classe-cp/", "/remote.php/dav/trashbin/classe-cp/trash/"),
        (
            "/remote.php/dav/files/classe%40ecole/Bo%C3%AEte/",
            "/remote.php/dav/trashbin/classe%40ecole/trash/",
        ),
        ("/nuage/remote.php/dav/files/cp/Projets/", "/nuage/remote.php/dav/trashbin/cp/trash/"),
        ("/remote.php/webdav/Bo%C3%AEte/", "/remote.php/dav/trashbin/mme%20l%2Fa/trash/"),
        ("/dav/classe/", None),
        ("/", None),
    ],
)
def test_the_trash_is_where_the_manual_says(root: str, trash: str | None) -> None:
    assert trash_path(root, "mme l/a") == trash
