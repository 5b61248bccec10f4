"""What a backup asks of the database, and what it brings back into one: pseudonymous, like every row."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.domain.captures import Packing
from appliance.store import captures, satellites, settings, voices
from appliance.store.database import Database

BOX_ID = "backup_box"
STATE = "backup_state"


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
    """Forget what was true of the former machine, or of the day of the copy, only.

    The stations linked to its certificate, the devices whose secrets its key folder held, the exports
    that lay on its card, and a word given for what was due then.
    """
    for station in [row[0] for row in database.db.execute("SELECT station FROM satellites").fetchall()]:
        satellites.forget(database, station)
    with database.transaction() as db:
        for table in ("trusted_devices", "exports"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608
    settings.remove(database, settings.ERASURE_CONFIRMED)


def count(database: Database) -> dict[str, Any]:
    """Return what is inside, in numbers: pupils, captures by nature, first and last day taken."""
    pupils = database.db.execute("SELECT COUNT(*) FROM pupils").fetchone()[0]
    by_nature = database.db.execute("SELECT nature, COUNT(*) FROM captures GROUP BY nature ORDER BY nature")
    natures = dict(by_nature.fetchall())
    first, last = database.db.execute("SELECT MIN(taken_at), MAX(taken_at) FROM captures").fetchone()
    return {"pupils": pupils, "captures": natures, "first": first, "last": last}


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
