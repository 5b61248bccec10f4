"""A good take: three to choose from, a draft that is nowhere, silence, limits, advice, a wish."""

from datetime import timedelta

import numpy as np
import pytest

from appliance.devices.ports import SAMPLE_RATE, ButtonName, LightState
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people, traces
from appliance.hub.box import Box
from appliance.jobs import retention
from appliance.media.decode import pcm_of
from appliance.station import ear, moves, presses, takes
from appliance.station.ear import Ear, Reactions
from appliance.store import captures
from tests.conftest import HandClock
from tests.system.file_watch import FileWatch
from tests.system.station_class import ask, badges_in_view, code_of, humming, stickers_asked, wait_traces
from tests.system.station_rig import Rig, hurry, until, working

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE
NOBODY = bytes(2)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def tone(frequency: float) -> bytes:
    moments = np.arange(60 * SAMPLE_RATE) / SAMPLE_RATE
    return bytes((0.3 * np.sin(2 * np.pi * frequency * moments) * 32767).astype("<i2").tobytes())


def pitch(mp3: bytes) -> float:
    sound = np.frombuffer(pcm_of(mp3), "<i2").astype(np.float64)
    return float(np.argmax(np.abs(np.fft.rfft(sound))) * SAMPLE_RATE / len(sound))


def again(rig: Rig) -> None:
    rig.press(RED)
    rig.reach("recording")
    rig.finish()


def test_the_second_of_three_takes_is_kept_and_nothing_of_the_others(open_box: Box, lina: str) -> None:
    with working(open_box) as rig:
        rig.microphone.set_clip(tone(300))
        rig.record(code_of(open_box, lina))
        for frequency in (500, 700):
            rig.microphone.set_clip(tone(frequency))
            again(rig)
        assert len(rig.takes()) == 3
        for take in ("take_3", "take_2"):
            rig.press(GREEN)
            rig.wait_prompt(take)
            rig.reach("playing", "review")
        rig.press(BLUE)
        rig.reach("kept")
        (trace,) = wait_traces(open_box, 1)
        until(lambda: not rig.takes())
    assert abs(pitch(traces.media(open_box, trace.capture)) - 500) < 5
    assert [path.name for path in rig.spool.iterdir()] == ["roster.json"]


def test_a_take_in_which_nobody_speaks_does_not_replace_a_good_one(open_box: Box, lina: str) -> None:
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina))
        rig.microphone.set_clip(NOBODY)
        again(rig)
        rig.wait_prompt("nothing_heard")
        until(lambda: len(rig.takes()) == 1)
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.kept, trace.capture.empty) == (True, False)


def draft(rig: Rig, badge: str) -> None:
    """A whole draft: told, made, heard, made again, forgotten."""
    rig.badge_camera.show(badges_in_view(badge))
    rig.press(RED)
    rig.wait_prompt("draft")
    rig.reach("recording", "review")
    rig.press(GREEN)
    rig.reach("playing", "review")
    rig.press(RED)
    rig.reach("recording", "review")
    rig.press(BLUE)
    rig.wait_prompt("draft_gone")
    rig.reach("ready")


def test_a_draft_is_written_nowhere(open_box: Box, lina: str) -> None:
    ask(open_box, draft=True, limit_seconds=1)
    badge = code_of(open_box, lina)
    folders = (open_box.config.data, open_box.config.run)
    with working(open_box) as rig:
        # What is opened once only is opened now: a module's cache, a camera's first picture.
        draft(rig, badge)
        watch = FileWatch(folders)
        draft(rig, badge)
        assert watch.seen() == []
        assert rig.streams["microphone"] == [4, 0]
        ask(open_box, draft=False, limit_seconds=30)
        rig.wait_roster(lambda roster: not roster.task.draft)
        watch = FileWatch(folders)
        rig.come(badge)
        rig.wait_parts(1)
        assert any("000000-" in written for written in watch.seen())


