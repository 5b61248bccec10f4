"""A badge under a finger: what it hides is unknown rather than wrong, and unknown costs half as much.

The QR reader takes every module for black or white and repairs at most 8 of a badge's 26 bytes. A finger
shows as a patch without a pattern: knowing which bytes it hides, up to `MOST_UNKNOWN` of them are worked out
from the others and from `SAME`. What the others have to spare proves the result: three parity bytes (2⁻²⁴),
and 12 more bits that never change. A pattern that is no badge passes less than once in 2³⁵ frames, and then
for one of 2⁴⁰ badges, not for one of the class.

Source: ISO/IEC 18004, version 1 at level H; Reed–Solomon over GF(256), polynomial 285, 17 parity bytes.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.domain.codes import BADGE_LENGTH, parse_badge

SIDE = 21
BYTES, PARITY = 26, 17
MOST_UNKNOWN = 14
SAME = {0: 0x20, 8: 0xEC}
"""Bytes that every badge shares: the kind of text and the start of its length; the filling at its end."""

_Grey = NDArray[np.uint8]
_Modules = NDArray[np.float64]
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MASKS = (
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)


def mend(grey: _Grey, barcode: Any) -> str | None:
    """Return the badge code of a code that the reader found in a picture but could not repair, or None."""
    facts = barcode.extra or {}
    if (facts.get("Version"), facts.get("ECLevel")) != ("1", "H"):
        return None
    corners = (
        getattr(barcode.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")
    )
    modules = _sampled(grey, [(corner.x, corner.y) for corner in corners])
    if modules is None:
        return None
    word, doubt = _bytes(modules, int(facts["DataMask"]))
    for number, value in SAME.items():
        word[number], doubt[number] = value, 0
    order = [int(number) for number in np.argsort(-doubt)]
    for unknown in range(2, MOST_UNKNOWN + 1):
        whole = filled(word, order[:unknown])
        if whole is not None:
            return _message(whole)
    return None


def filled(word: list[int], unknown: list[int]) -> list[int] | None:
    """Return 26 bytes with the `unknown` ones worked out, or None when the others contradict each other."""
    exp, log = _field()
    known = [0 if number in unknown else value for number, value in enumerate(word)]
    # Row i: the polynomial is null at α^i. One column per unknown byte, then what the known ones add up to.
    rows = []
    for power in range(PARITY):
        given = 0
        for number, value in enumerate(known):
            if value:
                given ^= exp[(log[value] + power * (BYTES - 1 - number)) % 255]
        rows.append([*(exp[power * (BYTES - 1 - number) % 255] for number in unknown), given])
    for column in range(len(unknown)):
        pivot = next(row for row in range(column, PARITY) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = 255 - log[rows[column][column]]
        rows[column] = [exp[(log[value] + inverse) % 255] if value else 0 for value in rows[column]]
        for row in range(PARITY):
            factor = rows[row][column]
            if row != column and factor:
                rows[row] = [
                    value ^ (exp[(log[own] + log[factor]) % 255] if own else 0)
                    for value, own in zip(rows[row], rows[column], strict=True)
                ]
    if any(row[-1] for row in rows[len(unknown) :]):
        return None
    for column, number in enumerate(unknown):
        known[number] = rows[column][-1]
    return known


def _sampled(grey: _Grey, corners: list[tuple[int, int]]) -> _Modules | None:
    """Return each module's lightness, 0 for this code's black and 1 for its white, in even light or not."""
    high, wide = grey.shape
    flat = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], float)
    try:
        matrix = _homography(flat, np.array(corners, float))
    except np.linalg.LinAlgError:
        return None
    middles = np.arange(SIDE) + 0.5
    modules = np.zeros((SIDE, SIDE))
    for across, down in ((0, 0), (-0.2, 0), (0.2, 0), (0, -0.2), (0, 0.2)):
        x, y = np.meshgrid(middles + across, middles + down)
        seen = matrix @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        columns, rows = (seen[:2] / seen[2] - 0.5).round().astype(int)
        if columns.min() < 0 or rows.min() < 0 or columns.max() >= wide or rows.max() >= high:
            return None
        modules += grey[rows, columns].reshape(SIDE, SIDE) / 5
    black, white = (_level(modules, where) for where in _marks())
    lightness: _Modules = (modules - black) / np.maximum(white - black, 1)
    return lightness


def _homography(flat: _Modules, seen: _Modules) -> _Modules:
    rows = []
    for (x, y), (u, v) in zip(flat, seen, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solution = np.linalg.solve(np.array(rows), seen.ravel())
    return np.append(solution, 1).reshape(3, 3)


def _level(modules: _Modules, where: NDArray[np.bool_]) -> _Modules:
    """Return the plane that fits the modules whose colour every code shares: uneven light is a slope."""
    rows, columns = np.nonzero(where)
    terms = np.column_stack([np.ones(rows.size), rows, columns])
    slope, *_rest = np.linalg.lstsq(terms, modules[where], rcond=None)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    plane: _Modules = slope[0] + slope[1] * y + slope[2] * x
    return plane


@lru_cache(maxsize=1)
def _marks() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where every code of this version is black, and where it is white: the three marks."""
    ring = np.abs(np.arange(8) - 3)
    far = np.maximum(ring[:, None], ring[None, :])
    mark_black = (far <= 1) | (far == 3)
    black, white = np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), bool)
    for flip_y, flip_x in ((1, 1), (1, -1), (-1, 1)):
        black[::flip_y, ::flip_x][:8, :8] |= mark_black
        white[::flip_y, ::flip_x][:8, :8] |= ~mark_black
    return black, white


