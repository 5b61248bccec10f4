"""What families are asked for: the workshops of the year, and each project that goes further (law.md R3)."""

from dataclasses import dataclass, replace
from datetime import date

from appliance.domain.audit import Event
from appliance.domain.permissions import YEAR_PROJECT, Nature, PermissionState, Scope
from appliance.domain.retention import school_year_end
from appliance.hub import audit, stations
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.i18n import _
from appliance.store import projects, pupils
from appliance.store.projects import ProjectRow

YEAR_SCOPES = (Scope.CLASS, Scope.FAMILY)
"""Who receives in the workshops of the year. Whoever else asks for a project of its own (law.md §1.2)."""
SCOPES = (Scope.CLASS, Scope.FAMILY, Scope.CLASS_SPACE, Scope.PARTNER_CLASS, Scope.DISTRICT)
"""Who may receive in a project, from the narrowest to the widest."""


class Answered(Exception):
    """A family has allowed what a project is about to ask for no more: it has to be withdrawn first."""


@dataclass(frozen=True)
class Project:
    """One thing that families are asked for, once for all its natures and scopes."""

    id: str
    """Pseudonymous; `YEAR_PROJECT` for the workshops of the year."""
    title: str
    purpose: str
    recipient: str
    """Who receives, by name, when it leaves the class; may be empty."""
    natures: tuple[Nature, ...]
    scopes: tuple[Scope, ...]
    """In the order of `SCOPES`; the class is always among them."""
    starts: date
    until: date
    """Last day, itself included; 31 August of the school year it starts in at the latest."""
    form: str = ""
    """Edition of the paper that families sign."""
    direction_agreed_on: date | None = None

    @property
    def is_named(self) -> bool:
        """Whether its paper is its own and names who receives (law.md §7.1, N3)."""
        return self.id != YEAR_PROJECT and bool(self.recipient)


def every(box: Box) -> list[Project]:
    """Return the projects, the workshops of the year first; Locked when one's words cannot be opened."""
    rows = {row.id: _opened(box, row) for row in projects.every(box.database)}
    kept = rows.pop(YEAR_PROJECT, None)
    return [_year(box, kept), *rows.values()]


def current(box: Box) -> list[Project]:
    """Return the projects that are not over; Locked as `every`."""
    return [project for project in every(box) if project.until >= box.today()]


def find(box: Box, project: str) -> Project | None:
    """Return one project; Locked as `every`."""
    return next((found for found in every(box) if found.id == project), None)


def scopes_of(box: Box, project: str) -> tuple[Scope, ...]:
    """Return who may receive in a project; LookupError for an unknown one. Works while locked."""
    if project == YEAR_PROJECT:
        return YEAR_SCOPES
    row = projects.find(box.database, project)
    if row is None:
        raise LookupError(project)
    return row.scopes


def last_day_of(box: Box, project: str) -> date:
    """Return the last day of the answers that a project gets today. Works while locked."""
    row = projects.find(box.database, project) if project != YEAR_PROJECT else None
    end = school_year_end(box.today())
    return min(end, row.until) if row else end


def save(box: Box, project: Project, *, is_new: bool = False) -> str:
    """Add a project or change one, and return its id. Works while locked.

    Answered when families have allowed what it asks for no more; ValueError for a period that is none.
    """
    if not project.starts <= project.until <= school_year_end(project.starts):
        raise ValueError("a project ends on 31 August of its school year at the latest")
    with box.database.transaction():
        if is_new:
            project = replace(project, id=box.new_id())
        before = projects.find(box.database, project.id)
        _refuse_to_forget(box, project)
        projects.put(box.database, _sealed(box, project), box.now())
        audit.note(box, Event.PROJECT_SET, project.id)
        lasting.recount_project(box, project.id)
        agreed = project.direction_agreed_on
        if agreed is not None and (before is None or before.direction_agreed_on != agreed):
            audit.note(box, Event.DIRECTION_AGREED, project.id)
    box.announce_change()
    return project.id


def _refuse_to_forget(box: Box, project: Project) -> None:
    scopes = {Scope.CLASS, *project.scopes}
    for answers in pupils.permissions(box.database).values():
        for answer in answers:
            forgotten = answer.nature not in project.natures or answer.scope not in scopes
            if answer.project == project.id and answer.state is PermissionState.GRANTED and forgotten:
                raise Answered(project.id)


def _sealed(box: Box, project: Project) -> ProjectRow:
    words = {"title": project.title, "purpose": project.purpose, "recipient": project.recipient}
    return ProjectRow(
        project.id,
        project.starts,
        project.until,
        project.natures,
        tuple(scope for scope in SCOPES if scope is Scope.CLASS or scope in project.scopes),
        project.form,
        project.direction_agreed_on,
        box.sealer.seal_json(words),
    )


def _opened(box: Box, row: ProjectRow) -> Project:
    words = box.opener.open_json(row.sealed)
    return Project(
        row.id,
        words["title"],
        words["purpose"],
        words["recipient"],
        row.natures,
        row.scopes,
        row.starts,
        row.until,
        row.form,
        row.direction_agreed_on,
    )


def _year(box: Box, kept: Project | None) -> Project:
    """The workshops of the year in which we are: what the teacher changed of them stays from year to year."""
    until = school_year_end(box.today())
    starts = date(until.year - 1, 9, 1)
    if kept is not None:
        return replace(kept, scopes=YEAR_SCOPES, starts=starts, until=until)
    able = {nature for station in box.config.stations for nature in stations.natures(station)}
    # A work's photo and a voice come with every class; a portrait and a film only where one may be made.
    natures = tuple(nature for nature in Nature if nature in {Nature.VOICE, Nature.PRODUCTION, *able})
    return Project(
        YEAR_PROJECT,
        _("Les ateliers de l’année"),
        _("Langage oral, lecture à voix haute, travaux des élèves : s’écouter, montrer ses progrès."),
        "",
        natures,
        YEAR_SCOPES,
        starts,
        until,
    )
