"""The one clock of every process: the machine's, or the simulator's when the configuration names one."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from appliance.domain.retention import ClockReading

PARIS = ZoneInfo("Europe/Paris")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_RTC = Path("/sys/class/rtc/rtc0/since_epoch")
_WORD = "date-confirmed"
_DRIFT_SECONDS = 120
"""How far a clock that nobody sets may stray before it counts as set."""


def _since_boot() -> float:
    """Seconds since the machine was started, asleep or not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock(Protocol):
    """Tells the time and whether to believe it."""

    def read(self) -> ClockReading:
        """Return the time now, aware, in the school's time zone."""
        ...


class SystemClock:
    """The machine's clock, trusted once a time server answered or a real-time clock agrees."""

    def read(self) -> ClockReading:
        now = datetime.now(PARIS)
        return ClockReading(now, trusted=_SYNCHRONISED.exists() or _rtc_agrees(now))


class SimulatedClock:
    """A clock that ticks like the real one, set by a small file: `{"offset": seconds, "trusted": true}`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> ClockReading:
        try:
            setting = json.loads(self._path.read_text())
        except FileNotFoundError:
            setting = {"offset": 0.0, "trusted": True}
        now = datetime.now(PARIS) + timedelta(seconds=setting["offset"])
        return ClockReading(now, trusted=setting["trusted"])

    def set(self, now: datetime | None, trusted: bool | None) -> ClockReading:
        """Move the time (None: leave it) and say whether it is vouched for (None: as before)."""
        current = self.read()
        wanted = current.now if now is None else now
        offset = (wanted - datetime.now(UTC)).total_seconds()
        vouched = current.trusted if trusted is None else trusted
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"offset": offset, "trusted": vouched}))
        os.replace(temporary, self._path)
        return self.read()


class ConfirmedClock:
    """Another clock, believed as well while a person's word holds: until it is set, or the power goes."""

    def __init__(self, clock: Clock, run: Path, elapsed: Callable[[], float] = _since_boot) -> None:
        self._clock = clock
        self._word = run / _WORD
        self._elapsed = elapsed

    def read(self) -> ClockReading:
        reading = self._clock.read()
        return reading if reading.trusted else replace(reading, trusted=self._holds(reading.now))

    def _holds(self, now: datetime) -> bool:
        try:
            at, elapsed = (float(number) for number in self._word.read_text().split())
        except (OSError, ValueError):
            return False
        ran = self._elapsed() - elapsed
        return ran >= 0 and abs(now.timestamp() - at - ran) < _DRIFT_SECONDS


def vouch(run: Path, now: datetime, elapsed: Callable[[], float] = _since_boot) -> None:
    """Take a person's word that it is `now`: in the RAM folder, so that it lasts until the power goes."""
    temporary = run / f".{_WORD}.new"
    temporary.write_text(f"{now.timestamp()} {elapsed()}")
    os.replace(temporary, run / _WORD)


def _rtc_agrees(now: datetime) -> bool:
    try:
        seconds = int(_RTC.read_text())
    except (OSError, ValueError):
        return False
    return abs(now.timestamp() - seconds) < 60
