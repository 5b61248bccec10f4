"""A voice for tests of what the teacher records: a tone between silences, in a WAV of any kind."""

import io
import wave

import numpy as np
from numpy.typing import NDArray

from appliance.devices.resampling import to_samples


def voice_wav(
    seconds: float = 1.0, *, rate: int = 48_000, channels: int = 1, around: float = 0.5, loud: float = 0.1
) -> bytes:
    """Return `seconds` of a voice with `around` seconds of a quiet room on each side."""
    hiss = np.random.default_rng(7).normal(0, 0.0003, round(rate * (seconds + 2 * around)))
    voice = loud * np.sin(2 * np.pi * 220 * np.arange(round(rate * seconds)) / rate)
    hiss[round(rate * around) : round(rate * around) + len(voice)] += voice
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.repeat(hiss, channels) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def rms(pcm: bytes) -> float:
    """Return the loudness of a whole sound, full scale 1."""
    samples: NDArray[np.float32] = to_samples(pcm)
    return float(np.sqrt(np.mean(np.square(samples))))
