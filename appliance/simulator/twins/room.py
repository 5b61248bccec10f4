"""The air between a loudspeaker and a microphone: what plays is also heard."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.devices.ports import SAMPLE_RATE

Pcm = NDArray[np.int16]

_COUPLING = 0.25
_REMEMBERED = 8


@dataclass
class Sound:
    """One sound in the room; times are monotonic seconds."""

    pcm: Pcm
    started: float
    ended: float | None = None


class Room:
    """What sounds when. Thread-safe."""

    def __init__(self) -> None:
        self._sounds: deque[Sound] = deque(maxlen=_REMEMBERED)
        self._turn = threading.Lock()
        self._on_signal: Callable[[], None] = lambda: None

    def when_signalled(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time a start signal has ended."""
        self._on_signal = callback

    def begin(self, pcm: bytes) -> Sound:
        """Let a sound start now."""
        sound = Sound(np.frombuffer(pcm, "<i2"), time.monotonic())
        with self._turn:
            self._sounds.append(sound)
        return sound

    def end(self, sound: Sound, *, signal: bool = False) -> None:
        """Let a sound end now, whether all of it was played or not; after a `signal` the pupil speaks."""
        with self._turn:
            sound.ended = time.monotonic()
        if signal:
            self._on_signal()

    def sounding(self, moment: float) -> bool:
        """Tell whether something was playing at that moment."""
        with self._turn:
            return any(
                sound.started <= moment and (sound.ended is None or moment < sound.ended)
                for sound in self._sounds
            )

    def heard(self, start: float, frames: int) -> Pcm:
        """Return what reached the microphone from the loudspeaker, weakened, from `start` on."""
        mixed = np.zeros(frames, np.float32)
        with self._turn:
            for sound in self._sounds:
                played = sound.pcm
                if sound.ended is not None:
                    played = played[: round((sound.ended - sound.started) * SAMPLE_RATE)]
                mixed += _COUPLING * placed(played, round((sound.started - start) * SAMPLE_RATE), frames)
        return mixed.astype(np.int16)


def placed(pcm: Pcm, offset: int, frames: int) -> Pcm:
    """Return `frames` samples of silence in which `pcm` begins at `offset`, which may be negative."""
    window = np.zeros(frames, np.int16)
    first, last = max(0, offset), min(frames, offset + len(pcm))
    if first < last:
        window[first:last] = pcm[first - offset : last - offset]
    return window
