"""Finding a sound card by a name that survives a reboot and another socket.

Indexes change with the order of discovery. A card's id, its name and its USB path do not, and the kernel
tells them in `/proc/asound` without opening anything.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PROC_ASOUND = Path("/proc/asound")

_ENTRY = re.compile(r"^ *(\d+) \[(\S+) *\]: (.*)$")
_ALSA_NAME = re.compile(r"^(?:plug)?hw:(?:CARD=)?([^,]+)(?:,(?:DEV=)?(\d+))?$")


class Direction(StrEnum):
    """Which way the sound goes."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True)
class Card:
    """A sound card that is plugged in now."""

    number: int
    id: str
    words: str
    """Everything the kernel says of it: name, maker, USB path."""


def is_card_name(name: str) -> bool:
    """Tell whether `name` can only be a card's (`plughw:CARD=Device,DEV=0`), not a PCM of `.asoundrc`."""
    return _ALSA_NAME.match(name) is not None


def alsa_address(name: str, direction: Direction, proc: Path = PROC_ASOUND) -> str | None:
    """Return the address (`hw:1,0`) of the plugged card called `name`, or None.

    `name` is a card's id, bare or as ALSA writes it, or a part of its description. Raises LookupError when
    several cards answer to it.
    """
    match = _ALSA_NAME.match(name)
    wanted, device = (match[1], int(match[2] or 0)) if match else (name, 0)
    side = "c" if direction is Direction.INPUT else "p"
    cards = [card for card in _cards(proc) if (proc / f"card{card.number}" / f"pcm{device}{side}").exists()]
    found = [card for card in cards if card.id == wanted]
    if not found and match is None:
        found = [card for card in cards if wanted.casefold() in card.words.casefold()]
    if len(found) > 1:
        raise LookupError(", ".join(card.id for card in found))
    return f"hw:{found[0].number},{device}" if found else None


def _cards(proc: Path) -> list[Card]:
    try:
        lines = (proc / "cards").read_text(errors="replace").splitlines()
    except OSError:
        return []
    cards = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if entry := _ENTRY.match(line):
            cards.append(Card(int(entry[1]), entry[2], f"{entry[3]} {following.strip()}"))
    return cards
