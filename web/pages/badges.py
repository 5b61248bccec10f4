"""The badges of the class, to print and cut out."""

from flask import Blueprint, Response, abort, render_template, request

from appliance.domain.roles import Act
from appliance.hub import people
from appliance.stickers.badges import Badge, badge_pdf
from web.context import box
from web.security import require

bp = Blueprint("badges", __name__, url_prefix="/badges")
bp.before_request(require(Act.SET_PUPILS))


@bp.get("")
def page() -> str:
    """Say how to print and cut them."""
    return render_template("badges.html", pupils=people.every(box()))


@bp.get("/planche.pdf")
def sheet() -> Response:
    """Return the A4 sheets of all badges, or of the pupil asked for."""
    wanted = request.args.get("eleve")
    chosen = [p for p in people.every(box()) if wanted is None or p.id == wanted]
    if not chosen:
        abort(404)
    badges = [Badge(pupil.badge, pupil.pictogram, pupil.shown) for pupil in chosen]
    return Response(badge_pdf(badges, box().config.watermark), mimetype="application/pdf")
