"""Recording a voice: kept from the end of the signal on, and sealed to the disk part by part."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from appliance.devices.ports import SAMPLE_RATE, DeviceError, MicrophoneStream
from appliance.media.mp3 import new_encoder
from appliance.station.ear import Ear
from appliance.vault.sealing import Sealer

PART_SECONDS = 0.5
"""A part reaches the disk this often. Half a second keeps the worst loss, sealing and encoder delay
included, under the second that ARCHITECTURE rule 4 allows."""
GUARD_SECONDS = 0.03
"""Dropped after the signal, whatever it is: what sound cards still hold of it."""
READ_TIMEOUT = 1.0
MINIMUM_SECONDS = 0.5
_BYTES_PER_SECOND = SAMPLE_RATE * 2


@dataclass
class Recording:
    """What was kept of one take."""

    pcm: bytearray = field(default_factory=bytearray)
    fault: DeviceError | None = None
    """The microphone went away before the pupil stopped."""
    first_kept_at: float | None = None
    """Monotonic seconds."""
    full: bool = False
    """It reached its limit."""

    @property
    def duration_ms(self) -> int:
        """Length of what was kept."""
        return len(self.pcm) * 1000 // _BYTES_PER_SECOND


class Parts(Protocol):
    """Where blocks go while they are recorded."""

    def add(self, pcm: bytes) -> None:
        """Take a block."""
        ...

    def close(self) -> None:
        """No more will come."""
        ...


class NoParts:
    """A draft's: nothing is written (R19)."""

    def add(self, pcm: bytes) -> None:
        """Forget the block."""

    def close(self) -> None:
        """Nothing was written."""


class PartWriter:
    """Encodes as it goes and hands a sealed part over twice a second."""

    def __init__(self, sealer: Sealer, write: Callable[[int, int, bytes], None]) -> None:
        """`write(index, milliseconds, sealed)` puts a part on the disk, durably."""
        self._encoder = new_encoder()
        self._sealer = sealer
        self._write = write
        self._pending = bytearray()
        self._frames = 0
        self._index = 0

    def add(self, pcm: bytes) -> None:
        """Take a block; writes a part when it is full."""
        self._pending += self._encoder.encode(bytes(pcm))
        self._frames += len(pcm) // 2
        if self._frames >= PART_SECONDS * SAMPLE_RATE:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        # An encoder that was given nothing refuses to be flushed.
        if self._frames:
            self._pending += self._encoder.flush()
            self._flush()

    def _flush(self) -> None:
        milliseconds = self._frames * 1000 // SAMPLE_RATE
        self._write(self._index, milliseconds, self._sealer.seal(bytes(self._pending)))
        self._pending.clear()
        self._frames = 0
        self._index += 1


def record(
    stream: MicrophoneStream,
    *,
    signal: Callable[[], None],
    started: Callable[[], None],
    stop: threading.Event,
    limit_seconds: float,
    parts: Parts,
    ear: Ear,
) -> Recording:
    """Record from an open stream until `stop`, the limit, a long silence, or the microphone's end.

    The signal sounds once the first block proves that the microphone listens; nothing is kept before it
    has ended, nor while the station itself speaks to encourage. `started` is called with the first kept
    block.
    """
    recording = Recording()
    limit = round(limit_seconds * _BYTES_PER_SECOND)
    sounding: _Signal | None = None
    heard = 0
    skip: int | None = None
    try:
        while not stop.is_set() and len(recording.pcm) < limit and not ear.is_over():
            block = stream.read(READ_TIMEOUT)
            if block is None:
                break
            if sounding is None:
                sounding = _Signal(signal)
            elif sounding.ended_at is None:
                heard += len(block)
            else:
                if skip is None:
                    skip = sounding.still_in(heard)
                dropped = min(skip, len(block))
                skip -= dropped
                _keep(recording, block[dropped:], parts, started)
                ear.hear(block[dropped:])
                if ear.wants_hint():
                    sounding, heard, skip = _Signal(ear.reactions.hint), 0, None
    except DeviceError as error:
        recording.fault = error
    finally:
        if sounding is not None:
            sounding.join()
    recording.full = len(recording.pcm) >= limit
    return recording


def finish(stream: MicrophoneStream, recording: Recording, parts: Parts, ear: Ear) -> None:
    """Close the stream, keep the blocks that it still held, drop the silence that ended the take."""
    stream.close()
    if recording.fault is None and recording.first_kept_at is not None:
        try:
            while (block := stream.read(READ_TIMEOUT)) is not None:
                recording.pcm += block
                parts.add(block)
        except DeviceError as error:
            recording.fault = error
    if ear.is_over() and (tail := ear.tail()):
        del recording.pcm[-tail:]
    parts.close()


class _Signal:
    """The start signal; it sounds in a thread of its own, so that the microphone is read meanwhile."""

    def __init__(self, sound: Callable[[], None]) -> None:
        self._sound = sound
        self._began_at = time.monotonic()
        self.ended_at: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def still_in(self, heard: int) -> int:
        """Return how many bytes of it are still to be read, when `heard` were since it began.

        They are what sound cards still hold, and what a busy processor left waiting.
        """
        lasted = (self.ended_at or self._began_at) - self._began_at
        late = max(0.0, lasted - heard / _BYTES_PER_SECOND)
        return round((GUARD_SECONDS + late) * SAMPLE_RATE) * 2

    def _run(self) -> None:
        try:
            self._sound()
        finally:
            self.ended_at = time.monotonic()


def _keep(recording: Recording, block: bytes, parts: Parts, started: Callable[[], None]) -> None:
    if not block:
        return
    if recording.first_kept_at is None:
        recording.first_kept_at = time.monotonic() - len(block) / _BYTES_PER_SECOND
        started()
    recording.pcm += block
    parts.add(block)
