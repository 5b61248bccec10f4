"""*Demandes des familles*: what they ask for by right, the days left, what was answered, the receipts."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.requests import Kind, Outcome, TooLate
from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.rights import family_words, receipts, requests
from appliance.i18n import _
from web.context import box
from web.receipts import backups_until
from web.security import require

bp = Blueprint("family_requests", __name__, url_prefix="/demandes")
bp.before_request(require(Act.ANSWER_REQUESTS))

Page = str | tuple[str, int] | Response


@bp.get("")
def every() -> str:
    """List the requests, the most urgent first, and take a new one."""
    return _list({}, {})


@bp.post("")
def receive() -> Page:
    """Write a request down."""
    typed = request.form
    faults = _faults(typed)
    if faults:
        return _list(typed, faults), 400
    try:
        made = requests.receive(
            box(),
            Kind(typed["nature"]),
            typed["eleve"],
            received_on=date.fromisoformat(typed["recue"]),
            who=typed.get("qui", "").strip(),
            text=typed.get("texte", "").strip(),
        )
    except requests.BadDate:
        said = _(
            "Cette date est à venir, ou date de plus de trois mois : écrivez le jour où vous l’avez reçue."
        )
        return _list(typed, {"recue": said}), 400
    flash(_("C’est noté : vous avez un mois pour répondre."))
    return redirect(url_for("family_requests.show", request_id=made), 303)


@bp.get("/<request_id>")
def show(request_id: str) -> str:
    """Show a request, with its receipt as the ENT stands now."""
    return _show(_find(request_id), "")


@bp.post("/<request_id>/prolonger")
def extend(request_id: str) -> Page:
    """Add two months, with a reason that the family is told."""
    found, reason = _find(request_id), request.form.get("motif", "").strip()
    if not reason:
        return _show(
            found, _("Écrivez le motif : la famille doit le recevoir avant la fin du premier mois.")
        ), 400
    try:
        requests.extend(box(), found, reason)
    except TooLate:
        return _show(found, _("Le premier mois est passé : il n’est plus possible de prolonger.")), 400
    flash(_("Deux mois de plus. Dites-le à la famille, avec ce motif."))
    return redirect(url_for("family_requests.show", request_id=found.id), 303)


@bp.post("/<request_id>/repondre")
def answer(request_id: str) -> Page:
    """Write down what was answered."""
    found = _find(request_id)
    said = request.form.get("reponse", "").strip()
    chosen = request.form.get("suite", "")
    outcome = Outcome(chosen) if chosen in list(Outcome) else Outcome.NONE
    if outcome is Outcome.NONE:
        return _show(found, _("Choisissez ce qui a été répondu.")), 400
    if outcome in (Outcome.REFUSED, Outcome.PARTLY) and not said:
        return _show(found, _("Écrivez le motif : un refus, même en partie, se motive.")), 400
    requests.answer(box(), found, outcome, said)
    flash(_("C’est noté : la demande est close."))
    return redirect(url_for("family_requests.show", request_id=found.id), 303)


def _list(typed: object, faults: dict[str, str]) -> str:
    return render_template(
        "family_requests.html",
        found=requests.every(box()),
        pupils=people.everyone(box()),
        kinds=family_words.KINDS,
        words=family_words,
        typed=typed,
        faults=faults,
        today=box().today(),
    )


def _show(found: requests.Request, fault: str) -> str:
    return render_template(
        "family_request.html",
        found=found,
        lines=receipts.lines(box(), found.traces),
        here=people.find(box(), found.pupil),
        words=family_words,
        outcomes=[o for o in Outcome if o is not Outcome.NONE],
        today=box().today(),
        backups_until=backups_until(found),
        now=box().now(),
        fault=fault,
        typed=request.form,
    )


def _faults(typed: dict[str, str]) -> dict[str, str]:
    found = {}
    if typed.get("nature") not in list(Kind):
        found["nature"] = _("Choisissez ce qui est demandé.")
    if people.find(box(), typed.get("eleve", "")) is None:
        found["eleve"] = _("Choisissez l’élève.")
    try:
        date.fromisoformat(typed.get("recue", ""))
    except ValueError:
        found["recue"] = _("Écrivez le jour où la demande est arrivée.")
    if len(typed.get("texte", "")) > requests.LONGEST_TEXT:
        found["texte"] = _("C’est trop long : 1 000 caractères au plus.")
    return found


def _find(request_id: str) -> requests.Request:
    found = requests.find(box(), request_id)
    if found is None:
        abort(404)
    return found
