"""What a backup asks of the database, and what it brings back into one: pseudonymous, like every row."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from appliance.domain.captures import Packing
from appliance.domain.codes import STICKER_LENGTH, sticker_code
from appliance.domain.retention import last_day
from appliance.store import captures, outbox, printing, satellites, settings, voices
from appliance.store.database import Database

BOX_ID = "backup_box"
STATE = "backup_state"
_SINCE = {
    "tombstones": "SELECT * FROM box.tombstones",
    "cancelled_codes": "SELECT * FROM box.cancelled_codes",
    "permissions": "SELECT * FROM box.permissions",
    "outbox": "SELECT * FROM box.outbox",
    "released": "SELECT id, code, released_at FROM box.captures WHERE released_at IS NOT NULL",
}
"""What an older copy of the database does not know and must not undo: erased, cancelled, answered, sent."""


@dataclass(frozen=True)
class Holding:
    """The sealed files that one capture has."""

    id: str
    packing: Packing
    sha256: str
    """Of its media."""
    has_thumbnail: bool
    has_caption: bool


def box_id(database: Database, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return the name of this box's own folder among backups: 8 random hexadecimal digits, made once."""
    known = settings.get(database, BOX_ID)
    if known is None:
        known = random_bytes(4).hex()
        settings.put(database, BOX_ID, known)
    return known


def copy(database: Database, target: Path) -> None:
    """Write a whole and consistent copy of a database in use; sqlite3.Error when the disk is full."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    database.db.conn.execute("VACUUM INTO ?", [str(target)])


def holding(database: Database, capture: str) -> Holding | None:
    """Return what one capture holds, or None when there is no such capture."""
    return next(holdings(database, "WHERE id = ?", capture), None)


def holdings(database: Database, where: str = "", *values: str) -> Iterator[Holding]:
    """Yield what each capture holds, one after the other; `where` is written by this module's callers."""
    rows = database.db.execute(
        f"SELECT id, packing, sha256, has_thumbnail, caption_ms FROM captures {where}",  # noqa: S608
        values,
    )
    for id_, packing, sha256, thumbnail, caption in rows:
        yield Holding(id_, Packing(packing), sha256, bool(thumbnail), bool(caption))


def voice_files(database: Database) -> set[str]:
    """Return the names of the recordings' files."""
    return {row.file for row in voices.every(database)}


def write_since(database: Database, target: Path) -> None:
    """Write, as a small database, what must hold whatever snapshot comes back; sqlite3.Error as `copy`."""
    source = f"{database.path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(target.absolute().as_uri(), uri=True, isolation_level=None)) as small:
        small.execute("ATTACH ? AS box", [source])
        small.execute("BEGIN")
        for table, select in _SINCE.items():
            small.execute(f"CREATE TABLE main.{table} AS {select}")
        small.execute("COMMIT")


def catch_up(
    database: Database, newer: Path, now: datetime, random_bytes: Callable[[int], bytes] = os.urandom
) -> None:
    """Apply to an older copy of the database what `write_since` wrote. Applied twice, it does nothing more.

    A capture that changed hands since, of which this copy only knows the former owners, belongs to nobody
    until the teacher says whose it is.
    """
    database.db.conn.execute("ATTACH ? AS since", [str(newer)])
    try:
        with database.transaction() as db:
            for statement in _merging(database):
                db.execute(statement)
            for capture, erased_on, reason in db.execute(_ERASED).fetchall():
                _bury(database, capture, erased_on, reason, now)
            for (code,) in db.execute(_TAKEN_BACK).fetchall():
                _take_back(database, code, sticker_code(random_bytes(STICKER_LENGTH)), now)
    finally:
        database.db.conn.execute("DETACH since")


def fit(database: Database, lies: Callable[[str, str], tuple[int, str] | None]) -> int:
    """Make the rows agree with the files that are there; return how many captures have lost theirs.

    `lies(id, kind)` gives the size and SHA-256 of a capture's `media`, `parts`, `thumbnail` or `caption`, or
    of a `voice` by its file's name, and None when it is not there.
    """
    lost = 0
    with database.transaction():
        # Few are wrong: only these are kept in memory, as the table cannot change while it is read.
        for wrong in [found for found in holdings(database) if not _agrees(found, lies)]:
            lost += not _fit_media(database, wrong, lies)
            if wrong.has_caption and lies(wrong.id, "caption") is None:
                captures.drop_caption(database, wrong.id)
        for row in voices.every(database):
            if lies(row.file, "voice") is None:
                voices.remove(database, row.key)
    return lost


