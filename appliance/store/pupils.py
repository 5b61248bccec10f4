"""Pupils, their badges and what their guardians allowed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appliance.domain.permissions import (
    ChildWord,
    Nature,
    Permission,
    PermissionState,
    Scope,
    Signed,
)
from appliance.store.database import Database
from appliance.store.moments import stamp

ANSWER = "project, nature, scope, state, since, until, holders, alone, child, form, named"
"""The columns of a family's answer, as `permission_of` reads them."""


@dataclass(frozen=True)
class PupilRow:
    """A pupil as stored; `sealed` opens to `{"first_name", "initial", "level", "language", "slow"}`."""

    id: str
    badge: str
    pictogram: str
    sealed: bytes
    left_on: date | None = None
    """The day the pupil left the class."""


def add(database: Database, row: PupilRow, now: datetime) -> None:
    """Add a pupil; sqlite3.IntegrityError when the badge is taken."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO pupils (id, badge, pictogram, created_at, sealed) VALUES (?, ?, ?, ?, ?)",
            [row.id, row.badge, row.pictogram, stamp(now), row.sealed],
        )


def correct(database: Database, pupil: str, sealed: bytes) -> None:
    """Replace the words of a pupil."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET sealed = ? WHERE id = ?", [sealed, pupil])


def set_badge(database: Database, pupil: str, badge: str) -> None:
    """Give a pupil another badge; the former opens nothing from now on."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET badge = ? WHERE id = ?", [badge, pupil])


def every(database: Database) -> list[PupilRow]:
    """Return all pupils, oldest first."""
    rows = database.db.execute(
        "SELECT id, badge, pictogram, sealed, left_on FROM pupils ORDER BY created_at, id"
    ).fetchall()
    return [
        PupilRow(
            id_,
            badge,
            pictogram,
            sealed,
            date.fromisoformat(left) if left else None,
        )
        for id_, badge, pictogram, sealed, left in rows
    ]


@dataclass(frozen=True)
class Standing:
    """What weighs on every decision about a pupil."""

    disagreement: bool
    """Between the guardians."""
    left_on: date | None
    """The day the pupil left the class."""


def standing(database: Database, pupils: Iterable[str]) -> dict[str, Standing]:
    """Return how it stands with some pupils; an unknown one is not in it."""
    wanted = list(pupils)
    rows = database.db.execute(
        f"SELECT id, disagreement, left_on FROM pupils WHERE id IN ({', '.join('?' * len(wanted))})",  # noqa: S608
        wanted,
    ).fetchall()
    return {i: Standing(bool(d), date.fromisoformat(left) if left else None) for i, d, left in rows}


def set_disagreement(database: Database, pupil: str, *, disagreement: bool) -> None:
    """Record whether the guardians of a pupil disagree."""
    with database.transaction() as db:
        db.execute("UPDATE pupils SET disagreement = ? WHERE id = ?", [disagreement, pupil])


def latest_paper(database: Database, pupil: str, project: str) -> bytes | None:
    """Return the sealed half of the latest answer of a pupil for a project that has one."""
    row = database.db.execute(
        "SELECT sealed FROM permissions WHERE pupil = ? AND project = ? AND sealed IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        [pupil, project],
    ).fetchone()
    return row[0] if row else None


def record_permission(
    database: Database, pupil: str, permission: Permission, now: datetime, sealed: bytes | None = None
) -> None:
    """Append an answer; the latest for a project, a nature and a scope is the one that counts.

    `sealed` opens to `{"signatories", "place"}`: who signed, and where the paper is kept.
    """
    signed = permission.signed
    with database.transaction() as db:
        db.execute(
            "INSERT INTO permissions (pupil, project, nature, scope, state, since, until, holders, alone,"
            " child, form, named, sealed, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                pupil,
                permission.project,
                permission.nature,
                permission.scope,
                permission.state,
                permission.since.isoformat(),
                permission.until.isoformat(),
                signed.holders,
                signed.alone,
                signed.child,
                signed.form,
                signed.named,
                sealed,
                stamp(now),
            ],
        )


def permissions(database: Database, pupils: Iterable[str] | None = None) -> dict[str, list[Permission]]:
    """Return the answers in force for some pupils, or for all; a pupil without any has an empty list."""
    wanted = None if pupils is None else list(pupils)
    found: dict[str, list[Permission]] = defaultdict(list)
    where = "" if wanted is None else f"WHERE pupil IN ({', '.join('?' * len(wanted))})"
    # Only names of columns and question marks are spliced in; the values are bound.
    rows = database.db.execute(
        f"SELECT pupil, {ANSWER}, MAX(id) FROM permissions {where}"  # noqa: S608
        " GROUP BY pupil, project, nature, scope",
        wanted or [],
    )
    for pupil, *answer, _latest in rows:
        found[pupil].append(permission_of(answer))
    return found


def permission_of(answer: Sequence[Any]) -> Permission:
    """Return the answer in the columns `ANSWER` of a row."""
    project, nature, scope, state, since, until, holders, alone, child, form, named = answer
    return Permission(
        Nature(nature),
        Scope(scope),
        PermissionState(state),
        date.fromisoformat(until),
        date.fromisoformat(since),
        project,
        Signed(holders, bool(alone), ChildWord(child), form, bool(named)),
    )
