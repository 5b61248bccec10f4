"""A pupil who does what she was taught, in her own time, again and again until she is told to stop."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.crash.classroom import Classroom
from tests.crash.hands import Hands

_ANSWERS = {
    "ready": "red",
    "kept": "red",
    "cannot": "red",
    "gathering": "red",
    "briefing": "red",
    "recording": "red",
    "review": "blue",
    "playing": "blue",
    "wishing": "blue",
}
_PATIENCE = {"briefing": (0.1, 2.5), "recording": (0.6, 4.0), "review": (0.1, 1.5), "playing": (0.1, 1.0)}
"""Seconds before she answers; a moment elsewhere."""
_LOOK_SECONDS = 0.05


@contextmanager
def at_work(classroom: Classroom, chance: random.Random) -> Iterator[None]:
    """Have a pupil at each station."""
    pupils = [Pupil(classroom, station, random.Random(chance.random())) for station in classroom.desks]
    try:
        yield
    finally:
        for pupil in pupils:
            pupil.stop()


class Pupil:
    """Plays at one station in a thread of her own."""

    def __init__(self, classroom: Classroom, station: str, chance: random.Random) -> None:
        self._watch = classroom.desks[station]
        self._hands = Hands(classroom, station, chance)
        self._chance = chance
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Let her go away, whatever she was doing."""
        self._enough.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._enough.wait(_LOOK_SECONDS):
            at, state = self._watch.states[-1]
            if self._enough.wait(self._chance.uniform(*_PATIENCE.get(state, (0.05, 0.3)))):
                return
            if self._watch.states[-1] != (at, state):
                continue
            if state == "looking":
                self._hands.show("known")
            elif state in _ANSWERS:
                green = state == "review" and self._chance.random() < 0.3
                self._hands.press("green" if green else _ANSWERS[state], 80)
