"""What closing the year asks of the tables: counts, and what leaves with the pupils."""

from collections.abc import Iterator
from datetime import date

from appliance.store.database import Database


def owners(database: Database) -> list[str]:
    """Return the pupils who are in a capture."""
    return [row[0] for row in database.db.execute("SELECT DISTINCT pupil FROM capture_pupils").fetchall()]


def in_carnet(database: Database) -> int:
    """Return how many captures are flagged for the carnet de suivi."""
    return _count(database, "SELECT COUNT(*) FROM captures WHERE carnet IS NOT NULL")


def put_aside(database: Database) -> int:
    """Return how many captures somebody has to decide on."""
    return _count(database, "SELECT COUNT(*) FROM captures WHERE quarantine != ''")


def at_ent(database: Database) -> int:
    """Return how many copies the ENT holds, or was asked to erase and has not been seen to."""
    return _count(
        database,
        "SELECT COUNT(DISTINCT code) FROM outbox WHERE (verb = 'delete' AND state = 'queued')"
        " OR (verb = 'put' AND state = 'verified')",
    )


def ids(database: Database) -> Iterator[str]:
    """Yield the ids of all captures, oldest first."""
    for row in database.db.execute("SELECT id FROM captures ORDER BY id").fetchall():
        yield row[0]


def buried(database: Database, reason: str, since: date) -> int:
    """Return how many captures were erased for a reason from a day on."""
    return _count(
        database,
        "SELECT COUNT(*) FROM tombstones WHERE reason = ? AND erased_on >= ?",
        reason,
        since.isoformat(),
    )


def forget_class(database: Database) -> None:
    """Remove what was made for last year's pupils: groups and projects. Scenarios stay, for everybody."""
    with database.transaction() as db:
        db.execute("DELETE FROM class_groups")
        db.execute("DELETE FROM projects")
        db.execute("UPDATE scenarios SET project = ''")


def _count(database: Database, query: str, *values: str) -> int:
    return int(database.db.execute(query, values).fetchone()[0])
