"""Sound lost without a word: some sound systems drop samples and raise no flag.

PulseAudio under load does; the only sign is that fewer frames came than time went by.
"""

_BUCKET_SECONDS = 1.0
_STALL_SECONDS = 0.5
_LOSS_SECONDS = 0.1
"""A hundred times what two good clocks drift apart in the ten seconds around a loss."""


class LossMeter:
    """Compares the frames received with the time elapsed.

    Blocks may come late and then in a burst, so one late block proves nothing: the smallest lateness of
    each second of flow is what counts, and a loss is a smallest lateness that grows for good. A stall
    begins a new second: what follows it may still catch up.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frames = 0
        self._baseline: float | None = None
        self._previous = float("-inf")
        self._bucket_start = 0.0
        self._bucket_lateness = float("inf")

    def add(self, now: float, frames: int) -> bool:
        """Count a block that came at `now` (monotonic seconds); return whether sound is found to be lost."""
        if now - self._previous > _STALL_SECONDS:
            self._begin_bucket(now)
        self._previous = now
        self._frames += frames
        self._bucket_lateness = min(self._bucket_lateness, now - self._frames / self._rate)
        if now - self._bucket_start < _BUCKET_SECONDS:
            return False
        lateness = self._bucket_lateness
        self._begin_bucket(now)
        lost = self._baseline is not None and lateness - self._baseline > _LOSS_SECONDS
        self._baseline = lateness if lost or self._baseline is None else min(self._baseline, lateness)
        return lost

    def forgive(self) -> None:
        """Forget the present lateness: a loss that a flag already told is not counted twice."""
        self._baseline = None
        self._begin_bucket(self._previous)

    def _begin_bucket(self, now: float) -> None:
        self._bucket_start, self._bucket_lateness = now, float("inf")
