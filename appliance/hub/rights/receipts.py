"""What became of traces that a family had erased or taken back: shown, printed, and true again tomorrow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature
from appliance.hub.box import Box
from appliance.store import outbox


class Fate(StrEnum):
    """What was done here."""

    ERASED = "erased"
    RECALLED = "recalled"
    """It stays in class and left the ENT."""
    SILENCED = "silenced"
    """A photo that stays, without its spoken caption."""
    WITHOUT = "without"
    """A trace of a group, in which the pupil is not named any more."""


class Remote(StrEnum):
    """What the ENT holds."""

    NOTHING = "nothing"
    """It never went there."""
    LEAVING = "leaving"
    """The next sync asks the ENT to erase it."""
    GONE = "gone"
    """The ENT was seen not to hold it any more."""
    THERE = "there"
    COMING = "coming"
    """Released, not carried yet."""


@dataclass(frozen=True)
class Item:
    """One trace of a receipt: its random code, its day and its kind, no name."""

    code: str
    nature: Nature
    taken_at: datetime
    fate: Fate

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {**self.__dict__, "taken_at": self.taken_at.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Item":
        """Return the item in a JSON object."""
        taken_at = datetime.fromisoformat(data["taken_at"])
        return cls(data["code"], Nature(data["nature"]), taken_at, Fate(data["fate"]))


@dataclass(frozen=True)
class Line:
    """An item with what the ENT holds of it now."""

    item: Item
    remote: Remote


def items(found: Iterable[Capture], fate: Fate) -> list[Item]:
    """Return captures as a receipt remembers them; to be called before they are erased."""
    return [Item(c.code, c.nature, c.taken_at, fate) for c in found]


def lines(box: Box, of: Sequence[Item]) -> list[Line]:
    """Return what the ENT holds of each item at this moment."""
    return [Line(item, remote(box, item.code)) for item in of]


def remote(box: Box, code: str) -> Remote:
    """Return what the ENT holds under a sticker's code, as far as the box has proof."""
    deletion = outbox.deletion_of(box.database, code)
    if deletion is not None:
        return Remote.GONE if deletion == outbox.VERIFIED else Remote.LEAVING
    carried = outbox.state_of(box.database, code)
    if carried is None:
        return Remote.NOTHING
    return Remote.THERE if carried == outbox.VERIFIED else Remote.COMING
