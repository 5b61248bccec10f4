"""A badge in a child's hand is read by the station's own reader; a code that is not there is not."""

import io
import random

import pytest
from PIL import Image

from appliance.devices.ports import LumaFrame
from appliance.domain.codes import badge_code
from appliance.simulator.scene import badge_in_hand, bare_desk, checked_picture
from appliance.station.badges import Sighting, read_codes


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
    assert read_codes(luma(badge_in_hand(code, "turtle", chance))) == Sighting(badges=frozenset({code}))


def test_it_is_never_held_twice_the_same_way() -> None:
    chance = random.Random(1)
    assert badge_in_hand("B0NJ0VR1", "cat", chance) != badge_in_hand("B0NJ0VR1", "cat", chance)


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
