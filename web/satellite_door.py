"""The stations' door for those on another machine: the same application, over HTTPS, behind a secret.

It stands before the pages' application, under `/satellite`, and passes on whatever a station may ask of
`hub-station.sock` (docs/hub-socket.md); what it adds is who may ask, for which station, and the time.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from cheroot.errors import FatalSSLAlert
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from appliance.domain.captures import Facts
from appliance.hub import satellites
from appliance.hub.box import Box
from appliance.i18n import _
from appliance.store import captures
from web.guesses import GuessGuard
from web.sockets import station_app

PREFIX = "/satellite"
LARGEST_LINK = 1024
"""Bytes of a request to be linked."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""As `domain.ids` makes them; a capture's name becomes a file's."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SatelliteDoor:
    """A WSGI application to mount at `PREFIX`."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._stations: WsgiApp = station_app(box)
        self._guard = GuessGuard()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *self._time()], *rest)

        body = _Body(environ["wsgi.input"])
        environ["wsgi.input"] = body
        request = Request(environ)
        answer = self._link(request) if request.path == "/link" else self._refusal(request)
        answered = (answer or self._stations)(environ, start)
        if body.broke_off:
            # Nobody is there to read the answer: the server closes on this exception, without a word.
            raise FatalSSLAlert("the station went away in the middle of its request")
        return answered

    def _time(self) -> list[tuple[str, str]]:
        reading = self._box.clock.read()
        return [
            ("X-Boite-Time", reading.now.isoformat(timespec="milliseconds")),
            ("X-Boite-Time-Trusted", str(int(reading.trusted))),
        ]

    def _link(self, request: Request) -> Response:
        if request.method != "POST":
            return _not_understood(405)
        if self._is_guessing(request):
            return _too_many()
        request.max_content_length = LARGEST_LINK
        try:
            said = request.get_json(force=True)
            station, one_time, secret = (str(said[name]) for name in ("station", "one_time", "secret"))
            satellites.link(self._box, station, bytes.fromhex(one_time), bytes.fromhex(secret))
        except (HTTPException, KeyError, TypeError, ValueError, RecursionError, satellites.NotInvited):
            self._count(request)
            return _answer(
                403,
                "not_invited",
                _(
                    "Ce code n’est plus bon : il a servi, il a plus de dix minutes, ou il est pour une autre "
                    "station. Faites-en un autre sur la page de la boîte."
                ),
            )
        return Response(status=204)

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request goes no further, or None; a right secret never waits for wrong ones."""
        station = request.headers.get("X-Boite-Station", "")
        if not satellites.knows(self._box, station, _secret(request)):
            if self._is_guessing(request):
                return _too_many()
            self._count(request)
            return _answer(
                401,
                "not_linked",
                _("Cette station n’est pas reliée à cette boîte. Reliez-la depuis la page de la boîte."),
            )
        words = request.path.split("/")
        if words[1] == "captures" and not _ID.fullmatch("".join(words[2:3])):
            return _not_understood(400)
        if self._is_for_another(request, station):
            # Not 403: a station erases what the hub does not want, and this may be somebody's voice.
            return _answer(
                409,
                "other_station",
                _("Cette station a demandé ce qui est à une autre. Vérifiez son nom dans ses réglages."),
            )
        return None

    def _is_for_another(self, request: Request, station: str) -> bool:
        """Whether a path, a question or a capture names another station than the one that speaks."""
        others = {known.id for known in self._box.config.stations} - {station}
        words = [*request.path.split("/"), *request.args.values()]
        if others.intersection(words) or (words[1] == "roster" and words[2:3] != [station]):
            return True
        if words[1] != "captures":
            return False
        facts = request.headers.get("X-Boite-Facts")
        if facts is not None and _station_of(facts) not in (station, None):
            return True
        known = captures.find(self._box.database, words[2])
        return known is not None and known.station != station

    def _is_guessing(self, request: Request) -> bool:
        return self._guard.refuses(request.remote_addr or "", self._box.now())

    def _count(self, request: Request) -> None:
        self._guard.count(request.remote_addr or "", self._box.now())


class _Body:
    """A request's body that ends where the network let it go: a cut cable is no fault of the hub."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.broke_off = False

    def read(self, size: int = -1) -> bytes:
        try:
            found: bytes = self._source.read(size)
        except (OSError, FatalSSLAlert):
            self.broke_off = True
            return b""
        return found


def with_satellites(pages: WsgiApp, box: Box) -> WsgiApp:
    """Return the pages' application with the satellites' door beside it."""
    door = SatelliteDoor(box)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{PREFIX}/"):
            return pages(environ, start_response)
        inner = {
            **environ,
            "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + PREFIX,
            "PATH_INFO": path.removeprefix(PREFIX),
        }
        return door(inner, start_response)

    return application


def _secret(request: Request) -> bytes:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    try:
        return bytes.fromhex(text) if scheme == "Boite" else b""
    except ValueError:
        return b""


def _station_of(facts: str) -> str | None:
    """Return the station that facts name; None when they are not whole, which the application refuses."""
    try:
        return Facts.from_json(json.loads(facts)).station
    except (KeyError, TypeError, ValueError):
        return None


def _not_understood(status: int) -> Response:
    return _answer(status, "bad_request", _("La boîte n’a pas compris cette demande."))


def _too_many() -> Response:
    return _answer(429, "too_many", _("Trop d’essais depuis cette machine. Attendez une minute."))


def _answer(status: int, error: str, message: str) -> Response:
    body = json.dumps({"error": error, "message": message}, ensure_ascii=False)
    return Response(body, status=status, mimetype="application/json")
