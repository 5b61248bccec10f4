"""How much may still be written below a folder, asked before each take."""

import os
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.permissions import Nature
from appliance.domain.room import Room, judge, percent_used, reason_to_refuse


@dataclass(frozen=True)
class Space:
    """A disk, in bytes."""

    total: int
    """What ordinary accounts may use of it, full or not: root's reserve is left out, as by `df`."""
    free: int
    """What they may still write."""

    @property
    def percent_used(self) -> float:
        """How full it is, from 0 to 100."""
        return percent_used(self.total, self.free)

    @property
    def room(self) -> Room:
        """What there is room for."""
        return judge(self.total, self.free)


def measure(folder: Path) -> Space:
    """Look at the disk that holds a folder; OSError when the folder is not there."""
    disk = os.statvfs(folder)
    return Space(
        total=(disk.f_blocks - disk.f_bfree + disk.f_bavail) * disk.f_frsize,
        free=disk.f_bavail * disk.f_frsize,
    )


def refusal(folder: Path, nature: Nature) -> str | None:
    """Return why a take would not be kept whole (`sound_only`, `disk_full`), or None.

    A folder that cannot be looked at is full: nothing could be written there either.
    """
    try:
        return reason_to_refuse(nature, measure(folder).room)
    except OSError:
        return reason_to_refuse(nature, Room.FULL)
