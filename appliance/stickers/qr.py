"""QR codes drawn module by module: whole dots, never resampled, inside their own quiet zone."""

from dataclasses import dataclass
from enum import IntEnum

import qrcode
from PIL import Image, ImageDraw
from qrcode.exceptions import DataOverflowError

QUIET_MODULES = 4
"""White modules on each side, as ISO/IEC 18004 asks; phones miss codes with less."""


class Level(IntEnum):
    """How much damage a code survives; the values are those of the `qrcode` library."""

    M = qrcode.constants.ERROR_CORRECT_M
    """About 15 %."""
    Q = qrcode.constants.ERROR_CORRECT_Q
    """About 25 %."""
    H = qrcode.constants.ERROR_CORRECT_H
    """About 30 %."""


@dataclass(frozen=True)
class Code:
    """A QR code as rows of modules, True for black, without its quiet zone."""

    level: Level
    rows: tuple[tuple[bool, ...], ...]

    @property
    def modules(self) -> int:
        """Modules on a side, quiet zone included."""
        return len(self.rows) + 2 * QUIET_MODULES

    def draw(self, draw: ImageDraw.ImageDraw, left: int, top: int, dots: int) -> None:
        """Draw it in black, `dots` per module, with its quiet zone's corner at (left, top)."""
        for y, row in enumerate(self.rows, QUIET_MODULES):
            for x, black in enumerate(row, QUIET_MODULES):
                if black:
                    corner = (left + x * dots, top + y * dots)
                    draw.rectangle((*corner, corner[0] + dots - 1, corner[1] + dots - 1), fill=0)

    def image(self, dots: int) -> Image.Image:
        """Return it alone as a black and white image, `dots` per module."""
        side = self.modules * dots
        image = Image.new("1", (side, side), 1)
        self.draw(ImageDraw.Draw(image), 0, 0, dots)
        return image


def encode(text: str, level: Level) -> Code:
    """Return the smallest code for a text, or raise ValueError when no QR code can hold it."""
    code = qrcode.QRCode(error_correction=level, border=0)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError(f"{len(text)} characters are too many for a QR code") from error
    return Code(level, tuple(tuple(bool(module) for module in row) for row in code.get_matrix()))
