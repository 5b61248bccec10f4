"""Which stations on other machines are linked, and by which secrets: hashes of random bytes, in clear."""

from dataclasses import dataclass
from datetime import datetime

from appliance.store.database import Database
from appliance.store.moments import moment, stamp


@dataclass(frozen=True)
class SatelliteRow:
    """One station's link. Hashes are SHA-256 in hexadecimal: the secrets are random and need no more."""

    station: str
    code_hash: str | None
    """Of the one-time secret in the code that waits to be shown, if one does."""
    code_made_at: datetime | None
    secret_hash: str | None
    """Of the satellite's own secret; None while it is not linked."""
    linked_at: datetime | None


def find(database: Database, station: str) -> SatelliteRow | None:
    """Return what is known of a station's link, or None when it never had one."""
    row = database.db.execute(
        "SELECT station, code_hash, code_made_at, secret_hash, linked_at FROM satellites WHERE station = ?",
        [station],
    ).fetchone()
    if row is None:
        return None
    name, code, made_at, secret, linked_at = row
    return SatelliteRow(name, code, _moment(made_at), secret, _moment(linked_at))


def invite(database: Database, station: str, code_hash: str, now: datetime) -> None:
    """Let a new code wait, in place of the one before; a link in force stays."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO satellites (station, code_hash, code_made_at) VALUES (?, ?, ?)"
            " ON CONFLICT (station) DO UPDATE SET code_hash = excluded.code_hash,"
            " code_made_at = excluded.code_made_at",
            [station, code_hash, stamp(now)],
        )


def link(database: Database, station: str, secret_hash: str, now: datetime) -> None:
    """Use the code up and know the station by this secret from now on."""
    with database.transaction() as db:
        db.execute(
            "UPDATE satellites SET code_hash = NULL, code_made_at = NULL, secret_hash = ?, linked_at = ?"
            " WHERE station = ?",
            [secret_hash, stamp(now), station],
        )


def forget(database: Database, station: str) -> bool:
    """Know the station no more, code and secret; whether there was anything to forget."""
    with database.transaction() as db:
        return bool(db.execute("DELETE FROM satellites WHERE station = ?", [station]).rowcount)


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
