"""Reading badges and stickers in front of a camera.

A code counts once it is in two of three frames; it counts again when it has been away three seconds
(requirements §3.1). No frame is kept.

A wrong code is worse than none. A badge has 26 bytes, 17 of them parity, and 8 at most are repaired: a
chance pattern passes for a badge with a probability under 10⁻¹⁵; then it still has to be eight symbols of
our alphabet, written at a badge's own level, twice in three frames, and in the class.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.devices.ports import CameraStream, LumaFrame
from appliance.domain.codes import parse_badge, parse_sticker
from appliance.station.mended_badges import mend

FRAME_TIMEOUT = 2.0
"""Seconds without a frame after which the camera counts as lost."""
DWELL = 3.0
"""Seconds a code must have been away to count again (requirements §3.1)."""
FRAMES, ENOUGH = 3, 2
BADGE_LEVEL = "H"
"""Badges are drawn at this level only; it tells them from most other short codes."""

_SECOND_LOOKS = ((0, 1.5, 1.5), (135, 1.4, 0.7), (45, 1.4, 0.7), (90, 1.4, 0.7), (0, 1.4, 0.7))
"""Angle in degrees, stretch along it and across it: larger, then what makes a code seen aslant square."""

_Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Sighting:
    """The codes of one frame, or those that begin to count."""

    badges: frozenset[str] = frozenset()
    stickers: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.badges or self.stickers)


class Reader:
    """Reads frames, and remembers which second look helped: the same hand needs it again."""

    def __init__(self, second_looks: int = 2) -> None:
        """Take at most `second_looks` more looks at a frame where something was like a code."""
        self._most = second_looks
        self._looks = deque(_SECOND_LOOKS)

    def read(self, frame: LumaFrame) -> Sighting:
        """Return every badge and sticker in a frame; other codes are ignored."""
        grey = np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width)
        found = _found(grey)
        sighting = _ours(found)
        spoilt = [barcode for barcode in found if not barcode.valid]
        if sighting or not spoilt:
            return sighting
        mended = frozenset(code for barcode in spoilt if (code := mend(grey, barcode)))
        return Sighting(badges=mended) if mended else self._look_again(grey)

    def _look_again(self, grey: _Grey) -> Sighting:
        for _look in range(self._most):
            sighting = _ours(_found(_stretched(grey, *self._looks[0])))
            if sighting:
                return sighting
            self._looks.rotate(-1)
        return Sighting()


class Watch:
    """Decides from frame to frame which codes are seen. Pure: times are monotonic seconds passed in."""

    def __init__(self) -> None:
        self._latest: deque[Sighting] = deque(maxlen=FRAMES)
        self._last: dict[str, float] = {}
        self._told: set[str] = set()

    def take(self, sighting: Sighting, now: float) -> Sighting:
        """Return the codes that are seen from this frame on, each once until it was away for DWELL."""
        self._latest.append(sighting)
        away = {code for code, last in self._last.items() if now - last > DWELL}
        self._told -= away
        for code in away:
            del self._last[code]
        self._last |= dict.fromkeys(sighting.badges | sighting.stickers, now)
        seen = Sighting(
            self._new(sighting.badges, lambda frame: frame.badges),
            self._new(sighting.stickers, lambda frame: frame.stickers),
        )
        self._told |= seen.badges | seen.stickers
        return seen

    def _new(self, codes: Iterable[str], kind: Callable[[Sighting], frozenset[str]]) -> frozenset[str]:
        return frozenset(
            code
            for code in codes
            if code not in self._told and sum(code in kind(frame) for frame in self._latest) >= ENOUGH
        )


def read_codes(frame: LumaFrame) -> Sighting:
    """Return every badge and sticker in one frame, however many looks it takes."""
    return Reader(len(_SECOND_LOOKS)).read(frame)


def watch(
    stream: CameraStream,
    stop: threading.Event,
    seen_badge: Callable[[str], None],
    seen_sticker: Callable[[str], None],
) -> None:
    """Tell badges and stickers as they are seen, until `stop`. DeviceError when the camera stops giving."""
    reader, watching = Reader(), Watch()
    while not stop.is_set():
        frame = stream.luma(FRAME_TIMEOUT)
        seen = watching.take(reader.read(frame), time.monotonic())
        for code in sorted(seen.badges):
            seen_badge(code)
        for code in sorted(seen.stickers):
            seen_sticker(code)


def _found(grey: _Grey) -> list[Any]:
    import zxingcpp

    return list(
        zxingcpp.read_barcodes(
            grey,
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2),
            try_invert=False,  # neither badges nor stickers are ever white on black
            return_errors=True,
        )
    )


def _ours(found: Iterable[Any]) -> Sighting:
    whole = [barcode for barcode in found if barcode.valid]
    badges = (parse_badge(barcode.text) for barcode in whole if barcode.ec_level == BADGE_LEVEL)
    stickers = (parse_sticker(barcode.text) for barcode in whole)
    return Sighting(frozenset(filter(None, badges)), frozenset(filter(None, stickers)))


def _stretched(grey: _Grey, angle: float, along: float, across: float) -> _Grey:
    """Stretch a picture along a direction, around its middle, into a picture that holds it whole."""
    way = np.radians(angle)
    turn = np.array([[np.cos(way), -np.sin(way)], [np.sin(way), np.cos(way)]])
    stretch = turn @ np.diag([along, across]) @ turn.T
    old = np.array([grey.shape[1], grey.shape[0]])
    new = (np.abs(stretch) @ old).astype(int)
    back = np.linalg.inv(stretch)
    shift = old / 2 - back @ (new / 2)
    map_back = (*back[0], shift[0], *back[1], shift[1])
    stretched = Image.fromarray(grey).transform(
        (int(new[0]), int(new[1])), Image.Transform.AFFINE, map_back, Image.Resampling.BILINEAR
    )
    return np.asarray(stretched)
