"""What an older copy of the database does not know and must not undo; how it is written, and caught up with.

Erased, cancelled, withdrawn, put aside, corrected, left, given to others: whichever snapshot comes back, the
latest word of a family or of the teacher stands.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from appliance.domain.audit import Event
from appliance.domain.codes import STICKER_LENGTH, sticker_code
from appliance.domain.retention import last_day
from appliance.store import captures, outbox, owners, printing, settings
from appliance.store.database import Database

_LATEST = ("pupils", "projects", "requests", "incidents", "adults")
"""Tables whose rows replace those of the older copy, by `id`."""
_GONE = {
    "pupils": Event.PUPIL_FORGOTTEN,
    "adults": Event.ADULT_REMOVED,
    "incidents": Event.INCIDENT_FORGOTTEN,
    "projects": Event.PROJECT_FORGOTTEN,
}
"""Whose rows go, and the act that says so. A row that is only missing is no proof: it may have come since."""
_STANDING = ("quarantine", "quarantined_on", "anonymous")
"""Of a capture, whoever has it now."""
_STATE = ("kept", "empty", "carnet", "carnet_until", "counted_from", "last_day", "dated", "released_at")
"""Of a capture that did not change hands."""
_SELECTED = {
    **{name: f"SELECT * FROM box.{name}" for name in (*_LATEST, "tombstones", "cancelled_codes")},  # noqa: S608
    "permissions": "SELECT * FROM box.permissions",
    "outbox": "SELECT * FROM box.outbox",
    # The seal goes with the lines of the journal, and those stay with their copy.
    "settings": f"SELECT * FROM box.settings WHERE name <> '{settings.JOURNAL_SEAL}'",  # noqa: S608
    "captures": f"SELECT id, code, {', '.join(_STANDING + _STATE)} FROM box.captures",  # noqa: S608
    "owners": "SELECT capture, pupil FROM box.capture_pupils",
    "gone": f"SELECT event, subject FROM box.journal WHERE event IN {tuple(map(str, _GONE.values()))}",  # noqa: S608
}
_SAME_HANDS = "SELECT id FROM main.captures WHERE (id, code) IN (SELECT id, code FROM since.captures)"
_ERASED = (
    "SELECT tombstones.capture, erased_on, reason FROM tombstones JOIN captures ON captures.id = capture"
)
_TAKEN_BACK = "SELECT code FROM captures WHERE code IN (SELECT code FROM cancelled_codes)"


def write(database: Database, target: Path) -> None:
    """Write, as a small database, what must hold whatever snapshot comes back.

    sqlite3.Error when the disk is full or the database cannot be read.
    """
    source = f"{database.path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(target.absolute().as_uri(), uri=True, isolation_level=None)) as small:
        small.execute("ATTACH ? AS box", [source])
        small.execute("BEGIN")
        for table, select in _SELECTED.items():
            small.execute(f"CREATE TABLE main.{table} AS {select}")
        small.execute("COMMIT")


def catch_up(
    database: Database, newer: Path, now: datetime, random_bytes: Callable[[int], bytes] = os.urandom
) -> None:
    """Apply to an older copy of the database what `write` wrote. Applied twice, it does nothing more.

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
            for statement in _leaving():
                db.execute(statement)
    finally:
        database.db.conn.execute("DETACH since")


def _merging(database: Database) -> Iterator[str]:
    """Yield the statements that bring the newer rows in, by the columns that they were written with."""
    for table in ("tombstones", "cancelled_codes"):
        yield _adding(database, table)
    for table in _LATEST:
        yield _replacing(database, table, "id")
    yield _replacing(database, "settings", "name")
    yield _adding(database, "permissions") + " WHERE pupil IN (SELECT id FROM main.pupils)"  # noqa: S608
    columns = ", ".join(name for name in _columns(database, "outbox") if name != "id")
    yield "DELETE FROM main.outbox WHERE code IN (SELECT code FROM since.outbox)"
    yield f"INSERT INTO main.outbox ({columns}) SELECT {columns} FROM since.outbox"  # noqa: S608
    yield _setting(_STANDING) + " WHERE id IN (SELECT id FROM since.captures)"  # noqa: S608
    yield _setting(_STATE) + f" WHERE id IN ({_SAME_HANDS})"
    yield f"DELETE FROM main.capture_pupils WHERE capture IN ({_SAME_HANDS})"  # noqa: S608
    yield (
        "INSERT INTO main.capture_pupils (capture, pupil) SELECT capture, pupil FROM since.owners"  # noqa: S608
        f" WHERE capture IN ({_SAME_HANDS}) AND pupil IN (SELECT id FROM main.pupils)"
    )


def _adding(database: Database, table: str) -> str:
    columns = ", ".join(_columns(database, table))
    return f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM since.{table}"  # noqa: S608


def _replacing(database: Database, table: str, key: str) -> str:
    names = _columns(database, table)
    columns = ", ".join(names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    # An upsert from a SELECT needs its WHERE (SQLite, Parsing Ambiguity).
    return (
        f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM since.{table} WHERE true"  # noqa: S608
        f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )


def _setting(names: tuple[str, ...]) -> str:
    columns = ", ".join(names)
    return (
        f"UPDATE main.captures SET ({columns}) = (SELECT {columns} FROM since.captures AS known"  # noqa: S608
        " WHERE known.id = captures.id)"
    )


def _leaving() -> Iterator[str]:
    """Yield what takes out those of whom nothing is to be left; their captures are buried by then."""
    for table, event in _GONE.items():
        gone = f"SELECT subject FROM since.gone WHERE event = '{event}'"  # noqa: S608
        if table == "pupils":
            yield f"DELETE FROM main.capture_pupils WHERE pupil IN ({gone})"  # noqa: S608
            yield f"DELETE FROM main.print_jobs WHERE pupil IN ({gone})"  # noqa: S608
        yield f"DELETE FROM main.{table} WHERE id IN ({gone})"  # noqa: S608


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
        owners.give(database, capture.id, (), min(last, capture.last_day), fresh)
        printing.forget(database, capture.id)
