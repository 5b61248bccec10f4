"""What a badge reader types: the kernel's key events put together into texts. Pure: bytes and time go in.

A reader passes for a keyboard and sends positions of keys, as if a person with one country's keyboard typed.
Nothing tells which country it was set to, but codes and links look like nothing else in the wrong one.
"""

import string
import struct
from collections.abc import Mapping

NATIVE = struct.Struct("@llHHi")
"""`struct input_event` (linux/input.h): seconds, microseconds, type, code, value. The kernel gives a process
the one of its own word size: 24 bytes on 64 bits, 16 on 32."""
PAUSE_SECONDS = 1.0
"""A reader types a whole code in a tenth of that: after such a pause what came before is not part of it."""
LONGEST = 200
"""Characters; the longest link of an ENT has a hundred."""

_EV_SYN, _EV_KEY = 0, 1
_SYN_REPORT, _SYN_DROPPED = 0, 3
_UP, _DOWN = 0, 1
_SHIFTS = (42, 54)
_ENTERS = (28, 96)
_ROWS = ((2, 13), (16, 27), (30, 40), (44, 53))
"""First and last key code of each row of characters (linux/input-event-codes.h)."""
_PAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), string.digits, strict=True))

Layout = Mapping[tuple[int, bool], str]
"""The character of a key code, with shift or without."""


def _layout(plain: tuple[str, ...], shifted: tuple[str, ...]) -> Layout:
    keys: dict[tuple[int, bool], str] = {}
    for (first, last), *rows in zip(_ROWS, plain, shifted, strict=True):
        for shift, row in zip((False, True), rows, strict=True):
            keys |= {(code, shift): row[code - first] for code in range(first, last + 1)}
    for code, digit in _PAD.items():
        keys[code, False] = keys[code, True] = digit
    return keys


QWERTY = _layout(
    ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    ("!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"', "ZXCVBNM<>?"),
)
"""The keyboard of the United States: what readers are set to when they are sold."""
AZERTY = _layout(
    ("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù", "wxcvbn,;:!"),
    ("1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%", "WXCVBN?./§"),
)
"""The keyboard of France."""
_LETTERS_AND_DIGITS = frozenset(string.ascii_letters + string.digits)
_LINK_SIGNS = frozenset(":/.-_~?=&#%")


class Keystrokes:
    """Puts key events together into texts; a text ends with Enter. Nothing that comes in makes it raise."""

    def __init__(self, event: struct.Struct = NATIVE) -> None:
        self._event = event
        self._rest = b""
        self._keys: list[tuple[int, bool]] = []
        self._shifts: set[int] = set()
        self._spoilt = False
        """Part of the text now coming is lost: its end is worth nothing."""
        self._dropping = False
        self._last = float("-inf")
        self._layout = QWERTY
        """The keyboard that the last telling text was typed on; it settles those that fit both."""

    def feed(self, data: bytes, now: float) -> list[str]:
        """Take what was read at `now` (monotonic seconds); return the texts that it ends."""
        if now - self._last > PAUSE_SECONDS:
            self._forget()
            self._rest, self._dropping = b"", False
        self._last = now
        whole = self._rest + data
        size = len(whole) - len(whole) % self._event.size
        self._rest = whole[size:]
        texts = []
        for _seconds, _micro, kind, code, value in self._event.iter_unpack(whole[:size]):
            text = self._take(kind, code, value)
            if text:
                texts.append(text)
        return texts

    def _take(self, kind: int, code: int, value: int) -> str:
        if kind == _EV_SYN:
            self._synchronise(code)
        elif kind == _EV_KEY and not self._dropping:
            if code in _SHIFTS:
                (self._shifts.discard if value == _UP else self._shifts.add)(code)
            elif value == _DOWN and code in _ENTERS:
                return self._ended()
            elif value == _DOWN:
                self._keys.append((code, bool(self._shifts)))
                self._spoilt |= len(self._keys) > LONGEST
                del self._keys[LONGEST:]
        return ""

    def _synchronise(self, code: int) -> None:
        # After SYN_DROPPED everything up to the next report is stale (kernel.org, input/event-codes).
        if code == _SYN_DROPPED:
            self._forget()
            self._spoilt = self._dropping = True
        elif code == _SYN_REPORT:
            self._dropping = False

    def _ended(self) -> str:
        keys, spoilt = self._keys, self._spoilt
        self._forget()
        if spoilt or not keys:
            return ""
        # The sort is stable: the layout in force comes first and wins when both fit.
        layouts = sorted((QWERTY, AZERTY), key=lambda layout: layout is not self._layout)
        self._layout = min(layouts, key=lambda layout: _oddity(_text(keys, layout)))
        return _text(keys, self._layout)

    def _forget(self) -> None:
        self._keys, self._shifts, self._spoilt = [], set(), False


def _text(keys: list[tuple[int, bool]], layout: Layout) -> str:
    return "".join(layout.get(key, "") for key in keys)


def _oddity(text: str) -> tuple[int, int]:
    """Return how little a text looks like a code or a link: signs that neither has, then signs at all."""
    signs = [sign for sign in text if sign not in _LETTERS_AND_DIGITS]
    return sum(sign not in _LINK_SIGNS for sign in signs), len(signs)
