"""One station seen from outside, with a memory: which states it went through, which takes were begun."""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.simulator.desk import AWAY, Desk
from appliance.simulator.link import Wire
from tests.crash import marks

AT_REST = ("ready", "off")
_FINISHED = ("review", "playing", "wishing", "kept")
_BEGINNINGS = ("looking", "welcome", *AT_REST, AWAY, "stuck")


@dataclass
class Turn:
    """What one pupil, or one group, did."""

    marks: list[int] = field(default_factory=list)
    """Of each stream that opened for a take."""
    finished: bool = False
    """A take of it was there to be heard and kept."""
    kept: bool = False
    photographed_at: float = math.inf
    """When the shutter was heard (monotonic seconds)."""
    entered: int = 0
    """Which of the station's states it began with."""
    left: float = math.inf
    """Which one came after it."""


class Watch:
    """A desk, and what happened at it. Written by the thread that serves the station, and by no other."""

    def __init__(self, station: str, devices: Sequence[str], folder: Path) -> None:
        """`devices` beside the microphone and the loudspeaker."""
        cameras = tuple(name for name in devices if name.endswith("camera"))
        self.desk = Desk(
            station, cameras, True, folder / "given" / station, self._changed, "badge_reader" in devices
        )
        self.turns = [Turn()]
        self.states: list[tuple[float, str]] = [(time.monotonic(), AWAY)]
        """Each state with the moment at which it was entered."""
        self.reads_badges = "badge_reader" in devices
        self._server = 0
        self._streams = {"microphone": (0, 0), "camera": (0, 0)}
        self._mark = 0
        self._next_mark()

    @property
    def state(self) -> str:
        """Where its panel is."""
        return self.states[-1][1]

    def at_rest(self) -> bool:
        """Whether it waits for a pupil, with its light and its streams as they should be."""
        now = self.desk.state()
        closed = all(stream["open"] == 0 for stream in now["streams"].values())
        return now["state"] in AT_REST and now["light"]["state"] == now["state"] and closed

    def tell(self) -> dict[str, Any]:
        """Return what to know of it when something is wrong."""
        now = self.desk.state()
        return {name: now[name] for name in ("state", "light", "last_prompt", "held", "streams")} | {
            "states": [state for _at, state in self.states[-12:]]
        }

    def serve(self, wire: Wire) -> None:
        """Be the world of a station's process until it goes."""
        self._server = threading.get_ident()
        self.desk.serve(wire)

    def _changed(self) -> None:
        if threading.get_ident() != self._server:
            return
        now = self.desk.state()
        if now["state"] != self.state:
            self._enter(now["state"])
        if now["last_prompt"] == "click":
            self.turns[-1].photographed_at = min(self.turns[-1].photographed_at, time.monotonic())
        if self._follow_streams(now["streams"]):
            self._next_mark()

    def _enter(self, state: str) -> None:
        self.states.append((time.monotonic(), state))
        if state in _BEGINNINGS and self.turns[-1].marks:
            self.turns[-1].left = len(self.states) - 1
            self.turns.append(Turn(entered=len(self.states) - 1))
        turn = self.turns[-1]
        turn.finished |= state in _FINISHED
        turn.kept |= state == "kept"

    def _follow_streams(self, streams: dict[str, dict[str, int]]) -> bool:
        """Note what opens; whether the last stream of a take closes."""
        before = self._streams
        self._streams = {name: (streams[name]["opened"], streams[name]["open"]) for name in before}
        if any(self._streams[name][0] > before[name][0] for name in before):
            self.turns[-1].marks.append(self._mark)
        was_open = any(count for _opened, count in before.values())
        return was_open and not any(count for _opened, count in self._streams.values())

    def _next_mark(self) -> None:
        self._mark += 1
        self.desk.hear(marks.hum(self._mark))
        if "camera" in self.desk.cameras:
            self.desk.see(marks.picture(self._mark))
