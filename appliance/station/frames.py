"""What is measured of a sound, one number per frame of 20 ms: level, tone, clipping.

Sound comes in blocks of any size and is cut on a grid of its own, always the same: the measures of a sound do
not depend on how it was handed over.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.devices.ports import SAMPLE_RATE

Levels = NDArray[np.float32]
Flags = NDArray[np.bool_]

HOP = SAMPLE_RATE // 50
"""Samples between two frames: 20 ms."""
FRAMES_PER_SECOND = SAMPLE_RATE // HOP
STEP = 10
"""Frames measured together: 0.2 s is soon enough for advice, and spares the processor."""
QUIETEST = -100.0
"""dBFS given to digital silence; a single bit that flickers is at -90."""

_WINDOW = 2 * HOP
_SHAPE = np.hanning(_WINDOW).astype(np.float32)
_BIN = SAMPLE_RATE / _WINDOW
_LOW, _HIGH = round(150 / _BIN), round(4000 / _BIN) + 1
"""Voices are between 150 and 4000 Hz; below are mains hum, steps and handled tables, above mostly hiss."""
_SCALE = 2 / (_WINDOW * float(np.sum(np.square(_SHAPE))) * 32768**2)
_PEAK = 2
"""Bins each side of a spectral peak that hold a pure tone seen through this window."""
_TONE = 0.8
_CLIPPED_AT = 32_600
"""Converters that clip stop a little short of full scale."""
_CLIPPED_SAMPLES = 3
"""One sample at full scale may be a true peak; flat tops have several."""


@dataclass(frozen=True)
class Frames:
    """The measures of successive frames."""

    level: Levels
    """dBFS of what is in the band of voices."""
    tonal: Flags
    """Nearly all of that is one frequency: a sung or played note, an alarm."""
    clipped: Flags
    """The microphone was overdriven."""


class FrameCutter:
    """Cuts sound into frames and measures them, a step at a time."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._before = np.zeros(HOP, np.int16)

    def feed(self, pcm: bytes) -> list[Frames]:
        """Take 16-bit mono PCM; return the steps of `STEP` frames that it completes."""
        self._waiting += pcm
        size = STEP * HOP * 2
        whole = len(self._waiting) // size * size
        steps = [self._measure(bytes(self._waiting[at : at + size])) for at in range(0, whole, size)]
        del self._waiting[:whole]
        return steps

    def _measure(self, pcm: bytes) -> Frames:
        samples = np.concatenate([self._before, np.frombuffer(pcm, "<i2")])
        self._before = samples[-HOP:]
        windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::HOP]
        band = np.square(np.abs(np.fft.rfft(windows * _SHAPE)[:, _LOW:_HIGH]))
        power = band.sum(axis=1)
        peaks = np.lib.stride_tricks.sliding_window_view(band, 2 * _PEAK + 1, axis=1).sum(axis=2).max(axis=1)
        fresh = samples[HOP:].reshape(STEP, HOP)
        overdriven = (fresh >= _CLIPPED_AT) | (fresh <= -_CLIPPED_AT)
        return Frames(
            level=(10 * np.log10(power * _SCALE + 10 ** (QUIETEST / 10))).astype(np.float32),
            tonal=peaks > _TONE * power,
            clipped=overdriven.sum(axis=1) >= _CLIPPED_SAMPLES,
        )
