"""How long to leave an absent hub in peace: longer each time, never the same for two stations."""

from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
"""A box that comes back is noticed within half a minute."""


class Patience:
    """Says when the next try may be made; with jitter, so that a class of stations makes no wave."""

    def __init__(self, monotonic: Callable[[], float], chance: Callable[[], float]) -> None:
        """`chance` returns a number from 0 to 1."""
        self._monotonic = monotonic
        self._chance = chance
        self._wait = 0.0
        self._until = 0.0

    def may_try(self) -> bool:
        """Whether the wait is over."""
        return self._monotonic() >= self._until

    def failed(self) -> None:
        """Wait twice as long as before, less up to a half."""
        self._wait = min(LONGEST_SECONDS, max(FIRST_SECONDS, 2 * self._wait))
        self._until = self._monotonic() + self._wait * (0.5 + 0.5 * self._chance())

    def succeeded(self) -> None:
        """Wait no more."""
        self._wait = self._until = 0.0
