"""What families are asked for: one row a project; the class's workshops of the year need none."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.permissions import Nature, Scope
from appliance.store.database import Database
from appliance.store.moments import stamp
from appliance.store.scenarios import PRESENT


@dataclass(frozen=True)
class ProjectRow:
    """A project as stored; `sealed` opens to `{"title", "purpose", "recipient"}`."""

    id: str
    starts: date
    until: date
    """Last day, itself included; never later than 31 August of the school year."""
    natures: tuple[Nature, ...]
    scopes: tuple[Scope, ...]
    form: str
    """Edition of the paper that families sign."""
    direction_agreed_on: date | None
    sealed: bytes


def put(database: Database, row: ProjectRow, now: datetime) -> None:
    """Add a project or change one."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO projects (id, starts, until, natures, scopes, form, direction_agreed_on, created_at,"
            " sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " starts = excluded.starts, until = excluded.until, natures = excluded.natures,"
            " scopes = excluded.scopes, form = excluded.form,"
            " direction_agreed_on = excluded.direction_agreed_on, sealed = excluded.sealed",
            [
                row.id,
                row.starts.isoformat(),
                row.until.isoformat(),
                ",".join(row.natures),
                ",".join(row.scopes),
                row.form,
                row.direction_agreed_on.isoformat() if row.direction_agreed_on else None,
                stamp(now),
                row.sealed,
            ],
        )


def remove(database: Database, project: str) -> None:
    """Remove a project."""
    with database.transaction() as db:
        db.execute("DELETE FROM projects WHERE id = ?", [project])


def unused(database: Database) -> dict[str, date]:
    """Return the last days of the projects that no capture is of and no station works for, by id.

    Those of the year's workshops, which never end, are not among them.
    """
    rows = database.db.execute(
        "SELECT id, until FROM projects WHERE id != '' AND id NOT IN"  # noqa: S608
        " (SELECT project FROM captures JOIN scenarios ON scenarios.id = captures.scenario) AND id NOT IN"
        f" (SELECT project FROM scenarios AS present WHERE {PRESENT})"
    )
    return {project: date.fromisoformat(until) for project, until in rows.fetchall()}


def find(database: Database, project: str) -> ProjectRow | None:
    """Return one project by id."""
    return next((row for row in every(database) if row.id == project), None)


def every(database: Database) -> list[ProjectRow]:
    """Return all projects, oldest first."""
    rows = database.db.execute(
        "SELECT id, starts, until, natures, scopes, form, direction_agreed_on, sealed FROM projects"
        " ORDER BY created_at, id"
    ).fetchall()
    return [
        ProjectRow(
            id_,
            date.fromisoformat(starts),
            date.fromisoformat(until),
            tuple(Nature(n) for n in natures.split(",") if n),
            tuple(Scope(s) for s in scopes.split(",") if s),
            form,
            date.fromisoformat(agreed) if agreed else None,
            sealed,
        )
        for id_, starts, until, natures, scopes, form, agreed, sealed in rows
    ]
