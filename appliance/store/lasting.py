"""Last days and what follows them: what is due, what stays, and the small rows that have a last day too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature
from appliance.store import captures
from appliance.store.database import Database

PAGE = 200
"""Captures read at once."""


@dataclass(frozen=True)
class Leaving:
    """How many captures are alike in all that tells why they go on a day."""

    last_day: date
    nature: Nature
    kept: bool
    empty: bool
    carnet: bool
    attributed: bool
    anonymous: bool
    count: int


def due_days(database: Database, today: date) -> dict[date, int]:
    """Return how many captures are past their last day, by that day; what is put aside is never due."""
    rows = database.db.execute(
        "SELECT last_day, COUNT(*) FROM captures WHERE last_day < ? AND quarantine = ''"
        " GROUP BY last_day ORDER BY last_day",
        [today.isoformat()],
    ).fetchall()
    return {date.fromisoformat(day): count for day, count in rows}


def due_on(database: Database, last_day: date, limit: int) -> list[Capture]:
    """Return some captures of one last day, for the transaction that erases them."""
    return captures.where(
        database, "last_day = ? AND quarantine = '' ORDER BY id LIMIT ?", [last_day.isoformat(), limit]
    )


def page(database: Database, after: str, limit: int = PAGE) -> list[Capture]:
    """Return the captures that follow an id."""
    return captures.where(database, "id > ? ORDER BY id LIMIT ?", [after, limit])


def of_project(database: Database, project: str) -> list[Capture]:
    """Return the captures of a project's scenarios."""
    return captures.where(database, "scenario IN (SELECT id FROM scenarios WHERE project = ?)", [project])


def captioned(database: Database, after: str, limit: int = PAGE) -> list[Capture]:
    """Return the captures with a spoken caption that follow an id; none that is put aside."""
    condition = "id > ? AND caption_ms > 0 AND quarantine = '' ORDER BY id LIMIT ?"
    return captures.where(database, condition, [after, limit])


def undated(database: Database, limit: int = PAGE) -> list[Capture]:
    """Return captures that a clock in doubt had dated."""
    return captures.where(database, "dated = 0 LIMIT ?", [limit])


def date_anew(database: Database, capture: str, counted_from: date, last_day: date) -> None:
    """Count a capture from another day."""
    with database.transaction() as db:
        db.execute(
            "UPDATE captures SET dated = 1, counted_from = ?, last_day = ? WHERE id = ?",
            [counted_from.isoformat(), last_day.isoformat(), capture],
        )


def set_last_day(database: Database, capture: str, last_day: date) -> None:
    """Give a capture another last day."""
    with database.transaction() as db:
        db.execute("UPDATE captures SET last_day = ? WHERE id = ?", [last_day.isoformat(), capture])


def total(database: Database) -> int:
    """Return how many captures there are."""
    return int(database.db.execute("SELECT COUNT(*) FROM captures").fetchone()[0])


def leaving(database: Database) -> list[Leaving]:
    """Return what goes on each day and why, soonest first; what is put aside is not among it."""
    rows = database.db.execute(
        "SELECT last_day, nature, kept, empty, carnet IS NOT NULL,"
        " EXISTS (SELECT 1 FROM capture_pupils WHERE capture = captures.id) AS attributed, anonymous,"
        " COUNT(*) FROM captures WHERE quarantine = ''"
        " GROUP BY last_day, nature, kept, empty, carnet IS NOT NULL, attributed, anonymous"
        " ORDER BY last_day, nature"
    ).fetchall()
    return [
        Leaving(
            date.fromisoformat(day),
            Nature(nature),
            bool(kept),
            bool(empty),
            bool(carnet),
            bool(attributed),
            bool(anonymous),
            count,
        )
        for day, nature, kept, empty, carnet, attributed, anonymous, count in rows
    ]


def put_aside(database: Database) -> dict[Quarantine, int]:
    """Return how many captures are put aside, by reason: they do not go by date."""
    rows = database.db.execute(
        "SELECT quarantine, COUNT(*) FROM captures WHERE quarantine != '' GROUP BY quarantine"
    ).fetchall()
    return {Quarantine(reason): count for reason, count in rows}


def set_carnet(database: Database, capture: str, sealed: bytes | None, until: date | None) -> None:
    """Flag a capture for the *carnet de suivi* until a day, for a sealed reason; None takes the flag off."""
    with database.transaction() as db:
        db.execute(
            "UPDATE captures SET carnet = ?, carnet_until = ? WHERE id = ?",
            [sealed, until.isoformat() if until else None, capture],
        )


def carnet_until(database: Database, capture: str) -> date | None:
    """Return the last day of the *carnet* that a capture is part of."""
    row = database.db.execute("SELECT carnet_until FROM captures WHERE id = ?", [capture]).fetchone()
    return date.fromisoformat(row[0]) if row and row[0] else None


def carnet_reason(database: Database, capture: str) -> bytes | None:
    """Return the sealed reason of a flag; it opens to `{"reason"}`."""
    row = database.db.execute("SELECT carnet FROM captures WHERE id = ?", [capture]).fetchone()
    return row[0] if row else None


def known_among(database: Database, ids: Iterable[str]) -> set[str]:
    """Return which of some ids have a capture."""
    return _among(database, "SELECT id FROM captures WHERE id IN", list(ids))


def buried_among(database: Database, ids: Iterable[str]) -> set[str]:
    """Return which of some ids were erased."""
    return _among(database, "SELECT capture FROM tombstones WHERE capture IN", list(ids))


def answer_periods(database: Database) -> list[date]:
    """Return the last days of the periods that families' answers have."""
    rows = database.db.execute("SELECT DISTINCT until FROM permissions").fetchall()
    return [date.fromisoformat(row[0]) for row in rows]


def forget_answers(database: Database, until: date) -> int:
    """Remove the answers of one period; return how many went."""
    with database.transaction() as db:
        return int(db.execute("DELETE FROM permissions WHERE until = ?", [until.isoformat()]).rowcount)


def _among(database: Database, select: str, ids: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ", ".join("?" * len(some))
        found.update(row[0] for row in database.db.execute(f"{select} ({marks})", some).fetchall())
    return found
