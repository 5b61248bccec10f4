"""Show the notebook, hear it: a sticker before the camera, or under the reader."""

import pytest

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Scope
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.media.mp3 import to_mp3
from appliance.station import notebook
from tests.system.station_class import badges_in_view, code_of, humming, pupil_of, sticker_in_view
from tests.system.station_rig import hurry, until, working
from tests.unit.hub_helpers import send

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def sticker(box: Box, pupil: str, wish: Scope | None = None) -> str:
    """Put a capture of ten seconds into the hub; the code of its sticker."""
    return send(box, pupil, to_mp3(humming(10)), wish=wish).code


@pytest.mark.parametrize("button", ButtonName)
def test_a_sticker_plays_once_and_any_button_ends_it(open_box: Box, lina: str, button: ButtonName) -> None:
    code = sticker(open_box, lina)
    with working(open_box, longest_sound=60) as rig:
        rig.badge_camera.show(sticker_in_view(code))
        rig.press(RED)
        rig.reach("looking", "hearing")
        rig.wait_sound("take")
        assert rig.streams["badge_camera"] == [1, 0]
        rig.wait_light(LightState.REVIEW)
        rig.badge_camera.show(badges_in_view("ZZZZZZZZ"))
        rig.press(button)
        rig.reach("looking" if button is RED else "ready")
        until(lambda: "take" in rig.cut)
        assert rig.sounds.count("take") == 1
        assert rig.streams["microphone"] == [0, 0]


def test_a_sticker_is_heard_to_its_end_and_nothing_of_it_is_written(open_box: Box, lina: str) -> None:
    code = sticker(open_box, lina)
    with working(open_box, reader=True, camera=False) as rig:
        rig.press(RED)
        rig.reach("looking")
        before = {path.name for path in rig.spool.rglob("*")}
        rig.reader.present(f"http://boite.local/e/{code}")
        rig.reach("hearing")
        rig.reader.present(f"http://boite.local/e/{code}")
        rig.reach("ready")
        assert rig.sounds.count("take") == 1
        assert {path.name for path in rig.spool.rglob("*")} == before


def test_a_locked_class_and_a_sticker_of_nothing_say_not_now(open_box: Box, lina: str) -> None:
    code = sticker(open_box, lina)
    with working(open_box, reader=True, camera=False) as rig:
        for shown in ("000000000000", code):
            if shown == code:
                access.lock(open_box)
            rig.press(RED)
            rig.reach("looking")
            rig.reader.present(shown)
            rig.reach("hearing", "cannot")
            assert rig.prompts[-1] == "hear_closed"
        assert "take" not in rig.sounds


def test_what_a_pupil_keeps_for_themselves_opens_with_their_badge(open_box: Box, lina: str) -> None:
    tom = pupil_of(open_box, "Tom", "dog")
    code = sticker(open_box, lina, Scope.SELF)
    with working(open_box) as rig:
        for pupil in (tom, lina):
            rig.badge_camera.show(sticker_in_view(code))
            rig.press(RED)
            rig.reach("hearing", "looking")
            assert "take" not in rig.sounds
            rig.badge_camera.show(badges_in_view(code_of(open_box, pupil)))
            rig.reach("hearing", "cannot" if pupil == tom else "ready")
        assert rig.sounds.count("take") == 1
        assert rig.streams["microphone"] == [0, 0]


def test_a_decoder_that_breaks_gives_the_panel_back(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_media: bytes, _timeout: float) -> bytes:
        raise RuntimeError("a bug")

    monkeypatch.setattr(notebook, "pcm_of_apart", broken)
    code = sticker(open_box, lina)
    with working(open_box, reader=True, camera=False) as rig:
        rig.press(RED)
        rig.reader.present(code)
        rig.reach("hearing", "cannot")
        assert rig.prompts[-1] == "hear_closed"


def test_the_hub_away_says_not_now(open_box: Box, lina: str) -> None:
    code = sticker(open_box, lina)
    with working(open_box, reader=True, camera=False) as rig:
        open_box.config.socket("station").unlink()
        rig.press(RED)
        rig.reader.present(code)
        rig.reach("hearing", "cannot")
        assert rig.prompts[-1] == "hear_closed"
