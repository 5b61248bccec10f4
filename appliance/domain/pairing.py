"""The code that links a station on another machine to its hub: where the hub is, who it is, one secret.

It is read once by a badge camera, so it has to be small: 56 characters that QR's alphanumeric mode knows.
At level M that is a version 3 symbol, 29 modules on a side: 131 pixels of the sensor at the 4.5 pixels
to the module that a sure reading takes (models.md, camera and badges).
"""

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from datetime import timedelta

LIFETIME = timedelta(minutes=10)
"""How long a code may be used: time to carry the sheet to the other end of the school."""
ONE_TIME_BYTES = 10
"""80 bits, for ten minutes, behind a throttle."""
SECRET_BYTES = 32
"""256 bits for as long as the satellite is linked."""
FINGERPRINT_BYTES = 16
"""128 bits of the certificate's SHA-256: nobody makes a second certificate that begins the same."""

_PREFIX = "BT1:"
"""`1` is the version of the format: another one is no code for this program."""
_ADDRESS_BYTES, _PORT_BYTES = 4, 2
_LENGTH = _ADDRESS_BYTES + _PORT_BYTES + FINGERPRINT_BYTES + ONE_TIME_BYTES


@dataclass(frozen=True)
class PairingCode:
    """What a pairing code says."""

    address: str
    """IPv4 of the hub, as the code was made; the hub may move later."""
    port: int
    fingerprint: bytes
    """The first `FINGERPRINT_BYTES` of the SHA-256 of the hub's certificate."""
    one_time: bytes
    """Shows once that who speaks has seen the code."""

    def text(self) -> str:
        """Return what the QR code holds; ValueError for an address or a length that does not fit."""
        packed = (
            ipaddress.IPv4Address(self.address).packed
            + self.port.to_bytes(_PORT_BYTES, "big")
            + self.fingerprint
            + self.one_time
        )
        if len(packed) != _LENGTH:
            raise ValueError("a fingerprint or a one-time secret of another length")
        return _PREFIX + base64.b32encode(packed).decode().rstrip("=")


def parse_pairing(text: str) -> PairingCode | None:
    """Return the code in a scanned text, or None when it is none of ours."""
    if not text.startswith(_PREFIX):
        return None
    symbols = text.removeprefix(_PREFIX)
    try:
        packed = base64.b32decode(symbols + "=" * (-len(symbols) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(packed) != _LENGTH:
        return None
    port_at, fingerprint_at = _ADDRESS_BYTES, _ADDRESS_BYTES + _PORT_BYTES
    return PairingCode(
        address=str(ipaddress.IPv4Address(packed[:port_at])),
        port=int.from_bytes(packed[port_at:fingerprint_at], "big"),
        fingerprint=packed[fingerprint_at : fingerprint_at + FINGERPRINT_BYTES],
        one_time=packed[fingerprint_at + FINGERPRINT_BYTES :],
    )
