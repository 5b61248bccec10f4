"""The lines of proof: what was done, when, by whom, to which pseudonymous id. No name, no title.

Lines are added at the end and never changed; the oldest go through `prune` alone, and the tables' triggers
refuse everything else. `journal_head` says where the chain stands, so that the next line follows what was
written, even if the last lines were taken away meanwhile.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from appliance.domain.audit import START, Anchor, Event, Line, Role, chained
from appliance.store.database import Database
from appliance.store.moments import moment, stamp

# Bytes, decoded here: a damaged text is then a line that differs, not one that cannot be read.
_COLUMNS = (
    "id, CAST(at AS BLOB), CAST(doubtful AS INTEGER), CAST(role AS BLOB), CAST(event AS BLOB),"
    " CAST(subject AS BLOB), CAST(detail AS BLOB), CAST(digest AS BLOB)"
)


@dataclass(frozen=True)
class Act:
    """What is to be written down."""

    event: Event
    role: Role
    subject: str = ""
    detail: str = ""


def write(database: Database, act: Act, now: datetime, *, doubtful: bool) -> None:
    """Add a line, in the transaction that runs or in one of its own; `doubtful` when `now` may be wrong."""
    with database.transaction() as db:
        last = head(database)
        line = Line(last.number + 1, stamp(now), int(doubtful), act.role, act.event, act.subject, act.detail)
        digest = chained(last.digest, line)
        db.execute(
            "INSERT INTO journal (id, at, doubtful, role, event, subject, detail, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [line.number, line.at, line.doubtful, line.role, line.event, line.subject, line.detail, digest],
        )
        db.execute("UPDATE journal_head SET last = ?, digest = ?", [line.number, digest])


def head(database: Database) -> Anchor:
    """Return the last line ever written."""
    return Anchor(*database.db.execute("SELECT last, digest FROM journal_head").fetchone())


def start(database: Database) -> Anchor:
    """Return the last line that retention took away; ValueError when what says so was tampered with."""
    detail = last_detail(database, Event.JOURNAL_PRUNED)
    return START if detail is None else Anchor.parse(detail)


def digest_of(database: Database, number: int) -> str | None:
    """Return a line's print, or None when it is not there."""
    row = database.db.execute("SELECT digest FROM journal WHERE id = ?", [number]).fetchone()
    return row[0] if row else None


def every(database: Database) -> Iterator[tuple[Line, str]]:
    """Yield the lines in their order, each with its print."""
    for row in database.db.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY id"):  # noqa: S608
        yield _line(*row)


def between(database: Database, begin: datetime, end: datetime, *, limit: int, offset: int) -> list[Line]:
    """Return the lines from `begin` up to `end` (not itself), latest first."""
    rows = database.db.execute(
        f"SELECT {_COLUMNS} FROM journal WHERE at >= ? AND at < ? ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608
        [stamp(begin), stamp(end), limit, offset],
    ).fetchall()
    return [_line(*row)[0] for row in rows]


def about(database: Database, subject: str, events: Iterable[Event]) -> list[Line]:
    """Return the lines of some acts done to one subject, oldest first."""
    wanted = list(events)
    rows = database.db.execute(
        f"SELECT {_COLUMNS} FROM journal WHERE subject = ?"  # noqa: S608
        f" AND event IN ({', '.join('?' * len(wanted))}) ORDER BY id",
        [subject, *wanted],
    ).fetchall()
    return [_line(*row)[0] for row in rows]


def count_between(database: Database, begin: datetime, end: datetime) -> int:
    """Return how many lines a span has."""
    row = database.db.execute(
        "SELECT COUNT(*) FROM journal WHERE at >= ? AND at < ?", [stamp(begin), stamp(end)]
    ).fetchone()
    return int(row[0])


def neighbours(database: Database, begin: datetime, end: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when the last line before a span and the first one after it were written."""
    before, after = database.db.execute(
        "SELECT (SELECT MAX(at) FROM journal WHERE at < ?), (SELECT MIN(at) FROM journal WHERE at >= ?)",
        [stamp(begin), stamp(end)],
    ).fetchone()
    return (moment(before) if before else None), (moment(after) if after else None)


def count(database: Database) -> int:
    """Return how many lines there are."""
    return int(database.db.execute("SELECT COUNT(*) FROM journal").fetchone()[0])


def latest(database: Database, event: Event) -> datetime | None:
    """Return when something was last done, or None."""
    row = database.db.execute(
        "SELECT at FROM journal WHERE event = ? ORDER BY id DESC LIMIT 1", [event]
    ).fetchone()
    return moment(row[0]) if row else None


def latest_about(database: Database, subject: str, event: Event) -> datetime | None:
    """Return when something was last done to one subject, or None."""
    row = database.db.execute(
        "SELECT at FROM journal WHERE subject = ? AND event = ? ORDER BY id DESC LIMIT 1", [subject, event]
    ).fetchone()
    return moment(row[0]) if row else None


def last_detail(database: Database, event: Event) -> str | None:
    """Return the detail of the last line of an event, or None."""
    row = database.db.execute(
        "SELECT detail FROM journal WHERE event = ? ORDER BY id DESC LIMIT 1", [event]
    ).fetchone()
    return str(row[0]) if row else None


def is_noted(database: Database, act: Act, since: datetime) -> bool:
    """Whether an act has its line since a moment."""
    row = database.db.execute(
        "SELECT 1 FROM journal WHERE subject = ? AND event = ? AND role = ? AND at >= ? LIMIT 1",
        [act.subject, act.event, act.role, stamp(since)],
    ).fetchone()
    return row is not None


def prune(database: Database, before: datetime, now: datetime) -> int:
    """Take away the oldest lines, up to the last one written before a moment; return how many went.

    Only a clock that is believed may ask. The dates of lines written on a doubtful clock decide nothing: they
    go with the believed ones around them. The line added last carries the print of the last one that went.
    """
    with database.transaction() as db:
        until = db.execute(
            "SELECT MAX(id) FROM journal WHERE doubtful = 0 AND at < ?1 AND id <"
            " COALESCE((SELECT MIN(id) FROM journal WHERE doubtful = 0 AND at >= ?1), 9223372036854775807)",
            [stamp(before)],
        ).fetchone()[0]
        digest = digest_of(database, until) if until is not None else None
        if digest is None:
            return 0
        gone = Anchor(until, digest)
        write(database, Act(Event.JOURNAL_PRUNED, Role.RETENTION, detail=gone.text()), now, doubtful=False)
        db.execute("UPDATE journal_head SET pruned = ?", [until])
        return int(db.execute("DELETE FROM journal WHERE id <= ?", [until]).rowcount)


def _line(
    number: int,
    at: bytes,
    doubtful: int,
    role: bytes,
    event: bytes,
    subject: bytes,
    detail: bytes,
    digest: bytes,
) -> tuple[Line, str]:
    texts = (text.decode(errors="replace") for text in (at, role, event, subject, detail, digest))
    at_, role_, event_, subject_, detail_, digest_ = texts
    return Line(number, at_, doubtful, role_, event_, subject_, detail_), digest_
