"""The one clock of every process: the machine's, or the simulator's when the configuration names one."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from appliance.domain.retention import ClockReading

PARIS = ZoneInfo("Europe/Paris")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_RTC = Path("/sys/class/rtc/rtc0/since_epoch")


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


def _rtc_agrees(now: datetime) -> bool:
    try:
        seconds = int(_RTC.read_text())
    except (OSError, ValueError):
        return False
    return abs(now.timestamp() - seconds) < 60
