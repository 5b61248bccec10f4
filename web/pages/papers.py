"""*Papiers*: what the box writes by itself, to read, to print and to take away as a PDF."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for

from appliance.domain.permissions import YEAR_PROJECT
from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.box import Box, Locked
from appliance.hub.office import checklist, companion, paper_facts
from appliance.hub.rights import family_words, projects
from appliance.hub.rights.projects import Project
from appliance.i18n import _
from appliance.papers import press
from appliance.papers.facts import IncidentKind
from appliance.stickers.pictograms import svg_path
from web import assets, risks
from web.context import box
from web.security import can, require

log = logging.getLogger(__name__)

bp = Blueprint("papers", __name__, url_prefix="/papiers")
bp.before_request(require(Act.SEE_PAPERS, pupil_form=Act.SEE_PERMISSIONS, pupil_form_pdf=Act.SEE_PERMISSIONS))

Answer = str | tuple[str, int] | Response
YEAR = "ateliers"
"""The year's project in an address, where its id is empty."""
EVERYBODY = "tous"
"""All pupils of the class in an address."""


RETIREMENT = "hors-service"
"""The paper that only the page that puts the box out of service offers."""


@dataclass(frozen=True)
class Paper:
    """One document that names no pupil."""

    name: str
    what: str
    whom: str
    template: str
    icon: str
    gather: Callable[[Box], dict[str, Any]]


PAPERS = {
    "registre": Paper(
        _("Fiche de registre"),
        _(
            "Dit au responsable de traitement ce que la boîte fait. Seul ce qui est au registre peut "
            "fonctionner."
        ),
        _("DASEN, délégué à la protection des données"),
        "papers/register.html",
        "bookmark",
        lambda of: {"done": {step.value: checklist.done_on(of.database, step) for step in checklist.Step}},
    ),
    "aipd": Paper(
        _("Analyse d’impact"),
        _("Pré-remplie, avec les risques, les mesures et les questions qui restent à trancher."),
        _("Délégué à la protection des données"),
        "papers/dpia.html",
        "circle-alert",
        lambda of: {
            "threats": risks.threats(paper_facts.means(of)),
            "questions": risks.questions(paper_facts.means(of)),
        },
    ),
    "notice": Paper(
        _("Notice aux familles"),
        _(
            "Une page pour les parents, une page de dessins pour les enfants. À donner avant les "
            "autorisations."
        ),
        _("Familles et élèves"),
        "papers/notice.html",
        "users",
        lambda _box: {},
    ),
    "annexe-1": Paper(
        _("Annexe 1 : les projets en cours"),
        _("La liste de ce pour quoi la classe enregistre, à joindre au registre et à afficher."),
        _("Direction, conseil d’école"),
        "papers/annex.html",
        "tag",
        lambda of: {"projects": _current(of)},
    ),
    "fiche-compagnon": Paper(
        _("Fiche compagnon de la semaine"),
        _("Des nombres, aucun nom. Imprimée chaque semaine, elle survit à un vol."),
        _("Classeur de la direction"),
        "papers/companion.html",
        "clock",
        lambda of: {"companion": companion.sheet(of)},
    ),
    "vol-ou-perte": Paper(
        _("En cas de vol ou de perte"),
        _("Quoi faire dans l’heure, dans la journée, ensuite, et qui appeler."),
        _("À afficher à la direction"),
        "papers/theft.html",
        "triangle-alert",
        lambda _box: {},
    ),
    "fiche-incident": Paper(
        _("Fiche d’incident à remplir à la main"),
        _(
            "Pour le jour où la boîte n’est plus là. Sinon, signalez l’incident sur sa page : elle se "
            "remplit seule."
        ),
        _("Classeur de la direction"),
        "papers/incident_blank.html",
        "pencil",
        lambda _box: {"kinds": list(IncidentKind)},
    ),
    "effacement": Paper(
        _("Procès-verbal d’effacement"),
        _("Ce que la boîte a effacé depuis la rentrée, pourquoi et comment, sans aucun nom."),
        _("Direction, délégué à la protection des données"),
        "papers/erasure.html",
        "eraser",
        lambda of: {"erasure": paper_facts.erasures(of)},
    ),
    "fin-d-annee": Paper(
        _("Procès-verbal de fin d’année"),
        _("Ce que la clôture de l’année a effacé, et si l’ancienne clé est détruite."),
        _("Direction, délégué à la protection des données"),
        "papers/erasure.html",
        "eraser",
        lambda of: {"erasure": paper_facts.closing(of) or abort(404)},
    ),
    RETIREMENT: Paper(
        _("Procès-verbal de mise hors service"),
        _("Ce qui part avec la boîte, quand ses clés sont détruites, et la carte mémoire à détruire."),
        _("Direction, délégué à la protection des données"),
        "papers/retirement.html",
        "eraser",
        lambda of: {"erasure": paper_facts.retirement(of)},
    ),
}
"""By their place in the address, in the order of the page."""