def start_anew(database: Database) -> None:
    """Forget what was true of the former machine only: the stations linked to its certificate."""
    for station in [row[0] for row in database.db.execute("SELECT station FROM satellites").fetchall()]:
        satellites.forget(database, station)


def count(database: Database) -> dict[str, Any]:
    """Return what is inside, in numbers: pupils, captures by nature, first and last day taken."""
    pupils = database.db.execute("SELECT COUNT(*) FROM pupils").fetchone()[0]
    by_nature = database.db.execute("SELECT nature, COUNT(*) FROM captures GROUP BY nature ORDER BY nature")
    natures = dict(by_nature.fetchall())
    first, last = database.db.execute("SELECT MIN(taken_at), MAX(taken_at) FROM captures").fetchone()
    return {"pupils": pupils, "captures": natures, "first": first, "last": last}


_ERASED = (
    "SELECT tombstones.capture, erased_on, reason FROM tombstones JOIN captures ON captures.id = capture"
)
_TAKEN_BACK = "SELECT code FROM captures WHERE code IN (SELECT code FROM cancelled_codes)"


def _merging(database: Database) -> Iterator[str]:
    """Yield the statements that bring the newer rows in, by the columns that they were written with."""
    for table in ("tombstones", "cancelled_codes"):
        columns = ", ".join(_columns(database, table))
        yield f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM since.{table}"  # noqa: S608
    columns = ", ".join(_columns(database, "permissions"))
    yield (
        f"INSERT OR IGNORE INTO main.permissions ({columns}) SELECT {columns} FROM since.permissions"  # noqa: S608
        " WHERE pupil IN (SELECT id FROM main.pupils)"
    )
    columns = ", ".join(name for name in _columns(database, "outbox") if name != "id")
    yield "DELETE FROM main.outbox WHERE code IN (SELECT code FROM since.outbox)"
    yield f"INSERT INTO main.outbox ({columns}) SELECT {columns} FROM since.outbox"  # noqa: S608
    yield (
        "UPDATE main.captures SET released_at = (SELECT released_at FROM since.released AS known"
        " WHERE known.id = captures.id) WHERE (id, code) IN (SELECT id, code FROM since.released)"
    )


def _columns(database: Database, table: str) -> list[str]:
    rows = database.db.execute("SELECT name FROM pragma_table_info(?, 'since')", [table])
    return [row[0] for row in rows.fetchall()]


def _bury(database: Database, capture_id: str, erased_on: str, reason: str, now: datetime) -> None:
    capture = captures.find(database, capture_id)
    if capture is not None:
        outbox.ask_delete(database, capture.code, now)
        captures.bury(database, capture, on=date.fromisoformat(erased_on), reason=reason)


def _take_back(database: Database, cancelled: str, fresh: str, now: datetime) -> None:
    capture = captures.find_by_code(database, cancelled)
    if capture is not None:
        outbox.ask_delete(database, capture.code, now)
        last = last_day(now.date(), kept=capture.kept, attributed=False, empty=capture.empty)
        captures.give(database, capture.id, (), min(last, capture.last_day), fresh)
        printing.forget(database, capture.id)


def _agrees(found: Holding, lies: Callable[[str, str], tuple[int, str] | None]) -> bool:
    kind = "media" if found.packing is Packing.WHOLE else "parts"
    return lies(found.id, kind) is not None and not (found.has_caption and lies(found.id, "caption") is None)


def _fit_media(
    database: Database, wrong: Holding, lies: Callable[[str, str], tuple[int, str] | None]
) -> bool:
    if wrong.packing is Packing.WHOLE:
        return lies(wrong.id, "media") is not None
    # It may have been made whole since this copy of the database was taken.
    whole = lies(wrong.id, "media")
    if lies(wrong.id, "parts") is None and whole is not None:
        captures.make_whole(database, wrong.id, size=whole[0], sha256=whole[1])
    return lies(wrong.id, "parts") is not None or whole is not None
