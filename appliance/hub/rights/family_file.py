"""All that the box knows of one child, gathered once for every paper and file a family receives (law.md §3).

No other child's name is in it: a first name of the class that stands in a title is struck out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from appliance.domain.audit import Event, Role
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import YEAR_PROJECT, ChildWord, Permission
from appliance.domain.retention import Rules
from appliance.hub import audit_words, people, stations
from appliance.hub.box import Box
from appliance.hub.office import paper_facts, school
from appliance.hub.retention import lasting
from appliance.hub.rights import permits, projects, receipts, requests
from appliance.hub.rights.answers import Paper
from appliance.hub.rights.family_words import CHILD_WORDS, QUALITIES, READERS, SHARING
from appliance.hub.rights.projects import Project
from appliance.hub.rights.receipts import Remote
from appliance.hub.rights.requests import Request
from appliance.i18n import _, long_day_year
from appliance.papers.facts import School
from appliance.store import captures, departures, journal, scenarios, voices
from appliance.store.moments import moment

STRUCK_OUT = "[…]"
_OF_THE_PUPIL = (
    Event.PUPIL_ADDED, Event.PUPIL_NEEDS_SET, Event.BADGE_REPLACED, Event.PERMISSION_ANSWERED,
    Event.PUPIL_LEFT, Event.PUPIL_CAME_BACK, Event.PUPIL_CORRECTED, Event.DISAGREEMENT_SET,
    Event.DISAGREEMENT_ENDED, Event.EXPORT_MADE, Event.EXPORT_HANDED, Event.EXPORT_ERASED,
    Event.STATEMENT_PRINTED,
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """Who received a trace, by role, or what was done with it."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Trace:
    """One trace of the child."""

    capture: Capture
    title: str
    others: int
    """Children in it beside this one; never which."""
    shares: tuple[Share, ...]
    remote: Remote


@dataclass(frozen=True)
class Answered:
    """One answer of the family as it was recorded."""

    permission: Permission
    project: str
    recorded_on: date
    signatories: str
    """As typed; may be empty."""
    place: str
    """Where the paper is kept; may be empty."""


@dataclass(frozen=True)
class FamilyFile:
    """Everything, in the words of the class. Built only while the class is open."""

    pupil: people.Pupil
    class_name: str
    added_on: date | None
    traces: tuple[Trace, ...]
    """Latest first; without those *à protéger*."""
    answers: tuple[Answered, ...]
    """Every answer ever given, oldest first."""
    projects: tuple[Project, ...]
    """What the family is asked for, or has answered to: the workshops of the year first."""
    acts: tuple[Share, ...]
    """What was done to the child's own row."""
    asked: tuple[Request, ...]
    said_on: date | None
    """The day the teacher recorded the child's first name for the stations."""
    school: School
    rules: Rules
    """Until when this box keeps things."""
    prior_permission: bool
    """Written permission before any capture."""
    backup: bool
    """A copy of the box, sealed, is made every night."""

    def standing(self) -> list[Answered]:
        """Return the answers in force or over: the latest for each project, nature and scope."""
        latest = {(a.permission.project, a.permission.nature, a.permission.scope): a for a in self.answers}
        return list(latest.values())


def gather(box: Box, pupil: people.Pupil, *, legal: bool = False) -> FamilyFile:
    """Return what the box knows of a pupil; Locked when the class is.

    `legal`: an authority asks; only then is what is *à protéger* in it (requirement E30).
    """
    held = captures.of_pupil(box.database, pupil.id)
    shown = [c for c in held if legal or c.quarantine is not Quarantine.PROTECTED]
    strike = _striker(box, pupil)
    titles = {scenario: strike(_title(box, scenario)) for scenario in {c.scenario for c in shown}}
    known = projects.every(box)
    answers = tuple(_answers(box, pupil.id, {one.id: one.title for one in known}))
    answered = {one.permission.project for one in answers}
    asked = [one for one in known if one.id in answered or one.until >= box.today()]
    return FamilyFile(
        pupil,
        people.class_name(box),
        departures.added_on(box.database, pupil.id),
        tuple(_trace(box, capture, titles[capture.scenario]) for capture in shown),
        tuple(replace(one, project=strike(one.project)) for one in answers),
        tuple(replace(one, title=strike(one.title)) for one in asked),
        tuple(_acts(box, pupil.id)),
        tuple(
            replace(one, text=strike(one.text), answer=strike(one.answer), reason=strike(one.reason))
            for one in requests.of_pupil(box, pupil.id)
        ),
        _said_on(box, pupil.id),
        school.read(box),
        lasting.rules(box),
        permits.policy(box).prior_permission,
        paper_facts.has_backup(box),
    )


def _trace(box: Box, capture: Capture, title: str) -> Trace:
    lines = journal.about(box.database, capture.id, SHARING)
    shares = tuple(
        Share(moment(line.at), READERS.get(Role(line.role), ""), SHARING[Event[line.event.upper()]])
        for line in lines
    )
    return Trace(capture, title, len(capture.pupils) - 1, shares, receipts.remote(box, capture.code))


def _answers(box: Box, pupil: str, titles: Mapping[str, str]) -> Iterable[Answered]:
    for row in departures.answers(box.database, pupil):
        words = box.opener.open_json(row.sealed) if row.sealed else {}
        project = row.permission.project
        yield Answered(
            row.permission,
            _("les ateliers de l’année") if project == YEAR_PROJECT else titles.get(project, ""),
            row.recorded_at.date(),
            _signatories(words),
            str(words.get("place", "")),
        )


def _signatories(words: dict[str, Any]) -> str:
    """Return who signed and what each of them said, in words."""
    signed = Paper.from_json(words).signatories if words else ()
    return " ; ".join(
        _("{name} ({quality}), {said} le {day}").format(
            name=one.name,
            quality=QUALITIES[one.quality],
            said=CHILD_WORDS[ChildWord.YES if one.agrees else ChildWord.NO],
            day=long_day_year(one.on),
        )
        for one in signed
    )


def _acts(box: Box, pupil: str) -> Iterable[Share]:
    for line in journal.about(box.database, pupil, _OF_THE_PUPIL):
        yield Share(moment(line.at), audit_words.role(line), audit_words.sentence(line))


def _said_on(box: Box, pupil: str) -> date | None:
    row = voices.find(box.database, f"pupil/{pupil}")
    return row.recorded_at.date() if row else None


def _title(box: Box, scenario: str) -> str:
    row = scenarios.find(box.database, scenario)
    return stations.words(box, row).title if row else ""


class _striker:
    """Strikes the first names of the other pupils out of what a person typed."""

    def __init__(self, box: Box, pupil: people.Pupil) -> None:
        own = pupil.first_name.casefold()
        names = {other.first_name for other in people.everyone(box) if other.first_name.casefold() != own}
        spelt = {way for name in names for way in (name, name.upper())}
        ordered = sorted(map(re.escape, spelt), key=len, reverse=True)
        self._names = re.compile(rf"\b(?:{'|'.join(ordered)})\b") if ordered else None

    def __call__(self, text: str) -> str:
        return self._names.sub(STRUCK_OUT, text) if self._names else text
