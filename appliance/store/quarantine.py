"""Captures that are put aside: which, why, and since when."""

from dataclasses import dataclass
from datetime import date

from appliance.domain.captures import Capture, Quarantine
from appliance.store import captures
from appliance.store.database import Database


@dataclass(frozen=True)
class Aside:
    """A capture that is put aside."""

    capture: Capture
    since: date


def put(database: Database, capture: str, why: Quarantine, on: date) -> None:
    """Put a capture aside: it is released no more, and its stickers that wait are not printed."""
    with database.transaction() as db:
        db.execute(
            "UPDATE captures SET quarantine = ?, quarantined_on = ?, released_at = NULL WHERE id = ?",
            [why, on.isoformat(), capture],
        )
        db.execute("DELETE FROM print_jobs WHERE capture = ? AND printed_at IS NULL", [capture])


def end(database: Database, capture: str) -> None:
    """Bring a capture back."""
    with database.transaction() as db:
        db.execute("UPDATE captures SET quarantine = '', quarantined_on = NULL WHERE id = ?", [capture])


def every(database: Database) -> list[Aside]:
    """Return all that is put aside, latest first."""
    rows = database.db.execute(
        "SELECT id, quarantined_on FROM captures WHERE quarantine != '' ORDER BY quarantined_on DESC, id DESC"
    ).fetchall()
    found = ((captures.find(database, id_), on) for id_, on in rows)
    return [Aside(capture, date.fromisoformat(on)) for capture, on in found if capture is not None]


def holds(database: Database, pupil: str) -> bool:
    """Whether something of a pupil is put aside."""
    row = database.db.execute(
        "SELECT 1 FROM capture_pupils JOIN captures ON captures.id = capture"
        " WHERE pupil = ? AND quarantine != '' LIMIT 1",
        [pupil],
    ).fetchone()
    return row is not None
