"""The grown-ups of the class and of the school, and the devices they trust. Names and labels are sealed."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.audit import Role
from appliance.store.database import Database
from appliance.store.moments import moment, stamp

_COLUMNS = "id, role, sealed, created_at, until, disabled_at, password, voice_until"
_DEVICE_COLUMNS = "id, adult, sealed, created_at, used_at, tries"


@dataclass(frozen=True)
class AdultRow:
    """One adult."""

    id: str
    role: Role
    sealed: bytes
    created_at: datetime
    until: date | None = None
    """The last day on which they may come in; None without end."""
    disabled_at: datetime | None = None
    password: str | None = None
    """What recognises the password of those who hold no key (`hub.passwords`)."""
    voice_until: date | None = None
    """Until when their own voice may be kept for the box's phrases; None when they did not allow it."""


@dataclass(frozen=True)
class DeviceRow:
    """One trusted device."""

    id: str
    adult: str
    sealed: bytes
    created_at: datetime
    used_at: datetime
    tries: int = 0
    """Wrong passwords since the last right one."""


def add(database: Database, row: AdultRow) -> None:
    """Add an adult."""
    with database.transaction() as db:
        db.execute(
            f"INSERT INTO adults ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                row.id,
                row.role.value,
                row.sealed,
                stamp(row.created_at),
                _text(row.until),
                stamp(row.disabled_at) if row.disabled_at else None,
                row.password,
                _text(row.voice_until),
            ],
        )


def find(database: Database, adult: str) -> AdultRow | None:
    """Return one adult, or None."""
    row = database.db.execute(f"SELECT {_COLUMNS} FROM adults WHERE id = ?", [adult]).fetchone()  # noqa: S608
    return _row(*row) if row else None


def every(database: Database) -> list[AdultRow]:
    """Return all adults, the first first, those who left included."""
    rows = database.db.execute(f"SELECT {_COLUMNS} FROM adults ORDER BY created_at, rowid").fetchall()  # noqa: S608
    return [_row(*row) for row in rows]


def rename(database: Database, adult: str, sealed: bytes) -> None:
    """Give an adult another sealed name."""
    _set(database, adult, "sealed", sealed)


def set_until(database: Database, adult: str, until: date | None) -> None:
    """Say which day is an adult's last."""
    _set(database, adult, "until", _text(until))


def set_password(database: Database, adult: str, password: str) -> None:
    """Keep what recognises an adult's password."""
    _set(database, adult, "password", password)


def set_voice(database: Database, adult: str, until: date | None) -> None:
    """Say until when an adult's own voice may be kept, or that it may not."""
    _set(database, adult, "voice_until", _text(until))


def disable(database: Database, adult: str, now: datetime) -> None:
    """Let an adult in no more; their row stays for the journal, without a password or a trusted device."""
    with database.transaction() as db:
        db.execute(
            "UPDATE adults SET disabled_at = coalesce(disabled_at, ?), password = NULL, voice_until = NULL"
            " WHERE id = ?",
            [stamp(now), adult],
        )
        db.execute("DELETE FROM trusted_devices WHERE adult = ?", [adult])


def forget_names(database: Database, before: datetime) -> None:
    """Forget what adults who left before a moment were called; their row stays, without a name."""
    with database.transaction() as db:
        db.execute(
            "UPDATE adults SET sealed = x'' WHERE disabled_at < ? AND length(sealed) > 0", [stamp(before)]
        )


def add_device(database: Database, row: DeviceRow) -> None:
    """Add a trusted device; sqlite3.IntegrityError when there is no such adult."""
    with database.transaction() as db:
        db.execute(
            f"INSERT INTO trusted_devices ({_DEVICE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            [row.id, row.adult, row.sealed, stamp(row.created_at), stamp(row.used_at), row.tries],
        )


def find_device(database: Database, device: str) -> DeviceRow | None:
    """Return one trusted device, or None."""
    row = database.db.execute(
        f"SELECT {_DEVICE_COLUMNS} FROM trusted_devices WHERE id = ?",  # noqa: S608
        [device],
    ).fetchone()
    return _device(*row) if row else None


def devices(database: Database) -> list[DeviceRow]:
    """Return all trusted devices, the last used first."""
    rows = database.db.execute(
        f"SELECT {_DEVICE_COLUMNS} FROM trusted_devices ORDER BY used_at DESC, id"  # noqa: S608
    ).fetchall()
    return [_device(*row) for row in rows]


def device_used(database: Database, device: str, now: datetime) -> None:
    """Note that a device has just opened the class."""
    with database.transaction() as db:
        db.execute("UPDATE trusted_devices SET used_at = ?, tries = 0 WHERE id = ?", [stamp(now), device])


def count_try(database: Database, device: str) -> int:
    """Count a password before it is tried and return how many were since the last right one."""
    with database.transaction() as db:
        db.execute("UPDATE trusted_devices SET tries = tries + 1 WHERE id = ?", [device])
    found = find_device(database, device)
    return found.tries if found else 0


def remove_device(database: Database, device: str) -> bool:
    """Remove a trusted device; whether there was one."""
    with database.transaction() as db:
        return bool(db.execute("DELETE FROM trusted_devices WHERE id = ?", [device]).rowcount)


def remove_devices(database: Database, adult: str = "") -> None:
    """Remove the trusted devices of an adult, or of all."""
    with database.transaction() as db:
        db.execute("DELETE FROM trusted_devices WHERE adult = ? OR ? = ''", [adult, adult])


def _set(database: Database, adult: str, column: str, value: object) -> None:
    with database.transaction() as db:
        db.execute(f"UPDATE adults SET {column} = ? WHERE id = ?", [value, adult])  # noqa: S608


def _row(
    id_: str,
    role: str,
    sealed: bytes,
    created_at: str,
    until: str | None,
    disabled_at: str | None,
    password: str | None,
    voice_until: str | None,
) -> AdultRow:
    return AdultRow(
        id_,
        Role(role),
        sealed,
        moment(created_at),
        _day(until),
        moment(disabled_at) if disabled_at else None,
        password,
        _day(voice_until),
    )


def _device(id_: str, adult: str, sealed: bytes, created_at: str, used_at: str, tries: int) -> DeviceRow:
    return DeviceRow(id_, adult, sealed, moment(created_at), moment(used_at), tries)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
