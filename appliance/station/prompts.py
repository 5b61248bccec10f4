"""The panel's voice: short signals and one-sentence prompts, mono 24 kHz WAV files beside this module."""

import threading
import wave
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from appliance.devices.ports import SAMPLE_RATE, DeviceError, Loudspeaker


@lru_cache(maxsize=64)
def sound(name: str) -> bytes:
    """Return a prompt's PCM; FileNotFoundError when there is none of that name."""
    with (files("appliance.station") / "sounds" / f"{name}.wav").open("rb") as file, wave.open(file) as wav:
        if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) != (SAMPLE_RATE, 1, 2):
            raise ValueError(f"{name}.wav is not mono 16-bit at {SAMPLE_RATE} Hz")
        return bytes(wav.readframes(wav.getnframes()))


CUT_SECONDS = 0.02
"""How often a sound that waits for its turn cuts the one before."""


class Voice:
    """Says one thing at a time on the panel's loudspeaker; the latest wins."""

    def __init__(self, loudspeaker: Loudspeaker | None, heard: Callable[[str], None]) -> None:
        """`heard` is told the name of each prompt as it begins."""
        self._loudspeaker = loudspeaker
        self._heard = heard
        self._turn = threading.Lock()
        self._choosing = threading.Lock()
        self._latest = 0

    def say(self, name: str) -> None:
        """Start a prompt without waiting for it, cutting the one before."""
        self._heard(name)
        ticket = self._next()
        threading.Thread(target=self._play, args=(ticket, sound(name), name), daemon=True).start()

    def signal(self, name: str) -> None:
        """Play a signal to its end."""
        self._heard(name)
        self._play(self._next(), sound(name), name)

    def replay(self, pcm: bytes, done: Callable[[], None]) -> None:
        """Start a replay of a take; `done` is called when it ends by itself."""
        ticket = self._next()

        def run() -> None:
            self._play(ticket, pcm, "take")
            if ticket == self._latest:
                done()

        threading.Thread(target=run, daemon=True).start()

    def hush(self) -> None:
        """Be silent now."""
        self._next()

    def _next(self) -> int:
        with self._choosing:
            self._latest += 1
            if self._loudspeaker is not None:
                self._loudspeaker.stop()
            return self._latest

    def _play(self, ticket: int, pcm: bytes, name: str) -> None:
        loudspeaker = self._loudspeaker
        if loudspeaker is None or not self._wait_for_turn(loudspeaker, ticket):
            return
        try:
            if ticket == self._latest:
                loudspeaker.play(pcm, name)
        except DeviceError:
            # A panel without a voice still has its light; doctor and the page tell the teacher.
            return
        finally:
            self._turn.release()

    def _wait_for_turn(self, loudspeaker: Loudspeaker, ticket: int) -> bool:
        """Cut what still plays until it is this sound's turn; False when a later one takes its place.

        A sound that began just after it was told to stop has not heard of it: it is told again.
        """
        while not self._turn.acquire(timeout=CUT_SECONDS):
            with self._choosing:
                if ticket != self._latest:
                    return False
                loudspeaker.stop()
        return True
