"""Words set in the sticker's type: measured, wrapped, fitted to a box, drawn without grey."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageDraw, ImageFont

_FONTS = Path(__file__).parent / "fonts"
_LEADING = 1.16
"""Line height over size: Andika's own 1.6 leaves holes on so small a paper."""
_ELLIPSIS = "…"


@dataclass(frozen=True)
class Face:
    """One weight of the type, at one size in dots."""

    bold: bool
    size: int

    @property
    def font(self) -> ImageFont.FreeTypeFont:
        """The loaded font."""
        return _font(self.bold, self.size)

    @property
    def leading(self) -> int:
        """Dots from one line to the next."""
        return round(self.size * _LEADING)

    @property
    def cap_height(self) -> int:
        """Dots from the baseline to the top of a capital without accent."""
        return -round(self.font.getbbox("H", anchor="ls")[1])

    def width(self, text: str) -> int:
        """Dots a line takes: its ink or its advance, whichever is wider."""
        return round(max(self.font.getlength(text), self.font.getbbox(text)[2]))


@dataclass(frozen=True)
class Setting:
    """Lines of one face, ready to draw."""

    face: Face
    lines: tuple[str, ...]
    shortened: bool = False
    """Whether words are missing, told by an ellipsis."""

    @property
    def width(self) -> int:
        """Dots of the widest line."""
        return max((self.face.width(line) for line in self.lines), default=0)

    @property
    def height(self) -> int:
        """Dots from the top of the first capitals to the bottom of the last descenders."""
        if not self.lines:
            return 0
        return self.face.cap_height + self.face.leading * (len(self.lines) - 1) + self.descent

    @property
    def descent(self) -> int:
        """Dots under the last baseline."""
        return round(max(0, self.face.font.getbbox("gp", anchor="ls")[3]))

    @property
    def accent(self) -> int:
        """Dots by which the first line rises above its capitals."""
        if not self.lines:
            return 0
        ink_top = -self.face.font.getbbox(self.lines[0], anchor="ls")[1]
        return round(max(0, ink_top - self.face.cap_height))

    def draw(self, draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
        """Draw the lines in black, the first capitals' top at `top`."""
        for number, line in enumerate(self.lines):
            baseline = top + self.face.cap_height + number * self.face.leading
            draw.text((left, baseline), line, font=self.face.font, fill=0, anchor="ls")


def fit(text: str, width: int, tries: Iterable[tuple[int, int]], *, bold: bool) -> Setting:
    """Set a text in the first (size, most lines) where it is whole, else in the last with an ellipsis."""
    text = unicodedata.normalize("NFC", text).strip(" ")
    setting = Setting(Face(bold, 1), ())
    for size, most_lines in tries:
        face = Face(bold, size)
        lines = _wrap(text, face, width)
        if len(lines) <= most_lines and all(face.width(line) <= width for line in lines):
            return Setting(face, tuple(lines))
        setting = Setting(face, tuple(_shorten(lines, most_lines, face, width)), shortened=True)
    return setting


def _wrap(text: str, face: Face, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and face.width((line + piece).rstrip(" ")) > width:
            lines.append(line.rstrip(" "))
            line = ""
        line += piece
    return [*lines, line.rstrip(" ")] if line.strip(" ") else lines


def _pieces(text: str) -> list[str]:
    """Cut after each space and hyphen; no-break spaces and hyphens hold."""
    pieces = [""]
    for character in text:
        pieces[-1] += character
        if character in " -":
            pieces.append("")
    return [piece for piece in pieces if piece]


def _shorten(lines: list[str], most_lines: int, face: Face, width: int) -> list[str]:
    kept = lines[:most_lines]
    shortened = []
    for number, line in enumerate(kept):
        cut = number == len(kept) - 1 and len(lines) > len(kept)
        if not cut and face.width(line) <= width:
            shortened.append(line)
            continue
        while line and face.width(line + _ELLIPSIS) > width:
            line = line[:-1].rstrip(" ,-")
        shortened.append(line + _ELLIPSIS)
    return shortened


@cache
def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont:
    # The basic engine gives the same dots on every machine; Raqm is only there on some.
    name = "boite-lecture-bold.ttf" if bold else "boite-lecture-regular.ttf"
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)
