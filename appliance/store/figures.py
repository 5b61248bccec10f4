"""Numbers and days for papers that name nobody."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.audit import Event
from appliance.domain.permissions import Nature
from appliance.store.database import Database
from appliance.store.moments import moment, stamp


@dataclass(frozen=True)
class Figures:
    """How much the box holds."""

    pupils: int
    heard: int
    """Pupils who have at least one capture."""
    natures: dict[Nature, int]
    oldest: datetime | None
    newest: datetime | None


def held(database: Database) -> Figures:
    """Return what the box holds now."""
    pupils, heard, oldest, newest = database.db.execute(
        "SELECT (SELECT COUNT(*) FROM pupils), (SELECT COUNT(DISTINCT pupil) FROM capture_pupils),"
        " MIN(taken_at), MAX(taken_at) FROM captures"
    ).fetchone()
    counted = database.db.execute("SELECT nature, COUNT(*) FROM captures GROUP BY nature").fetchall()
    return Figures(
        pupils,
        heard,
        {Nature(nature): count for nature, count in counted},
        moment(oldest) if oldest else None,
        moment(newest) if newest else None,
    )


def taken_since(database: Database, since: datetime) -> int:
    """Return how many captures that are still there were taken since a moment."""
    row = database.db.execute("SELECT COUNT(*) FROM captures WHERE taken_at >= ?", [stamp(since)]).fetchone()
    return int(row[0])


def erased(database: Database, since: date, until: date) -> dict[str, int]:
    """Return how many captures were erased in a span of days, both included, for each reason."""
    rows = database.db.execute(
        "SELECT reason, COUNT(*) FROM tombstones WHERE erased_on BETWEEN ? AND ? GROUP BY reason",
        [since.isoformat(), until.isoformat()],
    ).fetchall()
    return dict(rows)


def acts(database: Database, event: Event, since: date, until: date) -> int:
    """Return how many pupils or captures an act was done to in a span of days, both included."""
    row = database.db.execute(
        "SELECT COUNT(DISTINCT subject) FROM journal WHERE event = ? AND substr(at, 1, 10) BETWEEN ? AND ?",
        [event, since.isoformat(), until.isoformat()],
    ).fetchone()
    return int(row[0])


def last_among(
    database: Database, events: tuple[Event, ...], until: datetime
) -> tuple[Event, datetime] | None:
    """Return the last of some acts that was noted until a moment, and when; None when none was."""
    marks = ", ".join("?" * len(events))
    row = database.db.execute(
        f"SELECT event, at FROM journal WHERE event IN ({marks}) AND at <= ? ORDER BY id DESC LIMIT 1",  # noqa: S608
        [*events, stamp(until)],
    ).fetchone()
    return (Event[row[0].upper()], moment(row[1])) if row else None
