"""Opening the database: durable settings, migrations with a copy before, and one connection a thread."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlite_utils

from appliance.store.schema import migrations

FILE_NAME = "boite.db"
COPIES_KEPT = 3


class Database:
    """The box's database. Each thread gets a connection of its own; writers queue on SQLite's lock."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()

    @property
    def db(self) -> sqlite_utils.Database:
        """This thread's connection."""
        if not hasattr(self._local, "db"):
            connection = _connect(self.path, read_only=self.read_only)
            with self._guard:
                self._connections.append(connection)
            self._local.db = sqlite_utils.Database(connection)
        database: sqlite_utils.Database = self._local.db
        return database

    @contextmanager
    def transaction(self) -> Iterator[sqlite_utils.Database]:
        """Run a block as one transaction that takes the write lock first; undone when it raises."""
        db = self.db
        if db.conn.in_transaction:
            yield db
            return
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.conn.commit()
        except BaseException:
            db.conn.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite_utils.Database]:
        """Run a block that only reads as if nothing else were written meanwhile; it holds up no writer."""
        db = self.db
        if db.conn.in_transaction:
            yield db
            return
        db.conn.execute("BEGIN")
        try:
            yield db
        finally:
            db.conn.rollback()

    def forget_deleted_rows(self) -> None:
        """Empty the write-ahead log, where deleted rows stay readable; left as it is while it is in use."""
        self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()


def open_database(folder: Path, now: datetime) -> Database:
    """Open (or create) the database of a data folder and bring it up to date.

    Before a migration a dated copy is made beside it. A file that a later version wrote is opened
    read-only, and `read_only` says so.
    """
    path = folder / FILE_NAME
    database = Database(path)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if _is_newer(database.db):
        database.close()
        return Database(path, read_only=True)
    pending = migrations.pending(database.db)
    if pending:
        if migrations.applied(database.db):
            _copy(database, now)
        migrations.apply(database.db)
    return database


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False, isolation_level=None)
    if not read_only:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA temp_store=MEMORY")
    # Freed pages are zeroed: a deleted row leaves nothing in the file.
    connection.execute("PRAGMA secure_delete=ON")
    return connection


def _is_newer(db: sqlite_utils.Database) -> bool:
    known = {migration.name for migration in migrations.pending(sqlite_utils.Database(memory=True))}
    return any(migration.name not in known for migration in migrations.applied(db))


def _copy(database: Database, now: datetime) -> None:
    copy = database.path.with_name(f"{FILE_NAME}.{now:%Y%m%d-%H%M%S}.copy")
    database.db.conn.execute("VACUUM INTO ?", [str(copy)])
    os.chmod(copy, 0o600)
    for old in sorted(database.path.parent.glob(f"{FILE_NAME}.*.copy"))[:-COPIES_KEPT]:
        old.unlink()
