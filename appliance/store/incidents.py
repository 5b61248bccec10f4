"""Incidents: when each was noticed in clear, for the 72 hours; what happened is sealed."""

from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp


@dataclass(frozen=True)
class IncidentRow:
    """An incident as stored."""

    id: str
    noticed_at: datetime
    sealed: bytes


def add(database: Database, row: IncidentRow) -> None:
    """Add an incident."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO incidents (id, noticed_at, sealed) VALUES (?, ?, ?)",
            [row.id, stamp(row.noticed_at), row.sealed],
        )


def every(database: Database) -> list[IncidentRow]:
    """Return all incidents, latest first."""
    rows = database.db.execute(
        "SELECT id, noticed_at, sealed FROM incidents ORDER BY noticed_at DESC, id DESC"
    ).fetchall()
    return [IncidentRow(id_, moment(noticed), sealed) for id_, noticed, sealed in rows]
