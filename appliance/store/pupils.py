"""Pupils, their badges and what their guardians allowed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.permissions import Nature, Permission, PermissionState, Scope
from appliance.store.database import Database
from appliance.store.moments import stamp


@dataclass(frozen=True)
class PupilRow:
    """A pupil as stored; `sealed` opens to `{"first_name", "level"}`."""

    id: str
    badge: str
    pictogram: str
    sealed: bytes


def add(database: Database, row: PupilRow, now: datetime) -> None:
    """Add a pupil; sqlite3.IntegrityError when the badge is taken."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO pupils (id, badge, pictogram, created_at, sealed) VALUES (?, ?, ?, ?, ?)",
            [row.id, row.badge, row.pictogram, stamp(now), row.sealed],
        )


def every(database: Database) -> list[PupilRow]:
    """Return all pupils, oldest first."""
    rows = database.db.execute("SELECT id, badge, pictogram, sealed FROM pupils ORDER BY created_at, id")
    return [PupilRow(*row) for row in rows.fetchall()]


def record_permission(database: Database, pupil: str, permission: Permission, now: datetime) -> None:
    """Append an answer; the latest for a nature and a scope is the one that counts."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO permissions (pupil, nature, scope, state, until, recorded_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                pupil,
                permission.nature,
                permission.scope,
                permission.state,
                permission.until.isoformat(),
                stamp(now),
            ],
        )


def permissions(database: Database, pupils: Iterable[str] | None = None) -> dict[str, list[Permission]]:
    """Return the answers in force for some pupils, or for all; a pupil without any has an empty list."""
    wanted = None if pupils is None else list(pupils)
    found: dict[str, list[Permission]] = defaultdict(list)
    where = "" if wanted is None else f"WHERE pupil IN ({', '.join('?' * len(wanted))})"
    # Only question marks are spliced in; the values are bound.
    rows = database.db.execute(
        f"SELECT pupil, nature, scope, state, until, MAX(id) FROM permissions {where}"  # noqa: S608
        " GROUP BY pupil, nature, scope",
        wanted or [],
    )
    for pupil, nature, scope, state, until, _ in rows.fetchall():
        found[pupil].append(
            Permission(Nature(nature), Scope(scope), PermissionState(state), date.fromisoformat(until))
        )
    return found
