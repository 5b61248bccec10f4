"""Every sealed value of the database, whatever its table: what a change of keys has to seal anew.

A sealed value is an age file in a BLOB column; so a table added tomorrow is sealed anew too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.store.database import Database

_AGE = b"age-encryption.org/v1\n"


@dataclass(frozen=True)
class Place:
    """A column that holds sealed values."""

    table: str
    column: str


def places(database: Database) -> list[Place]:
    """Return the columns that may hold sealed values."""
    rows = database.db.execute(
        "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table' AND c.type = 'BLOB' ORDER BY m.name, c.cid"
    ).fetchall()
    return [Place(table, column) for table, column in rows]


def values(database: Database, place: Place) -> Iterator[tuple[int, bytes]]:
    """Yield (row, sealed value), a hundred at a time: between two, others write."""
    last = -1
    while True:
        rows = database.db.execute(
            f"SELECT rowid, [{place.column}] FROM [{place.table}]"  # noqa: S608
            f" WHERE rowid > ? AND [{place.column}] IS NOT NULL ORDER BY rowid LIMIT 100",
            [last],
        ).fetchall()
        for row, value in rows:
            if bytes(value).startswith(_AGE):
                yield row, bytes(value)
        if not rows:
            return
        last = rows[-1][0]


def count(database: Database) -> int:
    """Return about how many sealed values there are."""
    return sum(
        database.db.execute(f"SELECT count([{place.column}]) FROM [{place.table}]").fetchone()[0]  # noqa: S608
        for place in places(database)
    )


def replace(database: Database, place: Place, row: int, before: bytes, after: bytes) -> bool:
    """Put a value in the place of another; False when somebody changed or removed it meanwhile."""
    with database.transaction() as db:
        changed = db.execute(
            f"UPDATE [{place.table}] SET [{place.column}] = ?"  # noqa: S608
            f" WHERE rowid = ? AND [{place.column}] = ?",
            [after, row, before],
        )
        return bool(changed.rowcount)


def digest(database: Database, capture: str) -> str | None:
    """Return the SHA-256 that a capture's media file has to have, or None when there is no such capture."""
    row = database.db.execute("SELECT sha256 FROM captures WHERE id = ?", [capture]).fetchone()
    return row[0] if row else None


def set_digest(database: Database, capture: str, *, size: int, sha256: str) -> None:
    """Note the size and SHA-256 of a capture's media file, sealed anew."""
    with database.transaction() as db:
        db.execute("UPDATE captures SET size = ?, sha256 = ? WHERE id = ?", [size, sha256, capture])
