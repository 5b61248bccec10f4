"""*Traces mises de côté*: what nobody hears, why, since when; putting a trace there and bringing it back."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Role
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.roles import Act
from appliance.hub import review, traces
from appliance.hub.rights import quarantine
from appliance.i18n import _
from appliance.store import captures
from web import media
from web.context import box
from web.security import require

bp = Blueprint("aside", __name__, url_prefix="/mises-de-cote")
bp.before_request(require(Act.ERASE))


@bp.get("")
def every() -> str:
    """List what is put aside, with what its reason means."""
    found = quarantine.every(box())
    shown = traces.describe(box(), [aside.capture for aside in found])
    rows = list(zip(found, shown, strict=True))
    return render_template(
        "aside.html",
        limited=[row for row in rows if row[0].capture.quarantine is Quarantine.LIMITATION],
        protected=[row for row in rows if row[0].capture.quarantine is Quarantine.PROTECTED],
    )


@bp.post("/<capture_id>")
def put(capture_id: str) -> AnyResponse:
    """Put a trace aside: by right, or to protect a child."""
    capture = _find(capture_id)
    try:
        why = Quarantine(request.form.get("motif", ""))
        quarantine.put_aside(box(), capture, why)
    except ValueError:
        flash(_("Dites pourquoi : à la demande de la famille, ou à protéger."))
        return redirect(url_for("traces.show", capture_id=capture.id), 303)
    flash(_("Mise de côté : personne ne l’écoute, rien ne part, rien ne l’efface. Elle est ici."))
    return redirect(url_for("aside.every"), 303)


@bp.post("/<capture_id>/remettre")
def bring_back(capture_id: str) -> AnyResponse:
    """Put a trace back with the others, in class only."""
    capture = _aside(capture_id)
    quarantine.bring_back(box(), capture)
    flash(_("Remise avec les autres, en classe. Pour la maison, libérez-la de nouveau."))
    return redirect(url_for("traces.show", capture_id=capture.id), 303)


@bp.post("/<capture_id>/effacer")
def erase(capture_id: str) -> AnyResponse:
    """Erase a trace that was put aside."""
    review.delete(box(), _aside(capture_id))
    flash(
        _(
            "Effacée. La carte mémoire peut en garder des restes chiffrés, illisibles sans les clés de la "
            "classe."
        )
    )
    return redirect(url_for("aside.every"), 303)


@bp.get("/<capture_id>/contenu")
def content(capture_id: str) -> Response:
    """Return the sound or picture of what is to be protected; what a family had put aside is not opened."""
    capture = _aside(capture_id)
    if capture.quarantine is not Quarantine.PROTECTED:
        abort(404)
    return media.heard(capture, Role.TEACHER)


def _find(capture_id: str) -> Capture:
    capture = captures.find(box().database, capture_id)
    if capture is None:
        abort(404)
    return capture


def _aside(capture_id: str) -> Capture:
    capture = _find(capture_id)
    if capture.quarantine is Quarantine.NO:
        abort(404)
    return capture
