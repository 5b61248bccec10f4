"""The print queue. A row says which capture, never which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import stamp

QUEUED = "queued"
PRINTING = "printing"
PRINTED = "printed"


@dataclass(frozen=True)
class PrintJob:
    """One sticker to print."""

    id: int
    capture: str
    pupil: str | None
    """Whose notebook it is for; None while nobody knows."""
    reprint: bool
    """Asked for again by the teacher: an earlier sticker may exist."""
    attempts: int
    """Times it was handed to the printer worker, this one included."""


def enqueue(database: Database, capture: str, pupils: Sequence[str], *, reprint: bool, now: datetime) -> None:
    """Add a sticker per pupil at the end of the queue; one without a pupil when there is none."""
    with database.transaction() as db:
        for pupil in pupils or (None,):
            db.execute(
                "INSERT INTO print_jobs (capture, pupil, reprint, state, attempts, created_at)"
                " VALUES (?, ?, ?, ?, 0, ?)",
                [capture, pupil, reprint, QUEUED, stamp(now)],
            )


def forget(database: Database, capture: str) -> None:
    """Remove every sticker of a capture, waiting or printed: they bore another name."""
    with database.transaction() as db:
        db.execute("DELETE FROM print_jobs WHERE capture = ?", [capture])


def take_next(database: Database) -> PrintJob | None:
    """Hand over the oldest sticker that is not printed, counting the attempt."""
    with database.transaction() as db:
        row = db.execute(
            "SELECT id, capture, pupil, reprint, attempts FROM print_jobs WHERE state IN (?, ?)"
            " ORDER BY id LIMIT 1",
            [QUEUED, PRINTING],
        ).fetchone()
        if row is None:
            return None
        db.execute(
            "UPDATE print_jobs SET state = ?, attempts = attempts + 1 WHERE id = ?", [PRINTING, row[0]]
        )
    return PrintJob(row[0], row[1], row[2], bool(row[3]), row[4] + 1)


def printed(database: Database, job: int, now: datetime) -> None:
    """Record that a sticker came out."""
    with database.transaction() as db:
        db.execute("UPDATE print_jobs SET state = ?, printed_at = ? WHERE id = ?", [PRINTED, stamp(now), job])


def hand_back(database: Database, job: int, *, untouched: bool) -> None:
    """Put a sticker back first in the queue; `untouched` when surely no dot of it was printed."""
    with database.transaction() as db:
        db.execute(
            "UPDATE print_jobs SET state = ?, attempts = attempts - ? WHERE id = ?", [QUEUED, untouched, job]
        )


def waiting(database: Database) -> int:
    """Return how many stickers wait."""
    return int(
        database.db.execute("SELECT COUNT(*) FROM print_jobs WHERE state != ?", [PRINTED]).fetchone()[0]
    )


def was_printed(database: Database, capture: str) -> bool:
    """Whether a sticker of this capture came out already."""
    row = database.db.execute(
        "SELECT 1 FROM print_jobs WHERE capture = ? AND state = ? LIMIT 1", [capture, PRINTED]
    ).fetchone()
    return row is not None
