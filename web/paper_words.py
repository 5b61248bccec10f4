"""What papers say of the values they state; sentences only."""

from datetime import datetime

from flask import Flask

from appliance import i18n
from appliance.clock import PARIS
from appliance.domain.permissions import GRACE, Nature, Scope, Signatures
from appliance.domain.retention import school_year_end
from appliance.hub.rights import permits
from appliance.hub.rights.projects import Project
from appliance.i18n import _
from appliance.papers.facts import IncidentKind
from web.context import box
from web.wording import moment


def nature_paper(nature: Nature) -> str:
    """Return what is captured, as a family reads it."""
    return {
        Nature.VOICE: _("sa voix"),
        Nature.IMAGE: _("son image, en photo"),
        Nature.PRODUCTION: _("son travail, en photo, sans personne dessus"),
        Nature.FILM: _("un film où l’on peut le reconnaître"),
    }[nature]


def scope_paper(scope: Scope) -> str:
    """Return who receives, as a family reads it."""
    return {
        Scope.SELF: _("l’élève"),
        Scope.CLASS: _("la classe et ses adultes"),
        Scope.FAMILY: _("la famille de l’élève"),
        Scope.CLASS_SPACE: _("les familles de la classe"),
        Scope.PARTNER_CLASS: _("la classe partenaire"),
        Scope.DISTRICT: _("la circonscription"),
    }[scope]


def scope_column(scope: Scope) -> str:
    """Return a use as the head of a column to tick."""
    return {
        Scope.SELF: _("Se réécouter"),
        Scope.CLASS: _("Écouter ou voir en classe"),
        Scope.FAMILY: _("Notre famille"),
        Scope.CLASS_SPACE: _("Familles de la classe"),
        Scope.PARTNER_CLASS: _("Classe partenaire"),
        Scope.DISTRICT: _("Circonscription"),
    }[scope]


def incident_words(kind: IncidentKind) -> str:
    """Return what happened, in three words."""
    return {
        IncidentKind.THEFT: _("Boîte ou carte volée"),
        IncidentKind.LOSS: _("Boîte, carte ou clé USB perdue"),
        IncidentKind.WRONG_FAMILY: _("Trace envoyée à une autre famille"),
        IncidentKind.ACCESS: _("Quelqu’un a vu ou entendu sans en avoir le droit"),
        IncidentKind.OTHER: _("Autre chose"),
    }[kind]


def edition_of(project: Project) -> str:
    """Return the edition that a project's form bears: the one noted with it, or its school year."""
    return project.form or f"{project.starts.year}-{project.until.year}"


def after_its_end(project: Project) -> str:
    """Return what becomes of what a project's form allowed, once it is over (law.md §7.2)."""
    if project.until == school_year_end(project.starts):
        return _("Ce qui a été gardé est effacé à cette date au plus tard.")
    return _("La voix et l’image gardées sont alors fermées, et effacées {days} jours plus tard.").format(
        days=GRACE.days
    )


def without_answer() -> str:
    """Return what is done with a pupil whose family has not answered, under the controller's choice."""
    if permits.policy(box()).prior_permission:
        return _(
            "Sans réponse de la famille, ni voix ni image de l’élève ; une photo de son seul travail reste "
            "possible, sauf refus."
        )
    return _(
        "Sans réponse de la famille, l’élève peut être enregistré pour la classe et sa famille, comme l’a "
        "choisi le responsable de traitement ; un non l’arrête."
    )


def signatures_needed() -> str:
    """Return how many signatures a yes needs, under the controller's choice (law.md §1.3)."""
    return {
        Signatures.AS_TABLE: _(
            "Une signature suffit pour la classe et sa seule famille ; au-delà, ou pour envoyer une trace de "
            "groupe, il en faut deux, ou celle du parent qui exerce seul·e l’autorité parentale."
        ),
        Signatures.TWO_ALWAYS: _(
            "Un oui demande deux signatures, ou celle du parent qui exerce seul·e l’autorité parentale."
        ),
        Signatures.ONE_ALWAYS: _("Une signature suffit ; l’opposition de l’autre parent l’emporte."),
    }[permits.policy(box()).signatures]


def moment_year(when: datetime) -> str:
    """Return `mardi 12 janvier 2027, 8 h 40`."""
    local = when.astimezone(PARIS)
    return moment(local).replace(i18n.long_day(local.date()), f"{i18n.long_day(local.date())} {local.year}")


def speak(app: Flask) -> None:
    """Give templates these ways of saying."""
    app.jinja_env.filters.update(
        nature_paper=nature_paper,
        scope_paper=scope_paper,
        scope_column=scope_column,
        incident_words=incident_words,
        moment_year=moment_year,
        edition_of=edition_of,
        after_its_end=after_its_end,
    )
    app.jinja_env.globals.update(
        Scope=Scope, without_answer=without_answer, signatures_needed=signatures_needed
    )
