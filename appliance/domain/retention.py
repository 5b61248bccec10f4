"""The last day of every capture, and the clock that may be believed (law.md R8, R9, §2.4, §7.3; R167)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appliance.domain.permissions import (
    GRACE,
    Matter,
    Member,
    Need,
    PermissionState,
    Policy,
    Use,
    need,
)
from appliance.domain.school_calendar import FALLBACK, FALLBACK_END, Calendar

UNATTRIBUTED_DAYS = 7
"""Days a take without an owner waits for one (requirements §3.1, UNATTRIBUTED)."""
UNSORTED_DAYS = 30
"""Days an unkept take is kept for the teacher to look at (law.md §7.3, K1)."""
UNSORTED_MOST = 60
"""The most that may be set."""
SHORT_DAYS = 183
"""Six months: the setting *durée courte* (law.md §2.2, §7.3)."""
EXPORT_DAYS = 7
"""How long an access file waits to be handed over (law.md §3)."""
DEPARTURE_DAYS = 30
"""How long a pupil who left may come back before what is theirs goes (law.md §7.4)."""
ADULT_VOICE_YEARS = 2
"""How long a grown-up's recording stays (law.md §7.3, K8)."""
YEARS_OF_CYCLE_1 = {"GS": 0, "MS": 1, "PS": 2, "TPS": 3}
"""The levels that have a *carnet de suivi*, and how many school years lie between them and GS."""

BACKWARDS_TOLERANCE = timedelta(hours=2)
"""A clock may step back this far (summer time, drift) before it is called wrong."""
LONGEST_SLEEP = timedelta(days=120)
"""A longer leap than a summer and its margins is not believed before a person confirms it."""
EARLIEST_DAY = date(2025, 9, 1)
"""No box existed before; an earlier date is a clock that never was set."""

BRAKE_COUNT = 50
BRAKE_SHARE = 0.3
"""More than so many, and than this share of all, at once and on no date announced: a person is asked."""
WARNINGS = (60, 30, 7)
"""Days before the legal end on which the teacher is told (law.md §2.4)."""
NOTICE_DAYS = min(WARNINGS)
"""An end of which the box learnt later than so many days before was not announced."""
NEXT_CLASS_DAYS = 16
"""A pupil typed in from 15 August on, or as long before another legal end, belongs to the year to come."""


@dataclass(frozen=True)
class Rules:
    """What the controller decided on durations. The default is the shortest that law.md §7.3 proposes."""

    unsorted_days: int = UNSORTED_DAYS
    short: bool = False
    """*Durée courte*: what is kept goes after six months instead of at the end of the year."""
    works_next_year: bool = False
    """What nobody is recognised in, and that bears no name, stays one year more."""
    calendar: Calendar = FALLBACK


DEFAULT = Rules()


def school_year_end(day: date) -> date:
    """Return the 31 August that ends the school year of `day`, itself included: no permission goes beyond."""
    end = date(day.year, *FALLBACK_END)
    return end if day <= end else date(day.year + 1, *FALLBACK_END)


def year_later(day: date, years: int = 1) -> date:
    """Return the same day so many years later; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def last_day(
    taken_on: date,
    *,
    kept: bool,
    attributed: bool = True,
    empty: bool = False,
    nobody: bool = False,
    permitted: date | None = None,
    carnet: date | None = None,
    left_on: date | None = None,
    rules: Rules = DEFAULT,
) -> date:
    """Return the last day of a capture, counted from `taken_on`: the end of the school year at the latest.

    30 days when nobody kept it, 7 when nobody knows whose it is, its own day when nobody is heard in it.
    `nobody`: neither a person nor a name in it. `permitted`: the last day that the permissions give.
    One that they did not allow on that very day stays seven days, for the teacher to ask the family.
    `carnet`: the last day of the *carnet de suivi* it is part of. `left_on`: the day its pupil left.
    """
    end = rules.calendar.legal_end(taken_on)
    if empty:
        return taken_on
    if not attributed and not nobody:
        return min(end, taken_on + timedelta(days=UNATTRIBUTED_DAYS))
    if not kept:
        last = min(end, taken_on + timedelta(days=min(rules.unsorted_days, UNSORTED_MOST)))
    elif nobody:
        last = year_later(end) if rules.works_next_year else end
    elif carnet is not None:
        last = carnet
    else:
        last = min(end, taken_on + timedelta(days=SHORT_DAYS)) if rules.short else end
    if left_on is not None:
        last = min(last, left_on + timedelta(days=DEPARTURE_DAYS))
    if permitted is not None and (carnet is None or not kept):
        unasked = taken_on + timedelta(days=UNATTRIBUTED_DAYS)
        last = min(last, permitted if permitted >= taken_on else unasked)
    return max(last, taken_on)


def first_day(taken_on: date, today: date, *, kept: bool, attributed: bool, empty: bool) -> date:
    """Return the day from which a capture that arrives `today` is counted: the day it was taken.

    Today instead, when that day has not come yet or its last day would be over by now: it was taken before
    its station's clock was set, which neither deletes nor extends a life.
    """
    over = is_due(last_day(taken_on, kept=kept, attributed=attributed, empty=empty), today)
    return today if over or taken_on > today else taken_on


def permitted_last(matter: Matter, group: Sequence[Member], policy: Policy) -> tuple[date | None, bool]:
    """Return the last day that permissions give a capture, and whether each of its pupils has given one.

    The end of each period counts, over or not, with the days in which the teacher alone may still look at it
    (law.md §7.2); 31 August ends them all. (None, True) when no permission is asked for.
    """
    asked = need(matter, Use.CLASS, len(group), policy)
    if matter.anonymous or not group or asked is Need.NONE:
        return None, True
    ends = [_granted_until(member, matter) for member in group]
    given = [end for end in ends if end is not None]
    return (min(given) if given else None), len(given) == len(ends)


def _granted_until(member: Member, matter: Matter) -> date | None:
    ends = [
        min(answer.until + GRACE, school_year_end(answer.until))
        for answer in member.permissions
        if answer.project == matter.project
        and answer.nature is matter.nature
        and answer.scope is Use.CLASS.scope
        and answer.state is PermissionState.GRANTED
    ]
    return max(ends, default=None)


def carnet_end(level: str, today: date) -> date | None:
    """Return the last day of a pupil's *carnet de suivi*: 31 August of their GS year (law.md R9).

    None for a level that has no carnet: it is cycle 1's alone.
    """
    if level not in YEARS_OF_CYCLE_1:
        return None
    return year_later(school_year_end(today), YEARS_OF_CYCLE_1[level])


def permission_last_day(until: date) -> date:
    """Return the last day of a family's answer in the box: the end of its school year, and one year more."""
    return year_later(school_year_end(until))


