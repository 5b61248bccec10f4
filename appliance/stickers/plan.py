"""The sticker in numbers: where each thing goes, in dots of a 203 dpi head (8 to the millimetre).

    ┌────────────────────────────────┐
    │ ▓▓▓▓▓▓▓▓▓▓▓▓▓   Lecture p. 12  │   the code on the left, where a right thumb does not hold;
    │ ▓▓▓ code ▓▓▓▓   Lina           │   words, marks and pictograms in one column on the right;
    │ ▓▓▓▓▓▓▓▓▓▓▓▓▓   12 janv. 2027  │   the human code under the code; a title too long for the
    │ 7Q2M-9XKD-4HTR  [book] turtle  │   column goes across the top
    └────────────────────────────────┘

At most 50 × 40 mm (requirements D16).
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from appliance.i18n import _
from appliance.stickers import lettering, pictograms
from appliance.stickers.lettering import Face, Setting
from appliance.stickers.qr import QUIET_MODULES, Code, Level, encode
from appliance.stickers.words import StickerText

WIDTH = 384
"""Dots across a 58 mm roll: 48 mm."""
MOST_WIDTH = 400
"""50 mm."""
MOST_HEIGHT = 320
"""40 mm."""
LEAST_MODULE = 4
"""Half a millimetre: the smallest module that ordinary phones read through tape."""
HUMAN_FACE = Face(bold=True, size=21)
PILL_FACE = Face(bold=True, size=19)

_MARGIN = 12
_GAP = 12
_PREFERRED_CODE = 216
"""Modules grow while the code with its quiet zone stays this narrow."""
_WIDEST_CODE = 236
"""Beyond this the words have no room: the code takes a lighter correction, then none fits."""
_LEFT = 204
"""The left part is never narrower, so that the human code under it stays legible."""
_MOST_SIGN = 78
_SIGN = 72
_FOOT_SIGN = 60
_PILL = 26

_TITLE = ((28, 1), (26, 1), (24, 1), (28, 2), (26, 2), (24, 2), (22, 2), (20, 2))
_HEADER = ((26, 1), (24, 1), (22, 1), (24, 2), (22, 2), (20, 2))
_NAME = ((46, 1), (42, 1), (38, 1), (34, 1), (30, 1), (30, 2), (27, 2), (24, 2), (22, 3), (20, 4), (18, 5))
_DAY = ((22, 1), (20, 1), (18, 1))
_DAY_BESIDE = ((22, 2), (20, 2), (18, 2))
_INITIAL = re.compile(r" (?=\w\.(?:,| |$))")


class StickerError(Exception):
    """A sticker cannot be drawn. Its text is French: why, and what to do."""


class Box(NamedTuple):
    """A rectangle in dots; `right` and `bottom` are outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Dots across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Dots down."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Words:
    """Lines of text at a place."""

    box: Box
    setting: Setting


@dataclass(frozen=True)
class Sign:
    """A pictogram at a place; a station's has a frame, so that nobody takes it for a pupil's."""

    box: Box
    slug: str
    framed: bool


@dataclass(frozen=True)
class Pill:
    """A mark: `copie` outlined, `DÉMO` white on black."""

    box: Box
    text: str
    solid: bool


@dataclass(frozen=True)
class Plan:
    """A sticker in numbers."""

    width: int
    height: int
    code: Code
    dots: int
    """Per module."""
    code_box: Box
    """The code with its quiet zone: nothing else is drawn there."""
    human: Box
    human_code: str
    words: tuple[Words, ...]
    signs: tuple[Sign, ...]
    pills: tuple[Pill, ...]


def plan(text: StickerText, width: int = WIDTH) -> Plan:
    """Decide where everything goes; StickerError when the link is too long for any legible code.

    An unknown pictogram is left out: a sticker without it is better than no sticker.
    """
    if not WIDTH <= width <= MOST_WIDTH or width % 8:
        raise ValueError(f"a sticker is {WIDTH} to {MOST_WIDTH} dots wide, in whole bytes, not {width}")
    code, dots = _code(text.link)
    full = Box(_MARGIN, _MARGIN, width - _MARGIN, MOST_HEIGHT)
    column = Box(max(code.modules * dots, _LEFT), QUIET_MODULES * dots, full.right, MOST_HEIGHT)
    title = lettering.fit(text.title, column.width, _TITLE, bold=True)
    if title.shortened:
        header = lettering.fit(text.title, full.width, _HEADER, bold=True)
        under = _place(text, code, dots, None, column, Words(_box(header, full.left, full.top), header))
        if under.height <= MOST_HEIGHT:
            return under
    return _place(text, code, dots, title, column, None)


