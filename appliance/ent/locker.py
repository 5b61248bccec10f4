"""A folder of the ENT that the box keeps for itself: files without a code or a name, that no family reads.

What `webdav.py` proves of a file that it carries is proven here too. What is removed leaves the trash too.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from mmap import mmap
from typing import cast
from urllib.parse import quote

from appliance.ent.connection import Connection
from appliance.ent.multistatus import ROOM, Entry, read_room
from appliance.ent.names import is_temporary, safe_segment
from appliance.ent.ports import EntForbidden, EntOddAnswer, EntTaken
from appliance.ent.webdav import WebDavSpace

Place = tuple[str, ...]
"""Names from the locker down to a file or a folder."""


class Locker(WebDavSpace):
    """Whole files in one folder of a WebDAV space. Every call raises nothing but EntError."""

    def __init__(self, connection: Connection, url: str, user: str, folder: str) -> None:
        """Take the space, and the locker's folder below it, with slashes between names."""
        super().__init__(connection, url, user)
        self._base = tuple(safe_segment(name) for name in folder.split("/") if name)

    def members(self, folder: Place = ()) -> dict[str, Entry]:
        """Return what a folder of the locker holds now, by name; nothing when there is no such folder."""
        listed = self._tree.members(self._href(folder) + "/")
        return {entry.name: entry for entry in listed or ()}

    def keep(self, place: Place, content: bytes | mmap) -> None:
        """Store a file and prove it; what had its name with another content is replaced.

        Cut at any byte, the same call ends it: a file has its name only once it is whole.
        """
        path, data = (*self._base, *place), cast(bytes, content)
        try:
            self.put(path, data)
        except EntTaken:
            self.remove([place])
            self.put(path, data)

    def fetch(self, place: Place, take: Callable[[bytes], None], expected: int = 0) -> bool:
        """Give a file's content piece by piece to `take`; False when there is no such file.

        A lost answer is asked for again: `take` may be given the beginning twice, so its caller compares
        prints. `expected`, in bytes, gives a slow line its time.
        """
        answer = self._connection.request("GET", self._href(place), consume=take, expected=expected)
        if answer.status not in (200, 404):
            raise EntOddAnswer
        return answer.status == 200

    def remove(self, places: Sequence[Place]) -> None:
        """Remove files or whole folders, and what the server put of them in its trash."""
        self._known.clear()
        for place in places:
            answer = self._connection.request("DELETE", self._href(place))
            if answer.status not in (200, 202, 204, 404):
                raise EntOddAnswer
        self._empty_trash({place[-1] for place in places})

    def sweep(self, folder: Place, found: Collection[str]) -> None:
        """Remove what a cut left half sent, among the names found in a folder."""
        self.remove([(*folder, name) for name in found if is_temporary(name)])

    def room(self) -> int | None:
        """Return the bytes left, or None when the server does not say or sets no limit (RFC 4331)."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        answer = self._connection.request("PROPFIND", self._root, headers, ROOM)
        if answer.status != 207:
            raise EntOddAnswer
        return read_room(answer.body)

    def _href(self, place: Place) -> str:
        return self._root + "/".join(quote(name) for name in (*self._base, *place))

    def _empty_trash(self, names: set[str]) -> None:
        """Nextcloud keeps for a month what is deleted, under `name.d<moment>`."""
        if self._trash is None or not names:
            return
        # EntForbidden: the trash is switched off on this server.
        with suppress(EntForbidden):
            for entry in self._tree.members(self._trash) or ():
                if entry.name.rpartition(".d")[0] in names:
                    self._connection.request("DELETE", entry.href)
