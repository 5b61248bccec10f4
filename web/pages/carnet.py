"""A trace kept for the *carnet de suivi*: why, until when, and how to take it out again."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.captures import Capture
from appliance.domain.roles import Act
from appliance.hub import traces
from appliance.hub.retention import carnet
from appliance.i18n import _, long_day_year
from appliance.store import captures
from web.context import box
from web.security import require

bp = Blueprint("carnet", __name__, url_prefix="/trace")
bp.before_request(require(Act.MARK))

_FAULTS = {
    "no_reason": _("Écrivez en quelques mots pourquoi cette trace compte pour le carnet."),
    "too_long": _("C’est trop long : 200 caractères au plus."),
    "not_kept": _("Un essai n’entre pas dans le carnet. Gardez-le d’abord."),
    "nobody": _("Dites d’abord à qui est cette trace."),
    "not_cycle_1": _(
        "Le carnet de suivi est celui du cycle 1 : chaque élève de la trace doit être de TPS à GS."
    ),
    "gone": _("Cette trace vient de changer. Vérifiez, puis recommencez."),
}


@bp.get("/<capture_id>/carnet")
def page(capture_id: str) -> str:
    """Show the reason, or ask for it."""
    return _page(_find(capture_id))


@bp.post("/<capture_id>/carnet")
def flag(capture_id: str) -> AnyResponse:
    """Keep the trace for the carnet."""
    capture = _find(capture_id)
    try:
        end = carnet.flag(box(), capture, request.form.get("raison", ""))
    except carnet.NotForCarnet as error:
        return Response(_page(capture, _FAULTS[error.reason]), 400)
    flash(_("Dans le carnet de suivi, jusqu’au %(day)s.") % {"day": long_day_year(end)})
    return redirect(url_for("traces.show", capture_id=capture.id), 303)


@bp.post("/<capture_id>/carnet/retirer")
def unflag(capture_id: str) -> AnyResponse:
    """Take it out of the carnet."""
    capture = _find(capture_id)
    carnet.unflag(box(), capture)
    flash(_("Retirée du carnet de suivi : elle part avec les autres."))
    return redirect(url_for("traces.show", capture_id=capture.id), 303)


def _page(capture: Capture, fault: str = "") -> str:
    (trace,) = traces.describe(box(), [capture])
    return render_template(
        "carnet.html",
        trace=trace,
        end=carnet.end_for(box(), capture),
        reason=carnet.reason(box(), capture),
        typed=request.form.get("raison", ""),
        longest=carnet.LONGEST_REASON,
        fault=fault,
    )


def _find(capture_id: str) -> Capture:
    capture = captures.find(box().database, capture_id)
    if capture is None:
        abort(404)
    return capture
