"""One trace: listen, see, keep, let go home, print again, erase."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Role
from appliance.domain.captures import Capture
from appliance.domain.permissions import Scope
from appliance.hub import attribution, people, review, traces
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
    return media.heard(_find(capture_id), Role.TEACHER)


@bp.get("/<capture_id>/vignette")
def thumbnail(capture_id: str) -> Response:
    """Return the photo's small picture."""
    return media.thumbnail(_find(capture_id))


@bp.get("/<capture_id>/legende")
def caption(capture_id: str) -> Response:
    """Return a photo's spoken caption."""
    return media.spoken(_find(capture_id), Role.TEACHER)


@bp.post("/<capture_id>/garder")
def keep(capture_id: str) -> AnyResponse:
    """Keep a take."""
    return _do(capture_id, review.keep, _("Gardée : son étiquette s’imprime."))


@bp.post("/<capture_id>/liberer")
def release(capture_id: str) -> AnyResponse:
    """Let a trace go home at the next sync; beyond its pupil's wish, once they were asked."""
    asked = "demande" in request.form

    def let_go(of: Box, capture: Capture) -> None:
        review.release(of, capture, asked=asked)

    try:
        return _do(capture_id, let_go, _("Libérée : elle partira au prochain envoi."))
    except review.CannotRelease as error:
        return _refused(capture_id, error.reason)


@bp.get("/<capture_id>/a-qui")
def ask_whose(capture_id: str) -> str:
    """Ask whose a trace is: one touch on a pupil gives it to them."""
    capture = _find(capture_id)
    (trace,) = traces.describe(box(), [capture])
    everybody = people.every(box())
    permitted = [
        pupil
        for pupil in everybody
        if people.decision(box(), [pupil.id], capture.nature, Scope.CLASS).allowed
    ]
    return render_template(
        "trace_whose.html",
        trace=trace,
        pupils=permitted,
        others=[pupil.shown for pupil in everybody if pupil not in permitted],
    )


@bp.post("/<capture_id>/a-qui")
def give(capture_id: str) -> AnyResponse:
    """Give a trace to the pupils chosen."""
    capture = _find(capture_id)
    try:
        attribution.give(box(), capture, request.form.getlist("eleve"))
    except attribution.NotPermitted:
        return _back(
            capture, _("Cette famille n’a pas autorisé l’enregistrement : la trace reste comme elle était.")
        )
    except ValueError:
        return _back(capture, _("Choisissez d’un à six élèves de la classe."))
    return _back(
        capture, _("C’est noté : la nouvelle étiquette s’imprime.") if capture.kept else _("C’est noté.")
    )


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
    elif reason == "pupil_wish":
        said = _("L’élève a choisi autre chose que la maison. Demandez-lui avant de la laisser partir.")
    elif reason == "changed":
        said = _("Cette trace vient d’être donnée à un autre élève. Vérifiez, puis recommencez.")
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
