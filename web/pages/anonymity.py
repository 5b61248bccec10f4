"""The teacher's word that nobody is recognised in a trace, given and taken back on its page."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act, act_of_hearing
from appliance.hub.rights import anonymity
from appliance.i18n import _
from appliance.store import captures
from web.context import box
from web.security import demand, require

bp = Blueprint("anonymity", __name__, url_prefix="/anonymes")
bp.before_request(require(Act.MARK))


@bp.post("/<capture_id>")
def mark(capture_id: str) -> Response:
    """Certify a trace, or undo that."""
    capture = captures.find(box().database, capture_id)
    if capture is None:
        abort(404)
    demand(act_of_hearing(capture.taken_at.date(), box().today()))
    if "annule" in request.form:
        anonymity.undo(box(), capture)
        flash(_("C’est noté : les autorisations de chaque élève comptent de nouveau."))
    else:
        anonymity.certify(box(), capture)
        flash(_("C’est noté : personne n’y est reconnaissable."))
    return redirect(url_for("traces.show", capture_id=capture.id), 303)
