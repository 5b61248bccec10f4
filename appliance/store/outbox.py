"""What the sync has to do at the ENT, and what it has done. A row holds a random code and no name."""

from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp

PUT = "put"
DELETE = "delete"
QUEUED = "queued"
VERIFIED = "verified"


@dataclass(frozen=True)
class Action:
    """One thing to do at the ENT for one capture."""

    id: int
    code: str
    verb: str
    attempts: int


def ask_put(database: Database, code: str, now: datetime) -> None:
    """Ask for a capture to be carried; nothing happens when it was asked before.

    A deletion that was still to do is dropped, but its copy counts as an attempt: the ENT may hold one.
    """
    with database.transaction() as db:
        dropped = db.execute(
            "DELETE FROM outbox WHERE code = ? AND verb = ? RETURNING state", [code, DELETE]
        ).fetchone()
        db.execute(
            "INSERT OR IGNORE INTO outbox (code, verb, state, attempts, created_at, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [code, PUT, QUEUED, int(dropped == (QUEUED,)), stamp(now), stamp(now)],
        )


def ask_delete(database: Database, code: str, now: datetime) -> None:
    """Take a capture back from the ENT, whether its carrying was done, half done or only asked.

    Nothing is asked of the ENT when no carrying was ever asked.
    """
    with database.transaction() as db:
        row = db.execute(
            "SELECT attempts, state FROM outbox WHERE code = ? AND verb = ?", [code, PUT]
        ).fetchone()
        if row is None:
            return
        db.execute("DELETE FROM outbox WHERE code = ? AND verb = ?", [code, PUT])
        if row[0] == 0 and row[1] == QUEUED:
            return
        db.execute(
            "INSERT OR REPLACE INTO outbox (code, verb, state, attempts, created_at, changed_at)"
            " VALUES (?, ?, ?, 0, ?, ?)",
            [code, DELETE, QUEUED, stamp(now), stamp(now)],
        )


def pending(database: Database) -> list[Action]:
    """Return what is left to do, deletions first (requirement R155), then in the order asked."""
    rows = database.db.execute(
        "SELECT id, code, verb, attempts FROM outbox WHERE state = ? ORDER BY verb = ?, id", [QUEUED, PUT]
    )
    return [Action(*row) for row in rows.fetchall()]


def find(database: Database, action: int) -> Action | None:
    """Return one action that is still to do."""
    row = database.db.execute(
        "SELECT id, code, verb, attempts FROM outbox WHERE id = ? AND state = ?", [action, QUEUED]
    ).fetchone()
    return Action(*row) if row else None


def capture_of(database: Database, code: str) -> str:
    """Return the id of the capture that a code names, or named before it was erased or given to another."""
    row = database.db.execute(
        "SELECT id FROM captures WHERE code = ?1 UNION ALL SELECT capture FROM tombstones WHERE code = ?1"
        " UNION ALL SELECT capture FROM cancelled_codes WHERE code = ?1 LIMIT 1",
        [code],
    ).fetchone()
    return row[0] if row else ""


def begin(database: Database, action: int, now: datetime) -> None:
    """Count an attempt before the first byte leaves: from here on the ENT may hold a copy."""
    with database.transaction() as db:
        db.execute(
            "UPDATE outbox SET attempts = attempts + 1, changed_at = ? WHERE id = ?", [stamp(now), action]
        )


def verified(database: Database, action: int, now: datetime, size: int | None = None) -> None:
    """Record that the ENT was seen to hold (or no longer hold) the capture."""
    with database.transaction() as db:
        db.execute(
            "UPDATE outbox SET state = ?, changed_at = ?, size = ?, fault = NULL WHERE id = ?",
            [VERIFIED, stamp(now), size, action],
        )


def failed(database: Database, action: int, now: datetime, fault: str) -> None:
    """Record why an action did not end; it stays to do."""
    with database.transaction() as db:
        db.execute("UPDATE outbox SET changed_at = ?, fault = ? WHERE id = ?", [stamp(now), fault, action])


def state_of(database: Database, code: str) -> str | None:
    """Return `queued` or `verified` for a capture that was asked to be carried, else None."""
    row = database.db.execute("SELECT state FROM outbox WHERE code = ? AND verb = ?", [code, PUT]).fetchone()
    return row[0] if row else None


def counts(database: Database) -> dict[tuple[str, str], int]:
    """Return how many actions there are by (verb, state)."""
    rows = database.db.execute("SELECT verb, state, COUNT(*) FROM outbox GROUP BY verb, state")
    return {(verb, state): count for verb, state, count in rows.fetchall()}


@dataclass(frozen=True)
class SyncRun:
    """One run of the sync, as told on *Tout va bien*."""

    ended_at: datetime
    put: int
    deleted: int
    failed: int
    fault: str | None


def record_run(database: Database, run: SyncRun) -> None:
    """Add a run."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO sync_runs (ended_at, put, deleted, failed, fault) VALUES (?, ?, ?, ?, ?)",
            [stamp(run.ended_at), run.put, run.deleted, run.failed, run.fault],
        )


def last_run(database: Database) -> SyncRun | None:
    """Return the latest run, or None before the first."""
    row = database.db.execute(
        "SELECT ended_at, put, deleted, failed, fault FROM sync_runs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return SyncRun(moment(row[0]), *row[1:]) if row else None


def forget_old(database: Database, before: datetime) -> None:
    """Remove the deletions that the ENT was seen to have done, and the runs, from before a moment."""
    with database.transaction() as db:
        db.execute(
            "DELETE FROM outbox WHERE verb = ? AND state = ? AND changed_at < ?",
            [DELETE, VERIFIED, stamp(before)],
        )
        db.execute("DELETE FROM sync_runs WHERE ended_at < ?", [stamp(before)])


def deletion_of(database: Database, code: str) -> str | None:
    """Return `queued` or `verified` for a capture that the ENT was asked to erase, else None."""
    row = database.db.execute(
        "SELECT state FROM outbox WHERE code = ? AND verb = ?", [code, DELETE]
    ).fetchone()
    return row[0] if row else None
