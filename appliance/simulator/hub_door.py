"""The hub as a browser of the class meets it: HTTPS with the box's own certificate, known beforehand."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT = 15.0
_LONGEST_WALK = 4
"""Redirections followed."""


class HubAway(Exception):
    """The hub does not answer now."""


@dataclass(frozen=True)
class Page:
    """What the hub answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class HubDoor:
    """Talks to the hub on this machine."""

    def __init__(self, port: int, certificate: Path, station_socket: Path) -> None:
        self._port = port
        self._certificate = certificate
        self._socket = station_socket

    def locked(self) -> bool | None:
        """Return whether the class is locked, None when the hub does not answer."""
        wire = http.client.HTTPConnection("localhost", timeout=2.0)
        try:
            wire.sock = socket.socket(socket.AF_UNIX)
            wire.sock.settimeout(2.0)
            wire.sock.connect(str(self._socket))
            wire.request("GET", "/health")
            return bool(json.loads(wire.getresponse().read())["locked"])
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return None
        finally:
            wire.close()

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Page:
        """Send a request to the pages; HubAway when nobody answers, or somebody else's certificate does."""
        wire = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=TIMEOUT, context=_no_authority())
        try:
            wire.connect()
            self._check_certificate(wire.sock)
            wire.request(method, path, body, dict(headers or {}))
            answer = wire.getresponse()
            page = Page(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise HubAway from error
        finally:
            wire.close()
        return page

    def open_class(self, passphrase: str) -> bool:
        """Open the class through its page, as a teacher would; whether it is open now."""
        self.visit().give_passphrase(passphrase)
        return self.locked() is False

    def visit(self) -> "Visit":
        """Return a new browser at the hub's door."""
        return Visit(self)

    def _check_certificate(self, sock: socket.socket | ssl.SSLSocket) -> None:
        # Dates are not judged: they are those of the simulated clock.
        pinned = ssl.PEM_cert_to_DER_cert(self._certificate.read_text())
        if not isinstance(sock, ssl.SSLSocket) or sock.getpeercert(binary_form=True) != pinned:
            raise HubAway


class Visit:
    """One browser's walk: cookies are kept, redirections followed."""

    def __init__(self, door: HubDoor) -> None:
        self._door = door
        self._cookies: SimpleCookie = SimpleCookie()
        self._path = "/"

    def give_passphrase(self, passphrase: str) -> None:
        """Fill in the form that asks for the seven words, if the hub asks."""
        form = _read_form(self.get("/").body)
        if form is not None and form.secret is not None:
            self.post(form.action, {**form.hidden, form.secret: passphrase})

    def get(self, path: str) -> Page:
        """Ask for a page."""
        return self._follow(self._send("GET", path))

    def post(self, action: str, fields: Mapping[str, str]) -> Page:
        """Send a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._follow(
            self._send("POST", urljoin(self._path, action), headers, urlencode(fields).encode())
        )

    def _follow(self, page: Page) -> Page:
        for _step in range(_LONGEST_WALK):
            if page.status not in (301, 302, 303, 307, 308):
                break
            page = self._send("GET", urljoin(self._path, page.headers["location"]))
        return page

    def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Page:
        parts = urlsplit(path)
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        sent = {**(headers or {}), **({"Cookie": cookie} if cookie else {})}
        page = self._door.request(method, self._path, sent, body)
        self._cookies.load(page.headers.get("set-cookie", ""))
        return page


@dataclass
class _Form:
    action: str
    hidden: dict[str, str]
    secret: str | None = None


class _FormReader(HTMLParser):
    """Finds the form with the field for the seven words: the only password of that page."""

    def __init__(self) -> None:
        super().__init__()
        self.form: _Form | None = None
        self._current: _Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = _Form(given.get("action", ""), {})
        elif tag == "input" and self._current is not None and "name" in given:
            kind = given.get("type", "text")
            if kind == "hidden":
                self._current.hidden[given["name"]] = given.get("value", "")
            elif kind == "password":
                self._current.secret = given["name"]
                self.form = self._current


def _read_form(body: bytes) -> _Form | None:
    reader = _FormReader()
    reader.feed(body.decode(errors="replace"))
    return reader.form


def _no_authority() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
