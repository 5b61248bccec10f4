"""What stands between the network and the pages: headers, sessions, forged requests."""

import hmac
import secrets
from collections.abc import Callable
from io import BytesIO
from typing import IO
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, redirect, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from web.context import desk, shared

COOKIE = "__Host-boite"
CSRF_FIELD = "cachet"
CSRF_HEADER = "X-Boite-Cachet"
LIVE_HEADER = "X-Boite-Live"
"""A request of a page's own script: it wants a bare answer instead of a page."""
MAX_REQUEST = 64 * 1024
"""Bytes: the largest form is a list of a class's first names."""
TAKES_FILES = frozenset({"voices.save", "stations.picture"})
"""Endpoints to which the teacher sends a recording or a photo."""
MAX_FILE = 12 * 1024 * 1024
"""Bytes: a minute of stereo at 48 kHz, 16-bit, with the form around it."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "font", "connect")),
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers would then send `Origin: null` with our own forms (Fetch, "append a
    # request Origin header"), and the check below would have nothing to hold on to.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # No Strict-Transport-Security: with a certificate made on the box it would forbid the browser to let
    # a teacher in after the box was reinstalled with another one.
}


class MemoryRequest(Request):
    """A request whose files stay in memory: nobody's voice is on the disk in clear, even for a second."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def protect(app: Flask, hosts: Callable[[str], bool] | None) -> None:
    """Put the guards around every page; `hosts` says which Host headers are ours, None for all."""
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST,
    )
    app.request_class = MemoryRequest
    app.jinja_env.globals.update(
        csrf_token=csrf_token, csrf_field=csrf_field, allow_microphone=allow_microphone
    )

    @app.before_request
    def check_request() -> None:
        if hosts is not None and not hosts(request.host):
            abort(421)
        desk().lock_if_idle()
        if request.endpoint in TAKES_FILES and desk().knows(session.get("teacher", "")):
            request.max_content_length = MAX_FILE
            # A file passes through the form's buffer, 64 kB at a time and what was left of the time before.
            request.max_form_memory_size = 4 * MAX_REQUEST
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            _refuse_forgeries()

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if g.get("microphone", False):
            response.headers["Permissions-Policy"] = _HEADERS["Permissions-Policy"].replace(
                "microphone=()", "microphone=(self)"
            )
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def csrf_token() -> str:
    """Return this browser's token, made at its first form."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    token: str = session["csrf"]
    return token


def csrf_field() -> Markup:
    """Return the hidden field of every form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token())


def allow_microphone() -> str:
    """Let the page being made open the microphone, after a press; for templates, where it shows nothing."""
    g.microphone = True
    return ""


def require_teacher() -> AnyResponse | None:
    """Let through a browser that opened the class, and show the others the way. For `before_request`."""
    if desk().knows(session.get("teacher", "")):
        if not _is_automatic():
            desk().touch()
        return None
    if not shared().box.is_set_up:
        return redirect(url_for("setup.welcome"))
    if is_live() or request.method != "GET":
        abort(401)
    return redirect(url_for("access.unlock", vers=request.full_path.rstrip("?")), 303)


def begin_session(secret: str) -> None:
    """Give this browser a session of its own; nothing of what it held before stays."""
    session.clear()
    session["teacher"] = secret


def is_live() -> bool:
    """Whether a page's own script asks, rather than a person."""
    return LIVE_HEADER in request.headers


def local_path(target: str) -> str:
    """Return where to go after opening: a path of this site, or the first page."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if safe and not parts.scheme else url_for("home.index")


def _is_automatic() -> bool:
    # What a page left alone asks for by itself must not keep the class open.
    return request.method == "GET" and (is_live() or request.endpoint == "traces.thumbnail")


def _refuse_forgeries() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(sent.encode(), session.get("csrf", "").encode()) or not sent:
        abort(400)
