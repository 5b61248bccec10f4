"""The listener, on voices drawn sample by sample: whom it hears, the silences it counts, what it says."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_pcm
from appliance.station.frames import HOP, STEP
from appliance.station.listening import (
    ADVICE_AFTER,
    HINT_AFTER,
    SILENCE_STOP,
    Advice,
    Listener,
)

LATE = HOP * STEP / SAMPLE_RATE + 0.2
"""A verdict's delay, and the softest end of a syllable."""


def noise(seconds: float, dbfs: float, seed: int = 1) -> np.ndarray:
    white = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    return (white * 10 ** (dbfs / 20)).astype(np.float32)


def syllables(seconds: float, dbfs: float, *, whispered: bool = False, pitch: float = 280) -> np.ndarray:
    """Four syllables a second: a buzz at a child's pitch, or the breath of a whisper."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    envelope = np.clip(np.sin(2 * np.pi * 2 * time), 0, None) ** 0.5
    if whispered:
        carrier = noise(seconds, 0, seed=5)
    else:
        carrier = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 12))
    said = envelope * carrier
    return (said / np.sqrt(np.mean(np.square(said))) * 10 ** (dbfs / 20)).astype(np.float32)


def in_room(*parts: np.ndarray, room: float = -65) -> bytes:
    sound = np.concatenate(parts)
    return to_pcm(sound + noise(len(sound) / SAMPLE_RATE, room, seed=9)[: len(sound)])


def nothing(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def heard(pcm: bytes) -> Listener:
    listener = Listener()
    for start in range(0, len(pcm), 960):
        listener.feed(pcm[start : start + 960])
    return listener


def longest_silence(pcm: bytes) -> float:
    listener, longest = Listener(), 0.0
    for start in range(0, len(pcm), 960):
        listener.feed(pcm[start : start + 960])
        longest = max(longest, listener.silence_seconds)
    return longest


@pytest.mark.parametrize("whispered", [False, True])
def test_a_voice_is_heard_and_needs_no_advice(whispered: bool) -> None:
    listener = heard(in_room(syllables(8, -28, whispered=whispered)))
    assert listener.seconds == 8
    assert listener.silence_seconds < 1
    assert listener.activity > 0.3
    assert not listener.is_empty
    assert listener.advice() is None


@pytest.mark.parametrize("whispered", [False, True])
def test_silence_is_counted_from_the_last_syllable(whispered: bool) -> None:
    pcm = in_room(nothing(1), syllables(5, -28, whispered=whispered), nothing(SILENCE_STOP))
    assert heard(pcm).silence_seconds == pytest.approx(SILENCE_STOP, abs=0.5)


def test_before_the_first_word_silence_is_counted_from_the_beginning() -> None:
    assert heard(in_room(nothing(6))).silence_seconds == pytest.approx(6)


@pytest.mark.parametrize("pause", [2.0, 3.0, 4.0])
def test_a_child_who_reads_haltingly_is_neither_hurried_nor_stopped(pause: float) -> None:
    words = [part for _ in range(6) for part in (syllables(0.25, -28), nothing(pause))]
    pcm = in_room(*words)
    assert longest_silence(pcm) < min(HINT_AFTER, pause + LATE + 0.5)
    assert not heard(pcm).is_empty


def test_a_single_word_in_a_long_silence_is_not_nothing() -> None:
    listener = heard(in_room(nothing(2), syllables(0.25, -28), nothing(SILENCE_STOP + 2)))
    assert listener.silence_seconds > SILENCE_STOP
    assert not listener.is_empty


def test_a_word_said_at_once_is_heard_once_the_room_is_known() -> None:
    assert not heard(in_room(syllables(0.25, -28), nothing(1))).is_empty


def test_a_cry_that_fills_a_short_take_is_not_nothing() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    cry = sum(np.sin(2 * np.pi * 310 * n * time) / n for n in range(1, 10)).astype(np.float32) * 0.1
    assert not heard(in_room(cry)).is_empty
    assert heard(in_room(nothing(1))).is_empty


@pytest.mark.parametrize("level", [-70, -50, -30, -15])
def test_a_steady_noise_is_silence_however_loud(level: float) -> None:
    listener = heard(to_pcm(noise(20, level)))
    assert listener.silence_seconds == pytest.approx(20)
    assert listener.activity == 0
    assert listener.is_empty
    assert listener.advice() is None


def test_a_machine_that_starts_does_not_hold_the_recording() -> None:
    pcm = to_pcm(np.concatenate([noise(5, -70), noise(25, -35)]))
    assert heard(pcm).silence_seconds > SILENCE_STOP


def test_a_held_note_is_not_nothing_and_an_alarm_that_does_not_end_is_no_voice() -> None:
    time = np.arange(30 * SAMPLE_RATE) / SAMPLE_RATE
    pitch = np.where(time % 0.5 < 0.1, 554, 440)
    alarm = to_pcm((0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)).astype(np.float32))
    assert heard(alarm).silence_seconds > SILENCE_STOP
    assert not heard(alarm).is_empty


def test_others_far_behind_do_not_speak_for_the_pupil_who_stopped() -> None:
    pupil = np.concatenate([syllables(6, -25), nothing(20)])
    others = syllables(26, -45, pitch=190)
    assert heard(in_room(pupil + others[: len(pupil)])).silence_seconds > SILENCE_STOP


def test_a_shout_does_not_make_her_own_voice_a_stranger_s() -> None:
    assert longest_silence(in_room(syllables(2, -10), syllables(30, -28))) < SILENCE_STOP


def test_a_shy_partner_is_heard_too() -> None:
    assert longest_silence(in_room(syllables(6, -25), syllables(20, -36))) < 2


def test_advice_waits_for_three_seconds_of_sound_and_one_of_speech() -> None:
    loud = to_pcm(np.clip(syllables(ADVICE_AFTER + 2, 0) * 4, -1, 1))
    listener, told = Listener(), []
    for start in range(0, len(loud), 960):
        listener.feed(loud[start : start + 960])
        told.append((listener.seconds, listener.advice()))
    assert all(advice is None for seconds, advice in told if seconds < ADVICE_AFTER)
    assert told[-1][1] is Advice.LOUD
    assert heard(in_room(nothing(10), syllables(0.5, -55))).advice() is None


def test_a_voice_too_low_is_too_far() -> None:
    assert heard(in_room(syllables(6, -48), room=-80)).advice() is Advice.FAR
    assert heard(in_room(syllables(6, -36), room=-80)).advice() is None


def test_coming_nearer_ends_the_advice() -> None:
    assert heard(in_room(syllables(5, -48), syllables(15, -28), room=-80)).advice() is None


def test_a_knock_that_clips_is_not_a_loud_voice() -> None:
    pcm = bytearray(in_room(syllables(5, -28)))
    pcm[48_000:52_000] = b"\xff\x7f" * 2_000
    assert heard(bytes(pcm)).advice() is None


@pytest.mark.parametrize(("ratio", "advice"), [(0, Advice.NOISY), (4, Advice.NOISY), (20, None)])
def test_a_voice_in_noise_is_told(ratio: float, advice: Advice | None) -> None:
    # A third of white noise is in the band of voices, and these even syllables are 3 dB over their mean.
    assert heard(in_room(syllables(8, -25), room=-20 - ratio)).advice() is advice


def test_a_faint_voice_in_a_quiet_room_is_far_and_not_in_noise() -> None:
    assert heard(in_room(syllables(8, -55), room=-64)).advice() is Advice.FAR


def test_advice_does_not_waver_while_noise_comes_and_goes() -> None:
    voice = syllables(40, -25)
    quarters = [noise(10, -28, 2), noise(10, -60, 3), noise(10, -28, 4), noise(10, -60, 5)]
    pcm = to_pcm(voice + np.concatenate(quarters))
    listener, told = Listener(), []
    for start in range(0, len(pcm), 960):
        listener.feed(pcm[start : start + 960])
        told.append(listener.advice())
    assert Advice.NOISY in told
    assert sum(before is not after for before, after in pairwise(told)) <= 3


def verdicts(listener: Listener) -> tuple[object, ...]:
    return listener.seconds, listener.silence_seconds, listener.activity, listener.advice()


SAMPLE = in_room(nothing(1), syllables(3, -25), nothing(1), syllables(2, -45), room=-50)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20_000))
@settings(max_examples=25, deadline=None)
def test_the_blocks_a_sound_comes_in_change_nothing(seed: int, largest: int) -> None:
    cuts, listener, position = random.Random(seed), Listener(), 0
    while position < len(SAMPLE):
        size = 2 * cuts.randint(0 if largest > 100 else 1, largest)
        listener.feed(SAMPLE[position : position + size])
        position += size
    assert verdicts(listener) == verdicts(heard(SAMPLE))


@given(st.lists(st.binary(max_size=30_000), max_size=8))
@settings(deadline=None)
def test_whatever_the_bytes_there_is_a_verdict(blocks: list[bytes]) -> None:
    listener = Listener()
    for block in blocks:
        listener.feed(block)
        assert 0 <= listener.activity <= 1
        assert 0 <= listener.silence_seconds <= listener.seconds
        assert listener.advice() in (None, *Advice)
    assert listener.is_empty in (True, False)


@given(st.integers(-32768, 32767), st.integers(0, 60_000))
@settings(deadline=None, max_examples=30)
def test_a_frozen_microphone_is_an_empty_take(value: int, frames: int) -> None:
    assert heard(np.full(frames, value, "<i2").tobytes()).is_empty
