"""The microphone and the loudspeaker of a station: USB sound cards, through PortAudio.

PortAudio calls back from its own thread, which must never wait: what comes in goes to a queue, what goes
out is ready beforehand.
"""

import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

from appliance.devices import portaudio
from appliance.devices.cards import Direction
from appliance.devices.losses import LossMeter
from appliance.devices.ports import (
    BLOCK_FRAMES,
    SAMPLE_RATE,
    DeviceError,
    MicrophoneHealth,
    MicrophoneStream,
)
from appliance.devices.resampling import Resampler, resample, to_pcm, to_samples
from appliance.i18n import _

_MAX_WAITING_BLOCKS = 60 * SAMPLE_RATE // BLOCK_FRAMES
"""A minute: a reader that is later than that will not come back."""
_FRAME_BYTES = 2
_GRACE_SECONDS = 2.0
"""How much later than its length a sound may end before the loudspeaker counts as unplugged."""


class SoundCardMicrophone:
    """A microphone known by its stable name: an ALSA card's id or a part of its description."""

    def __init__(self, device_name: str) -> None:
        """Load PortAudio, so that the first press does not wait for it. Opens no stream."""
        _load_early()
        self._name = device_name

    @contextmanager
    def open(self) -> Iterator[MicrophoneStream]:
        """Start a stream when the context is entered, or raise DeviceError."""
        stream = SoundCardStream(self._name)
        try:
            yield stream
        finally:
            stream.close()

    def check(self) -> None:
        """Raise DeviceError when the microphone is not there. Opens no stream."""
        portaudio.check(self._name, Direction.INPUT)


class SoundCardStream:
    """An open microphone; starts as it is made."""

    def __init__(self, device_name: str) -> None:
        self._name = device_name
        self._blocks: SimpleQueue[bytes | None] = SimpleQueue()
        self._frames = 0
        self._overflows = 0
        self._closing = threading.Lock()
        self._closed = False
        self._native = portaudio.open_stream(device_name, Direction.INPUT, self._take_in)
        rate = self._native.rate
        self._losses = LossMeter(rate)
        self._resampler = None if rate == SAMPLE_RATE else Resampler(rate, SAMPLE_RATE)
        try:
            self._native.start()
        except DeviceError:
            self.close()
            raise

    def read(self, timeout: float) -> bytes | None:
        """Return the next block, or None once closed; DeviceError after `timeout` seconds without one."""
        try:
            block = self._blocks.get(timeout=timeout)
        except Empty:
            raise DeviceError(
                _("Le micro « {name} » n’envoie plus rien. Rebranchez-le.").format(name=self._name)
            ) from None
        if block is None:
            self._blocks.put(None)
            return None
        if self._resampler is not None:
            block = to_pcm(self._resampler.feed(to_samples(block)))
        self._frames += len(block) // _FRAME_BYTES
        return block

    def health(self) -> MicrophoneHealth:
        """Return the counters of this stream; an overflow without a flag is found within 2 s."""
        return MicrophoneHealth(frames=self._frames, overflows=self._overflows)

    def close(self) -> None:
        """Stop at once; `read` then returns the blocks still waiting, then None."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._native.close()
            self._blocks.put(None)

    def _take_in(self, data: Any, frames: int, _time: Any, flags: Any) -> None:
        lost = self._losses.add(time.monotonic(), frames)
        if flags.input_overflow:
            self._losses.forgive()
            lost = True
        if self._blocks.qsize() < _MAX_WAITING_BLOCKS:
            self._blocks.put(bytes(data))
        else:
            lost = True
        self._overflows += lost


class SoundCardLoudspeaker:
    """A loudspeaker known by its stable name; opens the card only while it plays."""

    def __init__(self, device_name: str) -> None:
        """Load PortAudio, so that the first prompt does not wait for it. Opens no stream."""
        _load_early()
        self._name = device_name
        self._turn = threading.Lock()
        self._playing: _Playback | None = None

    def play(self, pcm: bytes, name: str) -> None:
        """Play to the end, or until `stop`; waits for its turn when another sound plays.

        Returns once the card has let the last sample out. Raises DeviceError when it does not.
        """
        with self._turn:
            self._playing = playback = _Playback()
            try:
                ended = self._played(playback, pcm)
            finally:
                self._playing = None
        if not ended:
            raise DeviceError(
                _("Le haut-parleur « {name} » ne joue plus. Rebranchez-le.").format(name=self._name)
            )

    def _played(self, playback: "_Playback", pcm: bytes) -> bool:
        native = portaudio.open_stream(self._name, Direction.OUTPUT, playback.give, playback.all_given.set)
        try:
            playback.load(pcm, native.rate, native.channels)
            native.start()
            playback.all_given.wait(len(pcm) / _FRAME_BYTES / SAMPLE_RATE + _GRACE_SECONDS)
            playback.cut.wait(max(0.0, playback.out_at + native.held_beyond - time.monotonic()))
            return playback.complete
        finally:
            native.close()

    def stop(self) -> None:
        """Cut the current sound, if any; returns at once."""
        playing = self._playing
        if playing is not None:
            playing.stop()

    def check(self) -> None:
        """Raise DeviceError when the loudspeaker is not there. Opens no stream."""
        portaudio.check(self._name, Direction.OUTPUT)


class _Playback:
    """One sound on its way out. Silence follows it, as long as the stream is open.

    PortAudio's own end of a stream loses what PulseAudio holds then: the last 70 ms.
    """

    def __init__(self) -> None:
        self._abort: type[Exception] = portaudio.load().CallbackAbort
        self._pcm = memoryview(b"")
        self._bytes_per_second = 0
        self._given = 0
        self.cut = threading.Event()
        self.all_given = threading.Event()
        """Set when the card took the last sample, or when there is nothing more to wait for."""
        self.out_at = 0.0
        """When the last sample is out of PortAudio, in monotonic seconds."""

    def stop(self) -> None:
        """End it now, even on a card that calls back no more."""
        self.cut.set()
        self.all_given.set()

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was given to the card."""
        return self.cut.is_set() or self._given >= len(self._pcm)

    def load(self, pcm: bytes, rate: int, channels: int) -> None:
        """Make the sound ready for the card: its rate, and the same on each of its sides."""
        if rate != SAMPLE_RATE:
            pcm = to_pcm(resample(to_samples(pcm), SAMPLE_RATE, rate))
        mono = array("h", pcm)
        sides = array("h", bytes(len(pcm) * channels))
        for side in range(channels):
            sides[side::channels] = mono
        self._pcm = memoryview(sides).cast("B")
        self._bytes_per_second = rate * channels * _FRAME_BYTES

    def give(self, room: Any, _frames: int, times: Any, _flags: Any) -> None:
        """Fill the card's buffer; called from PortAudio's thread."""
        if self.cut.is_set():
            room[:] = bytes(len(room))
            raise self._abort
        piece = self._pcm[self._given : self._given + len(room)]
        room[: len(piece)] = piece
        room[len(piece) :] = bytes(len(room) - len(piece))
        self._given += len(piece)
        if self._given >= len(self._pcm) and not self.all_given.is_set():
            waiting = times.outputBufferDacTime - times.currentTime + len(piece) / self._bytes_per_second
            self.out_at = time.monotonic() + waiting
            self.all_given.set()


def _load_early() -> None:
    with suppress(DeviceError):  # told by `check` and `open`, which have somebody to tell it to
        portaudio.load()
