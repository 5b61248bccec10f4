"""Reads ESC/POS back into dots: what the demo's paper shows, and the oracle of the printer's tests.

`Commands` cuts a stream into commands, whatever the pieces it comes in; `Sheet` plays them. Text is
ignored: our stickers are pictures. The command set is Epson's (ESC/POS Application Programming Guide).
"""

from collections.abc import Generator
from dataclasses import dataclass

from PIL import Image

TEAR_FEED = 64
"""Dots (8 mm): a feed this long after a picture brings it under the tear bar."""
_LINE = 30
"""Dots of a line after a reset."""
_ONE_BYTE_ARGUMENT = {
    0x1B: frozenset(b"!-3EGJMRVad{t "),
    0x1D: frozenset(b"!Bfhwr"),
}
_NO_ARGUMENT = {0x1B: frozenset(b"@2"), 0x1D: frozenset(b"")}
_FEED_LINE = 0x0A


class EscposError(ValueError):
    """Bytes that this reader does not know; its text shows the command."""


@dataclass(frozen=True)
class Command:
    """One command: its name as in the manual (`GS v`, `LF`), its arguments, its picture if any."""

    name: str
    arguments: tuple[int, ...] = ()
    data: bytes = b""


class Commands:
    """Cuts a stream into commands."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._steps = self._cut()
        self._wanted = next(self._steps)
        self._found: list[Command] = []

    def feed(self, data: bytes) -> list[Command]:
        """Take more bytes and return the commands they complete, or raise EscposError."""
        self._buffer += data
        while len(self._buffer) >= self._wanted:
            taken = bytes(self._buffer[: self._wanted])
            del self._buffer[: self._wanted]
            self._wanted = self._steps.send(taken)
        found = self._found[:]
        self._found.clear()
        return found

    def _cut(self) -> Generator[int, bytes, None]:
        while True:
            first = (yield 1)[0]
            if first == _FEED_LINE:
                self._found.append(Command("LF"))
            elif first == 0x10:
                yield from self._real_time()
            elif first in (0x1B, 0x1D):
                yield from self._escape(first)

    def _real_time(self) -> Generator[int, bytes, None]:
        kind, argument = yield 2
        if kind != 0x04:
            raise EscposError(f"unknown command DLE {kind:#04x}")
        self._found.append(Command("DLE EOT", (argument,)))

    def _escape(self, first: int) -> Generator[int, bytes, None]:
        letter = (yield 1)[0]
        name = f"{'ESC' if first == 0x1B else 'GS'} {chr(letter)}"
        if letter in _NO_ARGUMENT[first]:
            self._found.append(Command(name))
        elif letter in _ONE_BYTE_ARGUMENT[first]:
            self._found.append(Command(name, ((yield 1)[0],)))
        elif name == "GS V":
            mode = (yield 1)[0]
            self._found.append(Command(name, (mode, (yield 1)[0]) if mode >= 65 else (mode,)))
        elif name == "GS v":
            _zero, mode, wide, wide_high, tall, tall_high = yield 6
            size = (wide + 256 * wide_high, tall + 256 * tall_high)
            self._found.append(Command(name, (mode, *size), (yield size[0] * size[1])))
        elif name == "ESC *":
            mode, low, high = yield 3
            columns = low + 256 * high
            self._found.append(Command(name, (mode, columns), (yield columns * (3 if mode >= 32 else 1))))
        elif name == "GS (":
            yield from self._extended()
        else:
            raise EscposError(f"unknown command {name}")

    def _extended(self) -> Generator[int, bytes, None]:
        letter, low, high = yield 3
        if letter != ord("L"):
            raise EscposError(f"unknown command GS ( {chr(letter)}")
        self._found.append(Command("GS ( L", (), (yield low + 256 * high)))


class Sheet:
    """Plays commands on paper of a given width in dots."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[bytes] = []
        self._blank = 0
        self._columns: Image.Image | None = None
        self._stored: tuple[int, bytes] | None = None
        self._line = _LINE

    def play(self, command: Command) -> Image.Image | None:
        """Play one command; return the paper that it brought under the tear bar or cut, if it did.

        The paper is a black and white image of exactly the dots sent, without the blank fed after them.
        """
        if command.name == "ESC @":
            self._line, self._columns, self._stored = _LINE, None, None
        elif command.name == "ESC 2":
            self._line = _LINE
        elif command.name == "ESC 3":
            self._line = command.arguments[0]
        elif command.name == "GS v":
            self._raster(command.arguments[1], command.data, command.arguments[0])
        elif command.name == "ESC *":
            self._add_columns(command)
        elif command.name == "GS ( L":
            self._graphics(command.data)
        return self._motion(command)

    def _motion(self, command: Command) -> Image.Image | None:
        if command.name == "GS V":
            return self._tear()
        if command.name == "LF":
            return self._feed(max(0, self._line - self._print_columns()))
        if command.name == "ESC J":
            self._print_columns()
            return self._feed(command.arguments[0])
        if command.name == "ESC d":
            self._print_columns()
            return self._feed(command.arguments[0] * self._line)
        return None

    def _feed(self, dots: int) -> Image.Image | None:
        self._blank += dots
        return self._tear() if dots >= TEAR_FEED else None

    def _tear(self) -> Image.Image | None:
        rows, self._rows, self._blank = self._rows, [], 0
        if not rows:
            return None
        picture = Image.frombytes("1", (self._width, len(rows)), b"".join(rows))
        return picture.point([255, 0] + [0] * 254, "1")

    def _raster(self, wide: int, data: bytes, mode: int) -> None:
        if mode & 3:
            raise EscposError(f"GS v 0 stretched (mode {mode}) is not printed here")
        width = (self._width + 7) // 8
        self._rows += [bytes(width)] * self._blank
        self._blank = 0
        for start in range(0, len(data), wide or 1):
            self._rows.append(data[start : start + wide][:width].ljust(width, b"\0"))

    def _graphics(self, data: bytes) -> None:
        function = data[1]
        if function == 112:
            wide = data[6] + 256 * data[7]
            self._stored = ((wide + 7) // 8, data[10:])
        elif function in (2, 50) and self._stored:
            self._raster(*self._stored, 0)
            self._stored = None
        else:
            raise EscposError(f"unknown function {function} of GS ( L")

    def _add_columns(self, command: Command) -> None:
        mode, columns = command.arguments
        if mode != 33:
            raise EscposError(f"ESC * {mode} is not printed here, only 33 (24 dots, full density)")
        # Each column is three bytes, top first: a sideways picture, 24 wide and one row per column.
        strip = Image.frombytes("1", (24, columns), command.data)
        self._columns = strip.transpose(Image.Transpose.TRANSPOSE)

    def _print_columns(self) -> int:
        if self._columns is None:
            return 0
        strip = Image.new("1", (self._width, 24))
        strip.paste(self._columns, (0, 0))
        self._columns = None
        self._raster((self._width + 7) // 8, strip.tobytes(), 0)
        return 24


def read_papers(data: bytes, width: int = 384) -> list[Image.Image]:
    """Return the papers that a whole stream prints, or raise EscposError; the rest is left out."""
    sheet = Sheet(width)
    return [paper for command in Commands().feed(data) if (paper := sheet.play(command)) is not None]
