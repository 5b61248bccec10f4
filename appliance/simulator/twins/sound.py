"""Twins of the microphone and the loudspeaker. A pupil is simulated: she speaks when the signal has ended."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from appliance.devices.ports import (
    BLOCK_FRAMES,
    SAMPLE_RATE,
    DeviceError,
    MicrophoneHealth,
    MicrophoneStream,
)
from appliance.i18n import _
from appliance.simulator.twins.observer import Observer, nobody
from appliance.simulator.twins.room import Pcm, Room, placed

_BLOCK_SECONDS = BLOCK_FRAMES / SAMPLE_RATE
_SPEECH_AFTER_SECONDS = 1.0
"""How long the pupil waits for a signal that does not come."""
_TONE_PEAK = 18
"""Uniform noise of ±18 is -70 dBFS."""
START_SIGNAL = "start"
"""The simulated pupil waits for this sound, as she was taught, and for no other."""


class TwinMicrophone:
    """Hears a faint room tone, what the loudspeaker plays, and a clip that stands for a pupil's voice."""

    def __init__(self, room: Room, observer: Observer = nobody) -> None:
        self._room = room
        self._observer = observer
        self._clip: Pcm = np.zeros(0, np.int16)
        self._plugged = True
        self._streams: set[TwinMicrophoneStream] = set()
        self._turn = threading.Lock()
        self._tone = np.random.default_rng(20).integers(-_TONE_PEAK, _TONE_PEAK + 1, SAMPLE_RATE, np.int16)
        room.when_signalled(self.cue)

    def set_clip(self, pcm: bytes) -> None:
        """Set what the pupil says at each opening; in an open stream she begins at once."""
        with self._turn:
            self._clip = np.frombuffer(pcm, "<i2")
            streams = list(self._streams)
        for stream in streams:
            stream.speak(self._clip)

    def cue(self) -> None:
        """Let the pupil begin, if a stream is open and she has not begun."""
        with self._turn:
            streams = list(self._streams)
        for stream in streams:
            stream.cue()

    def set_plugged(self, plugged: bool) -> None:
        """Pull the plug, or put it back: streams that were open stay dead."""
        with self._turn:
            self._plugged = plugged
            streams = list(self._streams)
        if not plugged:
            for stream in streams:
                stream.unplug()

    @contextmanager
    def open(self) -> Iterator[MicrophoneStream]:
        """Start a stream when the context is entered, or raise DeviceError."""
        with self._turn:
            self.check()
            stream = TwinMicrophoneStream(self._room, self._tone, self._clip)
            self._streams.add(stream)
        self._observer("microphone.opened", {})
        try:
            yield stream
        finally:
            stream.close()
            with self._turn:
                self._streams.discard(stream)
            self._observer("microphone.closed", {})

    def check(self) -> None:
        """Raise DeviceError when unplugged."""
        if not self._plugged:
            raise DeviceError(_("Le micro est débranché. Rebranchez-le."))


class TwinMicrophoneStream:
    """An open twin: block `n` is what was heard from `n` to `n + 1` times 20 ms after the opening."""

    def __init__(self, room: Room, tone: Pcm, clip: Pcm) -> None:
        self._room = room
        self._tone = tone
        self._clip = clip
        self._opened = time.monotonic()
        self._speech: float | None = None
        self._last_moment = float("inf")
        self._closed = False
        self._blocks = 0
        self._change = threading.Condition()

    def cue(self) -> None:
        """Begin to speak, unless it has begun."""
        with self._change:
            now = time.monotonic()
            if self._speech_start(now) is None:
                self._speech = now

    def speak(self, clip: Pcm) -> None:
        """Begin to say something else now."""
        with self._change:
            self._clip = clip
            self._speech = time.monotonic()

    def unplug(self) -> None:
        """Give no more block than those that have come."""
        with self._change:
            self._last_moment = min(self._last_moment, time.monotonic())
            self._change.notify_all()

    def read(self, timeout: float) -> bytes | None:
        """Return the next block when it is due, None once closed, DeviceError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._change:
            due = self._opened + (self._blocks + 1) * _BLOCK_SECONDS
            while True:
                now = time.monotonic()
                if due <= min(now, self._last_moment):
                    return self._next_block()
                if self._closed:
                    return None
                if now >= deadline:
                    raise DeviceError(_("Le micro n’envoie plus rien. Rebranchez-le."))
                alive = due <= self._last_moment
                self._change.wait((min(due, deadline) if alive else deadline) - now)

    def health(self) -> MicrophoneHealth:
        """Return the counters: a twin never loses a sample."""
        return MicrophoneHealth(frames=self._blocks * BLOCK_FRAMES, overflows=0)

    def close(self) -> None:
        """Stop at once; `read` returns the blocks that have come, then None."""
        with self._change:
            self._closed = True
            self._last_moment = min(self._last_moment, time.monotonic())
            self._change.notify_all()

    def _next_block(self) -> bytes:
        position = self._blocks * BLOCK_FRAMES
        start = self._opened + position / SAMPLE_RATE
        self._blocks += 1
        mixed = self._room.heard(start, BLOCK_FRAMES).astype(np.int32)
        mixed += self._tone[np.arange(position, position + BLOCK_FRAMES) % len(self._tone)]
        speech = self._speech_start(start + _BLOCK_SECONDS)
        if speech is not None:
            offset = round((speech - self._opened) * SAMPLE_RATE) - position
            mixed += placed(self._clip, offset, BLOCK_FRAMES)
        return np.clip(mixed, -32768, 32767).astype("<i2").tobytes()

    def _speech_start(self, moment: float) -> float | None:
        """When the pupil began, as known at `moment`: at her cue, or by herself when no signal came."""
        if self._speech is not None:
            return self._speech
        by_herself = self._opened + _SPEECH_AFTER_SECONDS
        if moment < by_herself or self._room.sounding(by_herself):
            return None
        return by_herself


class TwinLoudspeaker:
    """Lets each sound last its true time in the room."""

    def __init__(self, room: Room, observer: Observer = nobody) -> None:
        self._room = room
        self._observer = observer
        self._plugged = True
        self._turn = threading.Lock()
        self._cut: threading.Event | None = None
        self.last_name = ""
        """The last sound that began."""
        self.last_pcm = b""

    def play(self, pcm: bytes, name: str) -> None:
        """Play to the end, or until `stop`; waits for its turn when another sound plays."""
        with self._turn:
            self.check()
            self._cut = cut = threading.Event()
            seconds = len(pcm) / 2 / SAMPLE_RATE
            self.last_name, self.last_pcm = name, pcm
            sound = self._room.begin(pcm)
            self._observer("sound.started", {"name": name, "seconds": seconds})
            cut.wait(max(0.0, sound.started + seconds - time.monotonic()))
            self._cut = None
            self._room.end(sound, signal=name == START_SIGNAL)
            self._observer("sound.ended", {"name": name, "cut": cut.is_set()})
        self.check()

    def stop(self) -> None:
        """Cut the current sound, if any."""
        cut = self._cut
        if cut is not None:
            cut.set()

    def set_plugged(self, plugged: bool) -> None:
        """Pull the plug, or put it back; a sound being played ends with DeviceError."""
        self._plugged = plugged
        if not plugged:
            self.stop()

    def check(self) -> None:
        """Raise DeviceError when unplugged."""
        if not self._plugged:
            raise DeviceError(_("Le haut-parleur est débranché. Rebranchez-le."))
