"""What a badge camera sees: a desk, and for a while badges or a sticker held up by a child's hand."""

import cmath
import io
import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from appliance.i18n import _
from appliance.simulator.twins.camera import FRAME_SIZE
from appliance.stickers.badges import badge_image

MOST_BADGES = 6
"""As many as a station's largest group."""
_DESK = (196, 178, 150)
_CARD_WIDTH = {1: 0.62, 2: 0.4, 3: 0.29}
"""Part of the frame's width that a card fills, by how many are side by side."""
_STICKER_WIDTH = 0.55
_TILT_DEGREES = 7.0
_SKEW = 0.05
"""Part of the card's size by which a corner may be out of place."""
_SHIFT = 0.05
"""Part of the card's width by which the whole card may be."""
_MODULE = 16


class Card(NamedTuple):
    """A badge to show."""

    code: str
    pictogram: str


def badges_in_hand(cards: Sequence[Card], chance: random.Random, background: bytes | None = None) -> bytes:
    """Return a JPEG of badges, each held a little askew, before a background or a bare desk."""
    frame = _background(background)
    columns = min(3, math.ceil(math.sqrt(len(cards))))
    rows = math.ceil(len(cards) / columns)
    for number, card in enumerate(cards):
        picture = badge_image(card.code, card.pictogram, _MODULE)
        row, column = divmod(number, columns)
        across = min(columns, len(cards) - row * columns)
        middle = ((column + 0.5) / across, (row + 0.5) / rows)
        _hold(frame, picture, _CARD_WIDTH[columns], middle, chance)
    return _jpeg(frame.filter(ImageFilter.GaussianBlur(0.8)))


def sticker_in_hand(picture: bytes, chance: random.Random, background: bytes | None = None) -> bytes:
    """Return a JPEG of a printed sticker (a PNG, dot by dot), held like a badge."""
    frame = _background(background)
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as sticker:
        _hold(frame, sticker.convert("L"), _STICKER_WIDTH, (0.5, 0.5), chance)
    return _jpeg(frame.filter(ImageFilter.GaussianBlur(0.8)))


def bare_desk(background: bytes | None = None) -> bytes:
    """Return a JPEG of what is behind the badges."""
    return _jpeg(_background(background))


def checked_picture(data: bytes) -> tuple[int, int]:
    """Return the width and height of a JPEG or PNG; ValueError with a French sentence for anything else."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            image.load()
            return image.size
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(_("Cette image est illisible. Envoyez une photo JPEG ou PNG.")) from error


def _background(picture: bytes | None) -> Image.Image:
    if picture is None:
        return Image.new("RGB", FRAME_SIZE, _DESK)
    with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as image:
        fitted = Image.new("RGB", FRAME_SIZE, _DESK)
        copy = image.convert("RGB")
        copy.thumbnail(FRAME_SIZE)
        fitted.paste(copy, ((FRAME_SIZE[0] - copy.width) // 2, (FRAME_SIZE[1] - copy.height) // 2))
        return fitted


def _hold(
    frame: Image.Image, card: Image.Image, width: float, middle: tuple[float, float], chance: random.Random
) -> None:
    """Paste a card into the frame; `width` and `middle` are parts of the frame's size."""
    size = round(FRAME_SIZE[0] * width)
    card = card.resize((size, round(card.height * size / card.width)), Image.Resampling.LANCZOS)
    left, top = (
        round(whole * part - half / 2 + chance.uniform(-_SHIFT, _SHIFT) * size)
        for whole, part, half in zip(FRAME_SIZE, middle, card.size, strict=True)
    )
    layer = Image.new("RGBA", FRAME_SIZE, (0, 0, 0, 0))
    layer.paste(card.convert("RGBA"), (left, top))
    layer = _held(layer, (left, top, card.width, card.height), chance)
    frame.paste(layer, (0, 0), layer)


def _held(layer: Image.Image, box: tuple[int, int, int, int], chance: random.Random) -> Image.Image:
    left, top, width, height = box
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    angle = math.radians(chance.uniform(-_TILT_DEGREES, _TILT_DEGREES))
    middle = complex(left + width / 2, top + height / 2)
    moved = []
    for x, y in corners:
        turned = middle + (complex(x, y) - middle) * cmath.exp(1j * angle)
        moved.append(
            (
                turned.real + chance.uniform(-_SKEW, _SKEW) * width,
                turned.imag + chance.uniform(-_SKEW, _SKEW) * height,
            )
        )
    return layer.transform(
        FRAME_SIZE, Image.Transform.PERSPECTIVE, _perspective(moved, corners), Image.Resampling.BILINEAR
    )


def _perspective(seen: list[tuple[float, float]], flat: list[tuple[int, int]]) -> tuple[float, ...]:
    """Return Pillow's eight coefficients of the map from where corners are seen to where they are drawn."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    targets = np.array([value for corner in flat for value in corner], float)
    return tuple(float(c) for c in np.linalg.solve(np.array(rows, float), targets))


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()
