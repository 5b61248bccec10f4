import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import pytest
from PIL import Image

from appliance.config import Config, PrinterConfig, load_config
from appliance.simulator.paper import PaperPrinter
from appliance.stickers import worker
from appliance.stickers.layout import render, rows
from appliance.stickers.words import StickerText

FIRST_NAMES = ["Lina", "Yanis", "Élouan", "Ana", "Tom"]
PROCESS = """
import sys, threading
from pathlib import Path
from appliance.config import load_config
from appliance.stickers.worker import run
run(load_config(Path(sys.argv[1])), threading.Event())
"""


def text(number: int) -> StickerText:
    link = f"https://boite.local/e/7Q2M9XKD4HT{number}"
    name = FIRST_NAMES[number]
    return StickerText(
        link, f"7Q2M-9XKD-4HT{number}", "Lecture", name, "12 janv. 2027", "book", "cat", False, ""
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the condition never came"
        threading.Event().wait(0.01)


@dataclass
class Queue:
    """What the hub remembers: the contract of docs/hub-socket.md and nothing else."""

    waiting: list[int] = field(default_factory=list)
    attempts: dict[int, int] = field(default_factory=dict)
    said: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    refuse_next_report: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, *numbers: int) -> None:
        with self.changed:
            self.waiting += numbers
            self.changed.notify_all()

    def next(self, wait: float) -> dict[str, Any] | None:
        with self.changed:
            if not self.changed.wait_for(lambda: self.waiting, wait):
                return None
            number = self.waiting[0]
            self.attempts[number] = self.attempts.get(number, 0) + 1
            return {**text(number).to_json(), "job": number, "attempt": self.attempts[number]}

    def report(self, number: int, said: dict[str, Any]) -> int:
        if self.refuse_next_report:
            self.refuse_next_report = False
            return 503
        self.said.append((number, said))
        if said["state"] == "printed":
            self.waiting.remove(number)
        elif not said["touched"]:
            self.attempts[number] -= 1
        return 204

    @property
    def printed(self) -> list[int]:
        return [number for number, said in self.said if said["state"] == "printed"]

    @property
    def faults(self) -> list[tuple[int, str]]:
        return [(number, said["fault"]) for number, said in self.said if said["state"] == "failed"]


class Hub(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, queue: Queue) -> None:
        self.queue = queue
        super().__init__(str(path), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        found = self.server.queue.next(float(self.path.partition("wait=")[2]))
        body = b"" if found is None else json.dumps(found).encode()
        self._answer(204 if found is None else 200, body)

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/status":
            self.server.queue.statuses.append(said)
            self._answer(204)
        else:
            self._answer(self.server.queue.report(int(self.path.removeprefix("/jobs/")), said))

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "worker"

    def log_message(self, *_arguments: object) -> None:
        pass


@dataclass
class Room:
    """A hub, a worker in a thread, a printer."""

    config: Config
    twin: PaperPrinter
    queue: Queue
    stop: threading.Event
    threads: list[threading.Thread] = field(default_factory=list)
    hubs: list[Hub] = field(default_factory=list)

    def start_hub(self) -> None:
        hub = Hub(self.config.socket("printer"), self.queue)
        self.hubs.append(hub)
        self._start(lambda: hub.serve_forever(0.05))

    def start_worker(self) -> None:
        self._start(lambda: worker.run(self.config, self.stop))

    def papers(self) -> list[bytes]:
        return [_dots(path) for path in self.twin.papers()]

    def close(self) -> None:
        self.stop.set()
        for hub in self.hubs:
            hub.shutdown()
            hub.server_close()
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target)
        self.threads.append(thread)
        thread.start()


def _dots(path: Path) -> bytes:
    with Image.open(path) as image:
        return rows(image)


def sticker(number: int, *, copy: bool = False) -> bytes:
    return rows(render(replace(text(number), reprint=copy)))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(worker, "LONG_POLL", 0.1)
    twin = PaperPrinter(tmp_path / "papers")
    twin.start()
    config = _config(tmp_path, twin.address)
    room = Room(config, twin, Queue(), threading.Event())
    yield room
    room.close()
    twin.stop()


def _config(folder: Path, address: str) -> Config:
    printer = PrinterConfig("network", address, "NT-5890K", 1.0)
    path = folder / "boite.toml"
    path.write_text(
        f'[box]\ndata = "{folder}"\nrun = "{folder}"\n[printer]\nconnection = "network"\n'
        f'address = "{printer.address}"\nprofile = "{printer.profile}"\ntimeout_seconds = 1.0\n'
    )
    return load_config(path)


