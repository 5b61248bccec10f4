"""Small facts of the box, each under one name; what a person typed is sealed."""

from datetime import datetime

from appliance.domain.permissions import Policy, Signatures
from appliance.store.database import Database
from appliance.store.moments import moment, stamp

CLASS_NAME = "class_name"
ERASURE_CONFIRMED = "erasure_confirmed"
"""The day on which the teacher let go at once what the brake held."""
HIGH_WATER = "clock_high_water"
JOURNAL_SEAL = "journal_seal"
PRIOR_PERMISSION = "prior_permission"
SIGNATURES = "signatures"


def get(database: Database, name: str) -> str | None:
    """Return a setting in clear, or None."""
    row = database.db.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def put(database: Database, name: str, value: str) -> None:
    """Write a setting in clear; never for anything that a person typed."""
    _upsert(database, {"name": name, "value": value})


def remove(database: Database, name: str) -> None:
    """Forget a setting; nothing happens when there is none."""
    with database.transaction() as db:
        db.execute("DELETE FROM settings WHERE name = ?", [name])


def get_sealed(database: Database, name: str) -> bytes | None:
    """Return a sealed setting, or None."""
    row = database.db.execute("SELECT sealed FROM settings WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def put_sealed(database: Database, name: str, sealed: bytes) -> None:
    """Write a sealed setting."""
    _upsert(database, {"name": name, "sealed": sealed})


def policy(database: Database) -> Policy:
    """Return what the controller decided where doctrines differ; the strict reading until it has."""
    return Policy(
        prior_permission=get(database, PRIOR_PERMISSION) != "no",
        signatures=Signatures(get(database, SIGNATURES) or Signatures.AS_TABLE),
    )


def high_water(database: Database) -> datetime | None:
    """Return the latest time ever believed."""
    value = get(database, HIGH_WATER)
    return moment(value) if value else None


def raise_high_water(database: Database, now: datetime) -> None:
    """Remember a believed time, if it is the latest."""
    before = high_water(database)
    if before is None or now > before:
        put(database, HIGH_WATER, stamp(now))


def confirm_date(database: Database, now: datetime) -> None:
    """Make this the latest time believed, even if a later one was: the teacher has looked at a calendar."""
    put(database, HIGH_WATER, stamp(now))


def _upsert(database: Database, row: dict[str, object]) -> None:
    with database.transaction() as db:
        db["settings"].upsert(row, pk="name")  # type: ignore[union-attr]
