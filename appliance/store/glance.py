"""Cheap questions that a page asks every two seconds."""

from dataclasses import dataclass
from datetime import datetime

from appliance.domain.permissions import Matter, Nature, Scope
from appliance.store.database import Database
from appliance.store.moments import moment, stamp
from appliance.store.printing import PRINTED


def fingerprint(database: Database) -> str:
    """Return a short text that differs once a capture, a permission, a sticker or a sync has changed."""
    row = database.db.execute(
        "SELECT (SELECT id FROM journal WHERE event != 'heard' ORDER BY id DESC LIMIT 1),"
        " (SELECT COUNT(*) FROM print_jobs WHERE state = ?),"
        " (SELECT COUNT(*) FROM outbox WHERE state = 'verified'), (SELECT MAX(id) FROM sync_runs),"
        " (SELECT COUNT(*) FROM captures WHERE packing = 'parts')",
        [PRINTED],
    ).fetchone()
    return "-".join(str(value or 0) for value in row)


def neighbours(database: Database, start: datetime, end: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when the last capture before a span and the first one after it were taken."""
    before, after = database.db.execute(
        "SELECT (SELECT MAX(taken_at) FROM captures WHERE quarantine = '' AND taken_at < ?),"
        " (SELECT MIN(taken_at) FROM captures WHERE quarantine = '' AND taken_at >= ?)",
        [stamp(start), stamp(end)],
    ).fetchone()
    return (moment(before) if before else None), (moment(after) if after else None)


def count_of_nobody(database: Database, nature: Nature) -> int:
    """Return how many captures of a nature wait for an owner; a photo's spoken caption is a voice too."""
    row = database.db.execute(
        "SELECT COUNT(*) FROM captures WHERE id NOT IN (SELECT capture FROM capture_pupils)"
        " AND (nature = ? OR (caption_ms > 0 AND ? = 'voice'))",
        [nature, nature],
    ).fetchone()
    return int(row[0])


@dataclass(frozen=True)
class Unreleased:
    """How many captures of a span are alike in all that decides on them."""

    matter: Matter
    pupils: tuple[str, ...]
    wish: Scope | None
    count: int


def unreleased(database: Database, start: datetime, end: datetime) -> list[Unreleased]:
    """Return what was kept in a span, is not empty and was not released, counted by what decides on it."""
    rows = database.db.execute(
        "SELECT nature, project, anonymous, pupils, wish, COUNT(*) FROM (SELECT nature, anonymous, wish,"
        " (SELECT project FROM scenarios WHERE id = captures.scenario) AS project,"
        " (SELECT group_concat(pupil) FROM capture_pupils WHERE capture = captures.id) AS pupils"
        " FROM captures WHERE kept = 1 AND empty = 0 AND quarantine = '' AND released_at IS NULL"
        " AND taken_at >= ? AND taken_at < ?) GROUP BY nature, project, anonymous, pupils, wish",
        [stamp(start), stamp(end)],
    ).fetchall()
    return [
        Unreleased(
            Matter(Nature(nature), project, anonymous=bool(anonymous)),
            tuple(pupils.split(",")) if pupils else (),
            Scope(wish) if wish else None,
            count,
        )
        for nature, project, anonymous, pupils, wish, count in rows
    ]
