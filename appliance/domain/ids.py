"""Identifiers that tell nothing but the order in which things came to be."""

from datetime import datetime
from uuid import UUID


def new_id(now: datetime, random_bytes: bytes) -> str:
    """Return a UUIDv7 (RFC 9562 §5.7) from an aware `now` and ten random bytes.

    Ids made later sort later, to the millisecond.
    """
    if now.tzinfo is None or len(random_bytes) != 10:
        raise ValueError("new_id takes an aware datetime and 10 random bytes")
    milliseconds = max(0, int(now.timestamp() * 1000)) & ((1 << 48) - 1)
    value = (milliseconds << 80) | int.from_bytes(random_bytes, "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=value))
