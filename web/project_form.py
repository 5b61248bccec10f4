"""A project as typed, checked, stored."""

from dataclasses import dataclass, replace
from datetime import date

from werkzeug.datastructures import MultiDict

from appliance.domain.permissions import YEAR_PROJECT, Nature, Scope
from appliance.domain.retention import school_year_end
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.hub.rights.projects import SCOPES, YEAR_SCOPES, Project
from appliance.i18n import _, long_day_year
from web.forms import LONGEST_TITLE

LONGEST_PURPOSE = 300
_SHARED = (Scope.CLASS_SPACE, Scope.PARTNER_CLASS, Scope.DISTRICT)


@dataclass(frozen=True)
class ProjectForm:
    """What one project asks of families."""

    project: Project
    is_new: bool = False
    fault: str = ""

    @classmethod
    def blank(cls, today: date) -> "ProjectForm":
        """Return a project to fill in, for the rest of the school year."""
        project = Project("", "", "", "", (Nature.VOICE,), YEAR_SCOPES, today, school_year_end(today))
        return cls(project, is_new=True)

    @classmethod
    def of(cls, project: Project) -> "ProjectForm":
        """Return a project to change."""
        return cls(project)

    @property
    def is_year(self) -> bool:
        """Whether it is the workshops of the year: their period and their scopes are not to choose."""
        return not self.is_new and self.project.id == YEAR_PROJECT

    def read(self, typed: MultiDict[str, str]) -> "ProjectForm":
        """Return what was typed, with its first fault."""
        project = replace(
            self.project,
            title=_line(typed, "titre", LONGEST_TITLE),
            purpose=_line(typed, "objectif", LONGEST_PURPOSE),
            recipient=_line(typed, "destinataire", LONGEST_TITLE),
            natures=tuple(nature for nature in Nature if nature in typed.getlist("nature")),
            form=_line(typed, "edition", LONGEST_TITLE),
            direction_agreed_on=_day(typed.get("accord", "")),
        )
        if not self.is_year:
            project = replace(
                project,
                scopes=tuple(s for s in SCOPES if s is Scope.CLASS or s in typed.getlist("portee")),
                starts=_day(typed.get("debut", "")) or date.min,
                until=_day(typed.get("fin", "")) or date.min,
            )
        return replace(self, project=project, fault=_fault(project, typed.get("accord", "")))

    def saved(self, box: Box) -> "ProjectForm":
        """Store it, and return the form with the fault that prevented it, if any."""
        try:
            projects.save(box, self.project, is_new=self.is_new)
        except projects.Answered:
            return replace(
                self,
                fault=_(
                    "Des familles ont déjà autorisé ce que vous enlevez. Retirez d’abord ces autorisations, "
                    "ou laissez la case cochée."
                ),
            )
        return self


def _fault(project: Project, agreed: str) -> str:
    if not project.title:
        return _("Donnez un nom au projet, par exemple « Webradio de l’école ».")
    if not project.purpose:
        return _("Écrivez l’objectif : la famille le lit sur le papier.")
    if not project.natures:
        return _("Choisissez au moins une chose que la boîte garde.")
    if not project.starts <= project.until or project.starts == date.min:
        return _("Écrivez le premier et le dernier jour, dans cet ordre.")
    end = school_year_end(project.starts)
    if project.until > end:
        said = _("Un projet dure une année scolaire au plus : il finit le {day} au plus tard.")
        return said.format(day=long_day_year(end))
    if any(scope in project.scopes for scope in _SHARED) and not project.recipient:
        return _(
            "Dites qui reçoit, par son nom : « les familles de la classe », « la classe de M. Petit, Lyon »."
        )
    if agreed and project.direction_agreed_on is None:
        return _("La date de l’accord de la direction n’est pas une date.")
    return ""


def _line(typed: MultiDict[str, str], name: str, longest: int) -> str:
    return " ".join(typed.get(name, "").split())[:longest]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
