"""Views of printed codes as a station's camera gets them, from a seed: the same seed, the same frames.

A `Condition` says what makes a code hard to read; `frames` gives a few frames of one view, as a hand that
does not keep still shows it.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from appliance.devices.ports import LumaFrame
from appliance.simulator import optics
from appliance.simulator.optics import Plane, Pose
from appliance.simulator.printed import Damage, Printed, damaged

FRAME_SIZE = (1280, 960)
_PAPER = 0.83
"""Reflectance of white paper."""
_RIM, _STEP = 16, 16
"""Pixels around a thing that its blur may reach, and what the sides of that box are multiples of."""


@dataclass(frozen=True)
class Condition:
    """What makes a code hard to read. Lengths are in modules of the code unless said otherwise."""

    pixels_per_module: float = 6.0
    """Before it is tilted: distance."""
    tilt: float = 0.0
    """Degrees, around an axis of the paper's plane drawn at random."""
    both_tilts: float = 0.0
    """Degrees, around both axes at once."""
    turned: bool = False
    """Any way up; otherwise upright within a few degrees."""
    defocus: float = 0.0
    """Radius of the disc that a point becomes."""
    motion: float = 0.0
    """How far it moves while the shutter is open."""
    shadow: float = 0.0
    """Part of the light that a shadow takes away, its edge across the code."""
    uneven: float = 0.0
    """Part of the light that is missing on the dark side of the frame."""
    faded: float = 0.0
    """Part of the ink's contrast that is gone."""
    damage: Damage = ""
    damaged: float = 0.15
    """Part of the code's area."""
    glare: Literal["", "beside", "on"] = ""
    """A lamp's reflection, beside the code or on it."""
    noise: float = 2.0
    """Grey levels."""
    light: float = 0.9
    """On a white paper, where 1 saturates."""
    jpeg: int = 0
    """Quality, or 0 for none."""


def frames(
    printed: Sequence[Printed],
    condition: Condition,
    seed: int,
    count: int,
    size: tuple[int, int] = FRAME_SIZE,
) -> Iterator[LumaFrame]:
    """Yield `count` frames of one view of things held side by side; none is a bare desk."""
    chance = random.Random(seed)  # noqa: S311  the same views at each run
    view = _View(printed, condition, chance, size)
    for _number in range(count):
        yield view.frame()


class _View:
    """What stays the same from frame to frame, and the hand that moves."""

    def __init__(
        self, printed: Sequence[Printed], condition: Condition, chance: random.Random, size: tuple[int, int]
    ) -> None:
        self._condition = condition
        self._chance = chance
        self._size = size
        self._behind = _background(chance.randrange(16), size)
        self._light = _Light(condition, chance)
        between = size[0] / max(1, len(printed))
        middles = [(number + 0.5) * between - size[0] / 2 for number in range(len(printed))]
        self._held = [
            _Held(thing, condition, chance, middle) for thing, middle in zip(printed, middles, strict=True)
        ]

    def frame(self) -> LumaFrame:
        """Return the next frame."""
        scene = self._behind.copy()
        poses = [held.lay(scene, self._chance) for held in self._held]
        if self._held:
            self._light.fall(scene, optics.homography(poses[0], self._size), self._held[0].modules)
        grey = optics.exposed(
            scene, self._condition.noise, np.random.default_rng(self._chance.randrange(1 << 62))
        )
        if self._condition.jpeg:
            grey = optics.compressed(grey, self._condition.jpeg)
        return LumaFrame(*self._size, grey.tobytes())


