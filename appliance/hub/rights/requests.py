"""What families ask for by right: received, answered within the month, and kept a year (law.md §3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from appliance.domain.audit import Event
from appliance.domain.requests import Deadline, Kind, Outcome
from appliance.hub import audit, people
from appliance.hub.box import Box
from appliance.hub.rights.receipts import Item
from appliance.store import requests
from appliance.store.requests import RequestRow

LONGEST_TEXT = 1_000
EARLIEST = timedelta(days=92)
"""A paper that waited for longer than three months is a typing mistake."""


class BadDate(ValueError):
    """The day is to come, or too long ago."""


@dataclass(frozen=True)
class Request:
    """A request as the teacher sees it. Built only while the class is open."""

    id: str
    kind: Kind
    pupil: str
    """Pseudonymous id; the pupil may be gone since."""
    name: str
    """The pupil's, as it was shown then."""
    deadline: Deadline
    answered_on: date | None
    outcome: Outcome
    who: str
    """Who asks."""
    text: str
    reason: str
    """Why the time was extended."""
    answer: str
    traces: tuple[Item, ...]
    """What was erased or taken back."""


def receive(box: Box, kind: Kind, pupil: str, *, received_on: date, who: str, text: str) -> str:
    """Write down a request and return its id; the month begins on the day it was received.

    LookupError for an unknown pupil, BadDate, or Locked when the class is.
    """
    if not box.today() - EARLIEST <= received_on <= box.today():
        raise BadDate(received_on.isoformat())
    request = Request(
        box.new_id(),
        kind,
        pupil,
        _name(box, pupil),
        Deadline.starting(received_on),
        None,
        Outcome.NONE,
        who[:LONGEST_TEXT],
        text[:LONGEST_TEXT],
        "",
        "",
        (),
    )
    with box.database.transaction():
        _put(box, request)
        audit.note(box, Event.REQUEST_RECEIVED, request.id, detail=kind)
    return request.id


def extend(box: Box, request: Request, reason: str) -> None:
    """Add two months, for a reason that the family is told; TooLate when the first month is over."""
    deadline = request.deadline.extended(box.today())
    with box.database.transaction():
        _put(box, replace(request, deadline=deadline, reason=reason[:LONGEST_TEXT]))
        audit.note(box, Event.REQUEST_EXTENDED, request.id)


def answer(box: Box, request: Request, outcome: Outcome, text: str, traces: Sequence[Item] = ()) -> None:
    """Write down what was answered today; an answer that is there already is replaced."""
    done = replace(
        request,
        answered_on=box.today(),
        outcome=outcome,
        answer=text[:LONGEST_TEXT],
        traces=(*request.traces, *traces),
    )
    with box.database.transaction():
        _put(box, done)
        audit.note(box, Event.REQUEST_ANSWERED, request.id, detail=outcome)


def record_done(box: Box, kind: Kind, pupil: str, traces: Sequence[Item], text: str = "") -> str:
    """Write down what was asked and done on the spot, with its receipt; return the request's id.

    A request of this kind for this pupil that waits is answered by it.
    """
    waiting = next((r for r in of_pupil(box, pupil) if r.kind is kind and r.answered_on is None), None)
    with box.database.transaction():
        known = waiting.id if waiting else receive(box, kind, pupil, received_on=box.today(), who="", text="")
        found = find(box, known)
        if found is not None:
            answer(box, found, Outcome.DONE, text, traces)
    return known


def every(box: Box) -> list[Request]:
    """Return all requests: those that wait first, the most urgent one on top; Locked when the class is."""
    return [_opened(box, row) for row in requests.every(box.database)]


def of_pupil(box: Box, pupil: str) -> list[Request]:
    """Return what was asked about a pupil, latest first; Locked when the class is."""
    return [_opened(box, row) for row in requests.of_pupil(box.database, pupil)]


def find(box: Box, request: str) -> Request | None:
    """Return one request; Locked when the class is."""
    row = requests.find(box.database, request)
    return _opened(box, row) if row else None


def _name(box: Box, pupil: str) -> str:
    found = people.find(box, pupil)
    if found is None:
        raise LookupError(pupil)
    return found.shown


def _put(box: Box, request: Request) -> None:
    words = {
        "name": request.name,
        "who": request.who,
        "text": request.text,
        "reason": request.reason,
        "answer": request.answer,
        "traces": [item.to_json() for item in request.traces],
    }
    requests.put(
        box.database,
        RequestRow(
            request.id,
            request.kind,
            request.pupil,
            request.deadline,
            request.answered_on,
            request.outcome,
            box.sealer.seal_json(words),
        ),
    )


def _opened(box: Box, row: RequestRow) -> Request:
    words = box.opener.open_json(row.sealed)
    return Request(
        row.id,
        row.kind,
        row.pupil,
        words["name"],
        row.deadline,
        row.answered_on,
        row.outcome,
        words["who"],
        words["text"],
        words["reason"],
        words["answer"],
        tuple(Item.from_json(item) for item in words["traces"]),
    )
