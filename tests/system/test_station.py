"""A station over its twins and the hub's real socket: real time, real threads, real files."""

import errno
import io
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.devices.ports import SAMPLE_RATE, ButtonName, LightState
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people, traces
from appliance.hub.box import Box
from appliance.station import moves, spool, takes
from appliance.station.levelling import level
from tests.system.station_class import badges_in_view, code_of, wait_traces
from tests.system.station_rig import Rig, serving

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture
def rig(open_box: Box, lina: str, request: pytest.FixtureRequest) -> Iterator[Rig]:
    station = open_box.config.station(getattr(request, "param", "A"))
    with serving(open_box):
        rig = Rig(open_box.config, station, open_box.clock)
        rig.program._uplink.refresh()
        rig.start()
        rig.wait_state("ready")
        yield rig
        rig.stop()


def badge_of(box: Box, pupil: str) -> bytes:
    return badges_in_view(code_of(box, pupil))


def tone(frequency: float, seconds: float) -> bytes:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return bytes((0.3 * np.sin(2 * np.pi * frequency * time) * 32767).astype("<i2").tobytes())


def decoded(mp3: bytes, folder: Path) -> np.ndarray:
    (folder / "x.mp3").write_bytes(mp3)
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", folder / "x.mp3", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-"],
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, "<i2") / 32768


def record(rig: Rig, badge: bytes) -> None:
    rig.badge_camera.show(badge)
    rig.press(RED)
    rig.wait_state("recording")
    threading.Event().wait(0.8)
    rig.press(RED)
    rig.wait_state("review")
    # A second press within 0.4 s would be the same one.
    threading.Event().wait(0.5)


def test_a_voice_from_red_to_the_hub(rig: Rig, open_box: Box, lina: str, tmp_path: Path) -> None:
    rig.microphone.set_clip(tone(440, 2.0))
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    assert rig.streams["badge_camera"] == [1, 0]
    assert rig.streams["microphone"] == [1, 1]
    threading.Event().wait(1.5)
    rig.press(RED)
    rig.wait_state("review")
    assert rig.streams["microphone"] == [1, 0]
    rig.press(GREEN)
    rig.wait_state("playing")
    rig.wait_state("review")
    rig.press(BLUE)
    rig.wait_state("kept")
    (trace,) = wait_traces(open_box, 1)
    assert trace.names == ("Lina",)
    assert trace.capture.kept
    sound = decoded(traces.media(open_box, trace.capture), tmp_path)
    assert abs(len(sound) / SAMPLE_RATE - trace.capture.duration_ms / 1000) < 0.15
    spectrum = np.abs(np.fft.rfft(sound))
    assert abs(np.argmax(spectrum) * SAMPLE_RATE / len(sound) - 440) < 3


def test_nothing_from_before_the_end_of_the_signal_is_kept(
    rig: Rig, open_box: Box, lina: str, tmp_path: Path
) -> None:
    """The twin's room lets the microphone hear the loudspeaker: the signal's 784 Hz must not be there."""
    rig.microphone.set_clip(bytes(2))
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    threading.Event().wait(1.0)
    rig.press(RED)
    rig.wait_state("review")
    rig.press(BLUE)
    (trace,) = wait_traces(open_box, 1)
    sound = decoded(traces.media(open_box, trace.capture), tmp_path)
    spectrum = np.abs(np.fft.rfft(sound))
    peak = spectrum[round(784 * len(sound) / SAMPLE_RATE)]
    assert peak < 4 * np.median(spectrum)


def test_without_permission_no_stream_opens(rig: Rig, open_box: Box) -> None:
    sami = people.add(open_box, "Sami", pictogram="cat")
    people.answer(open_box, sami, Nature.VOICE, [Scope.FAMILY])
    rig.wait_on_roster(sami)
    rig.badge_camera.show(badge_of(open_box, sami))
    rig.press(RED)
    rig.wait_state("cannot")
    assert rig.streams["microphone"] == [0, 0]
    assert rig.prompts[-1] == "listen_only"
    assert list((open_box.config.data / "spool/A").glob("*/")) == []


def test_an_unknown_badge_is_said(rig: Rig) -> None:
    rig.badge_camera.show(badges_in_view("ZZZZZZZZ"))
    rig.press(RED)
    rig.wait_state("cannot")
    assert rig.prompts[-1] == "unknown_badge"


def test_a_microphone_pulled_out_keeps_what_it_heard(rig: Rig, open_box: Box, lina: str) -> None:
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    threading.Event().wait(1.2)
    rig.microphone.set_plugged(False)
    rig.wait_state("cannot")
    assert rig.prompts[-1] == "ear_unplugged"
    (trace,) = wait_traces(open_box, 1)
    assert trace.capture.cut
    assert not trace.capture.kept
    assert trace.capture.duration_ms >= 1_000


