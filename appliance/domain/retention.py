"""The last day of every capture, and the clock that may be believed (law.md R8, §2.4, §7.3; R167)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

UNATTRIBUTED_DAYS = 7
"""Days a take without an owner waits for one (requirements §3.1, UNATTRIBUTED)."""
UNSORTED_DAYS = 30
"""Days an unkept take is kept for the teacher to look at (law.md §7.3, K1)."""
BACKWARDS_TOLERANCE = timedelta(hours=2)
"""A clock may step back this far (summer time, drift) before it is called wrong."""
EARLIEST_DAY = date(2025, 9, 1)
"""No box existed before; an earlier date is a clock that never was set."""


def school_year_end(day: date) -> date:
    """Return the legal end of the school year that holds `day`: the next 31 August, itself included."""
    end = date(day.year, 8, 31)
    return end if day <= end else date(day.year + 1, 8, 31)


def last_day(taken_on: date, *, kept: bool, attributed: bool = True, empty: bool = False) -> date:
    """Return the last day of a capture: the end of the school year at the latest.

    30 days when nobody kept it, 7 when nobody knows whose it is, its own day when nobody is heard in it.
    """
    end = school_year_end(taken_on)
    if empty:
        return taken_on
    if not attributed:
        return min(end, taken_on + timedelta(days=UNATTRIBUTED_DAYS))
    return end if kept else min(end, taken_on + timedelta(days=UNSORTED_DAYS))


def first_day(taken_on: date, today: date, *, kept: bool, attributed: bool, empty: bool) -> date:
    """Return the day from which a capture that arrives `today` is counted: the day it was taken.

    Today instead, when that day has not come yet or its last day would be over by now: it was taken before
    its station's clock was set, which neither deletes nor extends a life.
    """
    over = is_due(last_day(taken_on, kept=kept, attributed=attributed, empty=empty), today)
    return today if over or taken_on > today else taken_on


@dataclass(frozen=True)
class ClockReading:
    """What the box's clock says, and whether something vouches for it."""

    now: datetime
    trusted: bool
    """A time server, a real-time clock or the teacher has confirmed it."""


def doubt(reading: ClockReading, high_water: datetime | None) -> str | None:
    """Return why nothing may be deleted by this clock (`untrusted`, `unset`, `backwards`), or None.

    `high_water` is the latest time ever believed: a clock set back neither deletes nor extends a life.
    """
    if not reading.trusted:
        return "untrusted"
    if reading.now.date() < EARLIEST_DAY:
        return "unset"
    if high_water is not None and reading.now < high_water - BACKWARDS_TOLERANCE:
        return "backwards"
    return None


def is_due(last: date, today: date) -> bool:
    """Whether a capture's last day is over: it may still be heard on that day itself."""
    return today > last
