"""One loudness for all children: a shy voice and a loud one are heard alike, gently.

The whole take gets one gain, so that what is soft and loud in it keeps its shape. Its loudness is that of
ITU-R BS.1770-4 (K-weighting, blocks of 400 ms, gates at -60 LUFS and 10 LU under the mean) with one
difference: blocks louder than nine in ten count as the ninth, so that a knock on the table does not make a
shy voice shyer.
"""

import numpy as np
import numpy.typing as npt

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_pcm, to_samples

Samples = npt.NDArray[np.float32]
Loudness = npt.NDArray[np.float64]

TARGET = -20.0
"""LUFS. Peaks of speech are 12 to 17 dB over its loudness: they rarely meet the ceiling."""
CEILING = 10 ** (-1 / 20)
"""No sample goes higher: what an MP3 encoder adds stays under full scale."""
LARGEST_GAIN = 32.0
"""dB: a whisper of -52 LUFS is raised to the target; a fainter one comes out a little under it."""
SMALLEST_GAIN = -20.0
"""dB."""
SILENCE = -60.0
"""LUFS: below this there is no voice to raise, only the room."""
VOLUME_FLOOR = -43.0
"""LUFS of a levelled voice at volume 0: soft, yet heard; a mute station passes for a broken one."""
VOLUME_CAP = -25.0
"""LUFS of anything at volume 1, whatever its own loudness.

What reaches an ear is a property of the headphones and their amplifier. EN 50332 lets a matched set reach
100 dB with a programme at -10 dBFS: 15 dB under that programme is the 85 dB to which children's headphones
are held. Peaks are at most at -5 dBFS.
"""
_PART = SAMPLE_RATE // 10
_PARTS_IN_BLOCK = 4
_GATE = 10.0
"""LU"""
_LOUDEST = 0.9
_OFFSET = -0.691
"""LUFS of a full power of 1, from BS.1770."""
_STEADY = 4.4
"""dB from the softest tenth to the loudest twentieth: 1.4 for a fan, 4 for a far class, 10 for speech."""
_TONE = 0.5
"""Share of the power in one frequency: a held note is steady too, and is no noise."""
_GRAIN = SAMPLE_RATE // 200
"""The limiter's gain is set every 5 ms…"""
_REACH = 6
"""…and eased over this many grains each side: slow enough not to be heard, too short to pump."""
_EASING = np.hanning(2 * _REACH + 3)[1:-1] / np.hanning(2 * _REACH + 3).sum()


def level(pcm: bytes) -> bytes:
    """Return 16-bit mono PCM at the target loudness, without its constant offset.

    A take without a voice (silence, a steady noise) is never raised. Peaks are turned down under the ceiling.
    """
    samples = _centred(to_samples(pcm))
    return to_pcm(_limited(samples * _factor(_gain(samples)), CEILING))


def at_volume(pcm: bytes, volume: float) -> bytes:
    """Return a sound for the loudspeaker: `volume` from 0 to 1 goes from the floor to the cap, evenly in dB.

    A levelled voice is between the two. A sound that is louder than that is turned down to the cap, a softer
    one is not raised.
    """
    samples = to_samples(pcm)
    wanted = VOLUME_FLOOR + (VOLUME_CAP - VOLUME_FLOOR) * min(1.0, max(0.0, volume))
    gain = min(wanted - TARGET, VOLUME_CAP - _loudness(_parts(samples)[0]))
    return to_pcm(samples * _factor(gain))


def loudness(pcm: bytes) -> float:
    """Return the loudness of the spoken parts in LUFS; -inf when there are none."""
    return _loudness(_parts(to_samples(pcm))[0])


def _gain(samples: Samples) -> float:
    """Return the gain in dB that brings a take to the target."""
    parts, tonal = _parts(samples)
    measured = _loudness(parts)
    if measured == -np.inf:
        return 0.0
    gain = float(np.clip(TARGET - measured, SMALLEST_GAIN, LARGEST_GAIN))
    return min(0.0, gain) if _is_steady(parts) and not tonal else gain


def _parts(samples: Samples) -> tuple[Loudness, bool]:
    """Return the K-weighted power of each tenth of a second, and whether most of the power is one tone."""
    count = max(_PARTS_IN_BLOCK, -(-len(samples) // _PART))
    padded = np.zeros(count * _PART, np.float32)
    padded[: len(samples)] = samples
    spectrum = np.square(np.abs(np.fft.rfft(padded.reshape(count, _PART)))) * (_WEIGHTS * 2 / _PART**2)
    parts: Loudness = spectrum.sum(axis=1, dtype=np.float64)
    peaks = np.lib.stride_tricks.sliding_window_view(spectrum, 3, axis=1).sum(axis=2).max(axis=1)
    return parts, float(peaks.sum()) > _TONE * float(parts.sum())


def _k_weighting() -> Samples:
    """Return the power gain of BS.1770's two filters, at the frequencies of a part's spectrum."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(_PART, 1 / SAMPLE_RATE) / 48_000)
    head = np.polyval([1.19839281085285, -2.69169618940638, 1.53512485958697], turn)
    head /= np.polyval([0.73248077421585, -1.69065929318241, 1.0], turn)
    low_cut = np.polyval([1.0, -2.0, 1.0], turn)
    low_cut /= np.polyval([0.99007225036621, -1.99004745483398, 1.0], turn)
    weights: Samples = np.square(np.abs(head * low_cut)).astype(np.float32)
    return weights


_WEIGHTS = _k_weighting()


def _loudness(parts: Loudness) -> float:
    """Return the gated loudness in LUFS of the powers of tenths of a second."""
    summed = np.concatenate([[0.0], np.cumsum(parts)])
    blocks = (summed[_PARTS_IN_BLOCK:] - summed[:-_PARTS_IN_BLOCK]) / _PARTS_IN_BLOCK
    heard = blocks[blocks > 10 ** ((SILENCE - _OFFSET) / 10)]
    if heard.size == 0:
        return -np.inf
    heard = heard[heard > np.mean(heard) * 10 ** (-_GATE / 10)]
    capped = np.minimum(heard, np.quantile(heard, _LOUDEST))
    return float(10 * np.log10(np.mean(capped)) + _OFFSET)


def _is_steady(parts: Loudness) -> bool:
    soft, loud = np.quantile(parts, [0.1, 0.95])
    return bool(loud < max(soft, 1e-12) * 10 ** (_STEADY / 10))


def _limited(samples: Samples, ceiling: float) -> Samples:
    """Turn peaks down under the ceiling by a gain that eases in before each and out after it."""
    count = -(-len(samples) // _GRAIN)
    padded = np.zeros(count * _GRAIN, np.float32)
    padded[: len(samples)] = np.abs(samples)
    needed = np.minimum(1.0, ceiling / np.maximum(padded.reshape(count, _GRAIN).max(axis=1), 1e-9))
    if needed.min(initial=1.0) == 1.0:
        return samples
    # One grain more than the easing: between two grains the gain is a straight line.
    around = np.pad(needed, 2 * _REACH + 1, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(around, 2 * _REACH + 3).min(axis=1)
    eased = np.convolve(lowest, _EASING, "valid")
    centres = np.arange(count) * _GRAIN + _GRAIN / 2
    gains: Samples = np.interp(np.arange(len(samples)), centres, eased).astype(np.float32)
    return samples * gains


def _centred(samples: Samples) -> Samples:
    return samples - samples.mean(dtype=np.float32) if samples.size else samples


def _factor(decibels: float) -> np.float32:
    return np.float32(10 ** (decibels / 20))
