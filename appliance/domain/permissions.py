"""Who may be recorded, and who may hear it (law.md R2-R6, §7.1-7.2).

One decision function for every caller: the station before a device opens, the pages, the stickers
and the sync. A missing permission is a no.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Nature(StrEnum):
    """What is captured of a pupil."""

    VOICE = "voice"
    IMAGE = "image"
    PRODUCTION = "production"
    FILM = "film"


class Scope(StrEnum):
    """Who may receive it."""

    SELF = "self"
    CLASS = "class"
    FAMILY = "family"
    PARTNER_CLASS = "partner_class"
    DISTRICT = "district"


class PermissionState(StrEnum):
    """What the guardians have answered so far."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Permission:
    """The latest answer of a pupil's guardians for one nature and one scope."""

    nature: Nature
    scope: Scope
    state: PermissionState
    until: date
    """Last day of validity, itself included; never later than 31 August of the school year."""

    def is_live(self, today: date) -> bool:
        """Whether it allows anything on that day."""
        return self.state is PermissionState.GRANTED and today <= self.until


@dataclass(frozen=True)
class Decision:
    """A yes, or a no that names the pupils who lack the permission."""

    allowed: bool
    lacking: tuple[str, ...] = ()
    """Pseudonymous pupil ids, in the order they were given."""


def decide(
    nature: Nature, scope: Scope, group: Sequence[tuple[str, Iterable[Permission]]], today: date
) -> Decision:
    """Decide for a group of (pupil id, permissions): the group has the least of its members.

    An empty group is a no: a capture without a known owner has nobody who allowed it.
    """
    lacking = tuple(
        pupil_id
        for pupil_id, permissions in group
        if not any(p.nature is nature and p.scope is scope and p.is_live(today) for p in permissions)
    )
    return Decision(allowed=bool(group) and not lacking, lacking=lacking)


def natures_to_record(permissions: Iterable[Permission], today: date) -> frozenset[Nature]:
    """Return what a station may capture of one pupil: recording is for the class first (§7.1 K1, K2)."""
    return frozenset(p.nature for p in permissions if p.scope is Scope.CLASS and p.is_live(today))
