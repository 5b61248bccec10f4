"""Asking again before secrets that were left on a page are shown once more: words, cards, the envelope."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from web.fresh import require_fresh, show_from_now
from web.security import local_path, require

bp = Blueprint("again", __name__, url_prefix="/relire")
bp.before_request(require(Act.SET_KEYS))
bp.before_request(require_fresh(ask=("show",)))


@bp.get("")
def ask() -> str:
    """Ask for the person's own secret."""
    return render_template("keys/again.html", target=request.values.get("vers", ""))


@bp.post("")
def show() -> Response:
    """Go on to what is shown."""
    show_from_now()
    return redirect(local_path(request.form.get("vers", "")), 303)
