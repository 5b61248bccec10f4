"""Captures and their tombstones."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from appliance.domain.captures import Capture, Facts, Packing, Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.store import owners
from appliance.store.database import Database
from appliance.store.moments import moment, stamp

_COLUMNS = (
    "id, code, station, scenario, nature, taken_at, duration_ms, kept, cut, packing, size, has_thumbnail,"
    " counted_from, last_day, released_at, empty, advice, wish, caption_ms, doubled, anonymous,"
    " quarantine, carnet IS NOT NULL,"
    " (SELECT project FROM scenarios WHERE id = captures.scenario) AS project,"
    " (SELECT group_concat(pupil) FROM capture_pupils WHERE capture = captures.id) AS pupils"
)


def add(
    database: Database,
    facts: Facts,
    *,
    code: str,
    last: date,
    dated: bool,
    has_thumbnail: bool,
    caption_ms: int,
    received_at: datetime,
    counted_from: date | None = None,
) -> None:
    """Add a capture and its owners, in one transaction.

    `dated` is false when the clock was in doubt: its last day, counted from the day it was taken when
    `counted_from` says no other, is then set anew. `caption_ms` is 0 for a caption not kept.
    """
    with database.transaction() as db:
        db.execute(
            "INSERT INTO captures (id, code, station, scenario, nature, taken_at, duration_ms, kept, cut,"
            " packing, size, sha256, has_thumbnail, empty, advice, wish, caption_ms, counted_from,"
            " last_day, dated, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                facts.id,
                code,
                facts.station,
                facts.scenario,
                facts.nature,
                stamp(facts.taken_at),
                facts.duration_ms,
                facts.kept,
                facts.cut,
                facts.packing,
                facts.size,
                facts.sha256,
                has_thumbnail,
                facts.empty,
                facts.advice,
                facts.wish,
                caption_ms,
                (counted_from or facts.taken_at.date()).isoformat(),
                last.isoformat(),
                dated,
                stamp(received_at),
            ],
        )
        owners.put(database, facts.id, facts.pupils)


def find(database: Database, capture_id: str) -> Capture | None:
    """Return one capture by id."""
    return _one(database, "id = ?", [capture_id])


def find_by_code(database: Database, code: str) -> Capture | None:
    """Return the capture of a sticker."""
    return _one(database, "code = ?", [code])


def between(
    database: Database, start: datetime, end: datetime, *, limit: int, offset: int = 0
) -> list[Capture]:
    """Return the captures taken from `start` up to `end` (not itself), latest first; none put aside."""
    return _many(
        database,
        "taken_at >= ? AND taken_at < ? AND quarantine = '' ORDER BY taken_at DESC, id DESC LIMIT ? OFFSET ?",
        [stamp(start), stamp(end), limit, offset],
    )


def count_between(database: Database, start: datetime, end: datetime) -> int:
    """Return how many captures `between` knows of in a span."""
    return _count(database, "taken_at >= ? AND taken_at < ? AND quarantine = ''", [stamp(start), stamp(end)])


def of_pupil(database: Database, pupil: str, nature: Nature | None = None) -> list[Capture]:
    """Return the captures in which a pupil takes part, latest first."""
    where = "id IN (SELECT capture FROM capture_pupils WHERE pupil = ?)"
    values: list[Any] = [pupil]
    if nature is not None:
        where += " AND nature = ?"
        values.append(nature)
    return _many(database, f"{where} ORDER BY taken_at DESC, id DESC", values)


def past_last_day(database: Database, today: date) -> list[Capture]:
    """Return the captures whose last day is over; what is put aside is not erased by date."""
    return _many(database, "last_day < ? AND quarantine = '' ORDER BY last_day, id", [today.isoformat()])


def where(database: Database, condition: str, values: list[Any]) -> list[Capture]:
    """Return the captures that a condition written in this package chooses; every value is bound."""
    return _many(database, condition, values)


def released(database: Database) -> Iterator[Capture]:
    """Return what the teacher released, a few hundred rows in memory at a time."""
    after = ""
    while found := _many(database, "released_at IS NOT NULL AND id > ? ORDER BY id LIMIT 500", [after]):
        yield from found
        after = found[-1].id


def interrupted(database: Database) -> list[Capture]:
    """Return the captures still in parts, waiting for the key to be made whole."""
    return _many(database, "packing = ? ORDER BY id", [Packing.PARTS])


def ids(database: Database, *, captioned: bool = False) -> set[str]:
    """Return every id, or those of the captures with a spoken caption."""
    least = 1 if captioned else 0
    rows = database.db.execute("SELECT id FROM captures WHERE caption_ms >= ?", [least]).fetchall()
    return {row[0] for row in rows}


def keep(database: Database, capture_id: str, last: date) -> None:
    """Mark a take as kept, until `last`; the teacher has heard somebody in it."""
    _update(database, capture_id, {"kept": 1, "empty": 0, "last_day": last.isoformat()})


def around(database: Database, pupils: Iterable[str], moment: datetime, span: timedelta) -> list[Capture]:
    """Return the captures in which one of these pupils takes part, taken within `span` of a moment."""
    wanted = list(pupils)
    marks = ", ".join("?" * len(wanted))
    return _many(
        database,
        f"id IN (SELECT capture FROM capture_pupils WHERE pupil IN ({marks}))"  # noqa: S608
        " AND taken_at >= ? AND taken_at <= ?",
        [*wanted, stamp(moment - span), stamp(moment + span)],
    )


def mark_doubled(database: Database, capture_id: str) -> None:
    """Note that one of its pupils' badges was used at another station at the same time."""
    _update(database, capture_id, {"doubled": 1})