@lru_cache(maxsize=1)
def _path() -> tuple[tuple[int, int], ...]:
    """Return (row, column) of each data module in the order in which bits are laid."""
    path = []
    upwards = True
    for right in (20, 18, 16, 14, 12, 10, 8, 5, 3, 1):
        for y in range(SIDE - 1, -1, -1) if upwards else range(SIDE):
            path += [(y, x) for x in (right, right - 1) if _holds_data(y, x)]
        upwards = not upwards
    return tuple(path)


def _holds_data(y: int, x: int) -> bool:
    in_a_mark = (y < 9 and x < 9) or (y < 9 and x >= 13) or (y >= 13 and x < 9)
    return not in_a_mark and y != 6 and x != 6


def _bytes(modules: _Modules, mask: int) -> tuple[list[int], _Modules]:
    """Return the 26 bytes as they look, and how unsure the worst module of each is."""
    lightness = np.array([modules[place] for place in _path()])
    flipped = np.array([_MASKS[mask](*place) == 0 for place in _path()])
    bits = (lightness < 0.5) ^ flipped
    unsure = _doubt(modules)
    doubt = np.array([unsure[place] for place in _path()]).reshape(BYTES, 8).max(axis=1)
    return [int(value) for value in np.packbits(bits)], doubt


def _doubt(modules: _Modules) -> _Modules:
    """Return how unsure each module is, 0 to ½.

    A grey one is; so is one of a patch without a pattern, whatever its colour: a code is hardly ever of one
    colour over three modules by three, and a finger or what shows where a corner is torn off always is.
    """
    grey = np.minimum(np.minimum(np.abs(modules), np.abs(modules - 1)), 0.5)
    windows = np.lib.stride_tricks.sliding_window_view(modules < 0.5, (3, 3))
    plain = windows.all((2, 3)) | ~windows.any((2, 3))
    patches = np.zeros_like(modules)
    for down in range(3):
        for across in range(3):
            patches[down : down + plain.shape[0], across : across + plain.shape[1]] += plain
    doubt: _Modules = np.maximum(grey, np.where(patches > 0, 0.3 + 0.02 * patches, 0))
    return doubt


def _message(word: list[int]) -> str | None:
    """Return the badge code in the nine bytes of a message that has the shape of a badge's, or None."""
    bits = "".join(f"{value:08b}" for value in word[: BYTES - PARITY])
    letters, tail = bits[13:57], bits[57:]
    if bits[:13] != f"0010{BADGE_LENGTH:09b}" or tail != f"{0:07b}{0xEC:08b}":
        return None
    text = ""
    for start in range(0, len(letters), 11):
        first, second = divmod(int(letters[start : start + 11], 2), len(_ALPHANUMERIC))
        if first >= len(_ALPHANUMERIC):
            return None
        text += _ALPHANUMERIC[first] + _ALPHANUMERIC[second]
    return text if parse_badge(text) == text else None


@lru_cache(maxsize=1)
def _field() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the powers of 2 in GF(256), and their logarithms."""
    exp, log = [0] * 255, [0] * 256
    value = 1
    for power in range(255):
        exp[power] = value
        log[value] = power
        value = value << 1 ^ (285 if value & 128 else 0)
    return tuple(exp), tuple(log)
