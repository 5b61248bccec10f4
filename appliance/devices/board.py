"""How the Raspberry Pi itself feels, its heat and its supply, as its kernel tells. Opens no device.

Bits of `get_throttled`: raspberrypi.com, documentation, `vcgencmd get_throttled`. Since Linux 4.17 that word
is in sysfs, and the driver `rpi_volt` says by itself whether the supply is too weak.
"""

from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
HOT_CELSIUS = 80.0
"""From here a Pi 4 or 5 slows down (raspberrypi.com, frequency management)."""

WEAK, CAPPED, SLOWED, WARM = 1 << 0, 1 << 1, 1 << 2, 1 << 3
"""Supply too weak, frequency capped, slowed down, soft limit of temperature: now."""
_SINCE_START = 16
"""The same bits, this much higher: at some time since the start."""

UNDERVOLTAGE, OVERHEATING = "undervoltage", "overheating"


@dataclass(frozen=True)
class Board:
    """What a board says; None for what it does not tell."""

    celsius: float | None = None
    flags: int | None = None
    """The word of `get_throttled`."""

    @property
    def is_weak(self) -> bool:
        """The supply is too weak now."""
        return bool((self.flags or 0) & WEAK)

    @property
    def was_weak(self) -> bool:
        """The supply has been too weak since the start."""
        return bool((self.flags or 0) >> _SINCE_START & WEAK)

    @property
    def is_hot(self) -> bool:
        """It is hot enough to slow down. Bits 1 and 2 alone may come from a weak supply."""
        flags = self.flags or 0
        slowed = bool(flags & (CAPPED | SLOWED)) and not flags & WEAK
        return slowed or bool(flags & WARM) or (self.celsius or 0.0) >= HOT_CELSIUS

    def faults(self) -> tuple[str, ...]:
        """Return `undervoltage` and `overheating`, those that are so now."""
        found = ((UNDERVOLTAGE, self.is_weak), (OVERHEATING, self.is_hot))
        return tuple(name for name, is_so in found if is_so)


def read_board(sys: Path = SYS) -> Board:
    """Read what the kernel tells; a machine that is no Raspberry Pi tells nothing."""
    return Board(_celsius(sys), _flags(sys))


def _celsius(sys: Path) -> float | None:
    zone = sys / "class/thermal/thermal_zone0"
    if _text(zone / "type") != "cpu-thermal":
        return None
    thousandths = _text(zone / "temp")
    return int(thousandths) / 1000 if thousandths.lstrip("-").isdecimal() else None


def _flags(sys: Path) -> int | None:
    told = None
    # `soc` on a Pi 4; a Pi 5 adds its address.
    for file in sys.glob("devices/platform/soc*/soc*:firmware/get_throttled"):
        told = _hexadecimal(_text(file))
    for name in sys.glob("class/hwmon/hwmon*/name"):
        if _text(name) == "rpi_volt":
            told = (told or 0) | (WEAK if _text(name.with_name("in0_lcrit_alarm")) == "1" else 0)
    return told


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
