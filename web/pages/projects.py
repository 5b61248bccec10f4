"""*Projets*: what families are asked for, for whom, and until when."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.permissions import YEAR_PROJECT, Nature
from appliance.domain.roles import Act
from appliance.hub.rights import projects
from appliance.hub.rights.projects import SCOPES
from appliance.i18n import _
from web.context import box
from web.project_form import ProjectForm
from web.security import require

bp = Blueprint("projects", __name__, url_prefix="/projets")
bp.before_request(require(Act.SET_PROJECTS))

Page = str | tuple[str, int] | Response


@bp.get("")
def every() -> str:
    """List the projects; the workshops of the year are always there."""
    return render_template("projects.html", projects=projects.every(box()), today=box().today())


@bp.route("/nouveau", methods=["GET", "POST"])
def new() -> Page:
    """Add a project."""
    return _edit(ProjectForm.blank(box().today()))


@bp.route("/annee", methods=["GET", "POST"])
def year() -> Page:
    """Change what the workshops of the year say of themselves."""
    return _show(YEAR_PROJECT)


@bp.route("/<project>", methods=["GET", "POST"])
def show(project: str) -> Page:
    """Change a project."""
    return _show(project)


def _show(project: str) -> Page:
    found = projects.find(box(), project)
    if found is None:
        abort(404)
    return _edit(ProjectForm.of(found))


def _edit(form: ProjectForm) -> Page:
    if request.method == "POST":
        form = form.read(request.form)
        if not form.fault and not (form := form.saved(box())).fault:
            flash(_("Le projet est enregistré."))
            return redirect(url_for("projects.every"), 303)
    page = render_template("project.html", form=form, natures=Nature, scopes=SCOPES)
    return page, 400 if form.fault else 200
