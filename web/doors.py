"""Listening sockets and what serves them: cheroot threads, TLS, a redirection from plain HTTP."""

import logging
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cheroot import wsgi
from cheroot.errors import FatalSSLAlert
from cheroot.makefile import MakeFile
from cheroot.ssl import Adapter

log = logging.getLogger(__name__)

IDLE_SECONDS = 8
LARGEST_HEADER = 64 * 1024
LARGEST_BODY = 64 * 1024 * 1024
"""Bytes: the largest capture of a station (`web.sockets`)."""
_BLOCK = 64 * 1024
_HOST = re.compile(r"[A-Za-z0-9.-]+")

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PortTaken(Exception):
    """Another program already listens there. Its text is French."""


class _ClientSocket(ssl.SSLSocket):
    """A browser's connection. One that refuses our certificate or says nothing simply ends: that is a
    browser's everyday life, and no fault of the hub."""

    def recv_into(self, *arguments: Any, **named: Any) -> int:
        try:
            return super().recv_into(*arguments, **named)
        except ssl.SSLError as error:
            raise FatalSSLAlert(*error.args) from error
        except TimeoutError as error:
            if "handshake" in str(error):
                raise FatalSSLAlert(*error.args) from error
            raise

    def send(self, *arguments: Any, **named: Any) -> int:
        try:
            return super().send(*arguments, **named)
        except ssl.SSLError as error:
            raise FatalSSLAlert(*error.args) from error


class TlsAdapter(Adapter):
    """TLS whose handshake is made by a worker, so that a silent client cannot hold up the others."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.context.sslsocket_class = _ClientSocket

    def bind(self, sock: socket.socket) -> socket.socket:
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: ssl.SSLSocket, mode: str = "r", bufsize: int = -1) -> Any:
        return MakeFile(sock, mode, bufsize)


class Door(wsgi.Server):
    """A cheroot server on a socket that is already bound. What is larger than it may be gets a 413."""

    max_request_header_size = LARGEST_HEADER
    max_request_body_size = LARGEST_BODY

    def __init__(self, sock: socket.socket, app: WsgiApp, threads: int) -> None:
        name = sock.getsockname() or "unix"
        super().__init__(name, _read_to_the_end(app), numthreads=threads, timeout=IDLE_SECONDS)
        self._bound = sock

    def open(self) -> None:
        """Listen, and serve in threads of its own."""
        self.prepare()
        threading.Thread(target=self.serve, daemon=True).start()

    def bind(self, family: int, kind: int, proto: int = 0) -> socket.socket:
        self.socket = self._bound
        return self._bound

    def bind_unix_socket(self, bind_addr: str) -> socket.socket:
        return self.bind(socket.AF_UNIX, socket.SOCK_STREAM)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level if traceback else logging.DEBUG, "%s", msg, exc_info=traceback)


def _read_to_the_end(app: WsgiApp) -> WsgiApp:
    """Return the application, whose unread bodies go block by block: cheroot would hold the whole rest."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = app(environ, start_response)
        body = environ["wsgi.input"]
        while getattr(body, "remaining", 0) > 0 and body.read(_BLOCK):
            pass
        return answer

    return application


def redirection(https_port: int) -> WsgiApp:
    """Return an application that sends every plain HTTP request to the same place over HTTPS."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = _HOST.match(environ.get("HTTP_HOST", ""))
        port = "" if https_port == 443 else f":{https_port}"
        location = (
            f"https://{host.group() if host else 'localhost'}{port}{quote(environ.get('PATH_INFO', '/'))}"
        )
        start_response("308 Permanent Redirect", [("Location", location), ("Content-Length", "0")])
        return []

    return application


def tcp_socket(address: str, port: int) -> socket.socket:
    """Bind a TCP port; PortTaken when another program has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Headers and body are two writes: without this the second waits 40 ms for the first one's receipt.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise PortTaken(
            f"Le port {port} est déjà pris ({error.strerror}). Arrêtez l’autre programme, "
            "ou changez le port dans boite.toml."
        ) from error
    return sock


def unix_socket(path: Path) -> socket.socket:
    """Bind a UNIX socket for the owner and the group, in place of one that a crash left."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    os.chmod(path, 0o660)
    return sock