def test_a_second_take_replaces_the_first(rig: Rig, open_box: Box, lina: str) -> None:
    rig.badge_camera.show(badge_of(open_box, lina))
    for _ in range(2):
        rig.press(RED)
        rig.wait_state("recording")
        threading.Event().wait(0.8)
        rig.press(RED)
        rig.wait_state("review")
        threading.Event().wait(0.5)
    rig.press(BLUE)
    rig.wait_state("kept")
    assert len(wait_traces(open_box, 1)) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RuntimeError("a bug"), "not_now"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
    ],
)
def test_a_take_that_breaks_off_gives_the_panel_back_and_keeps_what_was_written(
    rig: Rig, open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    add_part = rig.program._spool.add_part

    def breaks_at_the_third(take: str, index: int, milliseconds: int, sealed: bytes) -> None:
        if index == 2:
            raise fault
        add_part(take, index, milliseconds, sealed)

    monkeypatch.setattr(rig.program._spool, "add_part", breaks_at_the_third)
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    rig.wait_state("cannot")
    assert rig.prompts[-1] == said
    assert rig.streams["microphone"] == [1, 0]
    (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.cut, trace.capture.kept) == (True, False)
    assert trace.capture.duration_ms >= 1_000
    rig.wait_state("ready")
    assert rig.light is LightState.READY


def test_a_second_take_that_fails_leaves_the_first_to_the_pupil(rig: Rig, open_box: Box, lina: str) -> None:
    record(rig, badge_of(open_box, lina))
    rig.microphone.set_plugged(False)
    rig.press(RED)
    rig.wait_state("starting")
    rig.wait_state("review")
    assert rig.prompts[-1] == "ear_unplugged"
    rig.press(BLUE)
    (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.cut, trace.capture.kept) == (False, True)


def test_the_light_stays_red_until_a_take_that_does_not_start_is_closed(
    rig: Rig, open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr(moves, "START_SECONDS", 0.5)
    monkeypatch.setattr(rig.program._voice, "signal", lambda _name: over.wait(20))
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("starting")
    rig.wait_state("ready")
    assert rig.streams["microphone"] == [1, 1]
    assert rig.light is LightState.RECORDING
    rig.press(RED)
    rig.wait_state("looking")
    rig.wait_state("cannot")
    assert rig.streams["microphone"] == [1, 1]
    over.set()
    rig.wait_state("ready")
    assert rig.streams["microphone"] == [1, 0]
    assert rig.light is LightState.READY


def test_a_take_that_is_sealed_too_late_is_neither_lost_nor_mixed_with_the_next(
    rig: Rig, open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing, go_on = threading.Event(), threading.Event()

    def slow(pcm: bytes) -> bytes:
        sealing.set()
        assert go_on.wait(20)
        return level(pcm)

    monkeypatch.setattr(moves, "FINISH_SECONDS", 0.6)
    monkeypatch.setattr(takes, "level", slow)
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    threading.Event().wait(0.8)
    rig.press(RED)
    assert sealing.wait(10)
    rig.wait_state("ready")
    rig.press(RED)
    rig.wait_state("cannot")
    assert rig.streams["microphone"] == [1, 0]
    go_on.set()
    (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.cut, trace.capture.kept) == (False, False)
    rig.wait_state("ready")
    monkeypatch.setattr(moves, "FINISH_SECONDS", 60)
    record(rig, badge_of(open_box, lina))
    rig.press(BLUE)
    assert {trace.capture.kept for trace in wait_traces(open_box, 2)} == {True, False}


def test_a_kept_take_waits_for_a_disk_that_is_full(
    rig: Rig, open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(rig, badge_of(open_box, lina))

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as disk:
        disk.setattr(spool, "write_durably", full)
        rig.press(BLUE)
        rig.wait_state("kept")
        rig.wait_state("ready")
    (trace,) = wait_traces(open_box, 1)
    assert trace.capture.kept


@pytest.mark.parametrize("rig", ["B"], indirect=True)
def test_a_photo_is_stripped_and_sealed(rig: Rig, open_box: Box, lina: str) -> None:
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("review")
    assert rig.streams["tray"] == [1, 0]
    rig.press(BLUE)
    (trace,) = wait_traces(open_box, 1)
    assert trace.capture.has_thumbnail
    with Image.open(io.BytesIO(traces.media(open_box, trace.capture))) as photo:
        assert photo.format == "JPEG"
        assert dict(photo.getexif()) == {}
        assert min(photo.size) >= 600
    with Image.open(io.BytesIO(traces.thumbnail(open_box, trace.capture))) as small:
        assert max(small.size) <= 360
        assert dict(small.getexif()) == {}


def test_a_take_waits_for_a_hub_that_is_away(open_box: Box, lina: str) -> None:
    with serving(open_box):
        rig = Rig(open_box.config, open_box.config.station("A"), open_box.clock)
        rig.program._uplink.refresh()
    open_box.config.socket("station").unlink()
    rig.start()
    rig.wait_state("ready")
    rig.badge_camera.show(badge_of(open_box, lina))
    rig.press(RED)
    rig.wait_state("recording")
    threading.Event().wait(0.8)
    rig.press(RED)
    rig.wait_state("review")
    rig.press(BLUE)
    rig.wait_state("kept")
    assert traces.of_day(open_box, open_box.now()).total == 0
    with serving(open_box):
        assert len(wait_traces(open_box, 1)) == 1
    rig.stop()


def test_a_missing_microphone_is_told_before_a_pupil_meets_it(rig: Rig, open_box: Box) -> None:
    rig.microphone.set_plugged(False)
    rig.wait_report(open_box, "microphone")
    assert rig.streams["microphone"] == [0, 0]
    rig.microphone.set_plugged(True)
    rig.wait_report(open_box)
