"""Groups of the class: a sealed name, a pictogram, and who belongs to them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp
from appliance.store.scenarios import PRESENT


@dataclass(frozen=True)
class GroupRow:
    """A group as stored; `sealed` opens to `{"name"}`."""

    id: str
    pictogram: str
    sealed: bytes


def put(database: Database, row: GroupRow, pupils: Iterable[str], now: datetime) -> None:
    """Add a group, or replace its name, its pictogram and its members."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO class_groups (id, pictogram, created_at, sealed) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET pictogram = excluded.pictogram, sealed = excluded.sealed",
            [row.id, row.pictogram, stamp(now), row.sealed],
        )
        db.execute("DELETE FROM group_pupils WHERE class_group = ?", [row.id])
        for pupil in pupils:
            db.execute("INSERT INTO group_pupils (class_group, pupil) VALUES (?, ?)", [row.id, pupil])


def remove(database: Database, group: str) -> None:
    """Remove a group; its pupils stay, and stations it was invited to forget it."""
    with database.transaction() as db:
        db.execute("DELETE FROM class_groups WHERE id = ?", [group])


def every(database: Database) -> list[GroupRow]:
    """Return all groups, oldest first."""
    rows = database.db.execute("SELECT id, pictogram, sealed FROM class_groups ORDER BY created_at, id")
    return [GroupRow(*row) for row in rows.fetchall()]


def empty(database: Database) -> dict[str, datetime]:
    """Return when the groups were made that no pupil belongs to and no station invites, by id."""
    rows = database.db.execute(
        "SELECT id, created_at FROM class_groups WHERE id NOT IN (SELECT class_group FROM group_pupils)"  # noqa: S608
        " AND id NOT IN (SELECT class_group FROM scenario_groups"
        f" JOIN scenarios AS present ON present.id = scenario WHERE {PRESENT})"
    )
    return {group: moment(made) for group, made in rows.fetchall()}


def members(database: Database) -> dict[str, frozenset[str]]:
    """Return the pupils of each group that has any, by id."""
    found: dict[str, set[str]] = defaultdict(set)
    for group, pupil in database.db.execute("SELECT class_group, pupil FROM group_pupils").fetchall():
        found[group].add(pupil)
    return {group: frozenset(pupils) for group, pupils in found.items()}
