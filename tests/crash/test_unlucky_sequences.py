"""Unlucky sequences against the real processes: nothing stays stuck, no stream open, nothing is lost.

Requirement E2. `BOITE_SEQUENCES=1000` plays as many as the bench does, on as many stations at once as
`BOITE_STATIONS` says.
"""

import io
import logging
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.devices.wav import read_wav
from appliance.domain.permissions import Nature
from tests.crash import accounts, marks, proof
from tests.crash.classroom import Classroom, Corner
from tests.crash.hands import Hands
from tests.crash.mishaps import sequence

log = logging.getLogger(__name__)

SEQUENCES = int(os.environ.get("BOITE_SEQUENCES", "12"))
STATIONS = int(os.environ.get("BOITE_STATIONS", "8"))
SEED = int(os.environ.get("BOITE_SEED", "20270112"))
LONG = SEQUENCES > 100
"""A long run also leaves pupils' takes alone, until the panel forgets them by itself."""
SPOOL_SECONDS = 60.0
_KINDS = (
    Corner("", wish=True),
    Corner("", Nature.PRODUCTION, caption=True),
    Corner("", badge_camera=True, group_max=2),
    Corner("", Nature.FILM),
    Corner("", draft=True),
    Corner("", group_max=3),
)


@dataclass
class Played:
    """What became of the sequences so far."""

    rests: list[float] = field(default_factory=list)
    wrong: list[object] = field(default_factory=list)
    weather: Counter[str] = field(default_factory=Counter)
    turn: threading.Lock = field(default_factory=threading.Lock)
    next_number: Iterator[int] = field(default_factory=lambda: iter(range(SEQUENCES)))

    def take(self) -> int | None:
        """Return the number of the next sequence to play; None after the last."""
        with self.turn:
            return next(self.next_number, None)


def test_a_merged_take_would_be_found_out() -> None:
    def samples(*parts: bytes) -> marks.Samples:
        return np.frombuffer(b"".join(map(read_wav, parts)), "<i2").astype(np.float64)

    assert marks.heard(samples(marks.hum(7))) == {7}
    assert {7, 1823} <= marks.heard(samples(marks.hum(7), marks.hum(1823)))
    with Image.open(io.BytesIO(marks.picture(9))) as tray:
        assert marks.seen(tray) == {9}


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Classroom]:
    corners = [_corner(number) for number in range(STATIONS)]
    classroom = Classroom(tmp_path, corners)
    try:
        classroom.start()
        classroom.open_class()
        yield classroom
    finally:
        classroom.stop()
        classroom.close()


def _corner(number: int) -> Corner:
    kind = _KINDS[number % len(_KINDS)]
    return Corner(**{**kind.__dict__, "id": chr(ord("A") + number)})


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_nothing_stays_stuck_open_empty_or_merged(classroom: Classroom) -> None:
    played, over = Played(), threading.Event()
    players = [threading.Thread(target=_play, args=(classroom, each, played)) for each in classroom.desks]
    weather = threading.Thread(target=_weather, args=(classroom, played, over))
    for thread in (*players, weather):
        thread.start()
    for player in players:
        player.join()
    over.set()
    weather.join()
    assert not played.wrong, played.wrong
    classroom.wait(lambda: not classroom.spooled(), SPOOL_SECONDS)
    classroom.wait(lambda: all(row["packing"] == "whole" for row in proof.rows(classroom.places)))
    assert proof.empty_files(classroom.places) == []
    assert classroom.tracebacks() == []
    held = [proof.hold(classroom.places, row) for row in proof.rows(classroom.places)]
    for each in held:
        proof.is_sound(each)
    turns = accounts.settle(classroom, held)
    rests = sorted(played.rests)
    log.info(
        "%d sequences, %d stations, seed %d: %d captures of %d finished turns (%d cut, %d empty);"
        " back to rest in %.1f s (median), %.1f s at most; around them %s",
        *(len(rests), len(classroom.desks), SEED, len(held), turns),
        *(sum(each.row["cut"] for each in held), sum(each.row["empty"] for each in held)),
        *(rests[len(rests) // 2], rests[-1], dict(played.weather)),
    )


def _play(classroom: Classroom, station: str, played: Played) -> None:
    while not played.wrong and (number := played.take()) is not None:
        chance = random.Random(SEED + number)
        hands, what = Hands(classroom, station, chance), sequence(chance)
        try:
            hands.play(what)
            hands.put_back()
            played.rests.append(hands.rest(helped=not (LONG and number % 6 == 0)))
            assert not (empty := proof.empty_files(classroom.places)), empty
        except AssertionError as error:
            played.wrong.append((number, station, what, error))


def _weather(classroom: Classroom, played: Played, over: threading.Event) -> None:
    """What happens to the whole box meanwhile; the teacher opens the class again when it has closed."""
    chance = random.Random(SEED)
    while not over.wait(chance.uniform(5, 15)):
        what = chance.choice(("hub killed", "hub killed", "hub frozen", "clock jumped"))
        played.weather[what] += 1
        if what == "hub frozen":
            classroom.freeze("hub", chance.uniform(0.5, 3))
        elif what == "clock jumped":
            now = classroom.clock.read().now
            jump = timedelta(hours=chance.choice((-30, -2, 1, 13, 24 * 20)))
            classroom.clock.set(now + jump, trusted=False)
            over.wait(chance.uniform(0.5, 3))
            classroom.clock.set(classroom.clock.read().now - jump, trusted=True)
        else:
            classroom.kill("hub")
            over.wait(chance.uniform(0, 4))
            classroom.open_class()
