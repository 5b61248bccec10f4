"""*Élèves*: who is in the class and what families allowed; adding, answering, withdrawing."""

from dataclasses import replace
from itertools import zip_longest

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from appliance.hub import groups, people
from appliance.hub.office import checklist
from appliance.hub.rights import disagreements, projects
from appliance.hub.rights.answers import Quality
from appliance.hub.rights.projects import Project
from appliance.i18n import _
from web.answer_form import HOLDERS, AnswerForm
from web.context import box
from web.forms import LEVELS, ON_TRIAL, PupilForm, answered_natures
from web.receipts import receipt_page
from web.security import CSRF_FIELD, require
from web.wording import LANGUAGES, choices

bp = Blueprint("pupils", __name__, url_prefix="/eleves")
bp.before_request(
    require(
        Act.SET_PUPILS,
        every=Act.SEE_PERMISSIONS,
        show=Act.SEE_PERMISSIONS,
        answer=Act.SET_PERMISSIONS,
        disagreement=Act.SET_PERMISSIONS,
    )
)

Page = str | tuple[str, int] | Response


@bp.get("")
def every() -> str:
    """List the pupils with their permissions in words."""
    return _list(PupilForm.like_the_last(request.args))


@bp.post("")
def add() -> Page:
    """Add a pupil."""
    form = PupilForm.read(request.form).checked(box())
    if not form.save(box()):
        return _list(form), 400
    flash(_("L’élève est dans la liste. Le papier de sa famille se note dans « Autorisations »."))
    return redirect(url_for("pupils.every", **form.repeated()), 303)


@bp.get("/<pupil_id>")
def show(pupil_id: str) -> str:
    """Show what a pupil's family answered to a project, with needs and badge, to change them."""
    pupil = _find(pupil_id)
    return _page(pupil, AnswerForm.stored(box(), pupil, _project(request.args.get("projet", ""))))


@bp.post("/<pupil_id>")
def answer(pupil_id: str) -> Page:
    """Record the family's answer; a withdrawal is shown first with all that it erases."""
    pupil = _find(pupil_id)
    project = _project(request.form.get("projet", ""))
    form = AnswerForm.read(box(), pupil, project, request.form)
    if form.fault:
        return _page(pupil, form), 400
    found = form.changes(box(), pupil)
    if found.widens and not checklist.is_real(box()):
        return _page(pupil, replace(form, fault=ON_TRIAL)), 400
    if found.takes_away and "confirme" not in request.form:
        return render_template(
            "withdrawal.html",
            withdrawn=[found],
            others=0,
            repeated=[(name, value) for name, value in request.form.items() if name != CSRF_FIELD],
            back=url_for("pupils.show", pupil_id=pupil.id, projet=project.id or None),
        )
    receipt = form.save(box(), pupil, found)
    if receipt:
        return receipt_page([receipt], url_for("pupils.every"))
    flash(_("Les autorisations sont enregistrées.") if receipt is not None else _("Rien n’a changé."))
    return redirect(url_for("pupils.every"), 303)


@bp.post("/<pupil_id>/desaccord")
def disagreement(pupil_id: str) -> Response:
    """Note that the guardians disagree, or that they do no more."""
    pupil = _find(pupil_id)
    if "fin" in request.form:
        disagreements.end(box(), pupil.id)
        flash(_("C’est noté : ce qui était mis de côté est revenu en classe."))
    else:
        disagreements.begin(box(), pupil.id)
        flash(_("C’est noté : plus rien n’est enregistré, et ce qui le montre est mis de côté."))
    return redirect(url_for("pupils.show", pupil_id=pupil.id, _anchor="desaccord"), 303)


@bp.post("/<pupil_id>/station")
def needs(pupil_id: str) -> Response:
    """Record how stations speak to a pupil, and at which pace."""
    pupil = _find(pupil_id)
    language = request.form.get("langue", "")
    people.set_needs(
        box(),
        pupil.id,
        language=language if language in LANGUAGES else pupil.language,
        slow="double" in request.form,
    )
    flash(_("C’est enregistré : les stations le savent dans quelques secondes."))
    return redirect(url_for("pupils.show", pupil_id=pupil.id), 303)


@bp.post("/<pupil_id>/badge")
def replace_badge(pupil_id: str) -> Response:
    """Cancel a lost badge. Another page shows the new one: loading that again cancels nothing more."""
    people.replace_badge(box(), _find(pupil_id).id)
    return redirect(url_for("pupils.new_badge", pupil_id=pupil_id), 303)


@bp.get("/<pupil_id>/badge")
def new_badge(pupil_id: str) -> str:
    """Show where to print a badge that was made anew."""
    return render_template("badge_replaced.html", pupil=_find(pupil_id))


def _list(form: PupilForm) -> str:
    return render_template(
        "pupils.html",
        pupils=people.every(box()),
        form=form,
        levels=LEVELS,
        groups=groups.every(box()),
    )


def _page(pupil: people.Pupil, form: AnswerForm) -> str:
    return render_template(
        "pupil.html",
        pupil=pupil,
        form=form,
        fields=answered_natures(form.project),
        choices=choices(form.project.scopes),
        projects=projects.every(box()),
        holders=zip_longest(HOLDERS, form.paper.signatories[: len(HOLDERS)]),
        qualities=Quality,
        disagree=disagreements.lasts(box(), pupil.id),
        groups=[group.name for group in groups.every(box()) if pupil.id in group.pupils],
    )


def _project(project: str) -> Project:
    found = projects.find(box(), project)
    if found is None:
        abort(404)
    return found


def _find(pupil_id: str) -> people.Pupil:
    pupil = people.find(box(), pupil_id)
    if pupil is None:
        abort(404)
    return pupil