def test_a_draft_whose_microphone_is_away_leaves_nothing_to_mend(
    open_box: Box, lina: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(open_box, draft=True)
    with working(open_box) as rig:
        rig.microphone.set_plugged(False)
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.press(RED)
        rig.reach("cannot")
        assert rig.prompts[-1] == "ear_unplugged"
        assert rig.program._spool.leaving() == []
    assert "waits for the disk" not in caplog.text


def test_silence_is_helped_then_ended_and_leaves_no_sticker(
    open_box: Box, clock: HandClock, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "HINT_AFTER", 0.5)

    def impatient(reactions: Reactions, limit: float, patience: float, _silence: float) -> Ear:
        return Ear(reactions, limit, patience, silence=1.5)

    monkeypatch.setattr(takes, "Ear", impatient)
    with working(open_box) as rig:
        rig.microphone.set_clip(NOBODY)
        rig.come(code_of(open_box, lina))
        rig.wait_prompt("listen_hint")
        assert rig.state == "recording"
        rig.reach("review")
        rig.wait_prompt("nothing_heard")
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
        assert rig.prompts.count("listen_hint") == 1
    assert (trace.capture.empty, trace.capture.kept) == (True, False)
    assert stickers_asked(open_box) == []
    clock.pass_(timedelta(days=1))
    assert retention.run(open_box.config, clock).erased == 1
    assert captures.ids(open_box.database) == set()


def test_the_limit_is_announced(open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "WARN_SECONDS", 0.5)
    ask(open_box, limit_seconds=2)
    with working(open_box) as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_prompt("last_seconds")
        assert rig.state == "recording"
        rig.reach("review")


@pytest.mark.parametrize(("gain", "said"), [(8.0, "loud"), (0.004, "far")])
def test_what_spoils_the_sound_is_told_and_forbids_nothing(
    open_box: Box, lina: str, gain: float, said: str
) -> None:
    with working(open_box) as rig:
        rig.microphone.set_clip(humming(60, gain))
        rig.come(code_of(open_box, lina))
        rig.wait_light(LightState.ATTENTION)
        rig.press(RED)
        rig.reach("review")
        rig.wait_prompt(said)
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.advice, trace.capture.kept) == (said, True)


def test_a_stuck_button_is_said_once_and_told_to_the_hub(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(open_box) as rig:
        rig.come(code_of(open_box, lina))
        rig.wait_parts(1)
        monkeypatch.setattr(presses, "STUCK_SECONDS", 0.3)
        rig.pins.hold(BLUE, True)
        rig.reach("stuck")
        rig.wait_prompt("stuck")
        rig.press(RED)
        rig.wait_report(open_box, "stuck")
        assert rig.streams["microphone"] == [1, 0]
        rig.pins.hold(BLUE, False)
        rig.reach("ready")
        rig.wait_report(open_box)
        assert rig.prompts.count("stuck") == 1
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.kept, trace.capture.cut) == (False, False)


def test_the_pupils_wish_reaches_the_hub(open_box: Box, lina: str) -> None:
    ask(open_box, wish=True)
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina))
        rig.press(BLUE)
        rig.reach("wishing")
        rig.wait_light(LightState.CHOOSING)
        for said in ("wish_class", "wish_family"):
            rig.press(GREEN)
            rig.wait_prompt(said)
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.wish is Scope.FAMILY


def test_a_station_that_stops_while_a_pupil_wishes_keeps_what_blue_kept(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "WISH_SECONDS", 60.0)
    ask(open_box, wish=True)
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina))
        rig.press(BLUE)
        rig.reach("wishing")
    with working(open_box):
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.kept


def test_a_microphone_pulled_out_while_the_pupil_listens_takes_nothing_away(open_box: Box, lina: str) -> None:
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina))
        rig.microphone.set_plugged(False)
        rig.press(GREEN)
        rig.reach("playing", "review")
        assert "take" in rig.sounds
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
        assert trace.capture.kept
        rig.wait_report(open_box, "microphone")


def test_a_withdrawal_while_the_pupil_decides_erases_the_take(open_box: Box, lina: str) -> None:
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina))
        people.answer(open_box, lina, Nature.VOICE, [])
        rig.press(BLUE)
        rig.reach("kept")
        until(lambda: not rig.takes())
    assert captures.ids(open_box.database) == set()
    assert not [*(open_box.config.data / "media").rglob("*.age")]
