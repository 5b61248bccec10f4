import pytest
from escpos.printer import Dummy
from PIL import Image

from appliance.devices.printer import EscposPrinter
from appliance.simulator.escpos_reader import Commands, EscposError, read_papers
from appliance.stickers.layout import render, rows
from appliance.stickers.words import StickerText

TEXT = StickerText(
    "https://boite.local/e/7Q2M9XKD4HTR",
    "7Q2M-9XKD-4HTR",
    "Dictée",
    "Lina",
    "12 janv. 2027",
    "pencil",
    "sun",
    False,
    "",
)
TEAR = b"\x1bJ\x58"


@pytest.fixture
def sticker() -> Image.Image:
    return render(TEXT)


@pytest.mark.parametrize("implementation", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_each_picture_command_gives_the_dots_back(sticker: Image.Image, implementation: str) -> None:
    printer = Dummy(profile="NT-5890K")
    printer.image(sticker, impl=implementation)
    (paper,) = read_papers(printer.output + TEAR)
    assert paper.size[0] == sticker.size[0]
    assert rows(paper)[: len(rows(sticker))] == rows(sticker)
    assert not any(rows(paper)[len(rows(sticker)) :])


@pytest.mark.parametrize("piece", [1, 7, 2000, 4096])
def test_commands_are_the_same_in_whatever_pieces_they_come(sticker: Image.Image, piece: int) -> None:
    job = EscposPrinter("network", "unused", "NT-5890K", 1)._encode(rows(sticker), sticker.width)
    commands = Commands()
    found = [command for at in range(0, len(job), piece) for command in commands.feed(job[at : at + piece])]
    assert found == Commands().feed(job)
    assert [command.name for command in found] == ["ESC @", *["GS v"] * 4, "ESC J"]


def test_a_short_feed_is_white_paper_and_a_long_one_tears() -> None:
    black = b"\x1dv0\x00\x01\x00\x02\x00\xff\xff"
    one, other = read_papers(black + b"\x1bJ\x08" + black + TEAR + black + b"\x1bd\x03")
    assert (one.size, other.size) == ((384, 12), (384, 2))
    assert rows(one)[::48] == b"\xff\xff" + bytes(8) + b"\xff\xff"


def test_a_cut_tears_and_blank_paper_is_none() -> None:
    assert len(read_papers(b"\x1dv0\x00\x01\x00\x01\x00\xff\x1dV\x42\x00")) == 1
    assert read_papers(b"\x1b@" + TEAR + b"\x1dV\x01") == []


def test_text_is_ignored_and_an_unknown_command_is_named() -> None:
    assert read_papers("Léa\n".encode("cp437")) == []
    with pytest.raises(EscposError, match=r"ESC \^"):
        read_papers(b"\x1b^")
