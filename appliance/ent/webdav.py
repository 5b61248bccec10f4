"""Any WebDAV server as an ENT space (RFC 4918), Nextcloud included.

Servers differ in everything but the plainest requests: preconditions, checksums and dates are ignored
by some, and a cut overwrite destroys the file on others (the table in docs/ent.md). So a file travels
under a name of its own, is proven there, and only then takes its name, without overwriting.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

from appliance.ent.connection import Connection
from appliance.ent.multistatus import Entry, place
from appliance.ent.names import codes_in, is_temporary_of, safe_file_name, safe_segment, temporary_name
from appliance.ent.nextcloud import trash_path
from appliance.ent.ports import (
    AnswerLost,
    EntError,
    EntForbidden,
    EntFull,
    EntOddAnswer,
    EntSetup,
    EntTaken,
    EntTooLarge,
    Proof,
)
from appliance.ent.tree import Tree
from appliance.i18n import _


class WebDavSpace:
    """An `EntSpace` on a WebDAV server."""

    def __init__(
        self,
        connection: Connection,
        url: str,
        user: str,
        token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        """Take the space's address; `token` makes eight hexadecimal digits that no other run uses."""
        self._connection = connection
        self._tree = Tree(connection)
        self._root = quote(unquote(urlsplit(url).path)).rstrip("/") + "/"
        self._trash = trash_path(self._root, user)
        self._token = token
        self._known: dict[tuple[str, ...], tuple[str, dict[str, Entry]]] = {}
        """By path: a folder's href and what it held when it was listed, by name."""
        self._made: dict[tuple[str, ...], str] = {}
        """Folders made by this run in which nothing has arrived yet."""

    def check(self) -> None:
        """See EntSpace."""
        found = self._tree.stat(self._root)
        if found is None or not found.is_folder:
            raise self._no_root()

    def ensure_folder(self, path: Sequence[str]) -> None:
        """See EntSpace."""
        self._folder(tuple(safe_segment(name) for name in path))

    def put(self, path: Sequence[str], content: bytes, taken_at: datetime | None = None) -> Proof:
        """See EntSpace."""
        folder = tuple(safe_segment(name) for name in path[:-1])
        name = safe_file_name(path[-1])
        href, members = self._folder(folder)
        wanted = Proof(len(content), hashlib.sha256(content).hexdigest(), sent=True)
        if name in members:
            return self._adopt(members[name], wanted)
        try:
            self._clear_leftovers(members, name)
            travelling = self._send(href, name, content, wanted.sha256, taken_at)
            proof = self._name(travelling, href + quote(name), wanted)
        except EntError:
            # What is there now is not known any more: look again before the next file.
            self._known.clear()
            raise
        members[name] = Entry(href + quote(name), is_folder=False, size=proof.size)
        for depth in range(1, len(folder) + 1):
            self._made.pop(folder[:depth], None)
        return proof

    def find(self, codes: Collection[str]) -> dict[str, list[str]]:
        """See EntSpace. The tree is walked once, whatever the number of codes."""
        self._known.clear()
        found: dict[str, list[str]] = {}
        if not codes:
            return found
        self.check()
        for entry in [*self._tree.files(self._root), *self._trashed()]:
            for code in codes_in(entry.name, codes):
                found.setdefault(code, []).append(entry.href)
        return found

    def delete(self, found: Mapping[str, Sequence[str]]) -> dict[str, EntError]:
        """See EntSpace."""
        self._known.clear()
        owners: dict[str, set[str]] = {}
        doomed: dict[str, Entry] = {}
        for code, hrefs in found.items():
            for href in hrefs:
                owners.setdefault(place(href), set()).add(code)
                if not self._is_trashed(href):
                    doomed[place(href)] = Entry(href, is_folder=False, size=None)
        faults = self._remove(doomed, self._root, owners)
        trashed = {entry.place: entry for entry in self._trashed() if codes_in(entry.name, found.keys())}
        if self._trash:
            owners.update({name: codes_in(name, found.keys()) for name in trashed})
            faults |= self._remove(trashed, self._trash, owners)
        return faults

    def close(self) -> None:
        """See EntSpace."""
        with suppress(EntError):
            for path in sorted(self._made, key=len, reverse=True):
                if self._tree.members(self._made[path]) == []:
                    self._connection.request("DELETE", self._made[path])
        self._made.clear()
        self._connection.close()

    def _folder(self, path: tuple[str, ...]) -> tuple[str, dict[str, Entry]]:
        if path in self._known:
            return self._known[path]
        if not path:
            known = self._listed(self._root)
            if known is None:
                raise self._no_root()
        else:
            known = self._subfolder(path)
        self._known[path] = known
        return known

    def _subfolder(self, path: tuple[str, ...]) -> tuple[str, dict[str, Entry]]:
        parent, members = self._folder(path[:-1])
        there = members.get(path[-1])
        if there is not None and not there.is_folder:
            raise EntTaken
        href = there.href.rstrip("/") + "/" if there else parent + quote(path[-1]) + "/"
        if there is None:
            answer = self._connection.request("MKCOL", href)
            if answer.status == 201:
                members[path[-1]] = Entry(href, is_folder=True, size=None)
                self._made[path] = href
                return href, {}
        known = self._listed(href)
        if known is None:
            self._known.clear()
            raise EntOddAnswer
        return known

    def _listed(self, href: str) -> tuple[str, dict[str, Entry]] | None:
        members = self._tree.members(href)
        return None if members is None else (href, {member.name: member for member in members})

    def _adopt(self, there: Entry, wanted: Proof) -> Proof:
        same_size = there.size is None or there.size == wanted.size
        if not same_size or not self._holds(there.href, wanted.size, wanted.sha256):
            raise EntTaken
        return Proof(wanted.size, wanted.sha256, sent=False)

    def _clear_leftovers(self, members: dict[str, Entry], name: str) -> None:
        for leftover in [member for member in members if is_temporary_of(member, name)]:
            self._connection.request("DELETE", members[leftover].href)
            del members[leftover]

    def _send(self, folder: str, name: str, content: bytes, sha256: str, taken_at: datetime | None) -> str:
        """Send under a travelling name and return its href once the server has proven the content."""
        # X-Hash: Nextcloud tells the hash of what it received. Elsewhere the content is read back.
        headers = {"Content-Type": "application/octet-stream", "X-Hash": "sha256"}
        if taken_at is not None and taken_at.timestamp() >= 1:
            headers["X-OC-MTime"] = str(int(taken_at.timestamp()))
        for _attempt in range(2):
            href = folder + quote(temporary_name(name, self._token()))
            try:
                answer = self._connection.request("PUT", href, headers, content)
            except AnswerLost:
                pass
            except (EntFull, EntTooLarge):
                self._connection.request("DELETE", href)
                raise
            else:
                if answer.status not in (200, 201, 204):
                    raise EntOddAnswer
                if answer.headers.get("x-hash-sha256", "").lower() == sha256:
                    return href
            if self._holds(href, len(content), sha256):
                return href
            self._connection.request("DELETE", href)
        raise EntOddAnswer(_("Une trace est arrivée abîmée à l’ENT. La boîte l’a retirée et réessaiera."))

    def _name(self, travelling: str, target: str, wanted: Proof) -> Proof:
        """Give a file its name without overwriting, and see it there."""
        headers = {"Destination": self._connection.absolute(target), "Overwrite": "F"}
        answer = self._connection.request("MOVE", travelling, headers)
        if answer.status in (201, 204):
            arrived = self._tree.stat(target)
            if arrived is not None and arrived.size == wanted.size:
                return wanted
        # The name was taken meanwhile, or a lost answer made the move be asked twice.
        self._connection.request("DELETE", travelling)
        if self._holds(target, wanted.size, wanted.sha256):
            return wanted
        raise EntTaken if answer.status == 412 else EntOddAnswer

    def _holds(self, href: str, size: int, sha256: str) -> bool:
        digest = hashlib.sha256()
        answer = self._connection.request("GET", href, consume=digest.update, expected=size)
        return answer.status == 200 and digest.hexdigest() == sha256

    def _is_trashed(self, href: str) -> bool:
        return self._trash is not None and place(href).startswith(f"{place(self._trash)}/")

    def _trashed(self) -> list[Entry]:
        if self._trash is None:
            return []
        try:
            return list(self._tree.files(self._trash))
        except EntForbidden:
            # The trash is switched off on this server.
            return []

    def _remove(
        self, doomed: dict[str, Entry], root: str, owners: Mapping[str, set[str]]
    ) -> dict[str, EntError]:
        faults: dict[str, EntError] = {}
        for entry in self._tree.topmost(doomed, root):
            try:
                answer = self._connection.request("DELETE", entry.href)
                if answer.status not in (200, 202, 204, 404):
                    raise EntOddAnswer
            except EntError as error:
                if error.stops_run:
                    raise
                below = [name for name in doomed if f"{name}/".startswith(f"{entry.place}/")]
                faults |= {code: error for name in below for code in owners[name]}
        return faults

    def _no_root(self) -> EntSetup:
        return EntSetup(
            _("Le dossier de l’ENT indiqué dans le réglage n’existe pas. Vérifiez l’adresse WebDAV.")
        )
