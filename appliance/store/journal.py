"""The line of proof: what was done, when, to which pseudonymous id. No name, no title."""

from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp


def write(database: Database, event: str, subject: str, now: datetime) -> None:
    """Add a line."""
    with database.transaction() as db:
        db.execute("INSERT INTO journal (at, event, subject) VALUES (?, ?, ?)", [stamp(now), event, subject])


def latest(database: Database, event: str) -> datetime | None:
    """Return when something was last done, or None."""
    row = database.db.execute(
        "SELECT at FROM journal WHERE event = ? ORDER BY id DESC LIMIT 1", [event]
    ).fetchone()
    return moment(row[0]) if row else None
