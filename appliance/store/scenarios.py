"""What each station asks; changed words are a new scenario, so that old captures keep theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.domain.permissions import YEAR_PROJECT, Nature
from appliance.domain.roster import Task
from appliance.store.database import Database
from appliance.store.moments import stamp

_COLUMNS = (
    "id, station, project, pictogram, sealed, nature, limit_seconds, group_max, draft, caption, wish,"
    " picture, (SELECT group_concat(class_group) FROM scenario_groups WHERE scenario = scenarios.id)"
)
PRESENT = (
    "NOT EXISTS (SELECT 1 FROM scenarios AS later WHERE later.station = present.station"
    " AND (later.created_at, later.rowid) > (present.created_at, present.rowid))"
)
"""Of `scenarios AS present`: that it is in force at its station."""


@dataclass(frozen=True)
class ScenarioRow:
    """A scenario as stored; `sealed` opens to `{"title", "domain", "skill"}`."""

    id: str
    station: str
    pictogram: str
    sealed: bytes
    nature: Nature
    limit_seconds: int
    group_max: int = 1
    draft: bool = False
    caption: bool = False
    wish: bool = False
    picture: str | None = None
    """Id of the sealed image that goes with the consigne."""
    groups: tuple[str, ...] = ()
    """Ids of the groups that may come; none for everybody."""
    project: str = YEAR_PROJECT
    """For which families were asked; never changes once there are captures."""

    def task(self) -> Task:
        """Return what the station has to know of it."""
        return Task(
            self.id, self.nature, self.limit_seconds, self.group_max, self.draft, self.caption, self.wish
        )


def add(database: Database, row: ScenarioRow, now: datetime) -> None:
    """Make this the station's scenario from now on; the ones before keep their words, and no image."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO scenarios (id, station, project, pictogram, sealed, created_at, nature,"
            " limit_seconds, group_max, draft, caption, wish, picture)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [row.id, row.station, row.project, row.pictogram, row.sealed, stamp(now), *_settings(row)],
        )
        _let_come(database, row.id, row.groups)
        db.execute("UPDATE scenarios SET picture = NULL WHERE station = ? AND id != ?", [row.station, row.id])
        _forget_unused_pictures(database)


def change(database: Database, row: ScenarioRow) -> None:
    """Change the settings of a scenario; its words and its sign stay, for the captures that have them."""
    with database.transaction() as db:
        db.execute(
            "UPDATE scenarios SET nature = ?, limit_seconds = ?, group_max = ?, draft = ?, caption = ?,"
            " wish = ?, picture = ? WHERE id = ?",
            [*_settings(row), row.id],
        )
        db.execute("DELETE FROM scenario_groups WHERE scenario = ?", [row.id])
        _let_come(database, row.id, row.groups)
        _forget_unused_pictures(database)


def current(database: Database, station: str) -> ScenarioRow | None:
    """Return the scenario in force at a station, or None when the teacher has made none."""
    return _one(database, "station = ? ORDER BY created_at DESC, rowid DESC LIMIT 1", station)


def find(database: Database, scenario: str) -> ScenarioRow | None:
    """Return one scenario by id."""
    return _one(database, "id = ?", scenario)


def add_picture(database: Database, picture: str, sealed: bytes) -> None:
    """Store a sealed image under an id of its own."""
    with database.transaction() as db:
        db.execute("INSERT INTO scenario_pictures (id, sealed) VALUES (?, ?)", [picture, sealed])


def picture(database: Database, picture_id: str) -> bytes | None:
    """Return a sealed image, or None."""
    row = database.db.execute("SELECT sealed FROM scenario_pictures WHERE id = ?", [picture_id]).fetchone()
    return row[0] if row else None


def _settings(row: ScenarioRow) -> list[Any]:
    return [
        row.nature,
        row.limit_seconds,
        row.group_max,
        row.draft,
        row.caption,
        row.wish,
        row.picture,
    ]


def _let_come(database: Database, scenario: str, groups: Iterable[str]) -> None:
    for group in groups:
        database.db.execute(
            "INSERT INTO scenario_groups (scenario, class_group) VALUES (?, ?)", [scenario, group]
        )


def _forget_unused_pictures(database: Database) -> None:
    database.db.execute(
        "DELETE FROM scenario_pictures WHERE id NOT IN"
        " (SELECT picture FROM scenarios WHERE picture IS NOT NULL)"
    )


def _one(database: Database, where: str, value: str) -> ScenarioRow | None:
    # `where` is written in this module; the value is bound.
    query = f"SELECT {_COLUMNS} FROM scenarios WHERE {where}"  # noqa: S608
    row = database.db.execute(query, [value]).fetchone()
    if row is None:
        return None
    id_, station, project, sign, sealed, nature, limit, group_max, draft, caption, wish, image, groups = row
    return ScenarioRow(
        id_,
        station,
        sign,
        sealed,
        Nature(nature),
        limit,
        group_max,
        bool(draft),
        bool(caption),
        bool(wish),
        image,
        tuple(sorted(groups.split(","))) if groups else (),
        project,
    )
