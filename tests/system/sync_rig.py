"""A box's run folder, a hub that hands out parcels over its real socket, and the demo's ENT."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from pyrage import encrypt, x25519

from appliance.config import load_config
from appliance.jobs import sync
from appliance.simulator.ent_server import counts_beside

USER, PASSWORD = "classe-cp", "parapluie-7"
STOP_SECONDS = 20.0
LILA = "CP-CE1/Lila/La pluie 7Q2M-9XKD-4HTR.mp3"
SACHA = "CP-CE1/Sacha/Le loup 0123-4567-89AB.mp3"
TOUR = "CP-CE1/Sacha/Ma tour WWWW-YYYY-VVVV.jpg"


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.02)


@dataclass
class Item:
    """What the hub wants done for one capture."""

    verb: str
    code: str
    paths: list[str]
    content: bytes
    state: str = "queued"
    attempts: int = 0
    size: int | None = None
    fault: str | None = None
    message: str | None = None
    parcel_status: int = 200
    damaged: bool = False


@dataclass
class Hub:
    """The hub's side of docs/hub-socket.md, in memory."""

    items: list[Item] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    waiting: int = 0
    identity: Any = field(default_factory=x25519.Identity.generate)

    def put(self, *paths: str, content: bytes | None = None) -> Item:
        code = re.sub("-", "", paths[0].rpartition(".")[0][-14:])
        item = Item("put", code, list(paths), content or (code.encode() * 5000))
        self.items.append(item)
        return item

    def delete(self, item: Item) -> Item:
        self.items.remove(item)
        doomed = Item("delete", item.code, [], b"")
        self.items.insert(0, doomed)
        return doomed

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        status, body = self._answer(environ)
        start_response(f"{status} -", [("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, bytes]:
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if call == "GET /plan":
            return 200, json.dumps(self._plan()).encode()
        if call == "POST /runs":
            self.runs.append(json.loads(sent))
            return 204, b""
        number = re.fullmatch(r"(GET|POST) /actions/(\d+)(/parcel)?", call)
        assert number, call
        item = self.items[int(number[2])]
        if number[3]:
            item.attempts += 1
            return item.parcel_status, self._parcel(item)
        told = json.loads(sent)
        assert set(told) == {"state", "fault", "message", "size"}
        item.state = {"verified": "verified", "failed": "queued"}[told["state"]]
        item.size, item.fault, item.message = told["size"], told["fault"], told["message"]
        self.order.append(f"{item.verb} {item.code} {told['state']}")
        return 204, b""

    def _plan(self) -> dict[str, Any]:
        queued = [
            {"id": number, "verb": item.verb, "code": item.code, "attempts": item.attempts}
            for number, item in enumerate(self.items)
            if item.state == "queued"
        ]
        return {"key": str(self.identity), "actions": queued, "waiting_for_unlock": self.waiting}

    def _parcel(self, item: Item) -> bytes:
        if item.parcel_status != 200:
            return b'{"error": "later", "message": ""}'
        facts = json.dumps(
            {
                "paths": [path.split("/") for path in item.paths],
                "sha256": sha256(item.content).hexdigest(),
                "size": len(item.content),
                "type": "audio/mpeg",
                "taken_at": "2027-01-12T08:40:00+01:00",
            }
        ).encode()
        content = b"?" + item.content[1:] if item.damaged else item.content
        opened = len(facts).to_bytes(4, "big") + facts + content
        return bytes(encrypt(opened, [self.identity.to_public()]))


@dataclass
class Box:
    """A box, its hub and the ENT it was given."""

    folder: Path
    port: int
    hub: Hub

    @property
    def ent(self) -> Path:
        return self.folder / "ent"

    def sync(self) -> sync.SyncReport:
        return sync.run(load_config(self.folder / "boite.toml"), sleep=lambda _seconds: None)

    def fault(self, fault: str) -> None:
        temporary = self.folder / "faults.new"
        temporary.write_text(json.dumps({"ent": fault}))
        os.replace(temporary, self.folder / "faults.json")
        wait_for(lambda: listens(self.port) is (fault != "down"))

    def requests(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(counts_beside(self.folder / "faults.json").read_text())
        return counts

    def at_the_ent(self) -> set[str]:
        return {str(path.relative_to(self.ent)) for path in self.ent.rglob("*") if path.is_file()}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def hub_at(path: Path) -> Iterator[Hub]:
    hub = Hub()
    server = wsgi.Server(str(path), hub, numthreads=2)
    server.shutdown_timeout = 1
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield hub
    finally:
        server.stop()
        thread.join()


@contextmanager
def ent_of(folder: Path, port: int) -> Iterator[None]:
    options = {
        "root": folder / "ent",
        "port": port,
        "user": USER,
        "password-file": folder / "password",
        "faults": folder / "faults.json",
        "slow-seconds": 0.4,
    }
    command = [sys.executable, "-m", "appliance.simulator.ent_server"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    with (folder / "ent.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: listens(port))
            yield
        finally:
            process.terminate()
            # How fast this double stops is not what is tested here.
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()


@pytest.fixture(name="box")
def sync_box(tmp_path: Path) -> Iterator[Box]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    for name in ("data", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "boite.toml").write_text(
        f"""
        [box]
        data = "{tmp_path}/data"
        run = "{tmp_path}/run"
        [ent]
        kind = "webdav"
        url = "http://127.0.0.1:{port}/"
        user = "{USER}"
        password_file = "{tmp_path}/password"
        timeout_seconds = 5.0
        """
    )
    with ent_of(tmp_path, port), hub_at(tmp_path / "run" / "hub-sync.sock") as hub:
        yield Box(tmp_path, port, hub)
