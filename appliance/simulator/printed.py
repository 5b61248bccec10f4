"""Printed codes before a camera: a badge in a hand, a sticker in a notebook, somebody else's code."""

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from appliance.domain.codes import human_code
from appliance.simulator.optics import linear
from appliance.stickers.badges import CARD_MODULES, DPI, MODULE, badge_image
from appliance.stickers.layout import render
from appliance.stickers.plan import plan
from appliance.stickers.qr import QUIET_MODULES, Level, encode
from appliance.stickers.words import StickerText

Damage = Literal["", "finger", "corner", "mark"]
"""A finger over the code; its free corner torn off; or one of its three square marks torn off."""

_BADGE_MODULE = 20
"""Pixels to a module of a badge."""
_BADGE_MILLIMETRES = MODULE / DPI * 25.4
_DOT = 3
"""Pixels to a dot of the thermal head."""
_INK, _PAPER = 38, 234
"""Grey levels, as are all that follow."""
_HEAT, _THERMAL_PAPER = 52, 238
_FINGER_MILLIMETRES = 11
_SKINS = (62, 104, 148, 186)
_BEHIND = (_INK, 172, _PAPER)
"""What shows where a corner is torn off: a dark table, a light one, another sheet."""
_PAGE, _RULE = 228, 184
_MILLIMETRE_DOTS = 8


@dataclass(frozen=True)
class Printed:
    """A printed code and what is around it."""

    kind: Literal["badge", "sticker", "foreign"]
    code: str
    """What the box should read; the whole text of a foreign code, which it should not."""
    picture: Image.Image
    """Reflectance, linear (mode `F`)."""
    outline: Image.Image
    """Same size, mode `L`: white where there is something, black where the desk shows."""
    module: int
    """Pixels to a module."""
    corner: tuple[int, int]
    """Top left of the code itself, in pixels."""
    modules: int
    """On a side of the code, without its quiet zone."""
    millimetres: float
    """Of one module on paper."""

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of the code, in pixels."""
        half = self.modules * self.module / 2
        return self.corner[0] + half, self.corner[1] + half


@lru_cache(maxsize=8)
def printed_badge(code: str, pictogram: str = "turtle") -> Printed:
    """Return a badge held by its pictogram."""
    unit = _BADGE_MODULE
    card = badge_image(code, pictogram, unit).point(_levels(_INK, _PAPER))
    grey, outline, margin = _on_desk(card, 6 * unit)
    middle = grey.height // 2
    thumb = (margin + card.width - 4 * unit, middle - 3 * unit, grey.width + 9 * unit, middle + 4 * unit)
    _lay_finger(grey, outline, thumb, _SKINS[len(pictogram) % len(_SKINS)])
    top = margin + (CARD_MODULES[1] - 21) * unit // 2
    return Printed(
        "badge",
        code,
        _reflectance(grey),
        outline,
        unit,
        (margin + QUIET_MODULES * unit, top),
        21,
        _BADGE_MILLIMETRES,
    )


@lru_cache(maxsize=8)
def printed_sticker(code: str, base: str = "https://boite.local") -> Printed:
    """Return a sticker as the thermal head prints it, stuck in a notebook."""
    text = StickerText(
        link=f"{base}/e/{code}",
        human_code=human_code(code),
        title="Lecture p. 12",
        first_name="Lina",
        day="12 janv. 2027",
        pictogram="book",
        pupil_pictogram="turtle",
        reprint=False,
        watermark="",
    )
    sheet, dots = plan(text), render(text)
    label = dots.convert("L").resize((dots.width * _DOT, dots.height * _DOT), Image.Resampling.NEAREST)
    # Heat spreads between the dots.
    label = label.point(_levels(_HEAT, _THERMAL_PAPER)).filter(ImageFilter.GaussianBlur(0.3 * _DOT))
    margin = 16 * _DOT
    page = _notebook((label.width + 2 * margin, label.height + 2 * margin))
    page.paste(label, (margin, margin))
    quiet = QUIET_MODULES * sheet.dots
    corner = (
        margin + (sheet.code_box.left + quiet) * _DOT,
        margin + (sheet.code_box.top + quiet) * _DOT,
    )
    modules = sheet.code.modules - 2 * QUIET_MODULES
    outline = Image.new("L", page.size, 255)
    return Printed(
        "sticker",
        code,
        _reflectance(page),
        outline,
        sheet.dots * _DOT,
        corner,
        modules,
        sheet.dots / _MILLIMETRE_DOTS,
    )


@lru_cache(maxsize=16)
def printed_foreign(text: str) -> Printed:
    """Return a code that is none of ours, on a white card."""
    unit = _BADGE_MODULE
    code = encode(text, Level.M)
    grey, outline, margin = _on_desk(code.image(unit).convert("L").point(_levels(_INK, _PAPER)), 6 * unit)
    start = margin + QUIET_MODULES * unit
    modules = code.modules - 2 * QUIET_MODULES
    return Printed(
        "foreign", text, _reflectance(grey), outline, unit, (start, start), modules, _BADGE_MILLIMETRES
    )


def damaged(printed: Printed, damage: Damage, part: float, chance: random.Random) -> Printed:
    """Return it with `part` of its code's area covered or torn off."""
    if not damage:
        return printed
    picture, outline = printed.picture.copy(), printed.outline.copy()
    left, top = printed.corner
    side = printed.modules * printed.module
    if damage == "finger":
        thick = _FINGER_MILLIMETRES / printed.millimetres * printed.module
        reach = part * side * side / thick
        # Under the top mark: a finger over a mark is another damage.
        along = top + chance.uniform(8 * printed.module, side - thick)
        edge = left + side
        grey = Image.new("L", picture.size, 0)
        cover = Image.new("L", picture.size, 0)
        finger = (round(edge - reach), round(along), edge + side, round(along + thick))
        _lay_finger(grey, cover, finger, chance.choice(_SKINS))
        picture.paste(_reflectance(grey), (0, 0), cover)
        outline.paste(255, (0, 0), cover)
    else:
        leg = (2 * part) ** 0.5 * side
        x, y, way = _torn_corner(left, top, side, damage, chance)
        ragged = [chance.uniform(-0.05, 0.05) * side for _point in range(3)]
        edge_points = [
            (x + way[0] * leg, y),
            (x + way[0] * leg / 2 + ragged[0], y + way[1] * leg / 2 + ragged[1]),
            (x, y + way[1] * leg + ragged[2]),
        ]
        beyond = 5 * printed.module
        far = (x - way[0] * beyond, y - way[1] * beyond)
        outside = [(far[0], edge_points[2][1]), far, (edge_points[0][0], far[1])]
        behind = linear(chance.choice(_BEHIND))
        ImageDraw.Draw(picture).polygon([*edge_points, *outside], fill=behind)
    return replace(printed, picture=picture, outline=outline)


