"""*Essayer la boîte*: a badge for grown-ups, lent for an hour; nothing of it is kept (law.md §4.1)."""

from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.roles import Act
from appliance.domain.roster import TrialBadge
from appliance.hub import trials
from appliance.i18n import _
from appliance.stickers.badges import Badge, badge_image, badge_pdf
from web.context import box
from web.security import require

bp = Blueprint("trial", __name__, url_prefix="/essai")
bp.before_request(require(Act.RUN_STATIONS))

SCREEN_MODULE = 12
"""Pixels of a module of the badge on a screen."""


@bp.get("")
def page() -> str:
    """Say how to try a station, and show the badge while it is lent."""
    return render_template("trial.html", lent=trials.lent(box()))


@bp.post("")
def lend() -> AnyResponse:
    """Lend the badge for an hour from now on."""
    trials.lend(box())
    return redirect(url_for("trial.page"), 303)


@bp.post("/reprendre")
def take_back() -> AnyResponse:
    """End the loan."""
    trials.take_back(box())
    flash(_("Les stations ne connaissent plus le badge d’essai."))
    return redirect(url_for("trial.page"), 303)


@bp.get("/badge.png")
def picture() -> Response:
    """Return the badge to show to a camera on a screen."""
    drawn = BytesIO()
    image = badge_image(_lent().code, trials.PICTOGRAM, SCREEN_MODULE, _("ESSAI"))
    image.save(drawn, "PNG")
    return Response(drawn.getvalue(), mimetype="image/png")


@bp.get("/badge.pdf")
def sheet() -> Response:
    """Return the badge on a sheet, to print and cut out."""
    badge = Badge(_lent().code, trials.PICTOGRAM, _("Badge d’essai, pour les adultes"))
    return Response(badge_pdf([badge], _("ESSAI")), mimetype="application/pdf")


def _lent() -> TrialBadge:
    badge = trials.lent(box())
    if badge is None:
        abort(404)
    return badge
