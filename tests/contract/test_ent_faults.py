"""What every ENT connector does when the line or the server fails, on the same real servers."""

import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.ent.connection import Connection, Patience
from appliance.ent.ports import (
    EntAway,
    EntBusy,
    EntError,
    EntFull,
    EntOddAnswer,
    EntRefused,
    EntSetup,
    EntUntrusted,
)
from appliance.ent.webdav import WebDavSpace
from appliance.simulator.ent_server import dav_app
from tests.contract.ent_servers import (
    CODE,
    PASSWORD,
    PATH,
    STORED,
    USER,
    VOICE,
    Server,
    answering,
    free_port,
    proxy,
    serving,
)


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
    with pytest.raises(EntAway, match="garde tout"):
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
