"""The panel's voice: short signals and one-sentence prompts, in the teacher's voice where she recorded it.

What the box says by itself is in mono 24 kHz WAV files beside this module, one per phrase of `phrases.py`.
"""

import io
import threading
import wave
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files

from appliance.devices.ports import SAMPLE_RATE, DeviceError, Loudspeaker
from appliance.station.levelling import at_volume
from appliance.station.phrases import PHRASES, PICTURE
from appliance.station.recordings import Recordings

CUT_SECONDS = 0.02
"""How often a sound that waits for its turn cuts the one before."""


_TAKE = "take"
"""What a loudspeaker is told of a replay; it is no prompt."""


def sound_file(name: str) -> bytes:
    """Return a prompt as the box ships it, a WAV file; FileNotFoundError when there is none of that name."""
    return (files("appliance.station") / "sounds" / f"{name}.wav").read_bytes()


@lru_cache(maxsize=256)
def sound(name: str) -> bytes:
    """Return a prompt's PCM as the box ships it; FileNotFoundError when there is none of that name."""
    with wave.open(io.BytesIO(sound_file(name))) as wav:
        if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) != (SAMPLE_RATE, 1, 2):
            raise ValueError(f"{name}.wav is not mono 16-bit at {SAMPLE_RATE} Hz")
        return bytes(wav.readframes(wav.getnframes()))


class Voice:
    """Says one thing at a time on the panel's loudspeaker; the latest wins."""

    def __init__(
        self,
        loudspeaker: Loudspeaker | None,
        heard: Callable[[str], None],
        recordings: Recordings | None = None,
        volume: float = 1.0,
    ) -> None:
        """`heard` is told the name of each prompt as it begins; `recordings` hold the teacher's voice.

        `volume` is that of all that is said, from 0 to 1; a replay comes at its own.
        """
        self._loudspeaker = loudspeaker
        self._heard = heard
        self._recordings = recordings or Recordings()
        self._volume = volume
        self._turn = threading.Lock()
        self._choosing = threading.Lock()
        self._latest = 0

    def say(self, name: str) -> None:
        """Start a prompt without waiting for it, cutting the one before."""
        pcm = self._prompt(name)
        self._heard(name)
        ticket = self._next()
        threading.Thread(target=self._play, args=(ticket, pcm, name), daemon=True).start()

    def say_all(
        self, items: Sequence[str], ended: Callable[[], None] | None = None, replay: bytes | None = None
    ) -> None:
        """Start several items as one utterance, cutting the one before; what the box cannot say is left out.

        It ends with `replay`, the PCM of a take, if any.

        An item is a phrase's name, `picture/<pictogram>`, or the key of a recording (`pupil/<id>`,
        `consigne/<scenario>/<language>`). `ended` is called when the utterance ends by itself, at once
        when there is nothing to say.
        """
        found = [(name, pcm) for name in items if (pcm := self._item(name)) is not None]
        if replay is not None:
            found.append((_TAKE, replay))
        ticket = self._next()

        def run() -> None:
            self._play_all(ticket, found)
            if ended is not None and ticket == self._latest:
                ended()

        threading.Thread(target=run, daemon=True).start()

    def knows(self, item: str) -> bool:
        """Whether there is something to say for an item of `say_all`."""
        return self._untuned_item(item) is not None

    def signal(self, name: str) -> None:
        """Play a signal to its end."""
        pcm = self._prompt(name)
        self._heard(name)
        self._play(self._next(), pcm, name)

    def replay(self, pcm: bytes, done: Callable[[], None]) -> None:
        """Start a replay of a take; `done` is called when it ends by itself."""
        self.say_all([], done, pcm)

    def hush(self) -> None:
        """Be silent now."""
        self._next()

    def _prompt(self, name: str) -> bytes:
        return at_volume(self._untuned(name), self._volume)

    def _untuned(self, name: str) -> bytes:
        shipped = sound(name)
        own = self._recordings.get(f"prompt/{name}")
        if own is None or not PHRASES[name].own_voice:
            return shipped
        # A countdown stays regular whatever the voice.
        return own[: len(shipped)].ljust(len(shipped), b"\0") if PHRASES[name].seconds else own

    def _item(self, name: str) -> bytes | None:
        found = self._untuned_item(name)
        return at_volume(found, self._volume) if found is not None else None

    def _untuned_item(self, name: str) -> bytes | None:
        kind, _slash, rest = name.partition("/")
        phrase = f"{PICTURE}{rest}" if kind == "picture" else name
        return self._untuned(phrase) if phrase in PHRASES else self._recordings.get(name)

    def _next(self) -> int:
        with self._choosing:
            self._latest += 1
            if self._loudspeaker is not None:
                self._loudspeaker.stop()
            return self._latest

    def _play(self, ticket: int, pcm: bytes, name: str) -> None:
        self._with_the_turn(ticket, lambda loudspeaker: loudspeaker.play(pcm, name))

    def _play_all(self, ticket: int, items: Sequence[tuple[str, bytes]]) -> None:
        if self._loudspeaker is None:
            for name, _pcm in items:
                self._heard(name)

        def play(loudspeaker: Loudspeaker) -> None:
            for name, pcm in items:
                if ticket != self._latest:
                    return
                if name != _TAKE:
                    self._heard(name)
                loudspeaker.play(pcm, name)

        self._with_the_turn(ticket, play)

    def _with_the_turn(self, ticket: int, play: Callable[[Loudspeaker], None]) -> None:
        loudspeaker = self._loudspeaker
        if loudspeaker is None or not self._wait_for_turn(loudspeaker, ticket):
            return
        try:
            if ticket == self._latest:
                play(loudspeaker)
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
