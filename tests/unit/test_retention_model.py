"""Anything a class may do, in any order: each night leaves what law sheet §7.3 leaves, no more, no less.

The sheet is read here a second time, without the box's own code for it. `BOITE_SEQUENCES` plays more.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from appliance.clock import PARIS
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, people, review
from appliance.hub.box import Box
from appliance.hub.rights import anonymity, departures, quarantine
from appliance.jobs import retention
from appliance.store import captures
from tests.conftest import HandClock
from tests.unit.hub_helpers import send

SEQUENCES = int(os.environ.get("BOITE_SEQUENCES", "5"))
SEED = int(os.environ.get("BOITE_SEED", "20270112"))
ACTS = 110
YEAR_END = date(2027, 8, 31)
WEEK, GRACE, MONTH = timedelta(days=7), timedelta(days=14), timedelta(days=30)


@dataclass
class Trace:
    """What the sheet needs to know of one trace."""

    taken: date
    owners: tuple[str, ...]
    kept: bool
    empty: bool
    certified: bool = False
    aside: bool = False
    ask_by: date | None = None
    """A family has not allowed it: the last of the seven days to ask, or sooner if it went sooner anyway."""
    was: date = date.max
    """Its last day after the act before."""


class Sheet:
    """Law sheet §7.3, as a person would keep it."""

    def __init__(self) -> None:
        self.traces: dict[str, Trace] = {}
        self.until: dict[str, date | None] = {}
        self.left: dict[str, date | None] = {}

    def last_day(self, trace: Trace) -> date:
        if trace.empty:
            return trace.taken
        if not trace.owners and not trace.certified:
            return trace.taken + WEEK
        ends = [YEAR_END] if trace.kept else [min(YEAR_END, trace.taken + MONTH)]
        ends += [gone + MONTH for owner in trace.owners if (gone := self.left[owner])]
        if trace.owners and not trace.certified:
            given = [until for owner in trace.owners if (until := self.until[owner])]
            ends += [min(YEAR_END, until + GRACE) for until in given]
            ends += [trace.ask_by] if trace.ask_by else []
        return max(trace.taken, min(ends))

    def look(self, today: date) -> None:
        """After any act: what lacks a yes has seven days from the first moment; a yes ends them."""
        for trace in self.traces.values():
            lacks = not trace.certified and any(self.until[owner] is None for owner in trace.owners)
            trace.ask_by = min(trace.ask_by or today + WEEK, trace.was) if lacks else None
            trace.was = self.last_day(trace)

    def withdraw(self, pupil: str) -> None:
        self.until[pupil] = None
        stays = {
            name: trace
            for name, trace in self.traces.items()
            if pupil not in trace.owners or trace.certified or trace.aside
        }
        self.traces = stays

    def night(self, today: date) -> None:
        self.traces = {
            name: trace for name, trace in self.traces.items() if trace.aside or self.last_day(trace) >= today
        }
        for pupil, gone in self.left.items():
            if gone and gone + MONTH < today:
                mine = {n: t for n, t in self.traces.items() if pupil in t.owners}
                self.traces = {n: t for n, t in self.traces.items() if n not in mine or t.aside}


class Class:
    """A box and its sheet, of which every act is told to both."""

    def __init__(self, box: Box, clock: HandClock, chance: random.Random) -> None:
        self.box, self.clock, self.chance, self.sheet = box, clock, chance, Sheet()
        for name in ("Lina", "Tom", "Zoé"):
            pupil = people.add(box, name, pictogram="fish")
            people.answer(box, pupil, Nature.VOICE, [Scope.CLASS])
            self.sheet.until[pupil], self.sheet.left[pupil] = YEAR_END, None

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def may(self, pupil: str) -> bool:
        until = self.sheet.until[pupil]
        return until is not None and until >= self.today and self.sheet.left[pupil] is None

    def pupil(self) -> str:
        return self.chance.choice([pupil for pupil in self.sheet.until if self.known(pupil)])

    def known(self, pupil: str) -> bool:
        gone = self.sheet.left[pupil]
        return gone is None or gone + MONTH >= self.today

    def trace(self) -> tuple[Capture, Trace] | None:
        if not self.sheet.traces:
            return None
        name = self.chance.choice(sorted(self.sheet.traces))
        found = captures.find(self.box.database, name)
        assert found is not None
        return found, self.sheet.traces[name]

    def take(self) -> None:
        able = [pupil for pupil in self.sheet.until if self.may(pupil)]
        if len(able) < 1:
            return
        everybody = all(self.may(pupil) for pupil, gone in self.sheet.left.items() if gone is None)
        owners = tuple(sorted(self.chance.sample(able, self.chance.randint(1, min(2, len(able))))))
        if everybody and self.chance.random() < 0.2:
            owners = ()
        kept, empty = self.chance.random() < 0.6, self.chance.random() < 0.1
        sent = send(self.box, "", pupils=owners, kept=kept, empty=empty, taken_at=self.clock.now)
        self.sheet.traces[sent.id] = Trace(self.today, owners, kept, empty)

    def keep(self, capture: Capture, trace: Trace) -> None:
        review.keep(self.box, capture)
        if not trace.aside:
            trace.kept, trace.empty = True, False

    def give(self, capture: Capture, trace: Trace) -> None:
        able = [pupil for pupil in self.sheet.until if self.may(pupil)]
        if able and not trace.aside:
            owners = (self.chance.choice(able),)
            attribution.give(self.box, capture, owners)
            trace.owners = owners

    def certify(self, capture: Capture, trace: Trace) -> None:
        anonymity.certify(self.box, capture)
        trace.certified = True

    def undo(self, capture: Capture, trace: Trace) -> None:
        anonymity.undo(self.box, capture)
        trace.certified = False

    def aside(self, capture: Capture, trace: Trace) -> None:
        quarantine.put_aside(self.box, capture, Quarantine.LIMITATION)
        trace.aside = True

    def back(self, capture: Capture, trace: Trace) -> None:
        quarantine.bring_back(self.box, capture)
        trace.aside = False

    def delete(self, capture: Capture, _trace: Trace) -> None:
        review.delete(self.box, capture)
        del self.sheet.traces[capture.id]

    def answer(self) -> None:
        pupil = self.pupil()
        until = self.chance.choice([YEAR_END, self.today + timedelta(days=self.chance.randint(0, 60))])
        people.answer(self.box, pupil, Nature.VOICE, [Scope.CLASS], until=until)
        self.sheet.until[pupil] = min(until, YEAR_END)

    def withdraw(self) -> None:
        pupil = self.pupil()
        people.answer(self.box, pupil, Nature.VOICE, [])
        self.sheet.withdraw(pupil)

    def leave(self) -> None:
        here = [pupil for pupil, gone in self.sheet.left.items() if gone is None]
        if len(here) > 1:
            pupil = self.chance.choice(here)
            departures.leave(self.box, pupil)
            self.sheet.left[pupil] = self.today

    def come_back(self) -> None:
        for pupil, gone in self.sheet.left.items():
            if gone and self.known(pupil):
                departures.come_back(self.box, pupil)
                self.sheet.left[pupil] = None
                return

    def nights(self) -> None:
        for _ in range(self.chance.choice((1, 1, 1, 2, 3, 7))):
            self.clock.now = datetime.combine(self.today, datetime.min.time(), PARIS) + timedelta(hours=25)
            assert retention.run(self.box.config, self.clock).ok
            self.sheet.night(self.today)
            self.check()

    def check(self) -> None:
        here = captures.ids(self.box.database)
        assert here == self.sheet.traces.keys(), (self.today, here ^ self.sheet.traces.keys())

    def act(self) -> None:
        some: list[Callable[[Capture, Trace], None]] = [
            self.keep, self.give, self.delete, self.certify, self.certify, self.undo, self.undo, self.undo,
            self.aside, self.aside, self.back, self.back, self.back,
        ]  # fmt: skip
        alone = [self.take] * 8 + [self.nights] * 4 + [self.answer] * 3 + [self.withdraw] * 2
        alone += [self.leave, self.come_back, self.come_back]
        number = self.chance.randrange(len(some) + len(alone))
        if number >= len(some):
            alone[number - len(some)]()
        elif (found := self.trace()) is not None:
            some[number](*found)
        self.sheet.look(self.today)
        self.check()


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_what_is_left_is_what_the_sheet_leaves(open_box: Box, clock: HandClock, number: int) -> None:
    chance = random.Random(SEED + number)
    # Late enough, sometimes, for the end of the year to be the soonest of all.
    clock.pass_(timedelta(days=chance.choice((0, 0, 100, 170))))
    year = Class(open_box, clock, chance)
    for _ in range(ACTS):
        if clock.now.date() < YEAR_END - timedelta(days=10):
            year.act()
