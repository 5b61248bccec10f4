"""Whose a capture is, and the codes that were printed for somebody else (E1, E6)."""

from collections.abc import Iterable
from datetime import date

from appliance.domain.captures import Capture
from appliance.store.database import Database


def put(database: Database, capture_id: str, pupils: Iterable[str]) -> None:
    """Write who is in a capture that has no owner yet."""
    for pupil in pupils:
        database.db.execute("INSERT INTO capture_pupils (capture, pupil) VALUES (?, ?)", [capture_id, pupil])


def give(database: Database, capture_id: str, pupils: Iterable[str], last: date, code: str) -> None:
    """Make these pupils the owners of a capture, until `last`, under this code.

    What was released or flagged for its former owners is so no more.
    """
    with database.transaction() as db:
        db.execute("DELETE FROM capture_pupils WHERE capture = ?", [capture_id])
        put(database, capture_id, pupils)
        db.execute(
            "UPDATE captures SET code = ?, last_day = ?, released_at = NULL, doubled = 0, carnet = NULL,"
            " carnet_until = NULL WHERE id = ?",
            [code, last.isoformat(), capture_id],
        )


def set_code(database: Database, capture_id: str, code: str) -> None:
    """Give a capture another code; what was released under the former is so no more."""
    with database.transaction() as db:
        db.execute("UPDATE captures SET code = ?, released_at = NULL WHERE id = ?", [code, capture_id])


def cancel_code(database: Database, capture: Capture, *, on: date) -> None:
    """Remember that a sticker was lost, or printed for somebody else, and opens nothing any more."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO cancelled_codes (code, capture, cancelled_on) VALUES (?, ?, ?)",
            [capture.code, capture.id, on.isoformat()],
        )


def is_cancelled(database: Database, code: str) -> bool:
    """Whether a sticker was cancelled."""
    row = database.db.execute("SELECT 1 FROM cancelled_codes WHERE code = ?", [code]).fetchone()
    return row is not None


def is_being_taken_back(database: Database, capture_id: str) -> bool:
    """Whether the ENT may still hold the capture under a cancelled code, where another family reads it."""
    row = database.db.execute(
        "SELECT 1 FROM cancelled_codes JOIN outbox ON outbox.code = cancelled_codes.code"
        " WHERE cancelled_codes.capture = ? AND outbox.verb = 'delete' AND outbox.state = 'queued' LIMIT 1",
        [capture_id],
    ).fetchone()
    return row is not None
