"""The last sounds of one loudspeaker, in memory only, for a page that plays them again."""

import io
import time
import wave
from collections import deque
from dataclasses import dataclass
from typing import Any

from appliance.devices.ports import SAMPLE_RATE

_KEPT = 16
"""A greeting and its consigne are a few sounds in a row: none may be gone before a page has fetched it."""


@dataclass
class Sound:
    """What the loudspeaker played."""

    n: int
    name: str
    pcm: bytes
    ended: bool = False
    cut: bool = False
    """It was stopped before its end."""

    def wav(self) -> bytes:
        """Return it as a file a browser plays."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(SAMPLE_RATE)
            writer.writeframes(self.pcm)
        return file.getvalue()


class Sounds:
    """The last few; numbers only grow, also from one demo to the next. Not thread-safe."""

    def __init__(self) -> None:
        self._sounds: deque[Sound] = deque(maxlen=_KEPT)

    def begin(self, name: str, pcm: bytes) -> None:
        """A sound begins."""
        n = self._sounds[-1].n + 1 if self._sounds else int(time.time())
        self._sounds.append(Sound(n, name, pcm))

    def end(self, *, cut: bool) -> None:
        """The sound that played has ended."""
        if self._sounds and not self._sounds[-1].ended:
            self._sounds[-1].ended, self._sounds[-1].cut = True, cut

    def get(self, n: int) -> Sound | None:
        """Return one of them by its number."""
        return next((sound for sound in list(self._sounds) if sound.n == n), None)

    def latest(self) -> dict[str, Any] | None:
        """Return what `GET /sim/state` shows of the last one."""
        if not self._sounds:
            return None
        last = self._sounds[-1]
        return {"n": last.n, "name": last.name, "playing": not last.ended}

    def all(self) -> list[dict[str, Any]]:
        """Return what `GET /sim/state` shows of all of them, oldest first."""
        return [
            {"n": sound.n, "name": sound.name, "playing": not sound.ended, "cut": sound.cut}
            for sound in self._sounds
        ]
