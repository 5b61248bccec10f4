"""The catalogue of what a panel says and the sounds that ship with the box."""

from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_samples
from appliance.station.levelling import TARGET, loudness
from appliance.station.manners import REFUSALS
from appliance.station.phrases import PHRASES, PICTURE, Moment
from appliance.station.prompts import sound
from appliance.station.takes import COUNTDOWN
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS

SPOKEN = [name for name, phrase in PHRASES.items() if phrase.moment is not Moment.SIGNAL]
SIGNALS = [name for name, phrase in PHRASES.items() if phrase.moment is Moment.SIGNAL]


def samples(name: str) -> NDArray[np.float32]:
    return to_samples(sound(name))


def test_each_phrase_has_its_sound_and_no_sound_is_alone() -> None:
    folder = files("appliance.station") / "sounds"
    assert {file.name.removesuffix(".wav") for file in folder.iterdir() if file.name.endswith(".wav")} == set(
        PHRASES
    )


def test_what_the_panel_says_is_in_the_catalogue() -> None:
    assert {*REFUSALS.values(), *COUNTDOWN} <= set(SPOKEN)
    assert {"start", "click", "done", "kept", "ready", "cannot", "warn", "last_seconds"} == set(SIGNALS)


def test_every_pictogram_of_a_pupil_has_a_name_to_say() -> None:
    assert {name for name in PHRASES if name.startswith(PICTURE)} == {
        f"{PICTURE}{p}" for p in PUPIL_PICTOGRAMS
    }
    assert PHRASES["picture_snail"].text == "L’escargot."


def test_two_phrases_never_say_the_same() -> None:
    texts = [phrase.text for phrase in PHRASES.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", PHRASES)
def test_a_sound_is_short_clean_and_begins_at_once(name: str) -> None:
    heard = samples(name)
    peak = float(np.abs(heard).max())
    assert len(heard) <= 6 * SAMPLE_RATE
    assert 0.2 <= peak <= 0.9
    assert np.argmax(np.abs(heard) > peak / 100) <= 0.08 * SAMPLE_RATE


@pytest.mark.parametrize("name", SPOKEN)
def test_every_sentence_is_as_loud_as_the_others(name: str) -> None:
    assert loudness(sound(name)) == pytest.approx(TARGET, abs=1)


def test_signals_are_under_a_second_and_the_one_during_a_take_is_the_softest() -> None:
    peaks = {name: float(np.abs(samples(name)).max()) for name in SIGNALS}
    assert all(len(samples(name)) < SAMPLE_RATE for name in SIGNALS)
    assert min(peaks, key=lambda name: peaks[name]) == "last_seconds"
    assert max(peaks.values()) <= 0.51


def test_a_countdown_is_regular() -> None:
    assert [len(sound(name)) for name in COUNTDOWN] == [SAMPLE_RATE * 2] * 3


def test_nobody_records_a_signal() -> None:
    assert not any(PHRASES[name].own_voice for name in SIGNALS)
    assert all(PHRASES[name].own_voice for name in SPOKEN)
