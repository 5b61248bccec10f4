"""What stands between the network and the pages: headers, sessions, forged requests."""

import hmac
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from typing import IO
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, g, redirect, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Role
from appliance.domain.roles import Act, may
from web.context import box, desk
from web.desk import Present

COOKIE = "__Host-boite"
CSRF_FIELD = "cachet"
CSRF_HEADER = "X-Boite-Cachet"
LIVE_HEADER = "X-Boite-Live"
"""A request of a page's own script: it wants a bare answer instead of a page."""
MAX_REQUEST = 64 * 1024
"""Bytes: the largest form is a list of a class's first names."""
TAKES_FILES = frozenset({"voices.save", "stations.picture", "import_list.preview"})
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


_SESSION = "desk"
"""Where the browser's session keeps the secret of its place at the desk."""


class NotYourRole(Exception):
    """Somebody is here, but what they ask for is not theirs to do (appliance/domain/roles.py)."""

    def __init__(self, role: Role, act: Act) -> None:
        super().__init__(f"{role} may not {act}")
        self.role = role
        self.act = act


class Guard:
    """What the pages of a family ask for. Made by `require`, given to `before_request`."""

    def __init__(self, act: Act | None, views: dict[str, Act | None]) -> None:
        self._act = act
        self._views = views

    def act_of(self, endpoint: str) -> Act | None:
        """Return what an endpoint of the family asks for; None for anybody on the network of the class."""
        return self._views.get(endpoint.rpartition(".")[2], self._act)

    def __call__(self) -> AnyResponse | None:
        act = self.act_of(request.endpoint or "")
        if act is None:
            return None
        found = present()
        if found is None:
            return _show_the_way()
        if not _is_automatic():
            desk().touch(session_secret())
        demand(act)
        return None


def require(act: Act | None, **views: Act | None) -> Guard:
    """Return the guard of a page family: `act` is asked for, or what `views` says for the views it names.

    `bp.before_request(require(Act.HEAR_TODAY, erase=Act.ERASE))`; None lets anybody in. A family without
    a guard answers nobody.
    """
    return Guard(act, views)


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
        csrf_token=csrf_token,
        csrf_field=csrf_field,
        allow_microphone=allow_microphone,
        can=can,
        can_reach=can_reach,
    )

    @app.before_request
    def check_request() -> None:
        if hosts is not None and not hosts(request.host):
            abort(421)
        desk().lock_if_idle()
        desk().expel_former()
        here = present()
        if here is not None:
            # The journal says who acts.
            g.acting = ExitStack()
            g.acting.enter_context(box().acting_as(here.role))
        if request.endpoint and guard_of(app, request.endpoint) is None:
            abort(403)
        if request.endpoint in TAKES_FILES and here is not None:
            request.max_content_length = MAX_FILE
            # A file passes through the form's buffer, 64 kB at a time and what was left of the time before.
            request.max_form_memory_size = 4 * MAX_REQUEST
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            _refuse_forgeries()

    @app.teardown_request
    def nobody_acts(_error: BaseException | None) -> None:
        acting: ExitStack | None = g.pop("acting", None)
        if acting is not None:
            acting.close()

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


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """Return what stands before an endpoint."""
    guards = app.before_request_funcs.get(endpoint.rpartition(".")[0], [])
    return next((guard for guard in guards if isinstance(guard, Guard)), None)


def present() -> Present | None:
    """Return who this browser's person is, or None for a visitor."""
    return desk().present(session_secret())


def can(act: Act | str) -> bool:
    """Whether this browser's person may do something; for views and templates, which name the act."""
    found = present()
    return found is not None and may(found.role, Act(act))


def can_reach(endpoint: str) -> bool:
    """Whether this browser's person may open a page."""
    guard = guard_of(current_app, endpoint) if endpoint in current_app.view_functions else None
    if guard is None:
        return False
    act = guard.act_of(endpoint)
    return act is None or can(act)


def demand(act: Act) -> None:
    """Raise NotYourRole unless this browser's person may do something; a visitor gets a 401."""
    found = present()
    if found is None:
        abort(401)
    if not may(found.role, act):
        raise NotYourRole(found.role, act)


def begin_session(secret: str) -> None:
    """Give this browser a session of its own; nothing of what it held before stays."""
    session.clear()
    session[_SESSION] = secret


def offer_trust() -> None:
    """Offer once, on the next page, to trust this device."""
    session["offer"] = True


def take_offer() -> bool:
    """Whether this page is the one that offers it."""
    return bool(session.pop("offer", False))


def session_secret() -> str:
    """Return what this browser's place at the desk is known by."""
    secret: str = session.get(_SESSION, "")
    return secret


def end_session() -> None:
    """Let this browser's person go; the class stays as it is."""
    desk().leave(session_secret())
    session.clear()


def is_live() -> bool:
    """Whether a page's own script asks, rather than a person."""
    return LIVE_HEADER in request.headers


def local_path(target: str) -> str:
    """Return where to go after opening: a path of this site, or the first page."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if safe and not parts.scheme else url_for("home.index")


def _show_the_way() -> AnyResponse:
    if not box().is_set_up:
        return redirect(url_for("setup.welcome"))
    if is_live() or request.method != "GET":
        abort(401)
    return redirect(url_for("access.unlock", vers=request.full_path.rstrip("?")), 303)


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
