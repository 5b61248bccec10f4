"""What listens: TLS that survives its visitors, and plain HTTP that only points to it."""

import http.client
import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cheroot.server import KnownLengthRFile

from web.doors import LARGEST_BODY, LARGEST_HEADER, Door, PortTaken, TlsAdapter, redirection, tcp_socket
from web.tls import certificate_file, ensure_certificate, server_context


@dataclass
class Served:
    port: int
    certificate: Path

    def get(self) -> bytes:
        context = ssl.create_default_context(cafile=str(self.certificate))
        wire = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        wire.request("GET", "/")
        body = wire.getresponse().read()
        wire.close()
        return body


def hello(environ: object, start_response: object) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "7")])  # type: ignore[operator]
    return [b"bonjour"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    folder = ensure_certificate(tmp_path, "boite", datetime.now(UTC))
    sock = tcp_socket("127.0.0.1", 0)
    door = Door(sock, hello, 2)
    door.ssl_adapter = TlsAdapter(server_context(folder))
    door.open()
    yield Served(sock.getsockname()[1], certificate_file(tmp_path))
    door.stop()


def test_a_browser_that_trusts_the_certificate_is_served(served: Served) -> None:
    assert served.get() == b"bonjour"


def test_visitors_that_refuse_or_babble_leave_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(4):
        wary = ssl.create_default_context()
        with socket.create_connection(("127.0.0.1", served.port)) as raw, pytest.raises(ssl.SSLError):
            wary.wrap_socket(raw, server_hostname="127.0.0.1")
        with socket.create_connection(("127.0.0.1", served.port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: boite.local\r\n\r\n")
            raw.recv(100)
        socket.create_connection(("127.0.0.1", served.port)).close()
    assert served.get() == b"bonjour"
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize(
    "flood",
    [b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), b"X-Long: %s\r\n\r\n" % (b"x" * LARGEST_HEADER)],
)
def test_a_visitor_that_says_too_much_is_not_listened_to(served: Served, flood: bytes) -> None:
    trusting = ssl.create_default_context(cafile=str(served.certificate))
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw,
        trusting.wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(b"PUT / HTTP/1.1\r\nHost: boite.local\r\n" + flood)
        assert wire.recv(100).startswith(b"HTTP/1.1 413")
    assert served.get() == b"bonjour"


def test_what_nobody_wanted_of_a_body_is_never_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody on the network may send one; it has to be read for the answer to be heard."""
    asked: list[int | None] = []

    def read(body: Any, size: int | None = None) -> Any:
        asked.append(size)
        return whole(body, size)

    whole = KnownLengthRFile.read
    monkeypatch.setattr(KnownLengthRFile, "read", read)
    sock = tcp_socket("127.0.0.1", 0)
    door = Door(sock, hello, 1)
    door.open()
    wire = http.client.HTTPConnection("127.0.0.1", sock.getsockname()[1], timeout=10)
    for _turn in range(2):
        wire.request("PUT", "/", bytes(1024 * 1024))
        assert wire.getresponse().read() == b"bonjour"
    wire.close()
    door.stop()
    assert len(asked) >= 2
    assert max(size or LARGEST_BODY for size in asked) <= 64 * 1024


def test_a_silent_visitor_holds_up_nobody(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)):
        assert served.get() == b"bonjour"


def test_plain_http_only_points_to_https(tmp_path: Path) -> None:
    sock = tcp_socket("127.0.0.1", 0)
    door = Door(sock, redirection(8443), 1)
    door.open()
    wire = http.client.HTTPConnection("127.0.0.1", sock.getsockname()[1], timeout=10)
    wire.request("GET", "/e/7Q2M9XKD4HTR", headers={"Host": "boite.local:80"})
    answer = wire.getresponse()
    wire.close()
    door.stop()
    assert answer.status == 308
    assert answer.headers["Location"] == "https://boite.local:8443/e/7Q2M9XKD4HTR"


def test_a_taken_port_is_said_in_french() -> None:
    with tcp_socket("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(PortTaken, match="déjà pris"):
            tcp_socket("127.0.0.1", taken.getsockname()[1])
