"""Which of the panel's phrases, first names and consignes the teacher has recorded herself."""

from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp

_COLUMNS = "key, file, duration_ms, recorded_at"


@dataclass(frozen=True)
class VoiceRow:
    """One recording."""

    key: str
    """`prompt/<phrase>`, `pupil/<id>` or `consigne/<scenario>/<language>`."""
    file: str
    """Name of its sealed file; another one at each recording."""
    duration_ms: int
    recorded_at: datetime


def put(database: Database, row: VoiceRow, *, pupil: str | None = None, scenario: str | None = None) -> None:
    """Make this the recording of its key; it goes with the pupil or the scenario it belongs to.

    sqlite3.IntegrityError when there is none of that id.
    """
    with database.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO voices (key, file, duration_ms, recorded_at, pupil, scenario)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [row.key, row.file, row.duration_ms, stamp(row.recorded_at), pupil, scenario],
        )


def find(database: Database, key: str) -> VoiceRow | None:
    """Return one recording, or None."""
    row = database.db.execute(f"SELECT {_COLUMNS} FROM voices WHERE key = ?", [key]).fetchone()  # noqa: S608
    return _row(*row) if row else None


def every(database: Database) -> list[VoiceRow]:
    """Return all recordings, by key."""
    rows = database.db.execute(f"SELECT {_COLUMNS} FROM voices ORDER BY key").fetchall()  # noqa: S608
    return [_row(*row) for row in rows]


def remove(database: Database, key: str) -> bool:
    """Remove a recording's row; whether there was one."""
    with database.transaction() as db:
        return bool(db.execute("DELETE FROM voices WHERE key = ?", [key]).rowcount)


def follow(database: Database, before: str, after: str) -> None:
    """Give a scenario's consignes to the one that takes its place."""
    with database.transaction() as db:
        db.execute(
            "UPDATE voices SET scenario = ?, key = replace(key, ?, ?) WHERE scenario = ?",
            [after, before, after, before],
        )


def remove_of(database: Database, scenario: str) -> None:
    """Remove the rows of a scenario's consignes."""
    with database.transaction() as db:
        db.execute("DELETE FROM voices WHERE scenario = ?", [scenario])


def _row(key: str, file: str, duration_ms: int, recorded_at: str) -> VoiceRow:
    return VoiceRow(key, file, duration_ms, moment(recorded_at))
