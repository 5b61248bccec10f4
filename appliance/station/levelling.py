"""One loudness for all children: a shy voice and a loud one are heard alike, gently."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

TARGET = 10 ** (-20 / 20)
"""Loudness of the spoken parts (RMS, full scale 1)."""
CEILING = 10 ** (-1 / 20)
LARGEST_GAIN = 10 ** (20 / 20)
SMALLEST_GAIN = 10 ** (-18 / 20)
SILENCE = 10 ** (-55 / 20)
"""Below this there is no voice to raise, only the room."""
_WINDOW = 2400


def level(pcm: bytes) -> bytes:
    """Return 16-bit mono PCM at the target loudness, peaks rounded under the ceiling, never clipped."""
    samples: Samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
    gain = _gain(samples)
    raised: Samples = samples * np.float32(gain)
    loud = np.abs(raised) > 0.7
    span = CEILING - 0.7
    raised[loud] = np.sign(raised[loud]) * (0.7 + span * np.tanh((np.abs(raised[loud]) - 0.7) / span))
    return bytes((raised * 32767).astype("<i2").tobytes())


def _gain(samples: Samples) -> float:
    usable = len(samples) // _WINDOW * _WINDOW
    if usable == 0:
        return 1.0
    rms = np.sqrt(np.mean(np.square(samples[:usable].reshape(-1, _WINDOW)), axis=1))
    spoken = rms[rms > max(SILENCE, float(rms.max()) * 0.1)]
    if spoken.size == 0:
        return 1.0
    loudness = float(np.sqrt(np.mean(np.square(spoken))))
    return float(np.clip(TARGET / loudness, SMALLEST_GAIN, LARGEST_GAIN))
