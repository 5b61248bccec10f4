"""Badges: a code and a pictogram, never a name; and the A4 sheets they are cut from.

A badge is 44 × 30 modules of its own QR code. At 300 dpi and 24 pixels to the module that is 89 × 61 mm,
the code itself 43 mm wide: large enough for a station's small camera picture at 20 cm.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from appliance.stickers import lettering
from appliance.stickers.pictograms import png_path
from appliance.stickers.qr import Level, encode

DPI = 300
MODULE = 24
"""Pixels of one module on paper: 2.03 mm."""
CARD_MODULES = (44, 30)
PAGE = (2480, 3508)
"""A4 at 300 dpi."""
COLUMNS, ROWS = 2, 4

_NAME_STRIP = 84
"""Pixels under each badge, outside its cutting line."""
_CUT = (2, 10)
"""Pixels: thickness of the cutting line, length of its dashes."""
_NAME = ((56, 1), (48, 1), (40, 1), (32, 1))


@dataclass(frozen=True)
class Badge:
    """One pupil's badge, and whose it is for the teacher who cuts the sheet."""

    code: str
    pictogram: str
    first_name: str


def badge_image(code: str, pictogram: str, module: int = MODULE, watermark: str = "") -> Image.Image:
    """Return a badge in grey (mode `L`), `module` pixels to the QR module, or raise UnknownPictogram."""
    width, height = (modules * module for modules in CARD_MODULES)
    card = Image.new("L", (width, height), 255)
    matrix = encode(code, Level.H)
    symbol = matrix.image(module)
    card.paste(symbol, (0, (height - symbol.height) // 2))
    size = 13 * module
    with Image.open(png_path(pictogram)) as drawing:
        card.paste(
            drawing.convert("L").resize((size, size), Image.Resampling.LANCZOS),
            (width - size - module, (height - size) // 2),
        )
    if watermark:
        mark = lettering.fit(watermark, size, ((2 * module, 1),), bold=True)
        mark.draw(ImageDraw.Draw(card), width - module - mark.width, height - module - mark.height)
    return card


def badge_pages(badges: Sequence[Badge], watermark: str = "") -> list[Image.Image]:
    """Return A4 pages at 300 dpi (mode `1`) of eight badges, each first name under its cutting line.

    They hold names: keep them in memory.
    """
    on_page = COLUMNS * ROWS
    return [_page(badges[start : start + on_page], watermark) for start in range(0, len(badges), on_page)]


def badge_pdf(badges: Sequence[Badge], watermark: str = "") -> bytes:
    """Return the pages as one PDF to print at 100 %; ValueError without any badge."""
    pages = badge_pages(badges, watermark)
    if not pages:
        raise ValueError("no badge to print")
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", resolution=DPI, save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def _page(badges: Sequence[Badge], watermark: str) -> Image.Image:
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    width, height = (modules * MODULE for modules in CARD_MODULES)
    left = (PAGE[0] - COLUMNS * width) // 2
    top = (PAGE[1] - ROWS * (height + _NAME_STRIP)) // 2
    for number, badge in enumerate(badges):
        x = left + number % COLUMNS * width
        y = top + number // COLUMNS * (height + _NAME_STRIP)
        page.paste(badge_image(badge.code, badge.pictogram, MODULE, watermark), (x, y))
        _cutting_line(draw, x, y, width, height)
        name = lettering.fit(badge.first_name, width - 2 * MODULE, _NAME, bold=False)
        name.draw(draw, x + (width - name.width) // 2, y + height + (_NAME_STRIP - name.face.cap_height) // 2)
    return page.convert("1", dither=Image.Dither.NONE)


def _cutting_line(draw: ImageDraw.ImageDraw, left: int, top: int, width: int, height: int) -> None:
    thick, dash = _CUT
    for x in range(left, left + width, 2 * dash):
        for y in (top, top + height):
            draw.rectangle((x, y, x + dash, y + thick - 1), fill=0)
    for y in range(top, top + height, 2 * dash):
        for x in (left, left + width):
            draw.rectangle((x, y, x + thick - 1, y + dash), fill=0)
