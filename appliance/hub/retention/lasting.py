"""Until when a capture stays, on what this box knows: its rules, its calendar, and its pupils' permissions.

The one place that gives a capture its last day: when it comes, when the teacher keeps it, gives it or flags
it, and when a family's answer changes. No key is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from appliance.clock import Clock, vouch
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Facts
from appliance.domain.permissions import Matter, Member, Nature
from appliance.domain.retention import (
    EARLIEST_DAY,
    UNATTRIBUTED_DAYS,
    UNSORTED_DAYS,
    Rules,
    earliest,
    is_due,
    last_day,
    permitted_last,
)
from appliance.hub import audit
from appliance.hub.retention import school_years
from appliance.hub.rights import permits
from appliance.i18n import _
from appliance.store import captures, lasting, pupils, settings
from appliance.store.database import Database

UNSORTED = "unsorted_days"
SHORT = "short_lives"
WORKS_NEXT_YEAR = "works_next_year"


class Holder(Protocol):
    """What counting a last day needs; no key among it."""

    config: Config
    database: Database
    clock: Clock


@dataclass(frozen=True)
class _Life:
    """What a last day is counted of."""

    counted_from: date
    matter: Matter
    pupils: tuple[str, ...]
    empty: bool
    captioned: bool
    carnet: date | None = None
    present: date | None = None
    """Its last day until now."""


class _Asked:
    """What was looked up already, for many captures of the same pupils counted at once."""

    def __init__(self, holder: Holder, by: Rules | None = None) -> None:
        self.database = holder.database
        self.rules = by or rules(holder)
        self.policy = permits.policy(holder)
        now, high_water = holder.clock.read().now, settings.high_water(holder.database)
        self.today = max(now, high_water).date() if high_water else now.date()
        self._members: dict[tuple[str, ...], list[Member]] = {}
        self._left: dict[tuple[str, ...], date | None] = {}

    def members(self, some: tuple[str, ...]) -> list[Member]:
        if some not in self._members:
            self._members[some] = permits.members(self, some)
        return self._members[some]

    def left_on(self, some: tuple[str, ...]) -> date | None:
        if some not in self._left:
            standing = pupils.standing(self.database, some)
            self._left[some] = earliest(found.left_on for found in standing.values())
        return self._left[some]


def rules(holder: Holder) -> Rules:
    """Return what the controller decided on durations, with the school's calendar."""
    database = holder.database
    return Rules(
        unsorted_days=int(settings.get(database, UNSORTED) or UNSORTED_DAYS),
        short=settings.get(database, SHORT) == "yes",
        works_next_year=settings.get(database, WORKS_NEXT_YEAR) == "yes",
        calendar=school_years.calendar(holder.config.data),
    )


def of_arrival(holder: Holder, facts: Facts, project: str, counted_from: date) -> date:
    """Return the last day of a take that comes in, counted from a day."""
    matter = Matter(facts.nature, project, facts.kept)
    life = _Life(counted_from, matter, facts.pupils, facts.empty, captioned=facts.caption_ms > 0)
    return _count(_Asked(holder), life)


def of_capture(holder: Holder, capture: Capture) -> date:
    """Return the last day of a capture as it is, or as the caller would make it.

    One that nobody allows any more, or not yet, stays seven days at most: the teacher asks the family.
    """
    return _of(_Asked(holder), capture)


def _of(asked: _Asked, capture: Capture) -> date:
    life = _Life(
        capture.counted_from,
        capture.matter,
        capture.pupils,
        capture.empty,
        capture.caption_ms > 0,
        lasting.carnet_until(asked.database, capture.id) if capture.carnet else None,
        capture.last_day,
    )
    return _count(asked, life)


def caption_is_over(holder: Holder, capture: Capture, today: date) -> bool:
    """Whether a photo's spoken caption, a voice, has outlived what its pupils' families allowed."""
    matter = replace(capture.matter, nature=Nature.VOICE)
    group = permits.members(holder, capture.pupils)
    permitted, _all_given = permitted_last(matter, group, permits.policy(holder))
    return permitted is not None and is_due(permitted, today)


def recount(holder: Holder, *some: Capture) -> int:
    """Set the last days of some captures anew; return how many changed."""
    return _recount(_Asked(holder), some)


def _recount(asked: _Asked, some: Sequence[Capture]) -> int:
    changed = 0
    with asked.database.transaction():
        for capture in some:
            last = _of(asked, capture)
            if last != capture.last_day:
                lasting.set_last_day(asked.database, capture.id, last)
                changed += 1
    return changed


def date_anew(holder: Holder, today: date) -> None:
    """Count from today what a clock in doubt had dated: a wrong clock neither deletes nor keeps."""
    while True:
        with holder.database.transaction():
            asked, some = _Asked(holder), lasting.undated(holder.database)
            for capture in some:
                fresh = replace(capture, counted_from=today, last_day=date.max)
                lasting.date_anew(holder.database, capture.id, today, _of(asked, fresh))
        if not some:
            return


def recount_pupil(holder: Holder, pupil: str) -> int:
    """Set the last days of a pupil's captures anew, in the transaction that changes their permissions."""
    return recount(holder, *captures.of_pupil(holder.database, pupil))


def recount_project(holder: Holder, project: str) -> int:
    """Set the last days of a project's captures anew, in the transaction that changes its period."""
    return recount(holder, *lasting.of_project(holder.database, project))


def recount_all(holder: Holder) -> int:
    """Set every last day anew, a page at a time: the rules or the calendar have changed."""
    after, changed = "", 0
    while True:
        # Looked up under the write lock, page by page: a family may answer meanwhile.
        with holder.database.transaction():
            some = lasting.page(holder.database, after)
            changed += _recount(_Asked(holder), some)
        if not some:
            return changed
        after = some[-1].id


def confirm_date(holder: Holder) -> None:
    """Take the teacher's word for the date that the box shows, until its clock is set or the power goes.

    ValueError with a French sentence for a clock that never was set: no calendar shows its date.
    """
    now = holder.clock.read().now
    if now.date() < EARLIEST_DAY:
        raise ValueError(_("Cette date ne peut pas être la bonne : reliez la boîte au réseau de l’école."))
    vouch(holder.config.run, now)
    with holder.database.transaction():
        settings.confirm_date(holder.database, now)
        audit.note(holder, Event.DATE_CONFIRMED)


def _count(asked: _Asked, life: _Life) -> date:
    permitted, all_given = permitted_last(life.matter, asked.members(life.pupils), asked.policy)
    last = last_day(
        life.counted_from,
        kept=life.matter.kept,
        attributed=bool(life.pupils),
        empty=life.empty,
        nobody=life.matter.anonymous and not life.pupils and not life.captioned,
        permitted=permitted,
        carnet=life.carnet,
        left_on=asked.left_on(life.pupils),
        rules=asked.rules,
    )
    if all_given or (life.carnet is not None and life.matter.kept):
        return last
    unasked = asked.today + timedelta(days=UNATTRIBUTED_DAYS)
    return min(last, unasked, life.present or unasked)
