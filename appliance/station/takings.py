"""The takes that a pupil may choose from, oldest first, until one of them leaves (D14)."""

from appliance.domain.permissions import Scope
from appliance.station.spool import Spool
from appliance.station.takes import Made


class Takings:
    """One pupil's finished takes; touched by the main thread alone."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._made: list[Made] = []

    def add(self, made: Made) -> None:
        """Add a finished take."""
        self._made.append(made)

    def get(self, number: int) -> Made | None:
        """Return a take by its number, 0 being the oldest."""
        return self._made[number] if 0 <= number < len(self._made) else None

    def drop_oldest(self) -> None:
        """Erase the oldest."""
        if self._made:
            self._erase(self._made.pop(0))

    def drop_newest(self) -> None:
        """Erase the newest."""
        if self._made:
            self._erase(self._made.pop())

    def let_go(self, number: int, *, kept: bool, wish: Scope | None = None) -> bool:
        """Let one go to the hub and erase the others; whether one went."""
        chosen = self.get(number)
        made, self._made = self._made, []
        # First of all: a power cut between the two gives the teacher an essay more, never one less.
        if chosen is not None and not chosen.draft:
            self._spool.let_go(chosen.take, kept=kept, wish=wish)
        for other in made:
            if other is not chosen:
                self._erase(other)
        return chosen is not None and not chosen.draft

    def _erase(self, made: Made) -> None:
        if not made.draft:
            self._spool.discard(made.take.id)
