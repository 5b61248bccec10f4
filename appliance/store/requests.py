"""What families asked for by right, and when it was answered. Their words and names are sealed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from appliance.domain.requests import Deadline, Kind, Outcome
from appliance.store.database import Database


@dataclass(frozen=True)
class RequestRow:
    """A request as stored; `sealed` opens to `{"name", "who", "text", "reason", "answer", "traces"}`."""

    id: str
    kind: Kind
    pupil: str
    """Pseudonymous; the pupil may be gone since."""
    deadline: Deadline
    answered_on: date | None
    outcome: Outcome
    sealed: bytes


def put(database: Database, row: RequestRow) -> None:
    """Add a request or change one."""
    deadline = row.deadline
    with database.transaction() as db:
        db["requests"].upsert(  # type: ignore[union-attr]
            {
                "id": row.id,
                "kind": row.kind,
                "pupil": row.pupil,
                "received_on": deadline.received_on.isoformat(),
                "due_on": deadline.due_on.isoformat(),
                "extended_on": deadline.extended_on.isoformat() if deadline.extended_on else None,
                "answered_on": row.answered_on.isoformat() if row.answered_on else None,
                "outcome": row.outcome,
                "sealed": row.sealed,
            },
            pk="id",
        )


def find(database: Database, request: str) -> RequestRow | None:
    """Return one request by id."""
    found = _many(database, "WHERE id = ?", [request])
    return found[0] if found else None


def every(database: Database) -> list[RequestRow]:
    """Return all requests: those that wait first, the most urgent one on top; then the latest answered."""
    return _many(
        database,
        "ORDER BY answered_on IS NOT NULL, CASE WHEN answered_on IS NULL THEN due_on END, answered_on DESC,"
        " id DESC",
        [],
    )


def of_pupil(database: Database, pupil: str) -> list[RequestRow]:
    """Return what was asked about one pupil, latest first."""
    return _many(database, "WHERE pupil = ? ORDER BY received_on DESC, id DESC", [pupil])


def late(database: Database, today: date) -> int:
    """Return how many requests nobody has answered though their last day is over."""
    row = database.db.execute(
        "SELECT COUNT(*) FROM requests WHERE answered_on IS NULL AND due_on < ?", [today.isoformat()]
    ).fetchone()
    return int(row[0])


def waiting_until(database: Database) -> date | None:
    """Return the last day of the most urgent request, or None when none waits."""
    row = database.db.execute("SELECT MIN(due_on) FROM requests WHERE answered_on IS NULL").fetchone()
    return date.fromisoformat(row[0]) if row[0] else None


def forget_answered(database: Database, before: date) -> int:
    """Remove the requests answered before a day; return how many went."""
    with database.transaction() as db:
        return int(db.execute("DELETE FROM requests WHERE answered_on < ?", [before.isoformat()]).rowcount)


def _many(database: Database, clause: str, values: list[Any]) -> list[RequestRow]:
    # `clause` is written in this module; every value is bound.
    rows = database.db.execute(
        "SELECT id, kind, pupil, received_on, due_on, extended_on, answered_on, outcome, sealed"  # noqa: S608
        f" FROM requests {clause}",
        values,
    ).fetchall()
    return [
        RequestRow(
            id_,
            Kind(kind),
            pupil,
            Deadline(
                date.fromisoformat(received),
                date.fromisoformat(due),
                date.fromisoformat(extended) if extended else None,
            ),
            date.fromisoformat(answered) if answered else None,
            Outcome(outcome),
            sealed,
        )
        for id_, kind, pupil, received, due, extended, answered, outcome, sealed in rows
    ]
