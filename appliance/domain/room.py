"""How full the box is, and what it still takes in (requirements E14). Nothing here deletes."""

from enum import StrEnum

from appliance.domain.permissions import Nature

WARN, PROPOSE, AUDIO_ONLY, FULL = 80, 90, 95, 98
"""Percentages of the disk in use from which each begins. The last 2 % of a 32 GB card are 600 MB: what was
begun, the database and its copies end in there."""


class Room(StrEnum):
    """What there is room for."""

    FINE = "fine"
    WARN = "warn"
    """Everything still; the teacher is told."""
    PROPOSE = "propose"
    """Everything still; the teacher is shown what could go."""
    AUDIO_ONLY = "audio_only"
    """Voices; no new photo and no new film."""
    FULL = "full"
    """Nothing new. What was recorded is still played, printed, sent and taken in by the hub."""


def percent_used(total: int, free: int) -> float:
    """Return how full a disk is, from 0 to 100; one without any room at all is full."""
    return 100 * (1 - min(free, total) / total) if total > 0 else 100.0


def judge(total: int, free: int) -> Room:
    """Return what there is room for on a disk of `total` bytes of which `free` may be written."""
    used = percent_used(total, free)
    steps = ((FULL, Room.FULL), (AUDIO_ONLY, Room.AUDIO_ONLY), (PROPOSE, Room.PROPOSE), (WARN, Room.WARN))
    return next((room for percent, room in steps if used >= percent), Room.FINE)


def reason_to_refuse(nature: Nature, room: Room) -> str | None:
    """Return why a new capture of this nature is refused (`sound_only`, `disk_full`), or None."""
    if room is Room.FULL:
        return "disk_full"
    return "sound_only" if room is Room.AUDIO_ONLY and nature is not Nature.VOICE else None