def mark_anonymous(database: Database, capture_id: str, *, anonymous: bool) -> None:
    """Note whether the teacher certifies that nobody is recognised in it."""
    _update(database, capture_id, {"anonymous": anonymous})


def drop_caption(database: Database, capture_id: str) -> None:
    """Note that a photo has no spoken caption any more."""
    _update(database, capture_id, {"caption_ms": 0})


def release(database: Database, capture_id: str, at: datetime) -> None:
    """Mark a capture as released by the teacher."""
    _update(database, capture_id, {"released_at": stamp(at)})


def unrelease(database: Database, capture_id: str) -> None:
    """Undo `release`."""
    _update(database, capture_id, {"released_at": None})


def make_whole(database: Database, capture_id: str, *, size: int, sha256: str) -> None:
    """Record that the parts of a cut take became one sealed file."""
    _update(database, capture_id, {"packing": Packing.WHOLE, "size": size, "sha256": sha256})


def bury(database: Database, capture: Capture, *, on: date, reason: str) -> None:
    """Replace a capture by its tombstone, in one transaction; its print jobs go with it."""
    with database.transaction() as db:
        db.execute(
            "INSERT OR IGNORE INTO tombstones (capture, code, erased_on, reason) VALUES (?, ?, ?, ?)",
            [capture.id, capture.code, on.isoformat(), reason],
        )
        db.execute("DELETE FROM captures WHERE id = ?", [capture.id])


def tombstone_of(database: Database, *, capture: str = "", code: str = "") -> str | None:
    """Return why a capture was erased, by its id or its code, or None when it was not."""
    row = database.db.execute(
        "SELECT reason FROM tombstones WHERE capture = ? OR code = ?", [capture, code]
    ).fetchone()
    return row[0] if row else None


def buried(database: Database) -> set[str]:
    """Return the ids of all that was erased."""
    return {row[0] for row in database.db.execute("SELECT capture FROM tombstones").fetchall()}


def overview(database: Database) -> dict[str, Any]:
    """Return counts and dates for *Tout va bien*: total, kept, released, oldest, and the next last days."""
    total, kept, released, cut, oldest, size = database.db.execute(
        "SELECT COUNT(*), COALESCE(SUM(kept), 0), COUNT(released_at), COALESCE(SUM(cut), 0), MIN(taken_at),"
        " COALESCE(SUM(size), 0) FROM captures"
    ).fetchone()
    following = database.db.execute(
        "SELECT last_day, COUNT(*) FROM captures WHERE quarantine = '' GROUP BY last_day"
        " ORDER BY last_day LIMIT 3"
    ).fetchall()
    return {
        "total": total,
        "kept": kept,
        "released": released,
        "cut": cut,
        "bytes": size,
        "oldest": moment(oldest) if oldest else None,
        "next_last_days": [(date.fromisoformat(day), count) for day, count in following],
    }


def _update(database: Database, capture_id: str, values: dict[str, Any]) -> None:
    with database.transaction() as db:
        db["captures"].update(capture_id, values)  # type: ignore[union-attr]


def _count(database: Database, where: str, values: Iterable[Any]) -> int:
    row = database.db.execute(f"SELECT COUNT(*) FROM captures WHERE {where}", list(values)).fetchone()  # noqa: S608
    return int(row[0])


def _one(database: Database, where: str, values: list[Any]) -> Capture | None:
    found = _many(database, where, values)
    return found[0] if found else None


def _many(database: Database, where: str, values: list[Any]) -> list[Capture]:
    # `where` is written in this module; every value is bound.
    rows = database.db.execute(f"SELECT {_COLUMNS} FROM captures WHERE {where}", values).fetchall()  # noqa: S608
    return [_capture(row) for row in rows]


def _capture(row: tuple[Any, ...]) -> Capture:
    (id_, code, station, scenario, nature, taken_at, duration, kept, cut, packing, size, thumbnail, counted_from, last, released, empty, advice, wish, caption, doubled, anonymous, quarantine, carnet, project, pupils) = row  # fmt: skip  # noqa: E501
    return Capture(
        id=id_,
        code=code,
        station=station,
        scenario=scenario,
        nature=Nature(nature),
        pupils=tuple(pupils.split(",")) if pupils else (),
        taken_at=moment(taken_at),
        duration_ms=duration,
        kept=bool(kept),
        cut=bool(cut),
        packing=Packing(packing),
        size=size,
        has_thumbnail=bool(thumbnail),
        counted_from=date.fromisoformat(counted_from),
        last_day=date.fromisoformat(last),
        released_at=moment(released) if released else None,
        empty=bool(empty),
        advice=advice,
        wish=Scope(wish) if wish else None,
        caption_ms=caption,
        doubled=bool(doubled),
        anonymous=bool(anonymous),
        quarantine=Quarantine(quarantine),
        carnet=bool(carnet),
        project=project,
    )
