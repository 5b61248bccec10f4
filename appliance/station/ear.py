"""What a station does about what it hears while a pupil speaks: a hint, a warning, an end (E3, E4)."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.devices.ports import SAMPLE_RATE
from appliance.station.listening import HINT_AFTER, SILENCE_STOP, Advice, Listener

WARN_SECONDS = 20.0
"""How long before the limit the soft double beep sounds (requirements §3.1, WARN)."""
TAIL_SECONDS = 1.0
"""What is kept of a silence that ended a take."""
_BYTES_PER_SECOND = SAMPLE_RATE * 2


@dataclass(frozen=True)
class Reactions:
    """How the station answers; each returns at once, but for `hint`, which lasts as long as it sounds."""

    hint: Callable[[], None]
    last_seconds: Callable[[], None]
    attention: Callable[[bool], None]
    """Shows whether something is wrong with the sound."""


class Ear:
    """Follows one take, block by block; time is counted in samples."""

    def __init__(
        self,
        reactions: Reactions,
        limit_seconds: float,
        patience: float = 1.0,
        silence: float = SILENCE_STOP,
    ) -> None:
        """A silence of so many seconds ends the take; `patience` multiplies those allowed (E38)."""
        self.reactions = reactions
        self._listener = Listener()
        self._limit = limit_seconds
        self._patience = patience
        self._silence = silence
        self._kept = 0
        self._hinted = False
        self._warned = limit_seconds <= 2 * WARN_SECONDS
        self._advice: Advice | None = None

    def hear(self, block: bytes) -> None:
        """Follow a block that was kept."""
        self._listener.feed(block)
        self._kept += len(block)
        if not self._warned and self._kept >= (self._limit - WARN_SECONDS) * _BYTES_PER_SECOND:
            self._warned = True
            self.reactions.last_seconds()
        advice = self._listener.advice()
        if advice is not self._advice:
            self._advice = advice
            self.reactions.attention(advice is not None)

    def wants_hint(self) -> bool:
        """Whether the pupil should be encouraged now; once in a silence."""
        silent = self._listener.silence_seconds >= HINT_AFTER * self._patience
        wanted = silent and not self._hinted
        self._hinted = silent
        return wanted

    def is_over(self) -> bool:
        """Whether the pupil has been silent for so long that the take ends."""
        return self._listener.silence_seconds >= self._silence * self._patience

    def tail(self) -> int:
        """Return how many bytes of the silence at the end are too many."""
        return max(0, round(self._listener.silence_seconds - TAIL_SECONDS)) * _BYTES_PER_SECOND

    @property
    def advice(self) -> str:
        """What to tell the pupil of the sound: `noisy`, `far`, `loud`, or nothing."""
        return self._advice.value if self._advice else ""

    @property
    def is_empty(self) -> bool:
        """Whether nobody was heard."""
        return self._listener.is_empty
