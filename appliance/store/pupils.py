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
    """A pupil as stored; `sealed` opens to `{"first_name", "initial", "level"}`."""

    id: str
    badge: str
    pictogram: str
    sealed: bytes
    language: str = "fr"
    """ISO 639 code."""
    slow: bool = False


def add(database: Database, row: PupilRow, now: datetime) -> None:
    """Add a pupil; sqlite3.IntegrityError when the badge is taken."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO pupils (id, badge, pictogram, language, slow, created_at, sealed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [row.id, row.badge, row.pictogram, row.language, row.slow, stamp(now), row.sealed],
        )


def set_needs(database: Database, pupil: str, *, language: str, slow: bool) -> None:
    """Record in which language a pupil hears the consignes, and whether they take twice the time."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET language = ?, slow = ? WHERE id = ?", [language, slow, pupil])


def set_badge(database: Database, pupil: str, badge: str) -> None:
    """Give a pupil another badge; the former opens nothing from now on."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET badge = ? WHERE id = ?", [badge, pupil])


def every(database: Database) -> list[PupilRow]:
    """Return all pupils, oldest first."""
    rows = database.db.execute(
        "SELECT id, badge, pictogram, sealed, language, slow FROM pupils ORDER BY created_at, id"
    ).fetchall()
    return [
        PupilRow(id_, badge, pictogram, sealed, language, bool(slow))
        for id_, badge, pictogram, sealed, language, slow in rows
    ]


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
