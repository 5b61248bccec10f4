"""When stations may be used: their weekly hours, and the teacher's last word."""

from collections.abc import Iterable
from datetime import datetime, time

from appliance.domain.opening import Opening, Slot
from appliance.store.database import Database
from appliance.store.moments import moment, stamp


def of(database: Database, station: str) -> Opening:
    """Return a station's hours and the last word on it."""
    hours = database.db.execute(
        "SELECT weekday, start, end FROM station_hours WHERE station = ? ORDER BY weekday, start", [station]
    ).fetchall()
    said = database.db.execute(
        "SELECT said_at, open_until FROM station_openings WHERE station = ?", [station]
    ).fetchone()
    slots = tuple(Slot(day, time.fromisoformat(start), time.fromisoformat(end)) for day, start, end in hours)
    if said is None:
        return Opening(slots)
    return Opening(slots, moment(said[0]), moment(said[1]) if said[1] else None)


def set_hours(database: Database, station: str, slots: Iterable[Slot]) -> None:
    """Replace a station's weekly hours."""
    with database.transaction() as db:
        db.execute("DELETE FROM station_hours WHERE station = ?", [station])
        for slot in slots:
            db.execute(
                "INSERT INTO station_hours (station, weekday, start, end) VALUES (?, ?, ?, ?)",
                [station, slot.weekday, f"{slot.start:%H:%M}", f"{slot.end:%H:%M}"],
            )


def say(database: Database, station: str, said_at: datetime, open_until: datetime | None) -> None:
    """Record the teacher's word: open until then, or closed at once with None."""
    with database.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO station_openings (station, said_at, open_until) VALUES (?, ?, ?)",
            [station, stamp(said_at), stamp(open_until) if open_until else None],
        )


def unsay(database: Database, station: str) -> None:
    """Forget the teacher's word: the hours alone count again."""
    with database.transaction() as db:
        db.execute("DELETE FROM station_openings WHERE station = ?", [station])
