"""A class list out of ONDE: the file, a preview, then the pupils. The file is read in memory only."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain import onde
from appliance.domain.onde import ClassList, NotAList, Why
from appliance.domain.roles import Act
from appliance.hub.rights import class_list
from appliance.hub.rights.class_list import MOST_AT_ONCE, Newcomer, Status
from appliance.i18n import _, ngettext
from web.context import box
from web.forms import LEVELS, free_pictogram
from web.security import require

bp = Blueprint("import_list", __name__, url_prefix="/eleves/liste")
bp.before_request(require(Act.SET_PUPILS))

Page = str | tuple[str, int] | Response


@bp.get("")
def ask() -> str:
    """Ask for the file."""
    return _ask("")


@bp.post("")
def preview() -> Page:
    """Show who the file would add; nothing is kept of it."""
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        return _ask(_("Choisissez d’abord le fichier exporté d’ONDE.")), 400
    try:
        found = onde.parse(sent.stream.read(onde.LARGEST_BYTES + 1))
    except NotAList as error:
        return _ask(file_fault(error.why)), 400
    wanted = [line for line in found.lines if not _asked_group() or line.group == _asked_group()]
    if len(wanted) > MOST_AT_ONCE:
        said = _(
            "Ce fichier compte {count} élèves, plus qu’une classe. Écrivez le nom de la vôtre : {groups}."
        )
        groups = ", ".join(f"« {group} »" for group in found.groups) or _("aucune classe n’y est nommée")
        return _ask(said.format(count=len(wanted), groups=groups)), 400
    if _asked_group() and not wanted:
        groups = ", ".join(f"« {group} »" for group in found.groups) or "—"
        return _ask(
            _("Aucun élève de cette classe. Le fichier contient : {groups}.").format(groups=groups)
        ), 400
    children = [Newcomer(line.first_name, line.initial, line.level) for line in wanted]
    return _preview(children, found, {})


@bp.post("/ajouter")
def add() -> Page:
    """Add those who were shown, as they were left."""
    children = _typed(request.form)
    if not children:
        return _ask(_("Il n’y avait personne à ajouter.")), 400
    try:
        count = class_list.add(box(), children, free_pictogram)
    except class_list.Refused:
        return _preview(children, None, {"fault": _("Corrigez les lignes signalées, puis recommencez.")}), 400
    said = ngettext(
        "%(count)s élève ajouté : imprimez son badge, puis notez les réponses de sa famille.",
        "%(count)s élèves ajoutés : imprimez leurs badges, puis notez les réponses des familles.",
        count,
    )
    flash(said % {"count": count} if count else _("Tous étaient déjà dans la classe."))
    return redirect(url_for("pupils.every"), 303)


def file_fault(why: Why) -> str:
    """Return what is wrong with a file, and what to do."""
    said = {
        Why.EMPTY: _("Ce fichier est vide, ou n’a aucune ligne d’élève. Refaites l’export dans ONDE."),
        Why.TOO_BIG: _("Ce fichier est trop gros pour une liste d’élèves. Exportez votre classe seule."),
        Why.NOT_A_LIST: _(
            "Ce n’est pas un fichier CSV. Dans ONDE : Listes et documents, Extractions, puis le CSV ; "
            "depuis un tableur, « Enregistrer sous », format CSV avec des points-virgules."
        ),
        Why.NO_HEADER: _(
            "La boîte n’y trouve pas de colonne « Prénom », séparée par des points-virgules. Gardez la "
            "première ligne de l’export, avec le nom des colonnes."
        ),
    }
    return said[why]


def line_fault(why: Why) -> str:
    """Return what is wrong with a line."""
    said = {
        Why.NO_FIRST_NAME: _("pas de prénom"),
        Why.NOT_A_NAME: _("ce prénom ne peut pas s’imprimer (des lettres, 30 au plus, sans barre oblique)"),
        Why.SHORT: _("il manque des colonnes"),
    }
    return said.get(why, _("illisible"))


def _ask(fault: str) -> str:
    return render_template("import_list.html", fault=fault, group=_asked_group())


def _preview(children: list[Newcomer], found: ClassList | None, said: Mapping[str, str]) -> str:
    arrivals = class_list.compare(box(), children)
    faults = [(fault.number, line_fault(fault.why)) for fault in found.faults] if found else []
    return render_template(
        "import_preview.html",
        arrivals=arrivals,
        new=sum(arrival.status is Status.NEW for arrival in arrivals),
        Status=Status,
        faults=faults,
        hints=sum(line.hint for line in found.lines) if found else 0,
        levels=LEVELS,
        **said,
    )


def _asked_group() -> str:
    return " ".join(request.form.get("classe", "").split())


def _typed(form: Mapping[str, str]) -> list[Newcomer]:
    count = form.get("combien", "0")
    if not count.isdecimal() or int(count) > MOST_AT_ONCE:
        abort(400)
    rows = [n for n in range(int(count)) if f"garder-{n}" in form]
    return [
        Newcomer(
            " ".join(form.get(f"prenom-{n}", "").split()),
            form.get(f"initiale-{n}", "").strip().rstrip(".").upper(),
            form[f"niveau-{n}"] if form.get(f"niveau-{n}") in LEVELS else "",
        )
        for n in rows
    ]
