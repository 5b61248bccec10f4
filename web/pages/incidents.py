"""*Signaler un incident*: what happened, with a sheet for the direction and the steps in their order."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.clock import PARIS
from appliance.domain.roles import Act
from appliance.hub.office import incidents
from appliance.i18n import _
from appliance.papers.facts import Incident, IncidentKind
from web.context import box
from web.pages import papers
from web.security import require

bp = Blueprint("incidents", __name__, url_prefix="/incidents")
bp.before_request(require(Act.NOTE_INCIDENT))

LONGEST = 1500
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Form:
    """A report as typed, with its faults by field."""

    kind: str = ""
    noticed: str = ""
    happened: str = ""
    what: str = ""
    faults: tuple[tuple[str, str], ...] = ()

    def fault(self, field: str) -> str:
        """Return what is wrong with a field, or nothing."""
        return dict(self.faults).get(field, "")


@bp.get("")
def page() -> str:
    """Show the form, and what was reported before."""
    return _show(Form(noticed=f"{box().now().astimezone(PARIS):%Y-%m-%dT%H:%M}"))


@bp.post("")
def note() -> Page:
    """Seal a report, and show its sheet."""
    form, noticed, happened = _read()
    if form.faults or noticed is None:
        return _show(form), 400
    made = incidents.note(box(), IncidentKind(form.kind), noticed, happened, form.what)
    if not box().is_open:
        return redirect(url_for("incidents.page"), 303)
    return redirect(url_for("incidents.show", incident=made), 303)


@bp.get("/<incident>")
def show(incident: str) -> str:
    """Show an incident's sheet."""
    return _sheet(_found(incident), url_for("incidents.show_pdf", incident=incident))


@bp.get("/<incident>.pdf")
def show_pdf(incident: str) -> papers.Answer:
    """Return it as a PDF."""
    known = _found(incident)
    return papers.as_pdf(_sheet(known, ""), lambda: _sheet(known, "", no_press=True), "incident")


def _found(incident: str) -> Incident:
    known = incidents.find(box(), incident)
    if known is None:
        abort(404)
    return known


def _sheet(incident: Incident, pdf_url: str, *, no_press: bool = False) -> str:
    return papers.render(
        "papers/incident.html",
        pdf_url,
        incident=incident,
        steps=incidents.steps(box(), incident.kind),
        no_press=no_press,
    )


def _show(form: Form) -> str:
    return render_template(
        "papers/incidents.html",
        form=form,
        kinds=list(IncidentKind),
        before=incidents.every(box()) if box().is_open else [],
        longest=LONGEST,
    )


def _read() -> tuple[Form, datetime | None, datetime | None]:
    typed = request.form
    what = "\n".join(" ".join(line.split()) for line in typed.get("quoi", "").splitlines()).strip()
    form = Form(typed.get("nature", ""), typed.get("constate", ""), typed.get("survenu", ""), what)
    noticed, happened, now = _moment(form.noticed), _moment(form.happened), box().now()
    faults = []
    if form.kind not in list(IncidentKind):
        faults.append(("nature", _("Choisissez ce qui se rapproche le plus de ce qui s’est passé.")))
    if noticed is None:
        faults.append(("constate", _("Écrivez le jour et l’heure où vous vous en êtes aperçu·e.")))
    elif noticed > now:
        faults.append(("constate", _("Ce moment n’est pas encore venu : corrigez le jour ou l’heure.")))
    if form.happened and happened is None:
        faults.append(
            ("survenu", _("Ce moment ne se lit pas : choisissez un jour et une heure, ou laissez vide."))
        )
    elif happened is not None and noticed is not None and happened > noticed:
        faults.append(("survenu", _("Cela ne peut pas s’être passé après que vous vous en êtes aperçu·e.")))
    if not what:
        faults.append(("quoi", _("Écrivez en une phrase ce qui s’est passé.")))
    elif len(what) > LONGEST:
        faults.append(("quoi", _("C’est trop long : {count} caractères au plus.").format(count=LONGEST)))
    return Form(form.kind, form.noticed, form.happened, what, tuple(faults)), noticed, happened


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=PARIS) if text else None
    except ValueError:
        return None