def _place(
    text: StickerText, code: Code, dots: int, title: Setting | None, column: Box, header: Words | None
) -> Plan:
    """Place everything with the title in the column, or under a header that already has it."""
    side = code.modules * dots
    top = header.box.bottom if header else 0
    column = column._replace(top=top + column.top)
    marks = _marks(text)
    wordless = not (text.title or text.first_name)
    settings = [] if wordless else [title, *_name_and_day(text, column.width)]
    words = _stack([setting for setting in settings if setting and setting.lines], column)
    free = (words[-1].box.bottom + _GAP) if words else column.top
    beside = not wordless and _pills_width(marks) <= column.width
    if marks and beside:
        pills = _pills(marks, column.left, free)
        free += _PILL + _GAP
    human_top = top + side
    left_bottom = human_top + HUMAN_FACE.cap_height + (_GAP + _PILL if marks and not beside else 0)
    bottom = max(left_bottom, min(free + _SIGN, MOST_HEIGHT - _MARGIN))
    # What is left over goes between the code and what is under it: both columns end on one line.
    human_top += bottom - left_bottom
    human = Box(_MARGIN - 2, human_top, column.left - _MARGIN + 2, human_top + HUMAN_FACE.cap_height)
    if not marks or not beside:
        pills = _pills(marks, human.left, human.bottom + _GAP)
    space = Box(column.left, free, column.right, bottom)
    if wordless:
        signs, words = _large_signs(text, space)
    else:
        signs = _row_of_signs(text, space)
    code_left = (column.left - side) // 2
    return Plan(
        width=column.right + _MARGIN,
        height=bottom + _MARGIN,
        code=code,
        dots=dots,
        code_box=Box(code_left, top, code_left + side, top + side),
        human=human,
        human_code=text.human_code,
        words=(header, *words) if header else words,
        signs=signs,
        pills=pills,
    )


def _code(link: str) -> tuple[Code, int]:
    for level in (Level.Q, Level.M):
        try:
            code = encode(link, level)
        except ValueError:
            continue
        if code.modules * LEAST_MODULE <= _WIDEST_CODE:
            return code, max(LEAST_MODULE, _PREFERRED_CODE // code.modules)
    raise StickerError(
        _("Le lien est trop long pour une étiquette. Choisissez une adresse plus courte pour la boîte.")
    )


def _name_and_day(text: StickerText, width: int) -> tuple[Setting, Setting]:
    name = _INITIAL.sub("\u00a0", text.first_name)
    return lettering.fit(name, width, _NAME, bold=True), lettering.fit(text.day, width, _DAY, bold=False)


def _box(setting: Setting, left: int, top: int) -> Box:
    return Box(left, top, left + setting.width, top + setting.height)


def _stack(settings: list[Setting], column: Box) -> tuple[Words, ...]:
    blocks: list[Words] = []
    top = column.top
    for setting in settings:
        # Accents rise above the capitals: only the first line may let them into the margin.
        top += setting.accent if blocks else 0
        blocks.append(Words(_box(setting, column.left, top), setting))
        top = blocks[-1].box.bottom + _GAP // 2
    return tuple(blocks)


def _known(text: StickerText) -> list[tuple[str, bool]]:
    """Return the pictograms that exist, the station's (framed) first."""
    signs = []
    if text.pictogram in pictograms.STATION_PICTOGRAMS:
        signs.append((text.pictogram, True))
    if text.pupil_pictogram in pictograms.PUPIL_PICTOGRAMS:
        signs.append((text.pupil_pictogram, False))
    return signs


def _row_of_signs(text: StickerText, space: Box) -> tuple[Sign, ...]:
    size = min(_MOST_SIGN, space.height, (space.width - _GAP // 2) // 2)
    top = space.bottom - size
    places = (space.left, space.right - size)
    return tuple(
        Sign(Box(left, top, left + size, space.bottom), slug, framed)
        for left, (slug, framed) in zip(places, _known(text), strict=False)
    )


def _large_signs(text: StickerText, space: Box) -> tuple[tuple[Sign, ...], tuple[Words, ...]]:
    """Without words the pupil's own pictogram fills the column; the station's and the day go under it."""
    known = _known(text)[::-1]
    foot = space.bottom - _FOOT_SIGN
    large = min(space.width, foot - _GAP - space.top)
    signs = []
    if known:
        signs.append(Sign(Box(space.left, space.top, space.left + large, space.top + large), *known[0]))
    left = space.left
    if len(known) > 1:
        signs.append(Sign(Box(left, foot, left + _FOOT_SIGN, space.bottom), *known[1]))
        left += _FOOT_SIGN + _GAP
    day = lettering.fit(text.day, space.right - left, _DAY_BESIDE, bold=False)
    top = foot + (_FOOT_SIGN - day.height + day.descent) // 2
    return tuple(signs), (Words(_box(day, left, top), day),)


def _marks(text: StickerText) -> list[tuple[str, bool]]:
    watermark = [(text.watermark, True)] if text.watermark else []
    return [*watermark, (_("copie"), False)] if text.reprint else watermark


def _pills_width(marks: list[tuple[str, bool]]) -> int:
    return sum(_pill_width(text) + _GAP // 2 for text, _solid in marks) - _GAP // 2


def _pill_width(text: str) -> int:
    return PILL_FACE.width(text) + 20


def _pills(marks: list[tuple[str, bool]], left: int, top: int) -> tuple[Pill, ...]:
    pills = []
    for text, solid in marks:
        right = left + _pill_width(text)
        pills.append(Pill(Box(left, top, right, top + _PILL), text, solid))
        left = right + _GAP // 2
    return tuple(pills)
