"""The simulator's web server: plain HTTP on 127.0.0.1, for programs and for the panel page. Nobody else's."""

import json
import logging
import re
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from appliance.i18n import _
from appliance.simulator.api import CALLS
from appliance.simulator.day_api import DAY_CALLS
from appliance.simulator.http_types import Answer, Refusal, Request
from appliance.simulator.station_api import Call
from appliance.simulator.world import World
from appliance.station.phrases import PHRASES, Moment
from appliance.stickers.pictograms import UnknownPictogram, svg_path

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes: ten minutes of uncompressed stereo, or any photo."""
_PANEL = Path(__file__).parent / "panel"
_FONTS = Path(__file__).parents[2] / "web" / "static" / "fonts"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".wav": "audio/wav",
    ".woff2": "font/woff2",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self';"
    " media-src 'self' blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)


def route_pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a path with `<name>` for one segment and `<path:name>` for several."""
    several = re.sub(r"<path:(\w+)>", r"(?P<\1>.+)", re.escape(path).replace(r"\<", "<").replace(r"\>", ">"))
    return re.compile(re.sub(r"(?<!P)<(\w+)>", r"(?P<\1>[^/]+?)", several))


def _panel_file(_world: World, _request: Request, found: dict[str, str]) -> Answer:
    return _file(_PANEL, found.get("name", "index.html"))


def _phrases(_world: World, _request: Request, _found: dict[str, str]) -> Answer:
    shown = {
        name: f"({phrase.text})" if phrase.moment is Moment.SIGNAL else phrase.text
        for name, phrase in PHRASES.items()
    }
    script = f"export const PHRASES = {json.dumps(shown, ensure_ascii=False)};\n"
    return Answer(script.encode(), _TYPES[".js"])


def _font(_world: World, _request: Request, found: dict[str, str]) -> Answer:
    return _file(_FONTS, found["name"])


def _pictogram(_world: World, _request: Request, found: dict[str, str]) -> Answer:
    try:
        return _file(svg_path(found["slug"]).parent, f"{found['slug']}.svg")
    except UnknownPictogram as error:
        raise _not_found() from error


def _file(folder: Path, name: str) -> Answer:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file() or path.suffix not in _TYPES:
        raise _not_found()
    return Answer(path.read_bytes(), _TYPES[path.suffix])


def _not_found() -> Refusal:
    return Refusal(404, "not_found", _("Il n’y a rien à cette adresse. Voir docs/simulator.md."))


PAGES: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/", _panel_file),
    ("GET", "/panel/phrases.js", _phrases),
    ("GET", "/panel/<path:name>", _panel_file),
    ("GET", "/fonts/<name>", _font),
    ("GET", "/pictograms/<slug>.svg", _pictogram),
)
_ROUTES = [(method, route_pattern(path), call) for method, path, call in (*PAGES, *CALLS, *DAY_CALLS)]


def answer(world: World, request: Request) -> Answer:
    """Return the answer to a request; Refusal when nobody serves it."""
    matches = [(m, p.fullmatch(request.path), call) for m, p, call in _ROUTES]
    known = [(method, found, call) for method, found, call in matches if found]
    for method, found, call in known:
        if method == request.method:
            return call(world, request, found.groupdict())
    if known:
        raise Refusal(405, "bad_method", _("Cette adresse ne prend pas cette sorte de demande."))
    raise _not_found()


def check_sender(method: str, headers: Mapping[str, str], port: int) -> None:
    """Refuse what does not come from this machine's own page or programs.

    A name that somebody made point to 127.0.0.1, or another site open in the same browser, is turned away.
    """
    ours = {f"127.0.0.1:{port}", f"localhost:{port}"}
    host = headers.get("host", "")
    if host not in ours:
        raise Refusal(421, "bad_host", _("Le simulateur ne répond qu’à 127.0.0.1 et localhost."))
    if method == "GET":
        return
    origin = headers.get("origin")
    if (origin is not None and origin != f"http://{host}") or headers.get(
        "sec-fetch-site", "same-origin"
    ) not in ("same-origin", "none"):
        raise Refusal(403, "other_site", _("Une autre page que celle du simulateur a demandé cela."))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: "PanelServer"

    def __getattr__(self, name: str) -> Any:
        if name in ("do_GET", "do_POST", "do_PUT", "do_DELETE", "do_PATCH", "do_HEAD", "do_OPTIONS"):
            return partial(self._serve, name[3:])
        raise AttributeError(name)

    def _serve(self, method: str) -> None:
        try:
            reply = self._answer(method)
        except Refusal as refusal:
            reply = refusal.answer()
        except Exception:  # noqa: BLE001  a bug of ours is told to the caller, and logged without the address
            _log.exception("a call of the interface failed")
            reply = Refusal(500, "fault", _("Le simulateur s’est trompé. Voir simulateur.log.")).answer()
        self._send(reply, with_body=method != "HEAD")

    def _answer(self, method: str) -> Answer:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        check_sender(method, headers, self.server.server_port)
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        return answer(self.server.world, Request(method, unquote(parts.path), query, headers, body))

    def _body(self, headers: Mapping[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY or "transfer-encoding" in headers:
            self.close_connection = True
            raise Refusal(413, "too_large", _("Ce fichier est trop grand, ou sa taille n’est pas dite."))
        return self.rfile.read(int(length))

    def _send(self, reply: Answer, *, with_body: bool) -> None:
        status, body, reason = reply.status, reply.body, HTTPStatus(reply.status).phrase
        headers = {**_HEADERS, **{name.title(): value for name, value in reply.headers.items()}}
        wanted = self.headers.get("Range", "") if status == 200 and not reply.headers else ""
        if reply.content_type.startswith("audio/"):
            headers["Accept-Ranges"] = "bytes"
            span = byte_range(wanted, len(body))
            if span is not None:
                status, reason = 206, HTTPStatus.PARTIAL_CONTENT.phrase
                headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{len(body)}"
                body = body[span[0] : span[1]]
        try:
            self.send_response(status, reason)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: addresses hold badge codes."""


class PanelServer(ThreadingHTTPServer):
    """Serves one world; OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, world: World) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.world = world


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the (start, end) of a `Range: bytes=` header, or None to send everything."""
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", header)
    if match is None or int(match[1]) >= size:
        return None
    end = min(int(match[2]) + 1, size) if match[2] else size
    return (int(match[1]), end) if end > int(match[1]) else None
