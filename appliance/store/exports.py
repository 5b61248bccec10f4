"""The copies made for families: where each stands. The file lies at `data/exports/<id>.zip`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from appliance.store.database import Database

FOLDER = "exports"


@dataclass(frozen=True)
class ExportRow:
    """One copy as stored. The words that open it are nowhere."""

    id: str
    """Random: it names the file and tells nothing."""
    pupil: str
    made_on: date
    last_day: date
    """Its file goes when this day is over."""
    size: int
    """Bytes."""
    handed_on: date | None = None


def path_of(data: Path, export: str) -> Path:
    """Return where a copy lies in a data folder."""
    return data / FOLDER / f"{export}.zip"


def add(database: Database, row: ExportRow) -> None:
    """Add a copy whose file is there and flushed."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO exports (id, pupil, made_on, last_day, size) VALUES (?, ?, ?, ?, ?)",
            [row.id, row.pupil, row.made_on.isoformat(), row.last_day.isoformat(), row.size],
        )


def find(database: Database, export: str) -> ExportRow | None:
    """Return one copy by id."""
    return next((row for row in every(database) if row.id == export), None)


def every(database: Database) -> list[ExportRow]:
    """Return all copies, latest first."""
    rows = database.db.execute(
        "SELECT id, pupil, made_on, last_day, size, handed_on FROM exports ORDER BY made_on DESC, id DESC"
    ).fetchall()
    return [
        ExportRow(
            id_,
            pupil,
            date.fromisoformat(made),
            date.fromisoformat(last),
            size,
            date.fromisoformat(handed) if handed else None,
        )
        for id_, pupil, made, last, size, handed in rows
    ]


def due(database: Database, today: date) -> list[ExportRow]:
    """Return the copies whose last day is over."""
    return [row for row in every(database) if row.last_day < today]


def hand(database: Database, export: str, on: date) -> None:
    """Record the day on which a copy was handed over."""
    with database.transaction() as db:
        db.execute("UPDATE exports SET handed_on = ? WHERE id = ?", [on.isoformat(), export])


def remove(database: Database, export: str) -> None:
    """Remove a copy's row; its file goes first."""
    with database.transaction() as db:
        db.execute("DELETE FROM exports WHERE id = ?", [export])
