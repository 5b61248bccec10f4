"""Whatever happens, in whatever order, no byte is taken in, heard or sent without a live permission.

A class of three is driven at random; what its box gives is held against a model written from law.md §7.1-7.2,
which knows nothing of the box's own decision.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.config import Config, EntConfig, StationConfig
from appliance.domain.captures import Capture, Packing
from appliance.domain.permissions import ChildWord, Nature, Scope, Signed
from appliance.hub import attribution, days, intake, parcels, people, review, stations
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.rights import answers, disagreements
from appliance.store import captures, outbox
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send

HOME = (Scope.CLASS, Scope.FAMILY)
PUPILS = range(3)
NATURES = (Nature.VOICE, Nature.PRODUCTION, Nature.FILM)


@dataclass
class Answer:
    """What one family said of one nature, for the class and for home."""

    scopes: tuple[Scope, ...]
    signatures: int
    child_refuses: bool
    until: date


@dataclass
class Model:
    """The law, told again."""

    today: date
    answers: dict[tuple[str, Nature], Answer] = field(default_factory=dict)
    disagree: set[str] = field(default_factory=set)

    def recorded(self, pupils: list[str], nature: Nature) -> bool:
        """Columns 1 to 3: one holder, each."""
        return bool(pupils) and all(self._gives(pupil, nature, Scope.CLASS, 1) for pupil in pupils)

    def at_home(self, pupils: list[str], nature: Nature) -> bool:
        """Column 4: one holder for a pupil alone, two for each of a group."""
        least = 1 if len(pupils) == 1 else 2
        goes = all(self._gives(pupil, nature, Scope.FAMILY, least) for pupil in pupils)
        return goes and self.recorded(pupils, nature)

    def _gives(self, pupil: str, nature: Nature, scope: Scope, least: int) -> bool:
        answer = self.answers.get((pupil, nature))
        if nature is Nature.PRODUCTION:
            return answer is None or (scope in answer.scopes and not answer.child_refuses)
        if answer is None or answer.child_refuses or pupil in self.disagree:
            return False
        return scope in answer.scopes and answer.signatures >= least and self.today <= answer.until


class World:
    """A box, the model beside it, and every way in and out."""

    def __init__(self, box: Box, clock: HandClock) -> None:
        self.box, self.clock = box, clock
        self.pupils = [people.add(box, name, pictogram="fish") for name in ("Ana", "Bao", "Cleo")]
        self.model = Model(clock.now.date())

    def step(self, name: str, *values: object) -> None:
        getattr(self, name)(*values)
        self.check()

    def answer(self, who: int, nature: Nature, scopes: tuple[Scope, ...], signatures: int, no: bool) -> None:
        until = self.clock.now.date() + timedelta(days=20)
        signed = Signed(signatures, child=ChildWord.NO if no else ChildWord.NOT_ASKED)
        answers.record(self.box, self.pupils[who], {nature: scopes}, signed=signed, until=until)
        self.model.answers[self.pupils[who], nature] = Answer(scopes, signatures, no, until)

    def disagreement(self, who: int, begins: bool) -> None:
        (disagreements.begin if begins else disagreements.end)(self.box, self.pupils[who])
        (self.model.disagree.add if begins else self.model.disagree.discard)(self.pupils[who])

    def days_pass(self, number: int) -> None:
        self.clock.pass_(timedelta(days=number))
        self.model.today = self.clock.now.date()

    def arrive(self, owners: tuple[int, ...], nature: Nature, kept: bool) -> None:
        pupils = [self.pupils[i] for i in owners]
        station = "A" if nature is Nature.VOICE else "B"
        changes = {
            "pupils": tuple(pupils), "nature": nature, "kept": kept, "station": station,
            "scenario": intake.roster(self.box, station).task.scenario,
        }  # fmt: skip
        if self.model.recorded(pupils or self.pupils, nature):
            send(self.box, "", **changes)
            return
        before = self.stored()
        with pytest.raises(intake.NotAllowed):
            send(self.box, "", **changes)
        assert self.stored() == before

    def release(self, which: int) -> None:
        if found := self.any(which):
            with suppress(review.CannotRelease):
                review.release(self.box, found)
                assert self.model.at_home(list(found.pupils), found.nature)

    def keep(self, which: int) -> None:
        if found := self.any(which):
            review.keep(self.box, found)

    def give(self, which: int, owners: tuple[int, ...]) -> None:
        wanted = [self.pupils[i] for i in owners]
        found = self.any(which)
        if found and wanted:
            with suppress(attribution.NotPermitted):
                attribution.give(self.box, found, wanted)
                assert set(found.pupils) == set(wanted) or self.model.recorded(wanted, found.nature)

    def night(self) -> None:
        answers.recall_expired(self.box, self.box.today())

    def any(self, which: int) -> Capture | None:
        ids = sorted(captures.ids(self.box.database))
        return captures.find(self.box.database, ids[which % len(ids)]) if ids else None

    def stored(self) -> set[str]:
        return {capture for capture, _path in self.box.shelf.stored()}

    def check(self) -> None:
        """Try every way out."""
        for station in ("A", "B"):
            for pupil in intake.roster(self.box, station).pupils:
                expected = {n for n in NATURES if self.model.recorded([pupil.id], n)}
                assert pupil.natures & set(NATURES) == expected
        known = [
            found for i in captures.ids(self.box.database) if (found := captures.find(self.box.database, i))
        ]
        assert self.stored() == {capture.id for capture in known}
        for capture in known:
            self.check_class(capture)
        for day in {capture.taken_at.date() for capture in known}:
            for capture in days.releasable(self.box, day):
                assert self.model.at_home(list(capture.pupils), capture.nature)
        self.check_home()

    def check_class(self, capture: Capture) -> None:
        heard = False
        with suppress(LookupError, review.NotForThem):
            content, _type = review.hear_at_station(self.box, capture.code, "")
            heard = bool(content)
        opening, _found = review.open_sticker(self.box, capture.code)
        assert heard is (opening is review.Opening.PLAYS)
        if heard:
            assert capture.kept
            assert self.model.recorded(list(capture.pupils) or self.pupils, capture.nature)

    def check_home(self) -> None:
        for action in parcels.plan(self.box)[0]:
            if action.verb == outbox.PUT:
                capture = captures.find_by_code(self.box.database, action.code)
                with suppress(parcels.NoLonger, parcels.Waiting):
                    assert parcels.fetch(self.box, action.id)
                    assert capture is not None
                    assert self.model.at_home(list(capture.pupils), capture.nature)


SOME = st.sets(st.sampled_from(PUPILS), max_size=3).map(lambda s: tuple(sorted(s)))
WHICH = st.integers(0, 20)
STEPS = st.one_of(
    st.tuples(
        st.just("answer"),
        st.sampled_from(PUPILS),
        st.sampled_from(NATURES),
        st.sampled_from([(), (Scope.CLASS,), HOME, HOME]),
        st.sampled_from([1, 2, 2]),
        st.sampled_from([False, False, False, True]),
    ),
    st.tuples(st.just("arrive"), SOME, st.sampled_from(NATURES), st.sampled_from([True, True, False])),
    st.tuples(st.just("release"), WHICH),
    st.tuples(st.just("keep"), WHICH),
    st.tuples(st.just("give"), WHICH, SOME),
    st.tuples(st.just("disagreement"), st.sampled_from(PUPILS), st.booleans()),
    st.tuples(st.just("days_pass"), st.sampled_from([1, 21])),
    st.tuples(st.just("night")),
)


@contextmanager
def class_of_three(folder: Path, keys: MadeKeys) -> Iterator[World]:
    clock = HandClock()
    made = (
        StationConfig("A", Nature.VOICE, microphone="twin", badge_camera=0),
        StationConfig("B", Nature.PRODUCTION, badge_camera=0, tray_camera=1),
    )
    ent = EntConfig(kind="webdav", url="https://ent.example")
    config = Config(
        path=folder / "boite.toml", data=folder / "data", run=folder / "run", stations=made, ent=ent
    )
    box = Box(config, clock)
    try:
        shutil.copytree(keys.folder, config.data / "keys", dirs_exist_ok=True)
        people.set_class_name(box, "CP")
        checklist.tick_all(box, box.today(), "essai")
        for station in ("A", "B"):
            stations.set_title(box, station, "Lire", "book")
        box.database.db.execute("PRAGMA synchronous=OFF")
        box.set_opener(keys.opener)
        yield World(box, clock)
    finally:
        box.close()
        shutil.rmtree(folder)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    allowed=st.lists(st.tuples(st.sampled_from(PUPILS), st.sampled_from(NATURES)), min_size=3, max_size=9),
    steps=st.lists(STEPS, min_size=5, max_size=25),
)
def test_no_path_gives_what_no_family_allows(
    tmp_path_factory: pytest.TempPathFactory,
    made_keys: MadeKeys,
    allowed: list[tuple[int, Nature]],
    steps: list[tuple[object, ...]],
) -> None:
    with class_of_three(tmp_path_factory.mktemp("classe"), made_keys) as world:
        for who, nature in allowed:
            world.answer(who, nature, HOME, 2, False)
        for name, *values in steps:
            world.step(str(name), *values)


def test_the_model_meets_every_way_out(tmp_path_factory: pytest.TempPathFactory, made_keys: MadeKeys) -> None:
    """What the random class does is possible at all: heard, released, carried, refused, taken back."""
    with class_of_three(tmp_path_factory.mktemp("classe"), made_keys) as world:
        box = world.box
        world.step("answer", 0, Nature.VOICE, HOME, 2, False)
        world.step("arrive", (0,), Nature.VOICE, True)
        world.step("release", 0)
        (action,) = parcels.plan(box)[0]
        assert parcels.fetch(box, action.id)
        assert review.open_sticker(box, action.code)[0] is review.Opening.PLAYS
        world.step("days_pass", 21)
        assert review.open_sticker(box, action.code)[0] is review.Opening.WITHDRAWN
        world.step("night")
        assert [(a.verb, a.code) for a in outbox.pending(box.database)] == [(outbox.DELETE, action.code)]
        world.step("arrive", (0,), Nature.VOICE, True)
        (capture,) = captures.of_pupil(box.database, world.pupils[0])
        assert box.shelf.media(capture.id, Packing.WHOLE).is_file()
        world.step("answer", 0, Nature.VOICE, (), 1, False)
        assert world.stored() == set()


@pytest.mark.parametrize(("signatures", "leaves"), [(1, False), (2, True)])
def test_a_group_leaves_with_two_signatures_each(
    tmp_path_factory: pytest.TempPathFactory, made_keys: MadeKeys, signatures: int, leaves: bool
) -> None:
    with class_of_three(tmp_path_factory.mktemp("classe"), made_keys) as world:
        world.step("answer", 0, Nature.VOICE, HOME, 2, False)
        world.step("answer", 1, Nature.VOICE, HOME, signatures, False)
        world.step("arrive", (0, 1), Nature.VOICE, True)
        world.step("release", 0)
        assert bool(parcels.plan(world.box)[0]) is leaves
