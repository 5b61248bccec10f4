"""One persistent HTTP connection to a server, its patience, and what its answers mean.

http.client is enough and keeps the last word on what is sent: a Content-Length always (Nextcloud
behind nginx stores 0 bytes of a chunked body), no redirection followed with a password in hand, and
the answer that a server gives before it has read the whole body is still heard.
"""

import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from appliance.ent.ports import (
    AnswerLost,
    EntAway,
    EntBusy,
    EntError,
    EntForbidden,
    EntFull,
    EntOddAnswer,
    EntRefused,
    EntSetup,
    EntTooLarge,
    EntUntrusted,
)
from appliance.i18n import _

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer that is read into memory: a listing of some 60,000 files."""
SLOWEST_BYTES_PER_SECOND = 2048
_CHUNK = 64 * 1024
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Patience:
    """How long one run may wait for a busy server, all requests together."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep, budget: float = 90.0) -> None:
        """Take what waits, and the seconds that may be spent so."""
        self._sleep = sleep
        self._left = budget

    def wait(self, attempt: int, retry_after: float | None) -> bool:
        """Wait before another attempt (1, 2, 4… s, or what the server asked); False: give up instead."""
        seconds = retry_after if retry_after is not None else float(2**attempt)
        if attempt >= 5 or seconds > self._left:
            return False
        self._left -= seconds
        self._sleep(seconds)
        return True


class Connection:
    """Speaks HTTP/1.1 to one origin as one account, one request at a time."""

    def __init__(self, url: str, user: str, password: str, timeout: float, patience: Patience) -> None:
        """Take the space's address and the seconds a silent server is given; EntSetup when it is not safe.

        A password and voices travel in it: without TLS only this very machine is spoken to.
        """
        self._origin = _origin(url)
        self._timeout = timeout
        self._patience = patience
        self._authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
        self._http: http.client.HTTPConnection | None = None
        self.requests: Counter[str] = Counter()
        """Requests sent so far, by method."""

    def absolute(self, path: str) -> str:
        """Return the full address of a percent-encoded path, as a `Destination` header needs it."""
        return f"{self._origin.scheme}://{self._origin.netloc.rpartition('@')[2]}{path}"

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        consume: Callable[[bytes], None] | None = None,
        expected: int = 0,
    ) -> Answer:
        """Send a request and return an answer from 200 to 299, 400, 404, 405, 409 or 412.

        Any other answer is raised as the EntError it means. A busy server is waited for. A request
        whose answer was lost is sent once more, except a PUT (AnswerLost): its caller looks first.
        `consume` takes the body of a good answer piece by piece instead of keeping it; `expected`, its
        size in bytes, gives a slow line its time.
        """
        attempt = 0
        may_repeat = method != "PUT"
        while True:
            try:
                answer = self._once(method, path, headers or {}, body, consume, expected)
            except AnswerLost:
                if not may_repeat:
                    raise
                may_repeat = False
                continue
            retry_after = _seconds(answer.headers.get("retry-after"))
            if answer.status in (423, 429) and self._patience.wait(attempt, retry_after):
                attempt += 1
                continue
            _raise_for(answer.status, retry_after)
            return answer

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _once(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        consume: Callable[[bytes], None] | None,
        expected: int,
    ) -> Answer:
        wire = self._open()
        self.requests[method] += 1
        try:
            seconds = 4 * self._timeout + (len(body) + expected) / SLOWEST_BYTES_PER_SECOND
            with _deadline(wire.sock, seconds):
                self._send(wire, method, path, headers, body)
                return self._receive(wire, consume)
        except TimeoutError as error:
            self.close()
            raise EntAway from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise AnswerLost from error
        except BaseException:
            self.close()
            raise

    def _open(self) -> http.client.HTTPConnection:
        if self._http is not None and self._http.sock is not None:
            return self._http
        host, port = self._origin.hostname or "", self._origin.port
        if self._origin.scheme == "https":
            context = ssl.create_default_context()
            wire: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=context
            )
        else:
            wire = http.client.HTTPConnection(host, port, timeout=self._timeout)
        try:
            wire.connect()
        except ssl.SSLCertVerificationError as error:
            raise EntUntrusted from error
        except (OSError, UnicodeError) as error:
            raise EntAway from error
        self._http = wire
        return wire

    def _send(
        self,
        wire: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        wire.putrequest(method, path, skip_accept_encoding=True)
        sent = {
            "User-Agent": "boite-a-traces",
            "Authorization": self._authorization,
            "Content-Length": str(len(body)),
            **headers,
        }
        for name, value in sent.items():
            wire.putheader(name, value)
        wire.endheaders()
        try:
            for start in range(0, len(body), _CHUNK):
                wire.send(body[start : start + _CHUNK])
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body may answer and close before it has read it all.
            return

    def _receive(self, wire: http.client.HTTPConnection, consume: Callable[[bytes], None] | None) -> Answer:
        response = wire.getresponse()
        kept = bytearray()
        take = consume if consume is not None and 200 <= response.status < 300 else kept.extend
        while chunk := response.read(_CHUNK):
            take(chunk)
            if len(kept) > MAX_ANSWER:
                raise EntOddAnswer
        if response.length:
            # read(amount) tells a cut body by stopping early, without the exception that read() has.
            raise http.client.IncompleteRead(b"", response.length)
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Answer(response.status, headers, bytes(kept))


@contextmanager
def _deadline(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Cut a socket after so many seconds, however regularly a byte drips from it: TimeoutError then."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def _origin(url: str) -> SplitResult:
    try:
        origin = urlsplit(url)
        host, _port = origin.hostname, origin.port
    except ValueError:
        host = None
    if not host or origin.scheme not in ("http", "https"):
        raise EntSetup(_("L’adresse de l’ENT n’est pas valable. Elle commence par https://."))
    if origin.scheme == "http" and host not in _LOCAL:
        raise EntSetup(
            _(
                "L’adresse de l’ENT doit commencer par https:// : sans cela, tout le réseau entendrait"
                " ce que la boîte envoie."
            )
        )
    return origin


def _raise_for(status: int, retry_after: float | None) -> None:
    if 200 <= status < 300 or status in (400, 404, 405, 409, 412):
        return
    if status in (423, 429):
        raise EntBusy(everywhere=status == 429, retry_after=retry_after)
    if 300 <= status < 400:
        _raise_moved()
    meanings: dict[int, type[EntError]] = {
        401: EntRefused,
        403: EntForbidden,
        413: EntTooLarge,
        502: EntAway,
        503: EntAway,
        504: EntAway,
        507: EntFull,
    }
    raise meanings.get(status, EntOddAnswer)(retry_after=retry_after)


def _raise_moved() -> NoReturn:
    raise EntSetup(
        _(
            "L’adresse de l’ENT mène à une autre page, sans doute une page de connexion."
            " Vérifiez l’adresse WebDAV et le mot de passe d’application."
        )
    )


def _seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After in seconds; a date, which no server we know sends, counts as none."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
