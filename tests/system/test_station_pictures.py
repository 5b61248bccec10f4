"""Photos with a spoken caption, and films: what is kept, what is not, and what a fault leaves."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from appliance.config import Config
from appliance.devices.ports import ButtonName
from appliance.domain.captures import Packing
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people, traces
from appliance.hub.box import Box
from appliance.media.decode import pcm_of
from appliance.station import takes
from appliance.station.spool import Spool
from tests.system.station_class import ask, badges_in_view, code_of, hearing_too, wait_traces
from tests.system.station_rig import Rig, hurry, nothing_came, until, working
from tests.unit.film_helpers import probe, seconds_of

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
def config(config: Config) -> Config:
    return hearing_too(config)


@pytest.fixture
def film_station(open_box: Box, lina: str) -> None:
    people.answer(open_box, lina, Nature.FILM, [Scope.CLASS])
    ask(open_box, "B", nature=Nature.FILM, limit_seconds=2)


def test_a_photo_gets_its_spoken_caption(open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes, "CAPTION_SECONDS", 1.0)
    ask(open_box, "B", caption=True)
    with working(open_box, "B") as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_prompt("tell")
        rig.reach("review")
        assert rig.streams["microphone"] == [1, 0]
        rig.press(GREEN)
        rig.wait_sound("take")
        rig.reach("playing", "review")
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert 900 <= trace.capture.caption_ms <= 1_100
    heard = np.frombuffer(pcm_of(traces.caption(open_box, trace.capture)), "<i2")
    assert np.abs(heard).max() > 1_000
    assert trace.capture.has_thumbnail


def test_a_power_cut_in_the_caption_leaves_the_photo(open_box: Box, lina: str, tmp_path: Path) -> None:
    """What is on the disk at that moment is what the next start finds."""
    ask(open_box, "B", caption=True)
    with working(open_box, "B") as rig:
        rig.come(code_of(open_box, lina))
        until(lambda: rig.streams["microphone"][1] == 1)
        (take,) = rig.takes()
        assert (take / "media.age").is_file()
        assert (take / "thumbnail.age").is_file()
        shutil.copytree(rig.spool, tmp_path / "spool")
    found = Spool(tmp_path / "spool")
    assert found.recover() == 0
    (left,) = found.leaving()
    assert (left.packing, left.cut, left.caption_ms) == (Packing.WHOLE, False, 0)


def test_red_says_that_there_is_nothing_to_tell(open_box: Box, lina: str) -> None:
    ask(open_box, "B", caption=True)
    with working(open_box, "B", longest_sound=0.7) as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_prompt("tell")
        rig.press(RED)
        rig.reach("review")
        assert rig.streams["microphone"] == [0, 0]
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.kept, trace.capture.caption_ms) == (True, 0)


def test_without_permission_for_the_voice_a_photo_has_no_caption(open_box: Box, lina: str) -> None:
    people.answer(open_box, lina, Nature.VOICE, [])
    ask(open_box, "B", caption=True)
    with working(open_box, "B") as rig:
        rig.come(code_of(open_box, lina))
        rig.reach("review")
        assert rig.streams["microphone"] == [0, 0]
        assert "tell" not in rig.prompts
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.caption_ms == 0


def test_a_photo_of_somebody_else_is_not_even_taken(open_box: Box, lina: str) -> None:
    with working(open_box, "B", longest_sound=5) as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_prompt("three")
        rig.badge_camera.show(badges_in_view("ZZZZZZZZ"))
        rig.press(GREEN)
        rig.reach("looking", "cannot")
        until(lambda: rig.streams["tray"] == [1, 0])
        assert not {"two", "click"} & {*rig.prompts}
        assert nothing_came(open_box, rig)


def keep_film(rig: Rig, badge: str) -> None:
    rig.come(badge)
    rig.reach("review")
    rig.press(BLUE)
    rig.reach("kept")


@pytest.mark.usefixtures("film_station")
def test_a_film_plays_with_its_sound(open_box: Box, lina: str) -> None:
    with working(open_box, "B") as rig:
        keep_film(rig, code_of(open_box, lina))
        (trace,) = wait_traces(open_box, 1)
        assert {"film_ready", "three", "two", "one", "start"} <= {*rig.prompts}
    media = traces.media(open_box, trace.capture)
    assert [stream["codec_name"] for stream in probe(media)["streams"]] == ["h264", "aac"]
    assert all(1.5 < seconds < 2.5 for seconds in seconds_of(media))
    assert np.abs(np.frombuffer(pcm_of(media), "<i2")).max() > 1_000
    assert trace.capture.has_thumbnail


@pytest.mark.usefixtures("film_station")
def test_a_camera_that_is_pulled_out_leaves_the_beginning_of_the_film(open_box: Box, lina: str) -> None:
    ask(open_box, "B", limit_seconds=30)
    with working(open_box, "B") as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_parts(2)
        rig.tray.set_plugged(False)
        rig.reach("cannot")
        assert rig.prompts[-1] == "eye_unplugged"
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.cut, trace.capture.kept) == (True, False)
    assert min(seconds_of(traces.media(open_box, trace.capture))) >= 0.5


@pytest.mark.usefixtures("film_station")
def test_a_film_whose_microphone_is_pulled_out_says_so(open_box: Box, lina: str) -> None:
    ask(open_box, "B", limit_seconds=30)
    with working(open_box, "B") as rig:
        rig.microphone.set_plugged(False)
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.press(RED)
        rig.reach("cannot")
        assert rig.prompts[-1] == "ear_unplugged"
        assert nothing_came(open_box, rig)
        rig.microphone.set_plugged(True)
        rig.come(code_of(open_box, lina))
        rig.wait_parts(2)
        rig.microphone.set_plugged(False)
        rig.reach("cannot")
        assert rig.prompts[-1] == "ear_unplugged"
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.cut


@pytest.mark.usefixtures("film_station")
def test_the_hub_mends_a_film_that_broke_off(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_box, "B", limit_seconds=30)
    with working(open_box, "B") as rig:
        add_part = rig.program._spool.add_part

        def breaks_at_the_fourth(take: str, index: int, milliseconds: int, sealed: bytes) -> None:
            if index == 3:
                raise RuntimeError("a bug")
            add_part(take, index, milliseconds, sealed)

        monkeypatch.setattr(rig.program._spool, "add_part", breaks_at_the_fourth)
        rig.come(code_of(open_box, lina))
        rig.reach("cannot")
        assert rig.streams["tray"] == [1, 0]
        assert rig.streams["microphone"] == [1, 0]
        (trace,) = wait_traces(open_box, 1)
        until(lambda: wait_traces(open_box, 1)[0].capture.packing is Packing.WHOLE)
    assert trace.capture.cut
    media = traces.media(open_box, trace.capture)
    assert [stream["codec_name"] for stream in probe(media)["streams"]] == ["h264", "aac"]
    assert min(seconds_of(media)) >= 1.0
