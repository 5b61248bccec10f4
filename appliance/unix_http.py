"""HTTP to the hub over a UNIX socket: one request, one connection, every wait finite."""

import http.client
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO


class HubUnavailable(Exception):
    """Nobody answers at the socket, or not as HTTP: try again later."""


@dataclass(frozen=True)
class Response:
    """What the hub answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; ValueError when it is not."""
        return json.loads(self.body)


class UnixHTTPConnection(http.client.HTTPConnection):
    """An HTTP connection to a UNIX socket."""

    def __init__(self, socket_path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._socket_path = socket_path

    def connect(self) -> None:
        """Connect to the socket, or raise OSError."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self.timeout)
        try:
            connection.connect(str(self._socket_path))
        except OSError:
            connection.close()
            raise
        self.sock = connection


def request(
    socket_path: Path,
    method: str,
    path: str,
    body: bytes | BinaryIO | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Response:
    """Send one request and return the answer, whatever its status.

    A file is sent from where it stands to its end, with its Content-Length. `timeout` is the longest
    silence in seconds, at connecting, sending and reading. Raises HubUnavailable.
    """
    connection = UnixHTTPConnection(socket_path, timeout)
    try:
        return exchange(connection, method, path, body, dict(headers or {}))
    except (OSError, http.client.HTTPException) as error:
        raise HubUnavailable(f"{method} at {socket_path.name}: {type(error).__name__}") from error
    finally:
        connection.close()


def request_json(
    socket_path: Path, method: str, path: str, payload: object = None, timeout: float = 10.0
) -> Response:
    """Send a JSON-ready payload (None: no body) and return the answer. Raises HubUnavailable."""
    if payload is None:
        return request(socket_path, method, path, timeout=timeout)
    body = json.dumps(payload, ensure_ascii=False).encode()
    return request(socket_path, method, path, body, {"Content-Type": "application/json"}, timeout)


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | BinaryIO | None,
    headers: dict[str, str],
) -> Response:
    """Send one request over a connection that is not open yet, and read the whole answer.

    Raises OSError or `http.client.HTTPException` when it breaks off.
    """
    if body is not None and not isinstance(body, bytes) and "Content-Length" not in headers:
        headers["Content-Length"] = str(os.fstat(body.fileno()).st_size - body.tell())
    try:
        connection.request(method, path, body, headers)
    except (BrokenPipeError, ConnectionResetError):
        # A hub that refuses a body answers without reading it to the end: its answer is what counts.
        if connection.sock is None:
            raise
        answer = http.client.HTTPResponse(connection.sock, method=method)
        answer.begin()
    else:
        answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Response(answer.status, found, answer.read())
