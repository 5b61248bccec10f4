"""One trace: listen, see, keep, let go home, print again, erase."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Use
from appliance.domain.roles import Act, act_of_hearing
from appliance.hub import attribution, people, review, traces
from appliance.hub.box import Box
from appliance.hub.retention import carnet
from appliance.hub.rights import permits
from appliance.i18n import _, ngettext
from appliance.store import captures
from appliance.vault.opening import NotForThisKey
from web import media
from web.context import box
from web.security import demand, is_live, require

bp = Blueprint("traces", __name__, url_prefix="/trace")
bp.before_request(
    require(
        Act.HEAR_TODAY,
        keep=Act.KEEP,
        release=Act.RELEASE,
        ask_whose=Act.GIVE,
        give=Act.GIVE,
        reprint=Act.REPRINT,
        ask_renewal=Act.GIVE,
        renew=Act.GIVE,
        erase=Act.ERASE,
    )
)


@bp.get("/<capture_id>")
def show(capture_id: str) -> str:
    """Show one trace in large."""
    (trace,) = traces.describe(box(), [_find(capture_id)])
    return render_template("trace.html", trace=trace, carnet_end=carnet.end_for(box(), trace.capture))


@bp.get("/<capture_id>/contenu")
def content(capture_id: str) -> Response:
    """Return the sound or the photo."""
    return media.heard(_audible(capture_id), box().actor)


@bp.get("/<capture_id>/vignette")
def thumbnail(capture_id: str) -> Response:
    """Return the photo's small picture."""
    return media.thumbnail(_audible(capture_id))


@bp.get("/<capture_id>/legende")
def caption(capture_id: str) -> Response:
    """Return a photo's spoken caption: a voice, which may be forbidden where the photo is not."""
    capture = _audible(capture_id)
    if capture.pupils and not permits.of_caption(box(), capture, Use.TEACHER).allowed:
        abort(404)
    return media.spoken(capture, box().actor)


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
        if permits.of_capture(box(), replace(capture, pupils=(pupil.id,)), Use.CLASS).allowed
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


@bp.get("/<capture_id>/etiquette")
def ask_renewal(capture_id: str) -> str:
    """Say what cancelling a sticker does."""
    (trace,) = traces.describe(box(), [_find(capture_id)])
    return render_template("trace_renewal.html", trace=trace)


@bp.post("/<capture_id>/etiquette")
def renew(capture_id: str) -> AnyResponse:
    """Cancel the sticker and print another; what had gone home goes again under the new one."""
    before = _find(capture_id)
    renewed = attribution.renew_sticker(box(), before)
    if renewed is not None and before.released_at is not None:
        with suppress(review.CannotRelease, NotForThisKey, FileNotFoundError):
            review.release(box(), renewed, asked=True)
    return _back(
        before, _("L’ancienne étiquette n’ouvre plus rien. La nouvelle attend son tour à l’imprimante.")
    )


@bp.post("/<capture_id>/effacer")
def erase(capture_id: str) -> AnyResponse:
    """Erase a trace everywhere."""
    capture = _find(capture_id)
    review.delete(box(), capture)
    return _back(
        capture,
        _(
            "Effacée. La carte mémoire peut en garder des restes chiffrés, illisibles sans les clés de la "
            "classe."
        ),
        gone=True,
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
        said = _stays(_find(capture_id))
    if is_live():
        return Response(said, 409, mimetype="text/plain")
    return _back(_find(capture_id), said)


def _stays(capture: Capture) -> str:
    """Return why a trace stays in class, without saying whose family it is."""
    if len(capture.pupils) < 2:
        return _("Reste en classe : une famille n’a pas autorisé l’écoute à la maison. Voyez la page Élèves.")
    lacking = len(permits.of_capture(box(), capture, Use.OWN_FAMILY).lacking)
    return ngettext(
        "{count} élève de ce groupe n’a pas l’autorisation pour les maisons : cette trace reste en classe "
        "tant que deux responsables n’ont pas signé.",
        "{count} élèves de ce groupe n’ont pas l’autorisation pour les maisons : cette trace reste en classe "
        "tant que deux responsables de chacun n’ont pas signé.",
        lacking,
    ).format(count=lacking)


def _back(capture: Capture, said: str, *, gone: bool = False) -> AnyResponse:
    if is_live():
        return Response(said, mimetype="text/plain")
    flash(said)
    day = url_for("day.of", day=capture.taken_at.date().isoformat())
    return redirect(day if gone else f"{day}#t-{capture.id}", 303)


def _audible(capture_id: str) -> Capture:
    """Return a trace that may be opened: not one that its families allow no more (law.md §7.2)."""
    capture = _find(capture_id)
    if not permits.teacher_may_look(box(), capture):
        abort(404)
    return capture


def _find(capture_id: str) -> Capture:
    capture = captures.find(box().database, capture_id)
    if capture is None:
        abort(404)
    if capture.quarantine is not Quarantine.NO:
        # Nobody hears it and nothing is done with it, but on the page of what is put aside.
        abort(redirect(url_for("aside.every"), 303) if request.endpoint == "traces.show" else 404)
    demand(act_of_hearing(capture.taken_at.date(), box().today()))
    return capture
