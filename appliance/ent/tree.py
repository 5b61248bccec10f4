"""Looks at a server's folders, one level a request: many servers refuse `Depth: infinity`."""

from collections.abc import Iterator

from appliance.ent.connection import Connection
from appliance.ent.multistatus import PROPERTIES, Entry, place, read
from appliance.ent.ports import EntOddAnswer

MAX_FOLDERS = 5000
"""A walk stops there: this is no class's space."""


class Tree:
    """The folders below the places it is asked about. It changes nothing."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection to look through."""
        self._connection = connection

    def stat(self, href: str) -> Entry | None:
        """Return what is at an href, or None when nothing is."""
        entries = self._propfind(href, "0")
        return entries[0] if entries else None

    def members(self, href: str) -> list[Entry] | None:
        """Return what a folder holds, or None when there is no such folder.

        What the server lists from elsewhere is left out: nothing outside a folder is ever touched
        because of what its listing says.
        """
        folder = place(href)
        entries = self._propfind(href if href.endswith("/") else f"{href}/", "1")
        if entries is None or not any(entry.is_folder and entry.place == folder for entry in entries):
            return None
        return [entry for entry in entries if entry.place.rpartition("/")[0] == folder and entry.name]

    def files(self, href: str) -> Iterator[Entry]:
        """Yield every file below a folder; nothing when there is no such folder.

        Raises EntOddAnswer past `MAX_FOLDERS` folders.
        """
        folders = [href]
        seen = 0
        while folders:
            seen += 1
            if seen > MAX_FOLDERS:
                raise EntOddAnswer
            for entry in self.members(folders.pop()) or []:
                if entry.is_folder:
                    folders.append(entry.href)
                else:
                    yield entry

    def topmost(self, doomed: dict[str, Entry], root: str) -> list[Entry]:
        """Return the least that has to be deleted for `doomed` (files by place) to be gone.

        A folder that holds nothing else goes whole, in one request: so that a crash between a file
        and its folder never leaves a pupil's name behind. The folder `root` always stays.
        """
        gone = dict(doomed)
        waiting = {_parent(name) for name in doomed}
        limit = place(root)
        while waiting:
            folder = max(waiting, key=lambda name: name.count("/"))
            waiting.discard(folder)
            href = _parent_href(gone, folder)
            if not folder.startswith(f"{limit}/") or href is None:
                continue
            members = self.members(href)
            if members and all(member.place in gone for member in members):
                gone[folder] = Entry(href, is_folder=True, size=None)
                waiting.add(_parent(folder))
        return [entry for name, entry in gone.items() if _parent(name) not in gone]

    def _propfind(self, href: str, depth: str) -> list[Entry] | None:
        answer = self._connection.request(
            "PROPFIND", href, {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}, PROPERTIES
        )
        if answer.status == 404:
            return None
        if answer.status != 207:
            raise EntOddAnswer
        return read(answer.body)


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _parent_href(entries: dict[str, Entry], folder: str) -> str | None:
    child = next((entry for name, entry in entries.items() if _parent(name) == folder), None)
    return child.href.rstrip("/").rpartition("/")[0] + "/" if child else None
