"""Changing the sample rate of a sound, in one go or block by block.

A windowed-sinc polyphase filter (Kaiser, 24 zero crossings each side): flat to about 80 % of the lower
Nyquist frequency and 80 dB down past it. numpy is loaded with the first resampler, not before.
"""

from math import ceil, gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_ZERO_CROSSINGS = 24
_CUTOFF = 0.92
_KAISER_BETA = 8.0
_CHUNK = 8192


class Resampler:
    """Carries samples from `source` Hz to `target` Hz; feed it blocks of any size, then flush it."""

    def __init__(self, source: int, target: int) -> None:
        import numpy as np

        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        self._half = ceil(_ZERO_CROSSINGS * max(1.0, source / target))
        self._table = self._phases(min(1.0, target / source) * _CUTOFF)
        self._waiting: Samples = np.zeros(self._half - 1, np.float32)
        self._received = 0
        self._dropped = 0
        self._given = 0

    def feed(self, samples: "Samples") -> "Samples":
        """Return the samples that `samples` make ready; the last few wait for the next block."""
        import numpy as np

        self._waiting = np.concatenate([self._waiting, samples])
        self._received += len(samples)
        ready = ((self._received - self._half) * self._up - 1) // self._down + 1
        if ready <= self._given:
            return np.zeros(0, np.float32)
        positions = np.arange(self._given, ready) * self._down
        starts, phases = positions // self._up - self._dropped, positions % self._up
        windows = np.lib.stride_tricks.sliding_window_view(self._waiting, 2 * self._half)
        made: Samples = np.einsum("ij,ij->i", windows[starts], self._table[phases])
        self._given = ready
        spent = ready * self._down // self._up - self._dropped
        self._waiting = self._waiting[spent:]
        self._dropped += spent
        return made

    def flush(self) -> "Samples":
        """Return the end of the sound; the whole is then as long as what was fed, to the sample."""
        import numpy as np

        total = ceil(self._received * self._up / self._down)
        missing = total - self._given
        return self.feed(np.zeros(self._half + self._down, np.float32))[:missing]

    def _phases(self, cutoff: float) -> "Samples":
        import numpy as np

        taps = np.arange(2 * self._half) - (self._half - 1)
        offsets = taps[None, :] - np.arange(self._up)[:, None] / self._up
        inside = np.clip(1 - (offsets / self._half) ** 2, 0, None)
        table = np.sinc(offsets * cutoff) * np.i0(_KAISER_BETA * np.sqrt(inside))
        phases: Samples = (table / table.sum(axis=1, keepdims=True)).astype(np.float32)
        return phases


def resample(samples: "Samples", source: int, target: int) -> "Samples":
    """Return a whole sound at `target` Hz, aligned with the original."""
    import numpy as np

    if source == target:
        return samples
    resampler = Resampler(source, target)
    chunks = [resampler.feed(samples[start : start + _CHUNK]) for start in range(0, len(samples), _CHUNK)]
    return np.concatenate([*chunks, resampler.flush()])


def to_samples(pcm: bytes) -> "Samples":
    """Return 16-bit PCM as numbers from -1 to 1."""
    import numpy as np

    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def to_pcm(samples: "Samples") -> bytes:
    """Return numbers from -1 to 1 as 16-bit PCM; what is louder is clipped."""
    import numpy as np

    pcm: bytes = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()
    return pcm
