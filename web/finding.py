"""One line of *Tout va bien*."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DayToSort:
    """A day whose traces go soon anyway."""

    day: date
    count: int
    bytes: int


@dataclass(frozen=True)
class Finding:
    """What is so. Without a remedy it is fine; `grave` when something is not being done at all."""

    subject: str
    icon: str
    sentence: str
    remedy: str = ""
    grave: bool = False
    confirms_date: bool = False
    """The teacher can mend it by saying that the date shown is right."""
    leads_to: str = ""
    """Endpoint of the page where it is looked at and decided; shown to whoever may open it."""
    link: str = ""
    """What the way there is called, when it does not lead to last days."""
    days: tuple[DayToSort, ...] = ()
    """Where to make room; the page links to each."""
