"""*Autorisations*: the papers that families gave back, a whole class at a time."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.office import checklist
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from appliance.i18n import _, ngettext
from web import sheet
from web.context import box
from web.forms import ON_TRIAL
from web.receipts import receipt_page
from web.security import CSRF_FIELD, require
from web.sheet import Sheet
from web.wording import choices

bp = Blueprint("permissions", __name__, url_prefix="/autorisations")
bp.before_request(require(Act.SEE_PERMISSIONS, save=Act.SET_PERMISSIONS))

Page = str | tuple[str, int] | Response


@bp.get("")
def page() -> str:
    """Show the class's answers to one project, to change them."""
    return _page(_project(request.args.get("projet", "")))


@bp.post("")
def save() -> Page:
    """Write the lines that changed; withdrawals are shown first with all that they erase."""
    project = _project(request.form.get("projet", ""))
    stored = Sheet.stored(box(), project)
    typed = stored.typed(request.form)
    unsigned = [line.pupil.shown for line, form in typed if form.is_unsigned]
    if unsigned:
        said = _("Un oui se signe. Dites combien de responsables ont signé pour : {names}.")
        return _page(project, said.format(names=people.together(unsigned))), 400
    opposed = [line.pupil.shown for line, form in typed if form.is_opposed]
    if opposed:
        said = _(
            "Un responsable a refusé pour : {names}. S’il a changé d’avis, notez-le d’abord sur la page "
            "de l’élève."
        )
        return _page(project, said.format(names=people.together(opposed))), 400
    changes = sheet.changes(box(), typed)
    if not checklist.is_real(box()) and any(found.widens for found in changes):
        return _page(project, ON_TRIAL), 400
    withdrawn = [found for found in changes if found.takes_away]
    if withdrawn and "confirme" not in request.form:
        return render_template(
            "withdrawal.html",
            withdrawn=withdrawn,
            others=len(typed) - len(withdrawn),
            repeated=[(n, v) for n, v in request.form.items(multi=True) if n != CSRF_FIELD],
            back=url_for("permissions.page", projet=project.id),
        )
    done = [form.save(box(), line.pupil, found) for (line, form), found in zip(typed, changes, strict=True)]
    if withdrawn:
        return receipt_page([receipt for receipt in done if receipt], url_for("permissions.page"))
    written = sum(receipt is not None for receipt in done)
    said = ngettext("{count} élève mis à jour.", "{count} élèves mis à jour.", written)
    flash(said.format(count=written) if written else _("Rien n’a changé."))
    return redirect(url_for("permissions.page", projet=project.id or None), 303)


def _page(project: Project, fault: str = "") -> str:
    return render_template(
        "permissions.html",
        project=project,
        projects=projects.every(box()),
        sheet=Sheet.stored(box(), project),
        fields=sheet.fields(project),
        choices=choices(project.scopes),
        said=request.form if fault else {},
        fault=fault,
    )


def _project(project: str) -> Project:
    found = projects.find(box(), project)
    if found is None:
        abort(404)
    return found
