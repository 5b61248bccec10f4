"""What a sticker opens in class: no login, one trace, and only while the class is open."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Role
from appliance.domain.captures import Capture
from appliance.domain.codes import parse_sticker
from appliance.hub import traces
from appliance.hub.review import Opening, open_sticker
from web import media
from web.context import box, shared
from web.errors import fault_page
from web.security import require

bp = Blueprint("stickers", __name__, url_prefix="/e")
bp.before_request(require(None))

Page = tuple[str, int] | AnyResponse
_STATUS = {
    Opening.CLOSED: 423,
    Opening.WITHDRAWN: 410,
    Opening.CANCELLED: 410,
    Opening.AUTHOR_ONLY: 403,
    Opening.UNKNOWN: 404,
}


@bp.get("")
def ask() -> str | AnyResponse:
    """Take a code typed by hand."""
    typed = request.args.get("code", "")
    code = parse_sticker(typed)
    if code is not None:
        return redirect(url_for("stickers.show", text=code), 303)
    return render_template("sticker_form.html", wrong=bool(typed.strip()))


@bp.get("/<text>")
def show(text: str) -> Page:
    """Show what a sticker opens: a sound to play, or a photo."""
    capture = _open(text)
    if not isinstance(capture, Capture):
        return capture
    (trace,) = traces.describe(box(), [capture])
    return render_template("sticker.html", trace=trace, code=capture.code), 200


@bp.get("/<text>/contenu")
def content(text: str) -> Page | Response:
    """Return the sound or the photo."""
    capture = _open(text)
    return media.heard(capture, Role.VISITOR) if isinstance(capture, Capture) else capture


@bp.get("/<text>/legende")
def caption(text: str) -> Page | Response:
    """Return a photo's spoken caption."""
    capture = _open(text)
    return media.spoken(capture, Role.VISITOR) if isinstance(capture, Capture) else capture


@bp.get("/<text>/vignette")
def thumbnail(text: str) -> Page | Response:
    """Return the first picture of a film."""
    capture = _open(text)
    return media.thumbnail(capture) if isinstance(capture, Capture) else capture


def _open(text: str) -> Capture | tuple[str, int]:
    address, now = request.remote_addr or "", box().now()
    if shared().guesses.refuses(address, now):
        return fault_page(429)
    opening, capture = open_sticker(box(), parse_sticker(text) or "")
    if opening is Opening.UNKNOWN:
        shared().guesses.count(address, now)
    if capture is not None and opening is Opening.PLAYS:
        return capture
    return render_template("sticker_closed.html", opening=opening), _STATUS[opening]
