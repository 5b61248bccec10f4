"""Spoken takes in the noises of a class: who is warned, who is not, and when a recording nobody makes ends.

espeak-ng speaks; it is no child, but its pauses, its vowels and its whisper are those of speech.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest

from appliance.devices.ports import BLOCK_FRAMES, SAMPLE_RATE
from appliance.simulator import noise
from appliance.station.levelling import TARGET, level, loudness
from appliance.station.listening import SILENCE_STOP, Advice, Listener

TALE = (
    "Il était une fois une petite fille qui aimait les trains. Elle allait à la gare, tous les matins, pour "
    "les regarder partir. Un jour, elle monta dans un wagon rouge, et le train partit sans bruit."
)
SUMS = "Sept et cinq font douze. J'en pose deux, je retiens un, et ça fait quarante-deux billes dans le sac."
VOICES = {
    "fr": (50, 140, TALE),
    "fr+m3": (70, 170, SUMS),
    "fr+f2": (50, 120, SUMS),
    "fr+f4": (85, 120, TALE),
    "fr+f1": (99, 170, TALE),
    "fr+whisper": (50, 140, TALE),
    "fr+whisperf": (50, 120, SUMS),
}
NOISES: dict[str, Callable[[float, int], bytes]] = {
    "room": noise.room_tone,
    "fan": noise.fan,
    "babble": noise.babble,
    "chairs": noise.chairs,
    "classroom": noise.classroom,
}
STEADY = ("room", "fan")
MINUTE = 60
BLOCK = BLOCK_FRAMES * 2


@lru_cache
def speech(voice: str, dbfs: float = -26) -> bytes:
    pitch, speed, text = VOICES[voice]
    return noise.at_level(noise.spoken(text, voice, pitch, speed), dbfs)


@lru_cache
def sound_of(name: str, seconds: float = 20, seed: int = 1) -> bytes:
    return NOISES[name](seconds, seed)


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * SAMPLE_RATE))


def blocks(pcm: bytes) -> list[bytes]:
    return [pcm[start : start + BLOCK] for start in range(0, len(pcm), BLOCK)]


def listened(pcm: bytes) -> tuple[Listener, set[Advice | None], float]:
    """Return the listener at the end, every advice it gave on the way, and the longest silence it saw."""
    listener, told, longest = Listener(), set[Advice | None](), 0.0
    for block in blocks(pcm):
        listener.feed(block)
        told.add(listener.advice())
        longest = max(longest, listener.silence_seconds)
    return listener, told, longest


def stopped_at(pcm: bytes) -> tuple[float, Listener]:
    """Return when the silence rule would have ended the take."""
    listener = Listener()
    for block in blocks(pcm):
        listener.feed(block)
        if listener.silence_seconds >= SILENCE_STOP:
            break
    return listener.seconds, listener


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("voice", VOICES)
def test_at_20_db_nothing_is_said_and_the_pupil_is_heard(voice: str, name: str) -> None:
    listener, told, longest = listened(noise.mixed(speech(voice), sound_of(name), 20))
    assert told == {None}
    assert longest < 2
    assert listener.activity > 0.3


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("voice", VOICES)
def test_at_0_db_the_noise_is_told_and_the_take_goes_on(voice: str, name: str) -> None:
    listener, told, longest = listened(noise.mixed(speech(voice), sound_of(name), 0))
    assert listener.advice() is Advice.NOISY
    assert told == {None, Advice.NOISY}
    assert longest < SILENCE_STOP / 2
    assert not listener.is_empty


@pytest.mark.parametrize("voice", VOICES)
def test_at_10_db_the_pupil_is_heard_whatever_is_said(voice: str) -> None:
    for name in NOISES:
        listener, told, longest = listened(noise.mixed(speech(voice), sound_of(name), 10))
        assert told <= {None, Advice.NOISY}
        assert longest < 2
        assert not listener.is_empty


@pytest.mark.parametrize("voice", VOICES)
def test_a_clean_voice_is_too_far_too_loud_or_neither(voice: str) -> None:
    quiet = sound_of("room")
    assert listened(noise.mixed(speech(voice, -50), quiet, 25))[1] == {None, Advice.FAR}
    assert listened(noise.mixed(speech(voice, -30), quiet, 25))[1] == {None}
    assert listened(noise.at_level(speech(voice), -3))[1] == {None, Advice.LOUD}


@pytest.mark.parametrize("name", STEADY)
@pytest.mark.parametrize("dbfs", [-60, -45, -30])
def test_twenty_minutes_of_nobody_end_in_seconds_and_are_empty(name: str, dbfs: float) -> None:
    minute = noise.at_level(sound_of(name, MINUTE, 3), dbfs)
    seconds, listener = stopped_at(minute)
    assert seconds < SILENCE_STOP + 1
    assert listener.is_empty
    for _ in range(19):
        for block in blocks(minute):
            listener.feed(block)
    assert listener.is_empty
    assert listener.silence_seconds > 19 * MINUTE


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["babble", "classroom"])
def test_a_class_that_talks_does_not_hold_a_recording_open(name: str, seed: int) -> None:
    seconds, _ = stopped_at(noise.at_level(sound_of(name, 2 * MINUTE, seed), -40))
    assert seconds < 2 * MINUTE


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("voice", ["fr+f2", "fr+f4", "fr+whisper"])
def test_a_pupil_who_leaves_is_not_waited_for(voice: str, name: str) -> None:
    said = speech(voice)
    left = len(said) / 2 / SAMPLE_RATE
    seconds, listener = stopped_at(noise.mixed(said + silence(40), sound_of(name, MINUTE, 2), 20))
    assert seconds < left + SILENCE_STOP + 1
    assert not listener.is_empty


@pytest.mark.parametrize("pause", [2.0, 3.0, 4.0])
@pytest.mark.parametrize("voice", ["fr+f2", "fr+whisper"])
def test_a_child_who_spells_out_her_words_is_waited_for(voice: str, pause: float) -> None:
    words = ("le", "chat", "mange", "une", "souris", "dans", "le", "jardin")
    said = [noise.at_level(noise.spoken(word, voice), -26) + silence(pause) for word in words]
    for name in ("room", "babble", "classroom"):
        listener, told, longest = listened(noise.mixed(b"".join(said), sound_of(name, MINUTE, 2), 20))
        assert longest < pause + 1.5
        assert told == {None}
        assert not listener.is_empty


def test_the_whisperer_and_the_shouter_come_out_alike() -> None:
    quiet = sound_of("room")
    came_out = [
        loudness(level(noise.mixed(speech(voice, dbfs), quiet, 25)))
        for voice in VOICES
        for dbfs in (-46, -36, -26, -16, -6)
    ]
    assert max(came_out) - min(came_out) < 1.5
    assert came_out[0] == pytest.approx(TARGET, abs=1)


def test_the_ratio_of_a_mix_is_the_one_asked_for() -> None:
    said = speech("fr+f2", -40)
    for wanted in (0, 10, 20):
        mix = noise.mixed(said, sound_of("fan"), wanted)
        only = noise.mixed(said, sound_of("fan"), 90)
        added = (np.frombuffer(mix, "<i2") - np.frombuffer(only, "<i2")).astype("<i2").tobytes()
        assert noise.active_level(said) - noise.active_level(added) == pytest.approx(wanted, abs=0.5)


def test_the_same_seed_makes_the_same_noise() -> None:
    for make in NOISES.values():
        assert make(2, 5) == make(2, 5)
        assert make(2, 5) != make(2, 6)
        assert len(make(2, 5)) == 4 * SAMPLE_RATE