def test_paper_out_in_the_middle_of_a_queue_then_each_sticker_once_in_order(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BROKEN", 0.05)
    room.start_hub()
    room.start_worker()
    room.queue.add(0, 1)
    until(lambda: room.queue.printed == [0, 1])
    room.twin.set_fault("paper_out")
    room.queue.add(2, 3, 4)
    until(lambda: room.queue.faults != [])
    assert set(room.queue.faults) == {(2, "paper_out")}
    assert "remettez un rouleau" in room.queue.said[-1][1]["message"]
    until(lambda: room.queue.statuses[-1]["paper"] == "out")
    assert "remettez un rouleau" in room.queue.statuses[-1]["fault"]
    room.twin.set_fault("ok")
    until(lambda: room.queue.printed == [0, 1, 2, 3, 4])
    assert room.papers() == [sticker(number) for number in range(5)]
    assert room.queue.statuses[-1] == {"paper": "ok", "fault": None}


@pytest.mark.parametrize("fault", ["unplugged", "hung"])
def test_a_broken_printer_is_told_and_its_sticker_comes_when_it_is_mended(
    room: Room, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(worker, "BROKEN", 0.05)
    room.start_hub()
    room.start_worker()
    room.queue.add(0)
    until(lambda: room.queue.printed == [0])
    room.twin.set_fault(fault)
    room.queue.add(1)
    until(lambda: (1, fault) in room.queue.faults)
    until(lambda: room.queue.statuses[-1]["fault"] is not None)
    room.twin.set_fault("ok")
    until(lambda: room.queue.printed == [0, 1])
    assert room.papers() == [sticker(0), sticker(1)]
    assert room.queue.statuses[-1]["fault"] is None


def test_the_worker_waits_for_a_hub_that_is_away(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AWAY", 0.02)
    room.queue.add(0)
    room.start_worker()
    room.start_hub()
    until(lambda: room.queue.printed == [0])
    assert room.papers() == [sticker(0)]


def test_a_sticker_the_hub_could_not_be_told_of_is_not_printed_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "AWAY", 0.02)
    room.queue.refuse_next_report = True
    room.start_hub()
    room.start_worker()
    room.queue.add(0, 1)
    until(lambda: room.queue.printed == [0, 1])
    assert room.papers() == [sticker(0), sticker(1)]


def test_no_name_and_no_title_in_the_logs(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    room.start_hub()
    room.start_worker()
    room.queue.add(0)
    until(lambda: room.queue.printed == [0])
    assert "sticker 0 printed" in caplog.text
    assert not any(word in caplog.text for word in ("Lina", "Lecture", "7Q2M"))


class HoldingProxy:
    """Lets a job begin, then keeps the rest: the moment to pull the plug on who sends it."""

    def __init__(self, printer: str, let_through: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.held = threading.Event()
        self._printer = printer
        self._left = let_through
        self._killed = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        host, _colon, port = self._printer.partition(":")
        while not self.held.is_set():
            with self._server.accept()[0] as near, socket.create_connection((host, int(port))) as far:
                back = threading.Thread(target=self._back, args=(far, near))
                back.start()
                while self._left and (data := near.recv(min(4096, self._left))):
                    far.sendall(data)
                    self._left -= len(data)
                if not self._left:
                    self.held.set()
                    self._killed.wait()
                far.shutdown(socket.SHUT_RDWR)
                back.join()

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        while data := far.recv(64):
            with contextlib.suppress(OSError):
                near.sendall(data)

    def close(self) -> None:
        """Call it once the sender is dead."""
        self._killed.set()
        self._thread.join()
        self._server.close()


def _process(config: Config) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROCESS, config.path])


def test_a_worker_killed_in_the_middle_of_a_sticker_prints_it_again_marked_as_a_copy(
    room: Room, tmp_path: Path
) -> None:
    room.start_hub()
    room.queue.add(0, 1)
    proxy = HoldingProxy(room.twin.address, 9_000)
    killed = _process(_config(tmp_path, proxy.address))
    assert proxy.held.wait(30)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    proxy.close()
    again = _process(_config(tmp_path, room.twin.address))
    try:
        until(lambda: room.queue.printed == [0, 1])
    finally:
        again.kill()
        again.wait()
    assert room.papers()[-2:] == [sticker(0, copy=True), sticker(1)]


def test_an_idle_worker_has_not_loaded_what_only_a_sticker_needs() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, appliance.stickers.worker; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "appliance.stickers.worker" in told.stdout.split()
    assert not {"PIL", "qrcode", "escpos", "numpy", "flask"} & set(told.stdout.split())
