"""A sticker as an image: draws what `plan` decided, in black and white, without grey."""

from PIL import Image, ImageDraw, ImageFont

from appliance.stickers import pictograms
from appliance.stickers.lettering import Face
from appliance.stickers.plan import HUMAN_FACE, PILL_FACE, WIDTH, Box, Pill, Plan, Sign, plan
from appliance.stickers.words import StickerText

_INK = 150
"""Greys darker than this are black: lines of pictograms stay two dots thick."""
_LEAST_AIR = 1.0
"""Dots between two symbols of a human code, beside the air that they have of their own."""
_FRAME_INSET = 7


def render(text: StickerText, width: int = WIDTH) -> Image.Image:
    """Return a sticker as a black and white image (mode `1`), or raise as `plan` does."""
    sticker = plan(text, width)
    image = Image.new("1", (sticker.width, sticker.height), 1)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    sticker.code.draw(draw, sticker.code_box.left, sticker.code_box.top, sticker.dots)
    for block in sticker.words:
        block.setting.draw(draw, block.box.left, block.box.top)
    for sign in sticker.signs:
        _draw_sign(image, draw, sign)
    for pill in sticker.pills:
        _draw_pill(draw, pill)
    _draw_human_code(draw, sticker)
    return image


def rows(image: Image.Image) -> bytes:
    """Return a black and white image as a printer takes it: rows padded to bytes, 1 for black."""
    return image.tobytes("raw", "1;I")


def pictogram(slug: str, size: int) -> Image.Image:
    """Return a pictogram as a black and white square of `size` dots, or raise UnknownPictogram."""
    with Image.open(pictograms.png_path(slug)) as drawing:
        grey = drawing.convert("L").resize((size, size), Image.Resampling.LANCZOS)
    return grey.point([255 if level > _INK else 0 for level in range(256)], "1")


def _draw_human_code(draw: ImageDraw.ImageDraw, sticker: Plan) -> None:
    """Symbols stand apart by the same space: a code is read symbol by symbol, and typed the same way."""
    font, air = _spaced(sticker.human_code, sticker.human.width)
    left = float(sticker.human.left)
    for symbol in sticker.human_code:
        draw.text((round(left), sticker.human.bottom), symbol, font=font, fill=0, anchor="ls")
        left += font.getlength(symbol) + air


def _spaced(code: str, width: int) -> tuple[ImageFont.FreeTypeFont, float]:
    """Return the largest type in which the symbols do not touch, and the dots between them."""
    for size in range(HUMAN_FACE.size, 0, -1):
        font = Face(bold=True, size=size).font
        air = (width - sum(map(font.getlength, code))) / max(len(code), 1)
        if air >= _LEAST_AIR:
            break
    return font, air


def _draw_sign(image: Image.Image, draw: ImageDraw.ImageDraw, sign: Sign) -> None:
    inset = _FRAME_INSET if sign.framed else 0
    drawing = pictogram(sign.slug, sign.box.width - 2 * inset)
    image.paste(drawing, (sign.box.left + inset, sign.box.top + inset))
    if sign.framed:
        draw.rounded_rectangle(_inside(sign.box), radius=10, outline=0, width=2)


def _draw_pill(draw: ImageDraw.ImageDraw, pill: Pill) -> None:
    draw.rounded_rectangle(_inside(pill.box), radius=7, outline=0, width=2, fill=0 if pill.solid else 1)
    middle = (pill.box.left + pill.box.right) // 2
    baseline = (pill.box.top + pill.box.bottom + PILL_FACE.cap_height) // 2
    draw.text((middle, baseline), pill.text, font=PILL_FACE.font, fill=int(pill.solid), anchor="ms")


def _inside(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - 1, box.bottom - 1
