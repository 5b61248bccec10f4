"""What each station asks; a changed title is a new scenario, so that old captures keep theirs."""

from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import stamp


@dataclass(frozen=True)
class ScenarioRow:
    """A scenario as stored; `sealed` opens to `{"title"}`."""

    id: str
    station: str
    pictogram: str
    sealed: bytes


def add(database: Database, row: ScenarioRow, now: datetime) -> None:
    """Make this the station's scenario from now on."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO scenarios (id, station, pictogram, created_at, sealed) VALUES (?, ?, ?, ?, ?)",
            [row.id, row.station, row.pictogram, stamp(now), row.sealed],
        )


def current(database: Database, station: str) -> ScenarioRow | None:
    """Return the scenario in force at a station, or None when the teacher has made none."""
    row = database.db.execute(
        "SELECT id, station, pictogram, sealed FROM scenarios WHERE station = ?"
        " ORDER BY created_at DESC, rowid DESC",
        [station],
    ).fetchone()
    return ScenarioRow(*row) if row else None


def find(database: Database, scenario: str) -> ScenarioRow | None:
    """Return one scenario by id."""
    row = database.db.execute(
        "SELECT id, station, pictogram, sealed FROM scenarios WHERE id = ?", [scenario]
    ).fetchone()
    return ScenarioRow(*row) if row else None
