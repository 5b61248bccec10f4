import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.unix_http import HubUnavailable, Response, request, request_json

Serve = Callable[[bytes, bool], Path]


@pytest.fixture
def seen() -> list[bytes]:
    return []


@pytest.fixture
def serve(tmp_path: Path, seen: list[bytes]) -> Iterator[Serve]:
    """Answer one request with fixed bytes, after having read it whole or not at all."""
    threads: list[threading.Thread] = []
    path = tmp_path / "hub.sock"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def answer(reply: bytes, read: bool) -> None:
        connection, _peer = server.accept()
        with connection:
            if read:
                seen.append(_whole(connection))
            connection.sendall(reply)

    def start(reply: bytes, read: bool = True) -> Path:
        threads.append(threading.Thread(target=answer, args=(reply, read)))
        threads[-1].start()
        return path

    yield start
    for thread in threads:
        thread.join()
    server.close()


def _whole(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _blank, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def test_an_answer_has_its_status_headers_and_body(serve: Serve, seen: list[bytes]) -> None:
    path = serve(b'HTTP/1.1 201 Created\r\nX-Boite: oui\r\nContent-Length: 8\r\n\r\n{"a": 1}', True)
    answer = request(path, "PUT", "/captures/1", b"abc", {"X-Boite-Facts": "{}"})
    assert (answer.status, answer.headers["x-boite"], answer.json()) == (201, "oui", {"a": 1})
    assert seen[0].startswith(b"PUT /captures/1 HTTP/1.1\r\n")
    assert b"X-Boite-Facts: {}" in seen[0]
    assert seen[0].endswith(b"\r\n\r\nabc")


def test_a_file_is_sent_from_where_it_stands_with_its_length(
    serve: Serve, seen: list[bytes], tmp_path: Path
) -> None:
    media = tmp_path / "media.age"
    media.write_bytes(b"skipped" + b"\x00\xff" * 100_000)
    path = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True)
    with media.open("rb") as file:
        file.seek(7)
        assert request(path, "PUT", "/captures/1", file).status == 200
    assert b"Content-Length: 200000\r\n" in seen[0]
    assert seen[0].endswith(b"\r\n\r\n" + b"\x00\xff" * 100_000)


def test_json_goes_out_as_utf8(serve: Serve, seen: list[bytes]) -> None:
    path = serve(b"HTTP/1.1 204 No Content\r\n\r\n", True)
    assert request_json(path, "POST", "/status", {"fault": "à sec"}) == Response(204, {}, b"")
    assert b"Content-Type: application/json" in seen[0]
    assert seen[0].endswith('{"fault": "à sec"}'.encode())


def test_a_refusal_sent_before_the_body_was_read_is_heard(serve: Serve) -> None:
    path = serve(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", False)
    assert request(path, "PUT", "/captures/1", bytes(20_000_000)).status == 413


def test_nobody_at_the_socket(tmp_path: Path) -> None:
    with pytest.raises(HubUnavailable, match=r"GET at hub\.sock"):
        request(tmp_path / "hub.sock", "GET", "/health")


@pytest.mark.parametrize("reply", [b"", b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_an_answer_that_is_not_one(serve: Serve, reply: bytes) -> None:
    with pytest.raises(HubUnavailable):
        request(serve(reply, True), "GET", "/health")


def test_a_silent_hub_costs_a_finite_time(tmp_path: Path) -> None:
    path = tmp_path / "hub.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(HubUnavailable):
            request(path, "GET", "/health", timeout=0.05)
