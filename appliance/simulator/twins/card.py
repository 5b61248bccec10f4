"""A sound card before a twin microphone: it holds little, and what is not fetched in time is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from appliance.devices.ports import (
    BLOCK_FRAMES,
    SAMPLE_RATE,
    DeviceError,
    Microphone,
    MicrophoneHealth,
    MicrophoneStream,
)
from appliance.i18n import _

BUFFER_SECONDS = 0.1
"""What the real card is asked to hold (`appliance/devices/portaudio.py`)."""
_BLOCK_SECONDS = BLOCK_FRAMES / SAMPLE_RATE
_READ_TIMEOUT = 1.0


class CardMicrophone:
    """A twin microphone behind a card: a thread fetches its blocks as they come, as PortAudio's does.

    A machine too busy to let that thread run in time loses sound, and this says how much.
    """

    def __init__(self, microphone: Microphone, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives the seconds by which `microphone` paces its blocks."""
        self._microphone = microphone
        self._now = now
        self.lost_frames = 0
        """Of every stream so far."""
        self.overflows = 0

    @contextmanager
    def open(self) -> Iterator[MicrophoneStream]:
        """Start a stream when the context is entered, or raise DeviceError."""
        with self._microphone.open() as inner:
            stream = _CardStream(inner, self._now)
            try:
                yield stream
            finally:
                stream.close()
                self.lost_frames += stream.lost_frames
                self.overflows += stream.health().overflows

    def check(self) -> None:
        """Raise DeviceError when unplugged."""
        self._microphone.check()


class _CardStream:
    def __init__(self, inner: MicrophoneStream, now: Callable[[], float]) -> None:
        self._inner = inner
        self._now = now
        self._opened = now()
        self._blocks: SimpleQueue[bytes | DeviceError | None] = SimpleQueue()
        self._frames = 0
        self._overflows = 0
        self.lost_frames = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def read(self, timeout: float) -> bytes | None:
        """Return the next block that was fetched, None once closed; DeviceError when none comes."""
        try:
            block = self._blocks.get(timeout=timeout)
        except Empty:
            raise DeviceError(_("Le micro n’envoie plus rien. Rebranchez-le.")) from None
        if not isinstance(block, bytes):
            self._blocks.put(block)
            if block is not None:
                raise block
            return None
        self._frames += len(block) // 2
        return block

    def health(self) -> MicrophoneHealth:
        """Return the counters; an overflow is a moment at which the card was full."""
        return MicrophoneHealth(frames=self._frames, overflows=self._overflows)

    def close(self) -> None:
        """Stop at once; what was fetched may still be read."""
        self._inner.close()
        self._thread.join()

    def _run(self) -> None:
        count, was_late = 0, False
        end: DeviceError | None = None
        try:
            while (block := self._inner.read(_READ_TIMEOUT)) is not None:
                count += 1
                late = self._now() - (self._opened + count * _BLOCK_SECONDS) > BUFFER_SECONDS
                if late:
                    self.lost_frames += len(block) // 2
                    self._overflows += not was_late
                else:
                    self._blocks.put(block)
                was_late = late
        except DeviceError as error:
            end = error
        self._blocks.put(end)
