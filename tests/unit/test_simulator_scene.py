"""A badge in a child's hand is read by the station's own reader; a code that is not there is not."""

import io
import random

import pytest
from PIL import Image

from appliance.devices.ports import LumaFrame
from appliance.domain.codes import badge_code, human_code, sticker_code
from appliance.simulator.scene import (
    MOST_BADGES,
    Card,
    badges_in_hand,
    bare_desk,
    checked_picture,
    sticker_in_hand,
)
from appliance.station.badges import Sighting, read_codes
from appliance.stickers.layout import render
from appliance.stickers.words import StickerText


def luma(jpeg: bytes) -> LumaFrame:
    grey = Image.open(io.BytesIO(jpeg)).convert("L")
    return LumaFrame(grey.width, grey.height, grey.tobytes())


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 120, 60)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("seed", range(12))
def test_a_badge_is_read_however_it_is_held(seed: int) -> None:
    chance = random.Random(seed)
    code = badge_code(chance.randbytes(8))
    assert read_codes(luma(badges_in_hand([Card(code, "turtle")], chance))) == Sighting(
        badges=frozenset({code})
    )


def test_it_is_never_held_twice_the_same_way() -> None:
    chance = random.Random(1)
    card = [Card("B0NJ0VR1", "cat")]
    assert badges_in_hand(card, chance) != badges_in_hand(card, chance)


@pytest.mark.parametrize("count", range(2, MOST_BADGES + 1))
def test_the_badges_of_a_group_are_read_together(count: int) -> None:
    chance = random.Random(count)
    codes = [badge_code(chance.randbytes(8)) for _ in range(count)]
    view = badges_in_hand([Card(code, "turtle") for code in codes], chance)
    assert read_codes(luma(view)) == Sighting(badges=frozenset(codes))


@pytest.mark.parametrize("seed", range(6))
def test_a_sticker_is_read_however_it_is_held(seed: int) -> None:
    chance = random.Random(seed)
    code = sticker_code(chance.randbytes(12))
    link = f"https://boite.local/e/{code}"
    words = ("Lecture, page 12", "Lina", "12 janv. 2027", "book", "turtle")
    text = StickerText(link, human_code(code), *words, reprint=False, watermark="")
    file = io.BytesIO()
    render(text).save(file, "PNG")
    view = sticker_in_hand(file.getvalue(), chance)
    assert read_codes(luma(view)) == Sighting(stickers=frozenset({code}))


def test_a_bare_desk_shows_no_badge() -> None:
    assert not read_codes(luma(bare_desk()))


def test_a_picture_can_be_behind_the_badge() -> None:
    seen = Image.open(io.BytesIO(bare_desk(picture("PNG")))).convert("RGB")
    red, green, blue = seen.getpixel((seen.width // 2, seen.height // 2))  # type: ignore[misc]
    assert green > red
    assert green > blue


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_measured(kind: str) -> None:
    assert checked_picture(picture(kind)) == (64, 48)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_said_so(data: bytes) -> None:
    with pytest.raises(ValueError, match="illisible"):
        checked_picture(data)
