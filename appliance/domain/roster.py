"""What the hub tells a station: enough to decide, and no name (ARCHITECTURE, Processes)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance.domain.permissions import Nature

LIFETIME = timedelta(hours=12)
"""How long a station goes on with its last roster when the hub is away."""


@dataclass(frozen=True)
class RosterPupil:
    """A pupil as a station knows them."""

    id: str
    badge: str
    natures: frozenset[Nature]


@dataclass(frozen=True)
class Refusal:
    """Why a badge does not start a capture: `unknown_badge`, `no_permission`, `stale_roster` or `closed`."""

    reason: str


@dataclass(frozen=True)
class Roster:
    """One station's view of the class at a moment."""

    issued_at: datetime
    station: str
    nature: Nature
    scenario: str
    """Pseudonymous id of the scenario in force; its title stays in the hub."""
    open: bool
    recipients: tuple[str, ...]
    """age public keys to seal with: the class, then recovery."""
    pupils: tuple[RosterPupil, ...]

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to decide by, or comes from a future that a wrong clock made."""
        return not (timedelta(minutes=-5) <= now - self.issued_at <= LIFETIME)

    def admit(self, badge: str, now: datetime) -> RosterPupil | Refusal:
        """Decide who may start a capture with this badge, before any device opens."""
        if self.is_stale(now):
            return Refusal("stale_roster")
        if not self.open:
            return Refusal("closed")
        pupil = next((p for p in self.pupils if p.badge == badge), None)
        if pupil is None:
            return Refusal("unknown_badge")
        return pupil if self.nature in pupil.natures else Refusal("no_permission")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        data = asdict(self)
        data["issued_at"] = self.issued_at.isoformat()
        data["pupils"] = [{"id": p.id, "badge": p.badge, "natures": sorted(p.natures)} for p in self.pupils]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Roster":
        """Return the roster in a JSON object; KeyError, TypeError or ValueError when it is not one."""
        return cls(
            issued_at=datetime.fromisoformat(data["issued_at"]),
            station=data["station"],
            nature=Nature(data["nature"]),
            scenario=data["scenario"],
            open=bool(data["open"]),
            recipients=tuple(data["recipients"]),
            pupils=tuple(
                RosterPupil(p["id"], p["badge"], frozenset(Nature(n) for n in p["natures"]))
                for p in data["pupils"]
            ),
        )
