"""A day of the class as a page shows it: its bounds, its neighbours, what can go home, whether it changed."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from appliance.clock import PARIS
from appliance.domain.captures import Capture
from appliance.domain.permissions import Scope, Use
from appliance.hub import review
from appliance.hub.box import Box
from appliance.hub.rights import permits
from appliance.store import captures, glance
from appliance.vault.opening import NotForThisKey

_EVERY = -1
"""SQLite's LIMIT for no limit."""


def noon(day: date) -> datetime:
    """Return a moment surely inside a day, in the school's time zone."""
    return datetime.combine(day, time(12), PARIS)


@dataclass(frozen=True)
class Neighbours:
    """The nearest days with captures."""

    before: date | None
    after: date | None


def neighbours(box: Box, day: date) -> Neighbours:
    """Return the nearest days with captures on each side of a day."""
    before, after = glance.neighbours(box.database, *_bounds(day))
    return Neighbours(before.date() if before else None, after.date() if after else None)


def pulse(box: Box) -> str:
    """Return a short text that differs once anything that a day shows has changed."""
    return f"{glance.fingerprint(box.database)}-{box.today():%Y%m%d}"


def count_releasable(box: Box, day: date) -> int:
    """Return how many captures of a day `releasable` would return."""
    waiting = glance.unreleased(box.database, *_bounds(day))
    return sum(
        found.count
        for found in waiting
        if not permits.exceeds_wish(found.wish, Scope.FAMILY)
        and permits.decision(box, found.pupils, found.matter, Use.OWN_FAMILY).allowed
    )


def releasable(box: Box, day: date) -> list[Capture]:
    """Return the captures of a day that are kept, permitted at home, wished there and not released yet."""
    return [c for c in _waiting(box, day) if not permits.exceeds_wish(c.wish, Scope.FAMILY)]


def held_by_wish(box: Box, day: date) -> list[Capture]:
    """Return those that could go home if their pupil had not chosen otherwise: to be asked one by one."""
    return [c for c in _waiting(box, day) if permits.exceeds_wish(c.wish, Scope.FAMILY)]


def release_all(box: Box, day: date, wanted: Iterable[str]) -> int:
    """Release those captures of a day that are in `wanted` (ids) and may go home; return how many did.

    Locked when the class is. The ids are those that the teacher saw: what came since stays. What cannot be
    opened, or was withdrawn meanwhile, stays too and holds up no other.
    """
    ids = set(wanted)
    count = 0
    for capture in releasable(box, day):
        if capture.id in ids:
            with suppress(review.CannotRelease, NotForThisKey, FileNotFoundError):
                review.release(box, capture)
                count += 1
    return count


def _waiting(box: Box, day: date) -> list[Capture]:
    found = captures.between(box.database, *_bounds(day), limit=_EVERY)
    return [
        c
        for c in found
        if c.kept
        and not c.empty
        and c.released_at is None
        and permits.of_capture(box, c, Use.OWN_FAMILY).allowed
    ]


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time.min, PARIS)
    return start, datetime.combine(day + timedelta(days=1), time.min, PARIS)