def _torn_corner(
    left: int, top: int, side: int, damage: Damage, chance: random.Random
) -> tuple[int, int, tuple[int, int]]:
    """Return a corner of the code and which way its inside is."""
    if damage == "corner":
        return left + side, top + side, (-1, -1)
    return chance.choice([(left, top, (1, 1)), (left + side, top, (-1, 1)), (left, top + side, (1, -1))])


def _on_desk(card: Image.Image, margin: int) -> tuple[Image.Image, Image.Image, int]:
    size = (card.width + 2 * margin, card.height + 2 * margin)
    grey, outline = Image.new("L", size, _PAPER), Image.new("L", size, 0)
    grey.paste(card, (margin, margin))
    outline.paste(255, (margin, margin, margin + card.width, margin + card.height))
    return grey, outline, margin


def _lay_finger(grey: Image.Image, outline: Image.Image, box: tuple[int, int, int, int], skin: int) -> None:
    """Lay a finger that comes from the right, rounded and lit from above, its nail near the tip."""
    left, top, _right, bottom = box
    thick = bottom - top
    shape = Image.new("L", grey.size, 0)
    ImageDraw.Draw(shape).rounded_rectangle(box, radius=thick // 2, fill=255)
    rows = np.clip((np.arange(grey.height) - top) / thick, 0, 1)
    shade = skin * (0.78 + 0.3 * np.sin(np.pi * (0.15 + 0.8 * rows)))
    flesh = Image.fromarray(np.repeat(shade[:, None], grey.width, 1).astype(np.uint8))
    nail = (left + thick // 6, top + thick // 4, left + thick * 5 // 6, bottom - thick // 4)
    ImageDraw.Draw(flesh).rounded_rectangle(nail, radius=thick // 5, fill=min(215, skin + 30))
    grey.paste(flesh, (0, 0), shape)
    outline.paste(255, (0, 0), shape)


def _notebook(size: tuple[int, int]) -> Image.Image:
    """A page ruled as French notebooks are: a square every 8 mm, three lighter lines between."""
    page = Image.new("L", size, _PAGE)
    draw = ImageDraw.Draw(page)
    step = 2 * _MILLIMETRE_DOTS * _DOT
    for number, y in enumerate(range(step // 2, size[1], step)):
        draw.line((0, y, size[0], y), fill=_RULE if number % 4 == 0 else (_RULE + _PAGE) // 2, width=_DOT)
    for x in range(step, size[0], 4 * step):
        draw.line((x, 0, x, size[1]), fill=_RULE, width=_DOT)
    return page


def _levels(black: int, white: int) -> list[int]:
    return [black + level * (white - black) // 255 for level in range(256)]


def _reflectance(grey: Image.Image) -> Image.Image:
    curve: NDArray[np.float32] = np.array([linear(level) for level in range(256)], np.float32)
    return Image.fromarray(curve[np.asarray(grey)])
