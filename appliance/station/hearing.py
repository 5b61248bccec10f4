"""When each sample of a microphone was heard, worked out from the moments at which its blocks came."""

import threading
import time
from collections.abc import Callable

from appliance.devices.ports import SAMPLE_RATE, DeviceError, MicrophoneStream

_READ_TIMEOUT = 1.0
_BUCKET_SECONDS = 1.0
_STALL_SECONDS = 0.2
_LOSS_SECONDS = 0.04
"""Half of what lips and voice may be apart."""
_FRAME_BYTES = 2


class Hearing:
    """Reads a microphone in a thread of its own and dates what it gives.

    Blocks come late, never early: the least lateness tells when the first sample was heard, and a least
    lateness that grows for good tells how much was lost since. What was lost is replaced by silence, so
    that a voice stays with its lips.
    """

    def __init__(self, microphone: MicrophoneStream, now: Callable[[], float] = time.monotonic) -> None:
        """Begin to listen. `now` gives monotonic seconds."""
        self._microphone = microphone
        self._now = now
        self._turn = threading.Lock()
        self._pending = bytearray()
        self._frames = 0
        self._origin = float("inf")
        """When the first sample was heard; no longer moves once the film has begun."""
        self._skip: int | None = None
        """Bytes still to let go; None before the film begins."""
        self._previous = self._bucket_start = float("-inf")
        self._bucket = float("inf")
        self._first = threading.Event()
        self._fault: DeviceError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for_first(self) -> None:
        """Return once the microphone gave something; DeviceError when it does not, after its own timeout."""
        self._first.wait()
        self._check()

    def begin(self, microseconds: int) -> None:
        """Let go what was heard before that moment of `time.monotonic`; after `wait_for_first`."""
        with self._turn:
            before = microseconds / 1_000_000 - self._origin
            self._skip = max(0, round(before * SAMPLE_RATE)) * _FRAME_BYTES

    def taken(self) -> bytes:
        """Return what was heard since the last call, or since `begin`; DeviceError when it is over."""
        self._check()
        return self._drain()

    def close(self) -> bytes:
        """Stop listening and return what was still to take."""
        self._microphone.close()
        self._thread.join()
        return self._drain()

    @property
    def fault(self) -> DeviceError | None:
        """Why the microphone gave no more, if it failed."""
        return self._fault

    def _check(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _drain(self) -> bytes:
        with self._turn:
            if self._skip is None:
                return b""
            skipped = min(self._skip, len(self._pending))
            self._skip -= skipped
            heard = bytes(self._pending[skipped:])
            self._pending.clear()
            return heard

    def _run(self) -> None:
        try:
            while (block := self._microphone.read(_READ_TIMEOUT)) is not None:
                self._take_in(block)
                self._first.set()
        except DeviceError as error:
            self._fault = error
        finally:
            self._first.set()

    def _take_in(self, block: bytes) -> None:
        now = self._now()
        with self._turn:
            self._frames += len(block) // _FRAME_BYTES
            lateness = now - self._frames / SAMPLE_RATE
            if self._skip is None:
                self._origin = min(self._origin, lateness)
            else:
                self._make_up(now, lateness)
            self._pending += block

    def _make_up(self, now: float, lateness: float) -> None:
        """Put silence where sound was lost; a stall begins a new second: what follows may still catch up."""
        if now - self._previous > _STALL_SECONDS:
            self._bucket_start, self._bucket = now, float("inf")
        self._previous = now
        self._bucket = min(self._bucket, lateness)
        if now - self._bucket_start < _BUCKET_SECONDS:
            return
        lost = self._bucket - self._origin
        if lost > _LOSS_SECONDS:
            frames = round(lost * SAMPLE_RATE)
            self._pending += bytes(frames * _FRAME_BYTES)
            self._frames += frames
        self._bucket_start, self._bucket = now, float("inf")
