"""When a station may be used: the week's hours, and what the teacher says now (D9, D23, D28)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

LAST_MINUTE = timedelta(minutes=1)
"""Pupils are told this long before a station closes; a take in progress may go on as long after."""


@dataclass(frozen=True)
class Slot:
    """Hours of one weekday, in the box's own time zone; `start` itself included, `end` not."""

    weekday: int
    """0 is Monday (`date.weekday`)."""
    start: time
    end: time

    def on(self, day: datetime) -> tuple[datetime, datetime] | None:
        """Return when it begins and ends on the day of `day`, or None when it is another weekday's."""
        if day.weekday() != self.weekday:
            return None
        return datetime.combine(day, self.start, day.tzinfo), datetime.combine(day, self.end, day.tzinfo)


@dataclass(frozen=True)
class Opening:
    """A station's hours and the teacher's last word; without either it is open."""

    slots: tuple[Slot, ...] = ()
    said_at: datetime | None = None
    """When the teacher last opened or closed it by hand."""
    open_until: datetime | None = None
    """What she said then: open until that moment; None for closed at once."""

    def is_open(self, now: datetime) -> bool:
        """Whether it may be used now. What was closed by hand stays so until the next hours begin."""
        if self.open_until is not None and now < self.open_until:
            return True
        current = self._slot(now)
        if self.said_at is None:
            return current is not None or not self.slots
        return current is not None and current[0] > (self.open_until or self.said_at)

    def closes_at(self, now: datetime) -> datetime | None:
        """Return the moment at which an open station closes, or None when nothing says so."""
        if self.open_until is not None and now < self.open_until:
            return self.open_until
        current = self._slot(now)
        return current[1] if current is not None and self.is_open(now) else None

    def _slot(self, now: datetime) -> tuple[datetime, datetime] | None:
        found = (slot.on(now) for slot in self.slots)
        return next((span for span in found if span is not None and span[0] <= now < span[1]), None)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {
            "slots": [[s.weekday, s.start.isoformat(), s.end.isoformat()] for s in self.slots],
            "said_at": self.said_at.isoformat() if self.said_at else None,
            "open_until": self.open_until.isoformat() if self.open_until else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Opening":
        """Return the opening in a JSON object; KeyError, TypeError or ValueError when it is not one."""
        return cls(
            slots=tuple(
                Slot(int(weekday), time.fromisoformat(start), time.fromisoformat(end))
                for weekday, start, end in data["slots"]
            ),
            said_at=_moment(data["said_at"]),
            open_until=_moment(data["open_until"]),
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
