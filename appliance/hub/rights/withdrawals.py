"""A family allows less: foreseen, then recorded with the receipt of what it took away (law.md §1.5; E21)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from appliance.domain.permissions import Nature, Scope, Signed
from appliance.domain.requests import Kind
from appliance.hub.box import Box
from appliance.hub.rights import answers, receipts, requests
from appliance.hub.rights.answers import Consequence, Paper
from appliance.hub.rights.receipts import Fate, Item


def record(
    box: Box,
    pupil: str,
    given: Mapping[Nature, Sequence[Scope]],
    *,
    project: str,
    signed: Signed,
    until: date,
    paper: Paper | None,
    said: str,
) -> str:
    """Record an answer as `answers.record` does, and return the id of the request that holds its receipt.

    `said` tells the family what it withdrew. One transaction: no loss of power leaves a withdrawal without
    its receipt. Raises as `answers.record` does, or Locked when the class is.
    """
    done: list[str] = []

    def note(taken: Consequence) -> None:
        done.append(requests.record_done(box, Kind.WITHDRAWAL, pupil, items(taken), said))

    answers.record(box, pupil, given, project=project, signed=signed, until=until, paper=paper, receipt=note)
    return done[0]


def items(taken: Consequence) -> list[Item]:
    """Return what an answer took away, as its receipt remembers it."""
    return [
        *receipts.items(taken.erased, Fate.ERASED),
        *receipts.items(taken.recalled, Fate.RECALLED),
        *receipts.items(taken.silenced, Fate.SILENCED),
    ]


class _Seen(Exception):
    """Undoes a rehearsal."""


def rehearse(
    box: Box, pupil: str, given: Mapping[Nature, Sequence[Scope]], project: str, signed: Signed, until: date
) -> Consequence:
    """Return all that `answers.record` would take away, done and undone: fewer signatures count too.

    Raises as it does; works while locked, and in no other transaction.
    """
    found: list[Consequence] = []

    def look(taken: Consequence) -> None:
        found.append(taken)
        raise _Seen

    with suppress(_Seen):
        answers.record(box, pupil, given, project=project, signed=signed, until=until, receipt=look)
    return found[0]
