"""One loudness for all children, judged by ffmpeg's meter as well as by our own."""

import re
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_pcm, to_samples
from appliance.station.levelling import (
    CEILING,
    TARGET,
    VOLUME_CAP,
    VOLUME_FLOOR,
    at_volume,
    level,
    loudness,
)


def voice(seconds: float, dbfs: float, *, whispered: bool = False) -> np.ndarray:
    """Syllables and breaths: a buzz, or a hiss, four times a second, that rests every third second."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    envelope = np.clip(np.sin(4 * np.pi * time), 0, None) * (time % 3 < 2)
    breath = np.random.default_rng(4).standard_normal(len(time))
    buzz = sum(np.sin(2 * np.pi * 270 * n * time) / n for n in range(1, 12))
    said = envelope * (breath if whispered else buzz)
    return (said / np.sqrt(np.mean(np.square(said))) * 10 ** (dbfs / 20)).astype(np.float32)


def steady(seconds: float, dbfs: float) -> np.ndarray:
    white = np.random.default_rng(8).standard_normal(round(seconds * SAMPLE_RATE))
    return (white * 10 ** (dbfs / 20)).astype(np.float32)


def as_ffmpeg_hears(pcm: bytes) -> float:
    """Integrated loudness in LUFS by a meter that is not ours."""
    raw = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-"]
    command = ["ffmpeg", "-nostats", *raw, "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, input=pcm, check=True, capture_output=True).stderr
    return float(re.findall(rb"I:\s+(-?[\d.]+) LUFS", said)[-1])


def peak(pcm: bytes) -> float:
    return float(np.abs(to_samples(pcm)).max(initial=0))


@pytest.mark.parametrize("whispered", [False, True])
@pytest.mark.parametrize("dbfs", [-46, -40, -30, -20, -14])
def test_shy_and_loud_children_are_heard_alike(dbfs: float, whispered: bool) -> None:
    levelled = level(to_pcm(voice(6, dbfs, whispered=whispered)))
    assert as_ffmpeg_hears(levelled) == pytest.approx(TARGET, abs=1)
    assert loudness(levelled) == pytest.approx(TARGET, abs=0.5)


@pytest.mark.parametrize("dbfs", [-46, -30, -14])
def test_levelling_twice_is_levelling_once(dbfs: float) -> None:
    once = level(to_pcm(voice(6, dbfs)))
    assert loudness(level(once)) == pytest.approx(loudness(once), abs=0.5)


def test_our_meter_agrees_with_ffmpeg_s() -> None:
    pcm = to_pcm(voice(10, -25) + steady(10, -60))
    assert loudness(pcm) == pytest.approx(as_ffmpeg_hears(pcm), abs=0.5)


def test_a_shout_that_clipped_comes_out_like_the_others() -> None:
    shout = to_pcm(np.clip(voice(6, 0) * 3, -1, 1))
    assert as_ffmpeg_hears(level(shout)) == pytest.approx(TARGET, abs=1)


def test_a_knock_does_not_make_a_shy_voice_shyer() -> None:
    knocked = voice(10, -42)
    knocked[SAMPLE_RATE : SAMPLE_RATE + 2_000] = 0.9
    rest = to_samples(level(to_pcm(knocked)))[2 * SAMPLE_RATE :]
    assert loudness(to_pcm(rest)) == pytest.approx(TARGET, abs=1.5)


def test_the_limiter_turns_a_peak_down_and_lets_the_voice_around_it_be() -> None:
    calm = voice(6, -35)
    knocked = calm.copy()
    knocked[3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 240] = 0.5
    with_knock, without = to_samples(level(to_pcm(knocked))), to_samples(level(to_pcm(calm)))
    assert np.abs(with_knock).max() <= CEILING + 1e-4
    before, after = slice(0, round(2.9 * SAMPLE_RATE)), slice(round(3.2 * SAMPLE_RATE), None)
    for part in (before, after):
        ratio = np.std(with_knock[part]) / np.std(without[part])
        assert ratio == pytest.approx(1, abs=0.06)


def test_a_constant_offset_goes() -> None:
    levelled = to_samples(level(to_pcm(voice(4, -30) + np.float32(0.2))))
    assert abs(levelled.mean()) < 1e-3
    assert as_ffmpeg_hears(to_pcm(levelled)) == pytest.approx(TARGET, abs=1)


@pytest.mark.parametrize("dbfs", [-90, -70, -50, -35])
def test_a_room_without_a_voice_is_not_raised(dbfs: float) -> None:
    room = to_pcm(steady(5, dbfs))
    assert np.std(to_samples(level(room))) <= np.std(to_samples(room)) * 1.01


def test_a_held_note_is_a_voice() -> None:
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    note = to_pcm((0.02 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    assert loudness(level(note)) == pytest.approx(TARGET, abs=0.5)


@given(st.integers(0, 2**32 - 1), st.floats(0.0001, 1.0), st.integers(0, 20_000))
@settings(deadline=None)
def test_levelling_never_clips_nor_changes_the_length(seed: int, amplitude: float, frames: int) -> None:
    noise = np.random.default_rng(seed).uniform(-amplitude, amplitude, frames)
    pcm = (noise * 32767).astype("<i2").tobytes()
    levelled = np.frombuffer(level(pcm), "<i2")
    assert len(levelled) == frames
    assert np.abs(levelled.astype(int)).max(initial=0) <= CEILING * 32768 + 1


@given(st.binary(max_size=20_000).map(lambda some: some[: len(some) // 2 * 2]), st.floats(0, 1))
@settings(deadline=None)
def test_whatever_the_bytes_they_are_levelled_and_kept_under_the_cap(pcm: bytes, volume: float) -> None:
    assert peak(level(pcm)) <= CEILING + 1e-4
    played = at_volume(pcm, volume)
    assert len(played) == len(pcm)
    assert peak(played) <= 10 ** (-5 / 20) + 1e-4


@pytest.mark.parametrize(("volume", "expected"), [(0, VOLUME_FLOOR), (0.5, -34), (1, VOLUME_CAP)])
def test_the_volume_goes_from_the_floor_to_the_cap(volume: float, expected: float) -> None:
    take = level(to_pcm(voice(5, -30)))
    assert as_ffmpeg_hears(at_volume(take, volume)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("volume", [-3.0, 0.0, 1.0, 7.0])
def test_no_setting_makes_a_sound_inaudible_or_too_loud(volume: float) -> None:
    take = level(to_pcm(voice(5, -30)))
    assert VOLUME_FLOOR - 0.5 <= loudness(at_volume(take, volume)) <= VOLUME_CAP + 0.5
    square = to_pcm(np.sign(np.sin(np.arange(3 * SAMPLE_RATE) / 10)).astype(np.float32))
    assert loudness(at_volume(square, volume)) <= VOLUME_CAP + 0.1
