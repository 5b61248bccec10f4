"""« Que sait la boîte de mon enfant ? »: one page, on paper if a family asks for it (requirement R15)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from appliance.clock import PARIS
from appliance.domain.audit import Event
from appliance.domain.permissions import Nature
from appliance.hub import audit, people
from appliance.hub.box import Box
from appliance.hub.rights import family_file
from appliance.hub.rights.family_file import Answered, Trace
from appliance.hub.rights.projects import Project
from appliance.hub.rights.receipts import Remote
from appliance.papers.facts import School
from appliance.store import journal
from appliance.store.journal import Act


@dataclass(frozen=True)
class Count:
    """What is kept of one kind."""

    nature: Nature
    count: int
    essays: int
    """Among them, takes that nobody kept."""
    with_others: int
    """Among them, those of a group."""
    first: date
    latest: date
    goes_on: date
    """The last of their last days."""


@dataclass(frozen=True)
class Statement:
    """The page's facts. Built only while the class is open."""

    pupil: people.Pupil
    class_name: str
    on: date
    added_on: date | None
    said_on: date | None
    """The day the teacher recorded the child's first name."""
    counts: tuple[Count, ...]
    aside: int
    at_ent: tuple[Trace, ...]
    """A copy is in the family's space, or is on its way there."""
    taken_back: int
    """Copies that the ENT was asked to erase."""
    projects: tuple[Project, ...]
    """What the family is asked for, the workshops of the year first."""
    answers: tuple[Answered, ...]
    """In force or over."""
    open_requests: int
    school: School
    prior_permission: bool
    ent: bool
    backup: bool
    """A copy of the box, sealed, is made every night."""


def of_pupil(box: Box, pupil: people.Pupil) -> Statement:
    """Return what a family is told of its child, without what is *à protéger*; Locked when the class is."""
    found = family_file.gather(box, pupil)
    there = (Remote.THERE, Remote.COMING)
    return Statement(
        pupil,
        found.class_name,
        box.today(),
        found.added_on,
        found.said_on,
        tuple(_counts(found.traces)),
        sum(bool(trace.capture.quarantine) for trace in found.traces),
        tuple(trace for trace in found.traces if trace.remote in there),
        sum(trace.remote in (Remote.LEAVING, Remote.GONE) for trace in found.traces),
        found.projects,
        tuple(found.standing()),
        sum(asked.answered_on is None for asked in found.asked),
        found.school,
        found.prior_permission,
        box.config.ent.kind != "none",
        found.backup,
    )


def note(box: Box, pupil: str) -> None:
    """Write down that the page was made: once a day, however often it is looked at."""
    now = box.now().astimezone(PARIS)
    act = Act(Event.STATEMENT_PRINTED, box.actor, pupil)
    with box.database.transaction():
        if not journal.is_noted(box.database, act, datetime.combine(now.date(), time.min, PARIS)):
            audit.note(box, Event.STATEMENT_PRINTED, pupil)


def _counts(traces: Iterable[Trace]) -> Iterable[Count]:
    held = list(traces)
    for nature in Nature:
        some = [trace.capture for trace in held if trace.capture.nature is nature]
        if some:
            days = [capture.taken_at.date() for capture in some]
            yield Count(
                nature,
                len(some),
                sum(not capture.kept for capture in some),
                sum(len(capture.pupils) > 1 for capture in some),
                min(days),
                max(days),
                max(capture.last_day for capture in some),
            )