class _Held:
    """One printed thing in a hand."""

    def __init__(self, printed: Printed, condition: Condition, chance: random.Random, middle: float) -> None:
        hurt = damaged(printed, condition.damage, condition.damaged, chance)
        # The camera cannot see finer, and averaging beforehand spares the warp from aliasing.
        finest = condition.pixels_per_module * optics.OVERSAMPLING * 1.2
        scale = min(1.0, finest / printed.module)
        small = (round(hurt.picture.width * scale), round(hurt.picture.height * scale))
        ink = hurt.picture.point(lambda level: level * (1 - condition.faded) + _PAPER * condition.faded)
        self._picture = ink.resize(small, Image.Resampling.BOX)
        self._outline = hurt.outline.resize(small, Image.Resampling.BOX)
        across, down = (
            hurt.picture.width / small[0] / printed.module,
            hurt.picture.height / small[1] / printed.module,
        )
        x, y = (side / printed.module for side in printed.middle)
        self._to_modules = np.array([[across, 0, -x], [0, down, -y], [0, 0, 1]])
        self._condition = condition
        self._pose = _pose(condition, chance, middle)
        self.modules = printed.modules

    def lay(self, scene: Plane, chance: random.Random) -> Pose:
        """Put it into a scene where the hand is now, and return where."""
        pose = _moved(self._pose, chance)
        size = (scene.shape[1], scene.shape[0])
        matrix = optics.homography(pose, size) @ self._to_modules
        left, top, right, bottom = box = _box(matrix, self._picture.size, size)
        there = optics.warped(self._outline, matrix, box) / 255
        seen = optics.warped(self._picture, matrix, box)
        behind = scene[top:bottom, left:right].repeat(optics.OVERSAMPLING, 0).repeat(optics.OVERSAMPLING, 1)
        blur = self._condition.defocus, self._condition.motion
        defocus, motion = (length * pose.pixels_per_module for length in blur)
        spread = optics.blurred(behind + (seen - behind) * there, defocus, motion, chance.uniform(0, 180))
        # A Fourier transform takes the far edge for the next neighbour: the rim stays as it was.
        inner = slice(_RIM // 2, -_RIM // 2)
        scene[top:bottom, left:right][inner, inner] = optics.pixels(spread)[inner, inner]
        return pose


class _Light:
    """Where the light comes from, what takes it away, and where it is reflected."""

    def __init__(self, condition: Condition, chance: random.Random) -> None:
        self._condition = condition
        self._angle = chance.uniform(0, 2 * math.pi)
        self._edge = chance.uniform(-0.25, 0.25)
        self._spot = (chance.uniform(-0.3, 0.3), chance.uniform(-0.3, 0.3))

    def fall(self, scene: Plane, pose: optics.Matrix, modules: int) -> None:
        """Light a scene in place; shadow and reflection stay with the first thing held."""
        asked = self._condition
        high, wide = scene.shape
        middle, side = optics.mapped(pose, 0, 0), optics.mapped(pose, modules, 0)
        code = math.dist(middle, side)
        x = np.arange(wide, dtype=np.float32)[None, :] - np.float32(middle[0])
        y = np.arange(high, dtype=np.float32)[:, None] - np.float32(middle[1])
        across = x * np.float32(math.cos(self._angle)) + y * np.float32(math.sin(self._angle))
        scene *= np.float32(asked.light)
        if asked.uneven:
            scene *= 1 - np.float32(asked.uneven) * np.clip(0.5 + across / np.float32(1.5 * code), 0, 1)
        if asked.shadow:
            soft = 0.06 * code
            scene *= 1 - np.float32(asked.shadow) * np.clip((across - self._edge * code) / soft + 0.5, 0, 1)
        if asked.glare:
            place = (0.66, self._spot[1]) if asked.glare == "beside" else self._spot
            at = optics.mapped(pose, place[0] * modules, place[1] * modules)
            u, v = x + np.float32(middle[0] - at[0]), y + np.float32(middle[1] - at[1])
            wide_axis, high_axis = (
                (0.14 * code, 0.09 * code) if asked.glare == "beside" else (0.1 * code, 0.07 * code)
            )
            scene += 1.8 * np.exp(
                -(((u / np.float32(wide_axis)) ** 2 + (v / np.float32(high_axis)) ** 2) ** 2)
            )


def _pose(condition: Condition, chance: random.Random, middle: float) -> Pose:
    way = chance.uniform(0, 2 * math.pi)
    both = condition.both_tilts
    return Pose(
        condition.pixels_per_module,
        condition.tilt * math.cos(way) + chance.choice((-both, both)),
        condition.tilt * math.sin(way) + chance.choice((-both, both)),
        chance.uniform(0, 360) if condition.turned else chance.uniform(-8, 8),
        (middle + chance.uniform(-40, 40), chance.uniform(-30, 30)),
    )


def _moved(pose: Pose, chance: random.Random) -> Pose:
    x, y = pose.shift
    return replace(
        pose,
        pixels_per_module=pose.pixels_per_module * chance.uniform(1.0, 1.04),
        tilt_x=pose.tilt_x * chance.uniform(0.92, 1.0),
        tilt_y=pose.tilt_y * chance.uniform(0.92, 1.0),
        turn=pose.turn + chance.uniform(-3, 3),
        shift=(x + chance.uniform(-9, 9), y + chance.uniform(-9, 9)),
    )


def _box(
    matrix: optics.Matrix, picture: tuple[int, int], frame: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return the part of the frame that a picture reaches, and a few pixels for its blur."""
    wide, high = picture
    points = [optics.mapped(matrix, x, y) for x, y in ((0, 0), (wide, 0), (wide, high), (0, high))]
    (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*points, strict=True))
    # Multiples of a power of two: Fourier transforms of other sizes can be ten times slower.
    return (
        max(0, int(left - _RIM) // _STEP * _STEP),
        max(0, int(top - _RIM) // _STEP * _STEP),
        min(frame[0], -(int(right + _RIM) // -_STEP) * _STEP),
        min(frame[1], -(int(bottom + _RIM) // -_STEP) * _STEP),
    )


@lru_cache(maxsize=16)
def _background(seed: int, size: tuple[int, int]) -> Plane:
    """A desk out of focus, with sheets, books and a shirt: edges everywhere, and no code."""
    chance = random.Random(seed)  # noqa: S311  the same views at each run
    desk = Image.new("L", size, 172)
    draw = ImageDraw.Draw(desk)
    for _thing in range(14):
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        wide, high = chance.uniform(60, 420), chance.uniform(40, 300)
        draw.rectangle((x, y, x + wide, y + high), fill=chance.randrange(30, 235))
        if chance.random() < 0.5:
            ink = chance.randrange(30, 120)
            for row in np.arange(y + 12, y + high - 8, 14):
                draw.line((x + 10, row, x + wide * chance.uniform(0.6, 0.95), row), fill=ink, width=3)
    grey = np.asarray(desk.filter(ImageFilter.GaussianBlur(2.5)), np.float32)
    return np.asarray((grey / 255) ** np.float32(2.2) * np.float32(0.9), np.float32)