@bp.get("")
def page() -> str:
    """Show every paper, with what it is for."""
    shown = box()
    return render_template(
        "papers/list.html",
        papers={name: paper for name, paper in PAPERS.items() if name != RETIREMENT},
        projects=_readable(shown),
        closed=paper_facts.closing(shown) is not None,
        pupils=people.every(shown) if shown.is_open and can(Act.SEE_PERMISSIONS) else [],
        missing=checklist.missing(shown.database),
        year=YEAR,
    )


@bp.get("/<name>")
def paper(name: str) -> Answer:
    """Show a paper that names no pupil."""
    return _sheet(name, url_for("papers.paper_pdf", name=name))


@bp.get("/<name>.pdf")
def paper_pdf(name: str) -> Answer:
    """Return it as a PDF."""
    return as_pdf(_sheet(name, ""), lambda: _sheet(name, "", no_press=True), name)


@bp.get("/autorisation/<project>")
def form(project: str) -> Answer:
    """Show a project's form, without a first name."""
    return _form(project, [""], url_for("papers.form_pdf", project=project))


@bp.get("/autorisation/<project>.pdf")
def form_pdf(project: str) -> Answer:
    """Return it as a PDF."""
    return as_pdf(_form(project, [""], ""), lambda: _form(project, [""], "", no_press=True), "autorisation")


@bp.get("/autorisation/<project>/<pupil>")
def pupil_form(project: str, pupil: str) -> Answer:
    """Show a project's form for one pupil, or for each of the class (`tous`)."""
    return _form(project, _names(pupil), url_for("papers.pupil_form_pdf", project=project, pupil=pupil))


@bp.get("/autorisation/<project>/<pupil>.pdf")
def pupil_form_pdf(project: str, pupil: str) -> Answer:
    """Return it as a PDF."""
    names = _names(pupil)
    return as_pdf(
        _form(project, names, ""), lambda: _form(project, names, "", no_press=True), "autorisations"
    )


def as_pdf(html: str, instead: Callable[[], str], name: str) -> Answer:
    """Return a page as a PDF, or the page itself when this machine cannot make one."""
    static = url_for("assets.static", filename="papers.css").rpartition("/")[0]
    drawings = url_for("assets.pictogram", slug="star").rpartition("/")[0]
    try:
        made = press.pdf(html, {static: assets.STATIC, drawings: svg_path("star").parent})
    except press.PressMissing:
        return instead()
    except press.PressFailed:
        log.warning("no PDF of a paper")
        return instead(), 503
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"inline; filename={name}-{box().today():%Y-%m-%d}.pdf"
    return answer


def render(template: str, pdf_url: str, **facts: Any) -> str:
    """Return a paper's page with what every paper bears."""
    shown = box()
    facts.setdefault("means", paper_facts.means(shown))
    facts.setdefault("no_press", False)
    facts["complaint"] = family_words.COMPLAINT.removesuffix(".")
    return render_template(
        template, edition=paper_facts.edition(shown), open=shown.is_open, pdf_url=pdf_url, **facts
    )


def _sheet(name: str, pdf_url: str, *, no_press: bool = False) -> str:
    known = PAPERS.get(name)
    if known is None:
        abort(404)
    return render(known.template, pdf_url, no_press=no_press, **known.gather(box()))


def _form(project: str, names: list[str], pdf_url: str, *, no_press: bool = False) -> str:
    found = projects.find(box(), YEAR_PROJECT if project == YEAR else project)
    if found is None:
        abort(404)
    return render("papers/form.html", pdf_url, project=found, pupils=names, no_press=no_press)


def _current(of: Box) -> list[Project]:
    return [project for project in projects.every(of) if project.until >= of.today()]


def _readable(of: Box) -> list[Project]:
    try:
        return _current(of)
    except Locked:
        return []


def _names(pupil: str) -> list[str]:
    names = [known.shown for known in people.every(box()) if pupil in (known.id, EVERYBODY)]
    if not names:
        abort(404)
    return names
