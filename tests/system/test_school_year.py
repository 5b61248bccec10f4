"""One school year on the clock, from the rentrée to the next: what a class lives, and what is left of it.

Everything is the box's own code, driven by its clock: the retention runs each night, as its timer would.
"""

import io
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.config import Config
from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope, Signed
from appliance.hub import audit, intake, parcels, people, review
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.retention import year_end
from appliance.hub.rights import departures
from appliance.jobs import retention
from appliance.store import captures, outbox, pupils
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import facts_of, send

NIGHT = timedelta(days=1)
NAMES = ("Angelina", "Barthélemy", "Zoélie-Anne", "Sacharine", "Inès-Aurore")
"""Long enough that no cipher writes one by chance."""


class Year:
    """A class and its clock."""

    def __init__(self, box: Box, clock: HandClock, keys: MadeKeys) -> None:
        self.box, self.clock, self.keys = box, clock, keys

    def go_to(self, month: int, day: int, year: int = 2027) -> None:
        """Let each night pass until a morning."""
        morning = datetime(year, month, day, 8, 40, tzinfo=PARIS)
        while self.clock.now < morning:
            self.clock.now = min(self.clock.now + NIGHT, morning)
            report = retention.run(self.box.config, self.clock)
            assert report.ok, report

    def ent_answers(self) -> list[tuple[str, str]]:
        """Let the ENT do all that is asked of it; return the verbs and codes."""
        done = []
        for action in outbox.pending(self.box.database):
            outbox.begin(self.box.database, action.id, self.box.now())
            parcels.finish(self.box, action.id, 10 if action.verb == outbox.PUT else None)
            done.append((action.verb, action.code))
        return done

    def alive(self, capture: Capture) -> bool:
        return captures.find(self.box.database, capture.id) is not None


@pytest.fixture
def year(box: Box, clock: HandClock, made_keys: MadeKeys) -> Year:
    """The 2nd of September 2026, the class open."""
    clock.now = datetime(2026, 9, 2, 8, 40, tzinfo=PARIS)
    box.set_opener(made_keys.opener)
    return Year(box, clock, made_keys)


def _allow(box: Box, pupil: str, *scopes: Scope, holders: int = 1) -> None:
    people.answer(box, pupil, Nature.VOICE, scopes, signed=Signed(holders))


def test_a_school_year(year: Year, config: Config, tmp_path: Path) -> None:
    box = year.box
    lina, tom, zoe, sacha, ines = (
        people.add(box, name, level="GS", pictogram=sign)
        for name, sign in zip(NAMES, ("turtle", "rocket", "owl", "moon", "sailboat"), strict=True)
    )

    # Rentrée: nothing came back yet, nobody is recorded.
    with pytest.raises(intake.NotAllowed):
        send(box, lina)
    for pupil in (lina, tom, zoe, sacha):
        _allow(box, pupil, Scope.CLASS, Scope.FAMILY)

    # Inès-Aurore's paper comes back at the end of September.
    year.go_to(9, 29, 2026)
    with pytest.raises(intake.NotAllowed):
        send(box, ines)
    _allow(box, ines, Scope.CLASS)
    autumn = {pupil: send(box, pupil, f"voix de {pupil}".encode()) for pupil in (lina, tom, zoe, sacha, ines)}
    trial = send(box, lina, b"essai", kept=False)
    for pupil in (lina, tom):
        review.release(box, autumn[pupil])
    assert sorted(year.ent_answers()) == sorted(("put", autumn[pupil].code) for pupil in (lina, tom))

    # An essay that nobody kept lives thirty days.
    year.go_to(10, 29, 2026)
    assert year.alive(trial)
    year.go_to(10, 31, 2026)
    assert not year.alive(trial)
    assert all(year.alive(capture) for capture in autumn.values())

    # February: Angelina's family withdraws everything. The sticker is dead at once, the ENT the same night.
    year.go_to(2, 9)
    people.answer(box, lina, Nature.VOICE, ())
    assert review.open_sticker(box, autumn[lina].code)[0] is review.Opening.WITHDRAWN
    assert not box.shelf.media(autumn[lina].id, autumn[lina].packing).exists()
    assert year.ent_answers() == [("delete", autumn[lina].code)]
    with pytest.raises(intake.NotAllowed):
        send(box, lina)

    # April: Tom moves away. Thirty days later nothing of him is left.
    year.go_to(4, 6)
    departures.leave(box, tom)
    assert review.open_sticker(box, autumn[tom].code)[0] is review.Opening.WITHDRAWN
    assert year.ent_answers() == [("delete", autumn[tom].code)]
    year.go_to(5, 3)
    assert year.alive(autumn[tom])
    year.go_to(5, 8)
    assert not year.alive(autumn[tom])
    assert tom not in {row.id for row in pupils.every(box.database)}

    # May: the box is stolen, switched off. What is on it opens with no key that the thief could have.
    box.set_opener(None)
    stolen = tmp_path / "stolen"
    shutil.copytree(config.data, stolen)
    thief = Box(replace(config, data=stolen, run=tmp_path / "elsewhere"), year.clock)
    assert review.open_sticker(thief, autumn[zoe].code)[0] is review.Opening.CLOSED
    thief.close()
    everything = b"".join(path.read_bytes() for path in stolen.rglob("*") if path.is_file())
    assert not any(name.encode() in everything for name in (*NAMES, "Mme Martin", "Lecture, page 12"))

    # It is found again. June: the year is closed.
    box.set_opener(year.keys.opener)
    year.go_to(6, 24)
    late = send(box, zoe, b"lecture de juin")
    year_end.close(box, lambda _done, _total: None)
    assert not year.alive(late)
    assert year_end.balance(box).pupils == 0
    assert all(verb == "delete" for verb, _code in year.ent_answers())
    closed = year_end.last_closing(box)
    assert closed is not None
    assert (closed.pupils, closed.erased, closed.at_ent) == (4, 4, 0)

    # The summer without power; at the next boot the clock is right again.
    year.clock.now = datetime(2027, 9, 1, 8, 0, tzinfo=PARIS)
    assert retention.run(config, year.clock).ok

    # A new class: nobody is known, nothing is allowed before its families have the notice, and the journal
    # of the year is whole.
    mila = people.add(box, "Mila", level="CP", pictogram="turtle")
    with pytest.raises(intake.NotAllowed):
        send(box, mila)
    with pytest.raises(checklist.NotReal):
        _allow(box, mila, Scope.CLASS)
    checklist.tick(box, checklist.Step.NOTICE, box.today(), "cahier de liaison")
    _allow(box, mila, Scope.CLASS)
    assert year.alive(send(box, mila))
    assert audit.check(box.database) is None


def test_a_year_that_nobody_closed_closes_itself(year: Year) -> None:
    box = year.box
    lina = people.add(box, "Lina", level="GS", pictogram="turtle")
    _allow(box, lina, Scope.CLASS)
    year.go_to(3, 1)
    kept = send(box, lina)

    # Switched off on the last day of class, on again in September: before anybody can unlock.
    year.go_to(7, 2)
    box.set_opener(None)
    year.clock.now = datetime(2027, 9, 2, 7, 30, tzinfo=PARIS)
    assert retention.run(box.config, year.clock).ok
    assert not year.alive(kept)
    assert review.open_sticker(box, kept.code)[0] is review.Opening.CLOSED
    assert pupils.every(box.database) == []
    with pytest.raises(intake.NotAllowed):
        intake.take_in(box, facts_of(box, lina, b"x"), io.BytesIO(b"x"))
