"""A pupil's row over time: added, marked as gone, removed; and every answer ever given for them."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.audit import Event
from appliance.domain.permissions import Permission
from appliance.store.database import Database
from appliance.store.moments import moment, stamp
from appliance.store.pupils import ANSWER, permission_of


def added_on(database: Database, pupil: str) -> date | None:
    """Return the day on which a pupil was added, or None for an unknown one."""
    row = database.db.execute("SELECT created_at FROM pupils WHERE id = ?", [pupil]).fetchone()
    return moment(row[0]).date() if row else None


def added(database: Database) -> dict[str, date]:
    """Return the pupils of the class, with the day on which each was added."""
    rows = database.db.execute("SELECT id, created_at FROM pupils WHERE left_on IS NULL").fetchall()
    return {pupil: moment(at).date() for pupil, at in rows}


def idle(database: Database) -> dict[str, date]:
    """Return those of `added` who are in no capture, and with no copy waiting for their family."""
    rows = database.db.execute(
        "SELECT id, created_at FROM pupils WHERE left_on IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM capture_pupils WHERE pupil = pupils.id)"
        " AND NOT EXISTS (SELECT 1 FROM exports WHERE pupil = pupils.id)"
    ).fetchall()
    return {pupil: moment(at).date() for pupil, at in rows}


def date_anew(database: Database, now: datetime) -> None:
    """Let the pupils who were added on a clock in doubt have come now, once."""
    with database.transaction() as db:
        db.execute(
            "UPDATE pupils SET created_at = ? WHERE EXISTS (SELECT 1 FROM journal WHERE event = ?"
            " AND subject = pupils.id AND doubtful AND substr(at, 1, 10) = substr(created_at, 1, 10))",
            [stamp(now), Event.PUPIL_ADDED],
        )


def leave(database: Database, pupil: str, on: date) -> None:
    """Mark a pupil as gone: nothing of theirs is released any more."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET left_on = ? WHERE id = ?", [on.isoformat(), pupil])
        db.execute(
            "UPDATE captures SET released_at = NULL WHERE id IN"
            " (SELECT capture FROM capture_pupils WHERE pupil = ?)",
            [pupil],
        )


def come_back(database: Database, pupil: str) -> None:
    """Mark a pupil as being in the class again."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET left_on = NULL WHERE id = ?", [pupil])


def remove(database: Database, pupil: str) -> None:
    """Remove a pupil who is in no capture any more, with their answers, groups and recordings' rows.

    sqlite3.IntegrityError while a capture still is theirs.
    """
    with database.transaction() as db:
        db.execute("DELETE FROM print_jobs WHERE pupil = ?", [pupil])
        db.execute("DELETE FROM settings WHERE name LIKE '%/' || ?", [pupil])
        db.execute("DELETE FROM pupils WHERE id = ?", [pupil])


@dataclass(frozen=True)
class Answer:
    """One answer of a family as it was recorded."""

    permission: Permission
    recorded_at: datetime
    sealed: bytes | None
    """Opens to `{"signatories", "place"}`."""


def answers(database: Database, pupil: str) -> list[Answer]:
    """Return every answer ever recorded for a pupil, oldest first."""
    # Only names of columns are spliced in; the value is bound.
    rows = database.db.execute(
        f"SELECT {ANSWER}, recorded_at, sealed FROM permissions WHERE pupil = ? ORDER BY id",  # noqa: S608
        [pupil],
    ).fetchall()
    return [Answer(permission_of(answer), moment(at), sealed) for *answer, at, sealed in rows]
