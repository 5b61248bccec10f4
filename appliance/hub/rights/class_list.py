"""Adding the pupils of a list: who is new, who is there already, who needs an initial (requirement E23)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.onde import first_name_fault, initial_of
from appliance.hub import people
from appliance.hub.box import Box

MOST_AT_ONCE = 60


class Status(StrEnum):
    """What a line would do."""

    NEW = "new"
    HERE = "here"
    """Somebody of this name is in the class."""
    TWICE = "twice"
    """Two lines of the list bear this name and this initial: the teacher says who is who."""
    WRONG = "wrong"
    """It is no first name."""


@dataclass(frozen=True)
class Newcomer:
    """A child of a list, as the box would write them."""

    first_name: str
    initial: str = ""
    level: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """By which two children are told apart."""
        return people.alphabetical(self.first_name), self.initial.casefold()


@dataclass(frozen=True)
class Arrival:
    """A child of a list, and what would become of them."""

    child: Newcomer
    status: Status


class Refused(ValueError):
    """A line cannot be added, or there are too many: none was."""


def compare(box: Box, children: Sequence[Newcomer]) -> list[Arrival]:
    """Return what each child of a list would become; Locked when the class is."""
    known = {Newcomer(p.first_name, p.initial).key for p in people.everyone(box)}
    times = Counter(child.key for child in children)
    return [Arrival(child, _status(child, known, times)) for child in children]


def add(box: Box, children: Iterable[Newcomer], pictogram: Callable[[Box], str]) -> int:
    """Add the children who are new, all or none, and return how many; Refused, or Locked.

    `pictogram` gives the drawing of the next one. Their permissions wait for the families' answers.
    """
    arrivals = compare(box, list(children))
    wanted = [arrival.child for arrival in arrivals if arrival.status is not Status.HERE]
    wrong = any(arrival.status in (Status.TWICE, Status.WRONG) for arrival in arrivals)
    if wrong or len(wanted) > MOST_AT_ONCE:
        raise Refused
    with box.database.transaction():
        for child in wanted:
            people.add(
                box, child.first_name, initial=child.initial, level=child.level, pictogram=pictogram(box)
            )
    return len(wanted)


def _status(child: Newcomer, known: set[tuple[str, str]], times: Counter[tuple[str, str]]) -> Status:
    if first_name_fault(child.first_name) is not None or child.initial != initial_of(child.initial):
        return Status.WRONG
    if times[child.key] > 1:
        return Status.TWICE
    return Status.HERE if child.key in known else Status.NEW
