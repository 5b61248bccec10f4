import numpy as np
import pytest

from appliance.devices.resampling import Resampler, resample, to_pcm, to_samples


def tone(frequency: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def level(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.sqrt(np.mean(middle.astype(np.float64) ** 2)))


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_voice_keeps_its_length_its_phase_and_its_level(rate: int) -> None:
    made = resample(tone(1_000, rate), rate, 24_000)
    assert len(made) == 12_000
    assert np.abs(made - tone(1_000, 24_000))[200:-200].max() < 0.001


@pytest.mark.parametrize("frequency", [13_000, 15_000, 20_000, 23_000])
def test_what_the_lower_rate_cannot_carry_is_removed_not_folded(frequency: float) -> None:
    made = resample(tone(frequency, 48_000), 48_000, 24_000)
    assert level(made) < level(tone(1_000, 24_000)) / 3_000


def test_the_highest_sounds_of_speech_pass() -> None:
    made = resample(tone(9_000, 48_000), 48_000, 24_000)
    assert level(made) == pytest.approx(level(tone(1_000, 24_000)), rel=0.01)


@pytest.mark.parametrize("size", [1, 7, 882, 5_000])
def test_block_by_block_makes_the_same_sound(size: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 9_000).astype(np.float32)
    whole = resample(noise, 44_100, 24_000)
    resampler = Resampler(44_100, 24_000)
    blocks = [resampler.feed(noise[start : start + size]) for start in range(0, len(noise), size)]
    pieces = np.concatenate([*blocks, resampler.flush()])
    assert len(pieces) == len(whole)
    assert np.abs(pieces - whole).max() < 1e-6


def test_the_same_rate_changes_nothing() -> None:
    pcm = np.arange(-300, 300, dtype="<i2").tobytes()
    assert to_pcm(resample(to_samples(pcm), 24_000, 24_000)) == pcm


def test_an_empty_sound_stays_empty() -> None:
    assert len(resample(np.zeros(0, np.float32), 44_100, 24_000)) == 0


def test_what_is_too_loud_is_clipped_not_wrapped() -> None:
    assert np.frombuffer(to_pcm(np.array([2.0, -2.0], np.float32)), "<i2").tolist() == [32767, -32768]
