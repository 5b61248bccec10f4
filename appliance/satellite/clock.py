"""The hub's time on a machine that has none of its own: a Pi without a battery wakes up days ago.

Each answer of the hub says its time. The difference with this machine's monotonic clock is known to half
the round trip (Cristian, « Probabilistic clock synchronization », 1989); the system's clock is never set.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from appliance.clock import PARIS
from appliance.domain.retention import ClockReading
from appliance.vault.files import write_durably

NEVER = datetime(2000, 1, 1, tzinfo=PARIS)
"""What the clock says before it knows: older than any roster, so that none is believed."""
DRIFT = 1e-4
"""Seconds a second: more than any Pi's quartz."""
REWRITE_AFTER = 1.0
"""Seconds: a smaller correction is not worth a write on a card."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Return what names this power-on: the monotonic clock means nothing after it."""
    return _BOOT_ID.read_text().strip()


@dataclass(frozen=True)
class _Sample:
    boot: str
    offset: float
    """Seconds from this machine's monotonic clock to the hub's time since 1970."""
    error: float
    """Seconds it may be wrong by, when it was taken."""
    at: float
    """Monotonic seconds."""
    trusted: bool
    """Whether the hub believed its own clock."""


class HubClock:
    """Reads the hub's time; untrusted, and far in the past, before the hub's first answer since power-on."""

    def __init__(
        self, file: Path, monotonic: Callable[[], float] = time.monotonic, boot: Callable[[], str] = boot_id
    ) -> None:
        """`file` carries what is known over a restart of the program, not over one of the machine."""
        self._file = file
        self._monotonic = monotonic
        self._boot = boot()
        self._guard = threading.Lock()
        self._best = self._written = _load(file, self._boot)

    def read(self) -> ClockReading:
        """Return the hub's time now, in the school's time zone."""
        best = self._best
        if best is None:
            return ClockReading(NEVER, trusted=False)
        now = datetime.fromtimestamp(self._monotonic() + best.offset, PARIS)
        return ClockReading(now, trusted=best.trusted)

    def observe(self, sent: float, received: float, hub: datetime, *, trusted: bool) -> None:
        """Learn from an answer: monotonic seconds when it was asked and when it came, the hub's time in it.

        A slow answer does not spoil what a quick one taught, unless the hub's clock was set in between.
        """
        sample = _Sample(
            self._boot, hub.timestamp() - (sent + received) / 2, (received - sent) / 2, received, trusted
        )
        with self._guard:
            if self._best is not None and not _is_better(sample, self._best):
                return
            self._best = sample
            self._write(sample)

    def _write(self, sample: _Sample) -> None:
        written = self._written
        if (
            written is not None
            and written.trusted == sample.trusted
            and abs(written.offset - sample.offset) < REWRITE_AFTER
        ):
            return
        # A full disk must not put off what the hub says: a restart without the hub will wait, that is all.
        with suppress(OSError):
            write_durably(self._file, json.dumps(asdict(sample)).encode())
            self._written = sample


def _is_better(new: _Sample, old: _Sample) -> bool:
    doubt = old.error + DRIFT * (new.at - old.at)
    was_set = abs(new.offset - old.offset) > new.error + doubt
    return was_set or new.trusted != old.trusted or new.error <= doubt


def _load(file: Path, boot: str) -> _Sample | None:
    try:
        sample = _Sample(**json.loads(file.read_bytes()))
    except (OSError, TypeError, ValueError):
        return None
    return sample if sample.boot == boot else None
