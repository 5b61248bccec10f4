"""The clock of a family's request: one month, two more with a reason (law.md §3; RGPD art. 12)."""

import calendar
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

ANSWER_MONTHS = 1
EXTENSION_MONTHS = 2


class Kind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    LIMITATION = "limitation"
    OPPOSITION = "opposition"
    PORTABILITY = "portability"
    WITHDRAWAL = "withdrawal"
    """Of a permission."""


class Outcome(StrEnum):
    """What was answered."""

    NONE = ""
    """Nothing yet."""
    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"


class TooLate(ValueError):
    """The first month is over, or the time was extended already."""


@dataclass(frozen=True)
class Deadline:
    """When a request came, and until when it has to be answered."""

    received_on: date
    due_on: date
    """Last day, itself included."""
    extended_on: date | None = None

    @classmethod
    def starting(cls, received_on: date) -> "Deadline":
        """Return the deadline of a request that came on a day."""
        return cls(received_on, add_months(received_on, ANSWER_MONTHS))

    def may_extend(self, today: date) -> bool:
        """Whether two months may be added: once, and within the first month."""
        return self.extended_on is None and self.received_on <= today <= self.due_on

    def extended(self, today: date) -> "Deadline":
        """Return it with two months more; TooLate when it may not be."""
        if not self.may_extend(today):
            raise TooLate(self.due_on.isoformat())
        due = add_months(self.received_on, ANSWER_MONTHS + EXTENSION_MONTHS)
        return replace(self, due_on=due, extended_on=today)

    def days_left(self, today: date) -> int:
        """Return how many days are left; 0 on the last one, negative when it is over."""
        return (self.due_on - today).days


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
