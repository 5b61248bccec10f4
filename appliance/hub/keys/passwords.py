"""What recognises a password or a code without holding it: scrypt with a salt (law.md §5.1, Passwords)."""

import hashlib
import hmac
import secrets

_COST, _BLOCK, _LANES = 2**15, 8, 1
"""32 MiB and a tenth of a second or so on a Raspberry Pi: what is checked here is also throttled."""
_MEMORY = 64 * 1024 * 1024


def remember(password: str) -> str:
    """Return what recognises a password."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${salt.hex()}${_hash(password, salt, _COST).hex()}"


def recognises(known: str | None, password: str) -> bool:
    """Whether this is the password; never for None, at the same price."""
    _name, cost, salt, digest = (known or f"scrypt${_COST}$00$").split("$")
    return hmac.compare_digest(_hash(password, bytes.fromhex(salt), int(cost)).hex(), digest)


def _hash(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=32)
