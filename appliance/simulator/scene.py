"""What a badge camera sees: a desk, and for a while a badge held up by a child's hand."""

import cmath
import io
import math
import random

import numpy as np
from PIL import Image, ImageFilter

from appliance.i18n import _
from appliance.simulator.twins.camera import FRAME_SIZE
from appliance.stickers.badges import badge_image

_DESK = (196, 178, 150)
_CARD_WIDTH = 0.62
"""Part of the frame's width that the card fills."""
_TILT_DEGREES = 7.0
_SKEW = 0.05
"""Part of the card's size by which a corner may be out of place."""
_MODULE = 16


def badge_in_hand(code: str, pictogram: str, chance: random.Random, background: bytes | None = None) -> bytes:
    """Return a JPEG of a badge held a little askew before a background, or before a bare desk."""
    frame = _background(background)
    card = badge_image(code, pictogram, _MODULE).convert("RGB")
    width = round(FRAME_SIZE[0] * _CARD_WIDTH)
    card = card.resize((width, round(card.height * width / card.width)), Image.Resampling.LANCZOS)
    layer = Image.new("RGBA", FRAME_SIZE, (0, 0, 0, 0))
    left = (FRAME_SIZE[0] - card.width) // 2 + chance.randint(-40, 40)
    top = (FRAME_SIZE[1] - card.height) // 2 + chance.randint(-40, 40)
    layer.paste(card.convert("RGBA"), (left, top))
    layer = _held(layer, (left, top, card.width, card.height), chance)
    frame.paste(layer, (0, 0), layer)
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
