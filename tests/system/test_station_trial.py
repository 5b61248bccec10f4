"""A grown-up tries a station: devices open and are heard, and not a byte of it is on a disk."""

import pytest

from appliance.config import Config
from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Nature
from appliance.hub import trials
from appliance.hub.box import Box
from appliance.station import takes
from appliance.store import captures
from tests.system.station_class import (
    ask,
    badges_in_view,
    code_of,
    hearing_too,
    stickers_asked,
    wait_traces,
)
from tests.system.station_rig import Rig, hurry, nothing_came, working

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
def config(config: Config) -> Config:
    return hearing_too(config)


def come_to_try(rig: Rig, box: Box) -> None:
    badge = trials.lend(box)
    rig.wait_roster(lambda roster: roster.trial == badge)
    rig.come(badge.code)


def forget(box: Box, rig: Rig) -> None:
    rig.press(BLUE)
    rig.wait_prompt("draft_gone")
    rig.wait_state("ready")
    assert nothing_came(box, rig)
    assert stickers_asked(box) == []


def test_a_voice_is_heard_forgotten_and_the_next_pupil_s_is_kept(open_box: Box, lina: str) -> None:
    ask(open_box, limit_seconds=2)
    with working(open_box) as rig:
        come_to_try(rig, open_box)
        rig.wait_light(LightState.RECORDING)
        rig.reach("review")
        assert not rig.takes()
        rig.press(GREEN)
        rig.wait_sound("take")
        rig.reach("playing", "review")
        forget(open_box, rig)
        rig.record(code_of(open_box, lina))
        rig.press(BLUE)
        rig.reach("kept")
        (trace,) = wait_traces(open_box, 1)
        assert trace.capture.pupils == (lina,)


def test_a_film_is_made_and_forgotten(open_box: Box) -> None:
    ask(open_box, "B", nature=Nature.FILM, limit_seconds=2)
    with working(open_box, "B") as rig:
        come_to_try(rig, open_box)
        rig.wait_light(LightState.RECORDING)
        rig.reach("review")
        assert not rig.takes()
        forget(open_box, rig)


@pytest.mark.parametrize("caption", [False, True])
def test_a_photo_is_taken_told_and_forgotten(
    open_box: Box, monkeypatch: pytest.MonkeyPatch, *, caption: bool
) -> None:
    monkeypatch.setattr(takes, "CAPTION_SECONDS", 1.0)
    ask(open_box, "B", nature=Nature.PRODUCTION, caption=caption)
    with working(open_box, "B") as rig:
        rig.tray.show(badges_in_view("22222222"))
        come_to_try(rig, open_box)
        rig.reach("review")
        assert (rig.streams["tray"], rig.streams["microphone"]) == ([1, 0], [int(caption), 0])
        rig.press(GREEN)
        rig.reach("playing", "review")
        assert ("take" in rig.sounds) is caption
        forget(open_box, rig)


def test_taken_back_it_is_a_badge_that_nobody_knows(open_box: Box) -> None:
    with working(open_box) as rig:
        badge = trials.lend(open_box)
        rig.wait_roster(lambda roster: roster.trial == badge)
        trials.take_back(open_box)
        rig.wait_roster(lambda roster: roster.trial is None)
        rig.badge_camera.show(badges_in_view(badge.code))
        rig.press(RED)
        rig.wait_prompt("unknown_badge")
        assert rig.streams["microphone"] == [0, 0]
        assert not captures.ids(open_box.database)
