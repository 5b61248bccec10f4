"""Groups of the class: a name, a drawing, and who is in them."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from appliance.hub import groups, people
from appliance.hub.groups import Group
from appliance.i18n import _
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS
from web.context import box
from web.forms import LONGEST_NAME
from web.security import require

bp = Blueprint("groups", __name__, url_prefix="/eleves/groupes")
bp.before_request(require(Act.SET_PUPILS))

Page = str | tuple[str, int] | Response


@bp.route("/nouveau", methods=["GET", "POST"])
def new() -> Page:
    """Form a group."""
    taken = {group.pictogram for group in groups.every(box())}
    free = next((slug for slug in PUPIL_PICTOGRAMS if slug not in taken), "star")
    return _edit(Group("", "", free, frozenset()))


@bp.route("/<group>", methods=["GET", "POST"])
def show(group: str) -> Page:
    """Change a group."""
    return _edit(_find(group))


@bp.post("/<group>/effacer")
def remove(group: str) -> Response:
    """Remove a group; its pupils stay."""
    try:
        groups.remove(box(), _find(group).id)
    except groups.InUse as station:
        said = _("La station {name} n’invite que ce groupe. Choisissez d’abord qui peut y venir.")
        flash(said.format(name=station))
        return redirect(url_for("groups.show", group=group), 303)
    flash(_("Le groupe est effacé. Ses élèves et leurs traces restent."))
    return redirect(url_for("pupils.every", _anchor="groupes"), 303)


def _edit(group: Group) -> Page:
    fault = ""
    if request.method == "POST":
        group = _typed(group)
        fault = _fault(group)
        if not fault:
            groups.save(box(), group.id, group.name, group.pictogram, group.pupils)
            flash(_("Le groupe est enregistré."))
            return redirect(url_for("pupils.every", _anchor="groupes"), 303)
    page = render_template(
        "group.html", group=group, pupils=people.every(box()), signs=PUPIL_PICTOGRAMS, fault=fault
    )
    return page, 400 if fault else 200


def _typed(group: Group) -> Group:
    sign = request.form.get("signe", "")
    known = {pupil.id for pupil in people.every(box())}
    return replace(
        group,
        name=" ".join(request.form.get("nom", "").split()),
        pictogram=sign if sign in PUPIL_PICTOGRAMS else group.pictogram,
        pupils=frozenset(known.intersection(request.form.getlist("eleve"))),
    )


def _fault(group: Group) -> str:
    if not group.name:
        return _("Donnez un nom au groupe, par exemple « Les Bleus ».")
    if len(group.name) > LONGEST_NAME:
        return _("Ce nom est trop long : 30 caractères au plus.")
    if not group.pupils:
        return _("Choisissez au moins un élève.")
    return ""


def _find(group: str) -> Group:
    found = groups.find(box(), group)
    if found is None:
        abort(404)
    return found
