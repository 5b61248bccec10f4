"""How a camera sees a flat thing: true perspective, blur, light and a sensor, in linear light.

A small pinhole camera with a 66° lens, as the Camera Module 3; lengths are in pixels of its 1280 × 960 grey
stream. Only what makes a code hard to read is here: no lens distortion, no rolling shutter.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
"""Light or reflectance, 0 for black and 1 for white, linear."""
Matrix = NDArray[np.float64]

FOCAL = 640 / math.tan(math.radians(33))
"""Focal length in pixels: 66° across 1280."""
OVERSAMPLING = 2
"""Samples across a pixel: a pixel is the mean of what falls on it."""
_LENS_SIGMA = 0.5
"""Pixels: what a well focused lens and the sensor's own scaling spread."""
_GAMMA = 2.2


@dataclass(frozen=True)
class Pose:
    """Where a flat thing is held. Angles in degrees."""

    pixels_per_module: float
    """At its middle, before it is tilted: distance."""
    tilt_x: float = 0.0
    """Top towards or away from the camera."""
    tilt_y: float = 0.0
    """One side towards or away from the camera."""
    turn: float = 0.0
    """Around the line of sight."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Pixels from the middle of the frame."""


def homography(pose: Pose, size: tuple[int, int]) -> Matrix:
    """Return the 3 × 3 map from modules, counted from the thing's middle, to pixels of a frame of `size`."""
    a, b, c = (math.radians(angle) for angle in (pose.tilt_x, pose.tilt_y, pose.turn))
    around_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    around_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    around_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    held = (around_y @ around_x @ around_z)[:, :2]
    distance = FOCAL / pose.pixels_per_module
    placed = np.column_stack([held, [0.0, 0.0, distance]])
    placed[0, 2] = pose.shift[0] * distance / FOCAL
    placed[1, 2] = pose.shift[1] * distance / FOCAL
    lens = np.array([[FOCAL, 0, size[0] / 2], [0, FOCAL, size[1] / 2], [0, 0, 1]])
    whole: Matrix = lens @ placed
    scaled: Matrix = whole / whole[2, 2]
    return scaled


def mapped(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return where a point goes."""
    u, v, w = matrix @ (x, y, 1.0)
    return float(u / w), float(v / w)


def warped(picture: Image.Image, matrix: Matrix, box: tuple[int, int, int, int]) -> Plane:
    """Return `box` of the frame as `matrix` (picture's pixels → frame's) shows it, oversampled."""
    left, top, right, bottom = box
    enlarge = np.diag([OVERSAMPLING, OVERSAMPLING, 1.0]) @ np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]])
    back = np.linalg.inv(enlarge @ matrix)
    size = ((right - left) * OVERSAMPLING, (bottom - top) * OVERSAMPLING)
    coefficients = tuple(float(value) for value in (back / back[2, 2]).flatten()[:8])
    seen = picture.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    return np.asarray(seen, np.float32)


def blurred(plane: Plane, defocus: float, motion: float, angle: float) -> Plane:
    """Blur an oversampled plane: a disc of radius `defocus`, a line of length `motion` pixels at `angle`°."""
    high, wide = plane.shape
    x = np.fft.rfftfreq(wide)[None, :]
    y = np.fft.fftfreq(high)[:, None]
    sigma = _LENS_SIGMA * OVERSAMPLING
    transfer = np.exp(-2 * (math.pi * sigma) ** 2 * (x**2 + y**2))
    way = math.radians(angle)
    transfer = transfer * np.sinc(motion * OVERSAMPLING * (x * math.cos(way) + y * math.sin(way)))
    if defocus:
        transfer = transfer * np.fft.rfft2(_disc(defocus * OVERSAMPLING, plane.shape))
    spread = np.fft.irfft2(np.fft.rfft2(plane) * transfer, plane.shape)
    return spread.astype(np.float32)


def pixels(plane: Plane) -> Plane:
    """Return what each pixel collects of an oversampled plane."""
    high, wide = (side // OVERSAMPLING for side in plane.shape)
    collected: Plane = plane.reshape(high, OVERSAMPLING, wide, OVERSAMPLING).mean((1, 3), dtype=np.float32)
    return collected


def exposed(light: Plane, noise: float, chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return 8-bit grey as a sensor gives it: saturated, noisy (`noise` levels at mid grey), gamma-coded."""
    coded = np.clip(light, 0, 1) ** np.float32(1 / _GAMMA) * 255
    grain = chance.standard_normal(light.shape, np.float32) * np.float32(noise)
    return np.clip(coded + grain, 0, 255).astype(np.uint8)


def linear(level: float) -> float:
    """Return the light that gives a grey level of 0 to 255."""
    return float((level / 255) ** _GAMMA)


def compressed(grey: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return it after a JPEG of that quality, as cameras on USB send."""
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image)


def _disc(radius: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A disc of unit sum with a one-sample soft rim, centred on the origin of a periodic plane."""
    high, wide = shape
    x = np.minimum(np.arange(wide), wide - np.arange(wide))[None, :]
    y = np.minimum(np.arange(high), high - np.arange(high))[:, None]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    whole: NDArray[np.float64] = disc / disc.sum()
    return whole
