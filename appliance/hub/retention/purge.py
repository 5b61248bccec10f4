"""Erasing what has reached its last day, a few at a time, and the brake on too much at once (law.md §2.5).

A batch is one short transaction, then its files: pages answer meanwhile, and a loss of power at any moment
leaves rows that are still due, or files that bear the id of a tombstone and go next time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.permissions import GRACE
from appliance.domain.retention import DEPARTURE_DAYS, NOTICE_DAYS, doubt, unannounced, year_later
from appliance.hub import audit
from appliance.hub.retention import erasure, recounting
from appliance.hub.shelf import Shelf
from appliance.store import journal, projects, pupils, settings
from appliance.store import lasting as stored
from appliance.store.database import Database

BATCH = 25
"""Captures erased in one transaction: it holds the write lock for some tens of milliseconds."""
PAUSE_SECONDS = 0.005
"""Between two batches, for whoever waits to write."""
MOST_AT_ONCE = 500
"""Captures that a page erases while the teacher waits; more than that go in the next run."""


class Holder(Protocol):
    """What erasing needs. No key: a locked box erases too."""

    config: Config
    database: Database
    shelf: Shelf
    clock: Clock


@dataclass(frozen=True)
class Held:
    """What the brake holds."""

    days: frozenset[date]
    """Last days of which nothing goes."""
    count: int
    total: int
    """Captures in the box."""


def held(holder: Holder, today: date) -> Held | None:
    """Return what would go at once though nobody was told, or None; a person has then to say so."""
    due, total = stored.due_days(holder.database, today), stored.total(holder.database)
    days = unannounced(due, total, announced(holder))
    confirmed = settings.get(holder.database, settings.ERASURE_CONFIRMED)
    if confirmed:
        days = frozenset(day for day in days if day >= date.fromisoformat(confirmed))
    return Held(days, sum(due[day] for day in days), total) if days else None


def announced(holder: Holder) -> frozenset[date]:
    """Return the last days that were told beforehand: of school years, projects, and pupils who left."""
    ends = recounting.announced_ends(holder)
    gone = {row.left_on for row in pupils.every(holder.database) if row.left_on}
    return frozenset(
        ends
        | {year_later(end) for end in ends}
        | _announced_periods(holder)
        | {day + timedelta(days=DEPARTURE_DAYS) for day in gone}
    )


def _announced_periods(holder: Holder) -> frozenset[date]:
    """The ends of projects, but for one that was just moved there: nobody was told of it."""
    known: set[date] = set()
    for row in projects.every(holder.database):
        set_at = journal.latest_about(holder.database, row.id, Event.PROJECT_SET)
        last = set_at.date() if set_at else date.min
        known.update(day for day in (row.until, row.until + GRACE) if (day - last).days >= NOTICE_DAYS)
    return frozenset(known)


def confirm(holder: Holder) -> int:
    """Take the teacher's word that all that is due may go, and erase it now when it is soon done.

    Return how many went; the rest goes in the next run. Nothing goes on a clock in doubt.
    """
    reading = holder.clock.read()
    today = reading.now.date()
    found = held(holder, today)
    if found is None or doubt(reading, settings.high_water(holder.database)) is not None:
        return 0
    with holder.database.transaction():
        settings.put(holder.database, settings.ERASURE_CONFIRMED, today.isoformat())
        audit.note(holder, Event.MASS_ERASURE_CONFIRMED, detail=str(found.count))
    if found.count > MOST_AT_ONCE:
        return 0
    erased = erase_due(holder, today)
    forget_word(holder)
    return erased


def forget_word(holder: Holder) -> None:
    """Use up the teacher's word: what it let go is gone, and it holds for nothing else."""
    settings.remove(holder.database, settings.ERASURE_CONFIRMED)


def settle(holder: Holder) -> int:
    """Erase what is due before the class opens, when it is soon done; return how many went.

    The run of the start has done so already, unless the clock was not believed yet.
    """
    reading = holder.clock.read()
    today = reading.now.date()
    if holder.database.read_only or doubt(reading, settings.high_water(holder.database)) is not None:
        return 0
    due = stored.due_days(holder.database, today)
    if not 0 < sum(due.values()) <= MOST_AT_ONCE:
        return 0
    found = held(holder, today)
    return erase_due(holder, today, found.days if found else frozenset())


def erase_due(
    holder: Holder,
    today: date,
    spare: frozenset[date] = frozenset(),
    rest: Callable[[float], None] = time.sleep,
) -> int:
    """Erase all that is past its last day, but for the last days in `spare`; return how many went."""
    erased = 0
    for day in stored.due_days(holder.database, today):
        while day not in spare and (count := _erase_some(holder, day)):
            erased += count
            rest(PAUSE_SECONDS)
    return erased


def _erase_some(holder: Holder, day: date) -> int:
    # Read and erased under one write lock: what the teacher kept a moment ago is not among them.
    with holder.database.transaction():
        some = stored.due_on(holder.database, day, BATCH)
        for capture in some:
            erasure.bury(holder, capture, reason="last_day")
    erasure.remove_files_of(holder, some)
    return len(some)
