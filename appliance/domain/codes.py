"""Codes that people and cameras read: on badges and on stickers.

Both use Crockford's base 32 without look-alikes, in upper case: a QR code of upper-case letters and
digits is the smallest there is, and a hand-typed O or I finds its way.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BADGE_LENGTH = 8
"""40 bits: a badge names a pupil inside one classroom and stays QR version 1 at any correction level."""
STICKER_LENGTH = 12
"""60 bits: a sticker opens one capture, on the LAN, behind a throttle (requirement R47)."""

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_STICKER_IN_TEXT = re.compile(r"/e/([0-9A-Za-z-]{12,16})/?(?:[?#].*)?$")


def badge_code(random_bytes: bytes) -> str:
    """Return a badge code from 8 random bytes, each giving one symbol."""
    return _symbols(random_bytes, BADGE_LENGTH)


def sticker_code(random_bytes: bytes) -> str:
    """Return a sticker code from 12 random bytes, each giving one symbol."""
    return _symbols(random_bytes, STICKER_LENGTH)


def human_code(code: str) -> str:
    """Return a sticker code as it is printed: `7Q2M-9XKD-4HTR`."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def parse_badge(text: str) -> str | None:
    """Return the badge code that was scanned or typed, or None when it is none."""
    return _parse(text, BADGE_LENGTH)


def parse_sticker(text: str) -> str | None:
    """Return the sticker code in a scanned link or a typed human code, or None when there is none."""
    link = _STICKER_IN_TEXT.search(text.strip())
    return _parse(link.group(1) if link else text, STICKER_LENGTH)


def _symbols(random_bytes: bytes, length: int) -> str:
    if len(random_bytes) != length:
        raise ValueError(f"a code of {length} symbols takes {length} random bytes")
    return "".join(ALPHABET[byte % 32] for byte in random_bytes)


def _parse(text: str, length: int) -> str | None:
    code = re.sub(r"[\s-]", "", text).upper().translate(_LOOK_ALIKES)
    return code if len(code) == length and all(symbol in ALPHABET for symbol in code) else None
