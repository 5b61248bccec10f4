"""Trusted devices: a 256-bit secret in the browser and a short password open the class, never one alone.

Ten wrong passwords forget the device (law.md §5.1); the seven words still open, on it and on any other.
"""

from dataclasses import dataclass
from datetime import datetime

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import access, adults
from appliance.hub.keys.throttle import Throttle
from appliance.store import adults as rows
from appliance.store.adults import DeviceRow
from appliance.vault.keys import WrongPassphrase
from appliance.vault.opening import Opener

MOST_TRIES = 10
"""Wrong passwords in a row before a device is forgotten."""


class Forgotten(WrongPassphrase):
    """The device is trusted no more: the seven words are needed."""


@dataclass(frozen=True)
class Trusted:
    """What the browser's cookie has to hold."""

    device: str
    secret: str
    """256 random bits in base64; the box does not keep it."""


@dataclass(frozen=True)
class Device:
    """One trusted device, for the pages."""

    id: str
    adult: str
    label: str
    """As its owner called it; empty while the class is locked."""
    created_at: datetime
    used_at: datetime


def trust(box: Box, label: str, password: str, adult: str = "") -> Trusted:
    """Trust a device of an adult who gave their words since the class was opened (by default, who opened it).

    Raises ShortPassword below six characters, LookupError for another adult, Locked when the class is.
    """
    adult = adult or box.opener.adult
    device = box.new_id()
    now = box.now()
    with box.database.transaction():
        adults.ensure_first(box)
        if rows.find(box.database, adult) is None:
            raise LookupError(adult)
        sealed = box.sealer.seal_json({"label": label.strip()})
        rows.add_device(box.database, DeviceRow(device, adult, sealed, now, now))
        audit.note(box, Event.DEVICE_TRUSTED, adult)
        secret = box.keys.trust_device(box.opener, device, password, adult)
    return Trusted(device, secret)


def every(box: Box) -> list[Device]:
    """Return the trusted devices, the last used first; their labels only while the class is open."""
    return [
        Device(
            row.id,
            row.adult,
            box.opener.open_json(row.sealed)["label"] if box.is_open else "",
            row.created_at,
            row.used_at,
        )
        for row in rows.devices(box.database)
    ]


def is_trusted(box: Box, device: str) -> bool:
    """Whether a device may be asked for its short password; works while locked."""
    row = rows.find_device(box.database, device)
    return row is not None and adults.may_come_in(box, row.adult) is not None


def owner(box: Box, device: str) -> str | None:
    """Return the id of the adult who trusts a device, or None; works while locked."""
    row = rows.find_device(box.database, device)
    return row.adult if row is not None else None


def unlock(box: Box, trusted: Trusted, password: str, throttle: Throttle) -> access.Opened:
    """Open the class by a trusted device and its short password.

    Raises WrongPassphrase, TooManyTries, or Forgotten for a device that is trusted no more.
    """
    return access.let_in(box, unwrapped(box, trusted, password, throttle))


def unwrapped(box: Box, trusted: Trusted, password: str, throttle: Throttle) -> Opener:
    """Return the opener of a trusted device's adult, and let nobody in; raises as `unlock`."""
    with throttle.guard:
        throttle.check(box.now())
        row = rows.find_device(box.database, trusted.device)
        if row is None or adults.may_come_in(box, row.adult) is None:
            raise Forgotten
        # Counted before it is tried: the power taken away in between gives no try back.
        tries = rows.count_try(box.database, row.id)
        try:
            opener = box.keys.unlock_device(row.id, trusted.secret, password)
        except WrongPassphrase:
            throttle.fail(box.now())
            audit.try_note(box, Event.WRONG_PASSPHRASE)
            if tries >= MOST_TRIES:
                forget(box, row.id)
                raise Forgotten from None
            raise
        throttle.succeed()
        rows.device_used(box.database, row.id, box.now())
    return opener


def forget(box: Box, device: str) -> bool:
    """Trust a device no more; whether it was. Works while locked."""
    row = rows.find_device(box.database, device)
    if row is None:
        return False
    # The key first: a row without it opens nothing.
    box.keys.forget_device(device)
    with box.database.transaction():
        rows.remove_device(box.database, device)
        audit.note(box, Event.DEVICE_FORGOTTEN, row.adult)
    return True