def incident_last_day(noted_on: date) -> date:
    """Return the last day of an incident's sheet in the box: the end of the school year after its own.

    Accountability (GDPR, art. 33(5)) is the paper's, which the direction keeps (law.md §2.2).
    """
    return year_later(school_year_end(noted_on))


def request_last_day(closed_on: date) -> date:
    """Return the last day of a family's request: one year after it was closed (law.md §2.2)."""
    return year_later(closed_on)


def voice_last_day(recorded_on: date) -> date:
    """Return the last day of a grown-up's recording."""
    return year_later(recorded_on, ADULT_VOICE_YEARS)


def departure_last_day(left_on: date) -> date:
    """Return the last day of the class-list row of a pupil who left."""
    return left_on + timedelta(days=DEPARTURE_DAYS)


def class_list_last_day(added_on: date, calendar: Calendar) -> date:
    """Return the last day of a pupil's row in the class list: the legal end of their school year.

    The next one's when they were added in its last days: the new class is often typed in before the
    *rentrée* (law.md §7.3).
    """
    end = calendar.legal_end(added_on)
    if added_on < end - timedelta(days=NEXT_CLASS_DAYS):
        return end
    return calendar.legal_end(end + timedelta(days=1))


@dataclass(frozen=True)
class ClockReading:
    """What the box's clock says, and whether something vouches for it."""

    now: datetime
    trusted: bool
    """A time server, a real-time clock or the teacher has confirmed it."""


def doubt(reading: ClockReading, high_water: datetime | None) -> str | None:
    """Return why nothing may be deleted by this clock (`untrusted`, `unset`, `backwards`, `leap`), or None.

    `high_water` is the latest time ever believed: a clock set back neither deletes nor extends a life, and
    one that leapt further than a summer is asked about.
    """
    if not reading.trusted:
        return "untrusted"
    if reading.now.date() < EARLIEST_DAY:
        return "unset"
    if high_water is not None and reading.now < high_water - BACKWARDS_TOLERANCE:
        return "backwards"
    if high_water is not None and reading.now > high_water + LONGEST_SLEEP:
        return "leap"
    return None


def is_due(last: date, today: date) -> bool:
    """Whether a capture's last day is over: it may still be heard on that day itself."""
    return today > last


def unannounced(due: Mapping[date, int], total: int, announced: Collection[date]) -> frozenset[date]:
    """Return the last days on which the brake holds: too many would go at once, and nobody was told.

    `due` counts the captures by last day among `total`. A legal end (31 August, or the calendar's) and the
    dates in `announced` never hold.
    """
    surprising = {d: n for d, n in due.items() if d not in announced and (d.month, d.day) != FALLBACK_END}
    count = sum(surprising.values())
    if count <= BRAKE_COUNT or count <= BRAKE_SHARE * total:
        return frozenset()
    return frozenset(surprising)


def warning(today: date, legal_end: date) -> int | None:
    """Return which of the warnings before a legal end is on: 60, 30 or 7; None when it is further away."""
    left = (legal_end - today).days
    return min((days for days in WARNINGS if left <= days), default=None) if left >= 0 else None


def earliest(days: Iterable[date | None]) -> date | None:
    """Return the first of some days, None among them counting for nothing."""
    return min((day for day in days if day is not None), default=None)
