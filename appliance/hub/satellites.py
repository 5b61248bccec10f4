"""Stations on other machines: invite one by a code, link it once, know it again, cut it off."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from appliance.config import ConfigError
from appliance.domain.audit import Event
from appliance.domain.pairing import LIFETIME, ONE_TIME_BYTES, SECRET_BYTES, PairingCode
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.i18n import _
from appliance.store import satellites

_NO_HASH = "0" * 64
"""No secret has this SHA-256."""


class NotInvited(Exception):
    """The one-time secret is not the one that waits for this station, or it is too old."""


@dataclass(frozen=True)
class Satellite:
    """One station on another machine, as the teacher sees it."""

    station: str
    linked_at: datetime | None
    """None while it is not linked."""
    seen_at: datetime | None
    """When it last asked for its roster, since the hub started."""


def every(box: Box) -> list[Satellite]:
    """Return the stations that the configuration places on another machine, in its order."""
    return [_satellite(box, station.id) for station in box.config.stations if station.satellite]


def invite(box: Box, station: str, address: str, port: int, fingerprint: bytes) -> PairingCode:
    """Make a code that links a station once, within ten minutes; the one before is void.

    `fingerprint` is the beginning of the SHA-256 of the hub's certificate. Raises ConfigError for a
    station that is not configured as a satellite.
    """
    _require(box, station)
    one_time = box.random_bytes(ONE_TIME_BYTES)
    with box.database.transaction():
        satellites.invite(box.database, station, _hash(one_time), box.now())
        audit.note(box, Event.SATELLITE_INVITED, station)
    return PairingCode(address, port, fingerprint, one_time)


def link(box: Box, station: str, one_time: bytes, secret: bytes) -> None:
    """Know a station by its own secret from now on; NotInvited when the code is not good any more.

    The same station saying the same again is no error: its first answer may have been lost on the way.
    """
    if len(secret) != SECRET_BYTES or not _is_satellite(box, station):
        raise NotInvited
    with box.database.transaction():
        row = satellites.find(box.database, station)
        if row is None:
            raise NotInvited
        if row.secret_hash is not None and _same(row.secret_hash, secret):
            return
        if row.code_hash is None or row.code_made_at is None or not _same(row.code_hash, one_time):
            raise NotInvited
        # A clock that was set back would give a code more than its ten minutes.
        if not timedelta(0) <= box.now() - row.code_made_at <= LIFETIME:
            raise NotInvited
        satellites.link(box.database, station, _hash(secret), box.now())
        audit.note(box, Event.SATELLITE_LINKED, station)
    box.announce_change()


def knows(box: Box, station: str, secret: bytes) -> bool:
    """Whether this is the secret of a station that is linked now, compared in constant time."""
    row = satellites.find(box.database, station)
    expected = row.secret_hash if row is not None and row.secret_hash else _NO_HASH
    return _same(expected, secret) and _is_satellite(box, station)


def cut_off(box: Box, station: str) -> None:
    """Know a station no more, from its very next request."""
    with box.database.transaction():
        if not satellites.forget(box.database, station):
            return
        audit.note(box, Event.SATELLITE_CUT_OFF, station)
    box.reports.pop(f"station:{station}", None)
    box.announce_change()


def _satellite(box: Box, station: str) -> Satellite:
    row = satellites.find(box.database, station)
    report = box.reports.get(f"station:{station}")
    linked_at = row.linked_at if row else None
    return Satellite(station, linked_at, report["at"] if report and linked_at else None)


def _require(box: Box, station: str) -> None:
    if not box.config.station(station).satellite:
        raise ConfigError(
            _("La station « %(name)s » est sur cette boîte. Écrivez « satellite = true » dans [[stations]].")
            % {"name": station}
        )


def _is_satellite(box: Box, station: str) -> bool:
    return any(known.id == station and known.satellite for known in box.config.stations)


def _same(expected: str, secret: bytes) -> bool:
    return hmac.compare_digest(expected, _hash(secret))


def _hash(secret: bytes) -> str:
    return sha256(secret).hexdigest()
