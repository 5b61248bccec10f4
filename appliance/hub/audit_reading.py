"""The journal as the teacher reads it: a week at a time, with names and titles while the class is open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from appliance.clock import PARIS
from appliance.domain.audit import Event, Line, Subject
from appliance.hub import audit_words, groups, people, stations
from appliance.hub.box import Box
from appliance.hub.keys import adults
from appliance.hub.rights import projects
from appliance.i18n import _
from appliance.store import captures, journal, scenarios
from appliance.store.moments import moment

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Entry:
    """A line in words."""

    at: datetime
    doubtful: bool
    """Nothing vouched for the clock then."""
    who: str
    what: str
    about: str
    """Whose, or of what; may be empty."""
    capture: str
    """The id of a capture that is still there, or empty."""


@dataclass(frozen=True)
class Week:
    """A slice of a week."""

    monday: date
    entries: tuple[Entry, ...]
    """Latest first."""
    total: int
    before: date | None
    """The monday of the nearest earlier week with lines."""
    after: date | None


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def week(box: Box, monday: date, *, limit: int, offset: int = 0) -> Week:
    """Return the lines of a week; Locked when the class is."""
    begin = datetime.combine(monday, time.min, PARIS)
    end = datetime.combine(monday + _WEEK, time.min, PARIS)
    before, after = journal.neighbours(box.database, begin, end)
    names = _Names(box)
    lines = journal.between(box.database, begin, end, limit=limit, offset=offset)
    return Week(
        monday,
        tuple(_entry(names, line) for line in lines),
        journal.count_between(box.database, begin, end),
        monday_of(before.date()) if before else None,
        monday_of(after.date()) if after else None,
    )


def _entry(names: "_Names", line: Line) -> Entry:
    kind = Event[line.event.upper()].subject if line.event in list(Event) else Subject.NONE
    about, capture = names.of(kind, line.subject)
    return Entry(
        moment(line.at),
        bool(line.doubtful),
        audit_words.role(line),
        audit_words.sentence(line),
        about,
        capture,
    )


class _Names:
    """What the ids of lines are called; looked up once a page."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._pupils = {pupil.id: pupil.shown for pupil in people.everyone(box)}
        self._groups = {group.id: group.name for group in groups.every(box)}
        self._adults = {adult.id: adult for adult in adults.every(box)}
        self._projects = {project.id: project.title for project in projects.every(box)}
        self._titles: dict[str, str] = {}

    def of(self, kind: Subject, subject: str) -> tuple[str, str]:
        """Return the words for a subject, and the id of a capture that can be shown."""
        if kind is Subject.CAPTURE:
            return self._capture(subject)
        words: dict[Subject, Callable[[str], str]] = {
            Subject.NONE: lambda _id: "",
            Subject.PUPIL: self._pupil,
            Subject.GROUP: lambda group: self._groups.get(group, _("un groupe effacé")),
            Subject.STATION: lambda station: _("atelier {station}").format(station=station),
            Subject.SCENARIO: self._title,
            Subject.VOICE: self._voice,
            Subject.ADULT: self._adult,
            Subject.PROJECT: lambda project: self._projects.get(project, _("un projet")),
            Subject.REQUEST: lambda _id: _("une demande de famille"),
            Subject.INCIDENT: lambda _id: _("un incident"),
        }
        return words[kind](subject), ""

    def _pupil(self, pupil: str) -> str:
        return self._pupils.get(pupil, _("un élève qui n’est plus dans la classe"))

    def _capture(self, capture_id: str) -> tuple[str, str]:
        capture = captures.find(self._box.database, capture_id)
        if capture is None:
            return _("une trace qui n’est plus là"), ""
        who = people.together([name for pupil, name in self._pupils.items() if pupil in capture.pupils])
        return f"{self._title(capture.scenario)} — {who or _('à attribuer')}", capture.id

    def _title(self, scenario: str) -> str:
        if scenario not in self._titles:
            row = scenarios.find(self._box.database, scenario)
            gone = _("un travail qui n’est plus demandé")
            self._titles[scenario] = stations.words(self._box, row).title if row else gone
        return self._titles[scenario]

    def _adult(self, adult: str) -> str:
        found = self._adults.get(adult)
        return (found.name or audit_words.ROLES[found.role]) if found else _("un adulte")

    def _voice(self, key: str) -> str:
        kind, _slash, rest = key.partition("/")
        if kind == "pupil":
            return _("le prénom de {name}").format(name=self._pupil(rest))
        if kind == "consigne":
            return _("la consigne de « {title} »").format(title=self._title(rest.partition("/")[0]))
        return _("une phrase de la boîte")
