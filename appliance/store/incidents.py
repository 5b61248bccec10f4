"""Incidents: in clear, when each was noticed (72 hours) and noted (its last day); the rest is sealed."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp


@dataclass(frozen=True)
class IncidentRow:
    """An incident as stored."""

    id: str
    noticed_at: datetime
    noted_on: date | None
    """None until a believed clock has dated it."""
    sealed: bytes


def add(database: Database, row: IncidentRow) -> None:
    """Add an incident."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO incidents (id, noticed_at, noted_on, sealed) VALUES (?, ?, ?, ?)",
            [row.id, stamp(row.noticed_at), row.noted_on and row.noted_on.isoformat(), row.sealed],
        )


def every(database: Database) -> list[IncidentRow]:
    """Return all incidents, latest first."""
    rows = database.db.execute(
        "SELECT id, noticed_at, noted_on, sealed FROM incidents ORDER BY noticed_at DESC, id DESC"
    ).fetchall()
    return [
        IncidentRow(id_, moment(noticed), date.fromisoformat(noted) if noted else None, sealed)
        for id_, noticed, noted, sealed in rows
    ]


def date_anew(database: Database, today: date) -> None:
    """Let the incidents that a clock in doubt left without a day have been noted today."""
    with database.transaction() as db:
        db.execute("UPDATE incidents SET noted_on = ? WHERE noted_on IS NULL", [today.isoformat()])


def remove(database: Database, incident: str) -> None:
    """Remove an incident."""
    with database.transaction() as db:
        db.execute("DELETE FROM incidents WHERE id = ?", [incident])
