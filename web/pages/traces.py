"""One trace: listen, see, keep, let go home, print again, erase."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.captures import Capture
from appliance.hub import review, traces
from appliance.hub.box import Box
from appliance.i18n import _
from appliance.store import captures
from web import media
from web.context import box
from web.security import is_live, require_teacher

bp = Blueprint("traces", __name__, url_prefix="/trace")
bp.before_request(require_teacher)


@bp.get("/<capture_id>")
def show(capture_id: str) -> str:
    """Show one trace in large."""
    (trace,) = traces.describe(box(), [_find(capture_id)])
    return render_template("trace.html", trace=trace)


@bp.get("/<capture_id>/contenu")
def content(capture_id: str) -> Response:
    """Return the sound or the photo."""
    return media.of(_find(capture_id))


@bp.get("/<capture_id>/vignette")
def thumbnail(capture_id: str) -> Response:
    """Return the photo's small picture."""
    return media.of(_find(capture_id), thumbnail=True)


@bp.post("/<capture_id>/garder")
def keep(capture_id: str) -> AnyResponse:
    """Keep a take."""
    return _do(capture_id, review.keep, _("Gardée : son étiquette s’imprime."))


@bp.post("/<capture_id>/liberer")
def release(capture_id: str) -> AnyResponse:
    """Let a trace go home at the next sync."""
    try:
        return _do(capture_id, review.release, _("Libérée : elle partira au prochain envoi."))
    except review.CannotRelease as error:
        return _refused(capture_id, error.reason)


@bp.post("/<capture_id>/imprimer")
def reprint(capture_id: str) -> AnyResponse:
    """Print the sticker again."""
    return _do(capture_id, review.reprint, _("L’étiquette attend son tour à l’imprimante."))


@bp.post("/<capture_id>/effacer")
def erase(capture_id: str) -> AnyResponse:
    """Erase a trace everywhere."""
    capture = _find(capture_id)
    review.delete(box(), capture)
    return _back(
        capture, _("Effacée. La carte mémoire peut en garder des restes chiffrés, illisibles."), gone=True
    )


def _do(capture_id: str, action: Callable[[Box, Capture], None], said: str) -> AnyResponse:
    capture = _find(capture_id)
    action(box(), capture)
    return _back(capture, said)


def _refused(capture_id: str, reason: str) -> AnyResponse:
    if reason == "not_kept":
        said = _("Un essai ne part pas à la maison. Gardez-le d’abord.")
    else:
        said = _("Reste en classe : une famille n’a pas autorisé l’écoute à la maison. Voyez la page Élèves.")
    if is_live():
        return Response(said, 409, mimetype="text/plain")
    return _back(_find(capture_id), said)


def _back(capture: Capture, said: str, *, gone: bool = False) -> AnyResponse:
    if is_live():
        return Response(said, mimetype="text/plain")
    flash(said)
    day = url_for("day.of", day=capture.taken_at.date().isoformat())
    return redirect(day if gone else f"{day}#t-{capture.id}", 303)


def _find(capture_id: str) -> Capture:
    capture = captures.find(box().database, capture_id)
    if capture is None:
        abort(404)
    return capture
