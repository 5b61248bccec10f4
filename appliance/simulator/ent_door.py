"""The demo's ENT as a family meets it: folders and files, read over WebDAV with the school's account."""

import json
import socket
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from appliance.ent.connection import Connection, Patience
from appliance.ent.ports import EntAway
from appliance.ent.tree import Tree
from appliance.simulator.ent_server import counts_beside
from appliance.simulator.places import ENT_USER

FAULTS = ("ok", "down", "slow", "full")
_TIMEOUT = 10.0
_SETTLE_SECONDS = 3.0


class EntDoor:
    """One ENT on this machine."""

    def __init__(self, url: str, password_file: Path, faults: Path) -> None:
        self.url = url
        self._password_file = password_file
        self._faults = faults

    def set_fault(self, fault: str) -> None:
        """Break or mend it; returns once its door is shut or open as asked, or after 3 s."""
        temporary = self._faults.with_suffix(".new")
        temporary.write_text(json.dumps({"ent": fault}))
        temporary.replace(self._faults)
        deadline = time.monotonic() + _SETTLE_SECONDS
        while self._listens() is (fault == "down") and time.monotonic() < deadline:
            time.sleep(0.02)

    def _listens(self) -> bool:
        parts = urlsplit(self.url)
        with socket.socket() as probe:
            return probe.connect_ex((str(parts.hostname), parts.port or 80)) == 0

    def fault(self) -> str:
        """Return what is wrong with it."""
        try:
            return str(json.loads(self._faults.read_text())["ent"])
        except (OSError, ValueError, KeyError):
            return "ok"

    def requests(self) -> dict[str, int]:
        """Return the requests it has received since it was started, by method."""
        try:
            counts: dict[str, int] = json.loads(counts_beside(self._faults).read_text())
        except (OSError, ValueError):
            return {}
        return counts

    def files(self) -> list[list[str]]:
        """Return every file's path, as names; EntError when the ENT does not answer."""
        connection = self._connect()
        try:
            found = [entry.place.strip("/").split("/") for entry in Tree(connection).files("/")]
        finally:
            connection.close()
        return sorted(found)

    def read(self, path: str) -> bytes:
        """Return a file's content; EntError when it is not there or the ENT does not answer."""
        connection = self._connect()
        try:
            answer = connection.request("GET", quote(unquote(path)))
        finally:
            connection.close()
        if answer.status != 200:
            raise EntAway
        return answer.body

    def _connect(self) -> Connection:
        password = self._password_file.read_text().strip()
        return Connection(self.url, ENT_USER, password, _TIMEOUT, Patience())
