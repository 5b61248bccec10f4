"""What the hub tells a station: enough to decide, and no name (ARCHITECTURE, Processes)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from appliance.domain.opening import Opening
from appliance.domain.permissions import Nature

LIFETIME = timedelta(hours=12)
"""How long a station goes on with its last roster when the hub is away."""
TRIER = "essai"
"""Stands for a grown-up who tries a station: no pupil's id, and in no capture."""


@dataclass(frozen=True)
class TrialBadge:
    """A badge for grown-ups who try a station: they are heard, and nothing of it is kept (law.md §4.1)."""

    code: str
    until: datetime

    def to_json(self) -> dict[str, str]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {"code": self.code, "until": self.until.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> "TrialBadge":
        """Return the badge in a JSON object; KeyError or ValueError when it is not one."""
        return cls(data["code"], datetime.fromisoformat(data["until"]))


@dataclass(frozen=True)
class RosterPupil:
    """A pupil as a station knows them."""

    id: str
    badge: str
    natures: frozenset[Nature]
    pictogram: str = ""
    invited: bool = True
    """Belongs to those who may come to this station now."""
    language: str = "fr"
    """ISO 639 code of the consigne to say to them, when the scenario has it."""
    slow: bool = False
    """Takes twice the time for everything (E38)."""


@dataclass(frozen=True)
class Task:
    """What a station asks for now; its words and its consignes stay in the hub."""

    scenario: str
    """Pseudonymous id; empty before the teacher made one."""
    nature: Nature
    limit_seconds: int
    group_max: int = 1
    """How many pupils may take part in one capture."""
    draft: bool = False
    """*Brouillon d'oral*: heard at once, never written (R19)."""
    caption: bool = False
    """A photo is followed by ten spoken seconds (D18)."""
    wish: bool = False
    """Pupils say who may hear them (R126, E32)."""


@dataclass(frozen=True)
class Refusal:
    """Why a capture does not start: `stale_roster`, `closed`, `unknown_badge`, `not_in_group`, `too_many`
    or `no_permission`."""

    reason: str


@dataclass(frozen=True)
class Roster:
    """One station's view of the class at a moment."""

    issued_at: datetime
    station: str
    task: Task
    recipients: tuple[str, ...]
    """age public keys to seal with: the class, then recovery."""
    pupils: tuple[RosterPupil, ...]
    opening: Opening = field(default_factory=Opening)
    paper: bool = True
    """Whether stickers come out now: a pupil who waits for one is told when none comes (E5)."""
    trial: TrialBadge | None = None
    """Lent by the teacher, for a while."""

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to decide by, or comes from a future that a wrong clock made."""
        return not (timedelta(minutes=-5) <= now - self.issued_at <= LIFETIME)

    def refusal_to_wake(self, now: datetime) -> Refusal | None:
        """Return why nobody may begin now, or None."""
        if self.is_stale(now):
            return Refusal("stale_roster")
        if not self.task.scenario or not self.opening.is_open(now):
            return Refusal("closed")
        return None

    def known(self, badge: str) -> RosterPupil | None:
        """Return the pupil of a badge, or None for one that is unknown or voided.

        Of the trial badge, `TRIER`, who may do everything; `admit` tells whether it is still lent.
        """
        if self.trial is not None and badge == self.trial.code:
            return RosterPupil(TRIER, badge, frozenset(Nature))
        return next((pupil for pupil in self.pupils if pupil.badge == badge), None)

    def invited(self) -> tuple[RosterPupil, ...]:
        """Return who may come now."""
        return tuple(pupil for pupil in self.pupils if pupil.invited)

    def admit(self, pupils: Sequence[str], now: datetime) -> tuple[RosterPupil, ...] | Refusal:
        """Decide who may start a capture together, by pupil id, before any device opens.

        A group has the least of its members (ARCHITECTURE, rule 2). Nobody at all is *à attribuer*: allowed
        only where each pupil who may come has the permission (E1).
        """
        refused = self.refusal_to_wake(now)
        if refused is not None:
            return refused
        if TRIER in pupils:
            return self._admit_trier(pupils, now)
        found = [pupil for pupil in self.pupils if pupil.id in pupils]
        if len(found) != len(set(pupils)):
            return Refusal("unknown_badge")
        if len(found) > self.task.group_max:
            return Refusal("too_many")
        if not all(pupil.invited for pupil in found):
            return Refusal("not_in_group")
        judged = found or self.invited()
        if not judged or not all(self.task.nature in pupil.natures for pupil in judged):
            return Refusal("no_permission")
        return tuple(found)

    def for_disk(self) -> "Roster":
        """Return what a station may write: how it speaks to whom is in its memory alone."""
        return replace(self, pupils=tuple(replace(p, language="fr", slow=False) for p in self.pupils))

    def _admit_trier(self, pupils: Sequence[str], now: datetime) -> tuple[RosterPupil, ...] | Refusal:
        """Let a grown-up try alone: beside a pupil nobody would know what is kept."""
        found = self.known(self.trial.code) if self.trial is not None and now < self.trial.until else None
        if found is None:
            return Refusal("unknown_badge")
        return Refusal("too_many") if len(set(pupils)) > 1 else (found,)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {
            "issued_at": self.issued_at.isoformat(),
            "station": self.station,
            "task": dict(self.task.__dict__),
            "recipients": list(self.recipients),
            "pupils": [{**p.__dict__, "natures": sorted(p.natures)} for p in self.pupils],
            "opening": self.opening.to_json(),
            "paper": self.paper,
            "trial": self.trial.to_json() if self.trial else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Roster":
        """Return the roster in a JSON object; KeyError, TypeError or ValueError when it is not one."""
        return cls(
            issued_at=datetime.fromisoformat(data["issued_at"]),
            station=data["station"],
            task=Task(**{**data["task"], "nature": Nature(data["task"]["nature"])}),
            recipients=tuple(data["recipients"]),
            pupils=tuple(
                RosterPupil(**{**p, "natures": frozenset(Nature(n) for n in p["natures"])})
                for p in data["pupils"]
            ),
            opening=Opening.from_json(data["opening"]),
            paper=bool(data["paper"]),
            trial=TrialBadge.from_json(data["trial"]) if data["trial"] else None,
        )
