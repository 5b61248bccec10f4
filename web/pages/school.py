"""*L’école*: who is who on the papers, and the steps before the first recording."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.academies import ADDRESSES, dpo_suggestion
from appliance.domain.permissions import PermissionState
from appliance.domain.roles import Act
from appliance.hub.office import checklist, paper_facts, school
from appliance.hub.office.checklist import Step
from appliance.i18n import _
from appliance.papers.facts import Controller, School
from appliance.store import pupils
from web.context import box
from web.security import require

bp = Blueprint("school", __name__, url_prefix="/ecole")
bp.before_request(require(Act.SET_SCHOOL))

LONGEST = 200
LONGEST_REFERENCE = 120
Page = str | tuple[str, int] | Response


@bp.get("")
def page() -> str:
    """Show who is who; in a locked class nobody can read what was typed."""
    return _show(school.read(box()) if box().is_open else None, {})


@bp.post("")
def save() -> Page:
    """Store who is who."""
    if not box().is_open:
        # Nobody overwrites what nobody can read.
        return _show(None, {}), 400
    typed, faults = _read(request.form)
    if faults:
        return _show(typed, faults), 400
    school.save(box(), typed)
    flash(_("C’est noté : les papiers portent ces noms."))
    return redirect(url_for("school.page"), 303)


@bp.get("/etapes")
def start() -> str:
    """Show the steps before the first recording."""
    return _steps()


@bp.post("/etapes/<step>")
def tick(step: Step) -> Page:
    """Note that a step is done."""
    known = _known(step)
    reference = " ".join(request.form.get("reference", "").split())
    on, fault = _day(request.form.get("jour", ""))
    if not fault and len(reference) > LONGEST_REFERENCE:
        fault = _("C’est trop long : {count} caractères au plus.").format(count=LONGEST_REFERENCE)
    if not fault and not reference:
        fault = _NEEDED[known]
    if fault or on is None:
        return _steps({known: fault}, {known: (request.form.get("jour", ""), reference)}), 400
    checklist.tick(box(), known, on, reference)
    if checklist.is_real(box()):
        flash(
            _("Toutes les étapes sont faites : la boîte peut enregistrer les élèves dont la famille dit oui.")
        )
    return redirect(url_for("school.start"), 303)


@bp.post("/etapes/<step>/annuler")
def untick(step: Step) -> Page:
    """Take a step back."""
    checklist.untick(box(), _known(step))
    flash(_("L’étape n’est plus cochée : la boîte est en essai, aucun élève n’est enregistré."))
    return redirect(url_for("school.start"), 303)


_NEEDED = {
    Step.ADVICE: _("Écrivez qui a répondu : par exemple « ERUN, par courriel »."),
    Step.COUNCIL: _("Écrivez ce qui le prouve : par exemple « procès-verbal, point 4 »."),
    Step.REGISTER: _("Écrivez la référence au registre, ou qui l’a confirmée."),
    Step.NOTICE: _("Écrivez comment elle a été donnée : par exemple « cahier de liaison »."),
}


def _known(step: str) -> Step:
    if step not in list(Step):
        abort(404)
    return Step(step)


def _day(text: str) -> tuple[date | None, str]:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None, _("Choisissez le jour où cela a été fait.")
    if on > box().today():
        return None, _("Ce jour n’est pas encore venu. Cochez l’étape quand elle sera faite.")
    return on, ""


def _read(form: Mapping[str, str]) -> tuple[School, dict[str, str]]:
    texts = {f.name: " ".join(form.get(f.name, "").split()) for f in fields(School) if f.name != "controller"}
    chosen = form.get("controller", "")
    typed = replace(
        School(),
        **texts,
        controller=Controller(chosen) if chosen in list(Controller) else Controller.DASEN,
    )
    too_long = _("C’est trop long : {count} caractères au plus.").format(count=LONGEST)
    faults = {name: too_long for name, text in texts.items() if len(text) > LONGEST}
    if typed.academy and typed.academy not in ADDRESSES:
        faults["academy"] = _("Choisissez une académie de la liste, ou laissez vide.")
    if typed.controller is Controller.OTHER and not typed.controller_name:
        faults["controller_name"] = _(
            "Écrivez qui est responsable : par exemple « le chef d’établissement »."
        )
    return typed, faults


def _show(typed: School | None, faults: dict[str, str]) -> str:
    return render_template(
        "papers/school.html",
        typed=typed,
        faults=faults,
        academies=list(ADDRESSES),
        suggestion=dpo_suggestion(typed.academy) if typed else "",
        has_ent_paper=paper_facts.means(box()).ent,
    )


def _steps(
    faults: Mapping[Step, str] | None = None, typed: Mapping[Step, tuple[str, str]] | None = None
) -> str:
    shown = box()
    answered = {
        pupil
        for pupil, answers in pupils.permissions(shown.database).items()
        if any(answer.state is not PermissionState.PENDING for answer in answers)
    }
    return render_template(
        "papers/steps.html",
        steps=list(Step),
        ticks=checklist.ticks(shown) if shown.is_open else {},
        days={step: checklist.done_on(shown.database, step) for step in Step},
        faults=faults or {},
        typed=typed or {},
        real=checklist.is_real(shown),
        answered=len(answered),
        count=len(pupils.every(shown.database)),
        today=shown.today(),
    )
