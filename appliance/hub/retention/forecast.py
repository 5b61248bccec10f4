"""*Ce qui partira et quand*: how many captures go, in which week or month, and why. No name, and no key."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature
from appliance.domain.retention import class_list_last_day, incident_last_day, school_year_end
from appliance.hub.retention import school_years
from appliance.hub.retention.lasting import Holder
from appliance.store import departures, incidents
from appliance.store import lasting as stored
from appliance.store.lasting import Leaving

WEEKS = 5
"""Shown one by one before months are."""


class Why(StrEnum):
    """Why a capture goes on its last day."""

    EMPTY = "empty"
    UNATTRIBUTED = "unattributed"
    TRIAL = "trial"
    CARNET = "carnet"
    YEAR = "year"
    """The school year legally ends."""
    SOONER = "sooner"
    """A permission, a project, a short life or a pupil's stay ends before the year does."""


@dataclass
class Period:
    """A week, Monday first, or a month, and what goes in it."""

    begins: date
    is_week: bool
    first: date
    last: date
    """The earliest and the latest of the last days in it."""
    rows: Counter[tuple[Why, Nature]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many go."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Forecast:
    """All that goes, and what stays."""

    late: int
    """Past their last day: they go as soon as the clock is believed, or the teacher has said so."""
    periods: tuple[Period, ...]
    total: int
    aside: dict[Quarantine, int]
    carnet: int
    class_list: dict[date, int]
    """How many pupils of the list go after which day, unless a trace of theirs stays."""
    incidents: dict[date, int]
    """How many sheets of incidents go after which day."""


def forecast(holder: Holder, today: date) -> Forecast:
    """Return what goes and when, as of a day."""
    calendar = school_years.calendar(holder.config.data)
    ends = calendar.legal_ends()
    periods: dict[tuple[bool, date], Period] = {}
    late = carnet = total = 0
    for leaving in stored.leaving(holder.database):
        total += leaving.count
        carnet += leaving.count if leaving.carnet else 0
        if leaving.last_day < today:
            late += leaving.count
            continue
        key = _period(leaving.last_day, today)
        period = periods.setdefault(key, Period(key[1], key[0], leaving.last_day, leaving.last_day))
        period.last = leaving.last_day
        period.rows[_why(leaving, ends), leaving.nature] += leaving.count
    listed = Counter(
        class_list_last_day(added, calendar) for added in departures.added(holder.database).values()
    )
    aside = stored.put_aside(holder.database)
    sheets = Counter(incident_last_day(row.noted_on or today) for row in incidents.every(holder.database))
    return Forecast(late, tuple(periods.values()), total, aside, carnet, _by_day(listed), _by_day(sheets))


def _by_day(counted: Counter[date]) -> dict[date, int]:
    return dict(sorted(counted.items()))


def _period(day: date, today: date) -> tuple[bool, date]:
    monday = today - timedelta(days=today.weekday())
    if day < monday + timedelta(weeks=WEEKS):
        return True, day - timedelta(days=day.weekday())
    return False, day.replace(day=1)


def _why(leaving: Leaving, ends: frozenset[date]) -> Why:
    if leaving.empty:
        return Why.EMPTY
    if not leaving.attributed and not leaving.anonymous:
        return Why.UNATTRIBUTED
    if leaving.carnet:
        return Why.CARNET
    if leaving.last_day in ends or leaving.last_day == school_year_end(leaving.last_day):
        return Why.YEAR
    return Why.SOONER if leaving.kept else Why.TRIAL
