"""Who may be recorded, and who may hear it: the answers of families and the one decision on them.

The table is law.md §7.1-7.2, its reasons R2-R6. Every caller decides here: the station before a device
opens, the pages, the stickers, the exports and the sync. A missing permission is a no.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.domain.answers import (
    GRACE,
    NO_GRACE,
    YEAR_PROJECT,
    ChildWord,
    Level,
    Nature,
    Permission,
    PermissionState,
    Scope,
    Signatures,
    Signed,
)
from appliance.domain.uses import INSIDE, TABLE, Kind, Need, Use

__all__ = [
    "GRACE",
    "STRICT",
    "TABLE",
    "YEAR_PROJECT",
    "ChildWord",
    "Decision",
    "Kind",
    "Level",
    "Matter",
    "Member",
    "Nature",
    "Need",
    "Permission",
    "PermissionState",
    "Policy",
    "Scope",
    "Signatures",
    "Signed",
    "Use",
    "decide",
    "natures_to_record",
    "need",
]


@dataclass(frozen=True)
class Policy:
    """What the controller decided where doctrines differ. The default is the strict reading of §7.1."""

    prior_permission: bool = True
    """Written permission before any capture; False: mission of public interest inside the class (§1.2)."""
    signatures: Signatures = Signatures.AS_TABLE

    def applied(self, need: Need, use: Use) -> Need:
        """Return what a cell of the table asks for under this policy; N3 stays N3 (§1.2, §1.3)."""
        if not self.prior_permission and need is Need.N1 and use in (*INSIDE, Use.OWN_FAMILY):
            return Need.NONE
        if need is Need.N1 and self.signatures is Signatures.TWO_ALWAYS:
            return Need.N2
        return Need.N1 if need is Need.N2 and self.signatures is Signatures.ONE_ALWAYS else need

    def loosens(self, before: "Policy") -> bool:
        """Whether it asks for less than another policy somewhere: the DPO has written so (§1.2)."""
        order = (Signatures.ONE_ALWAYS, Signatures.AS_TABLE, Signatures.TWO_ALWAYS)
        fewer = order.index(self.signatures) < order.index(before.signatures)
        return fewer or (before.prior_permission and not self.prior_permission)


STRICT = Policy()


@dataclass(frozen=True)
class Matter:
    """What is decided about."""

    nature: Nature
    project: str = YEAR_PROJECT
    kept: bool = True
    anonymous: bool = False
    """The teacher has certified that nobody is recognised in it."""
    direction_agreed: bool = False
    """The head of the school has agreed to what leaves it."""

    @property
    def recognises(self) -> bool:
        """Whether a pupil is recognised in it."""
        return self.nature is not Nature.PRODUCTION and not self.anonymous

    def kind(self, owners: int) -> Kind:
        """Return the row of the table, for that many pupils."""
        if self.nature is Nature.PRODUCTION:
            return Kind.WORK
        if self.anonymous:
            return Kind.AMBIENCE if self.nature is Nature.VOICE else Kind.UNRECOGNISABLE
        if not self.kept:
            return Kind.TRIAL
        if self.nature is Nature.VOICE:
            return Kind.GROUP_VOICE if owners > 1 else Kind.VOICE
        return Kind.GROUP_PORTRAIT if owners > 1 else Kind.PORTRAIT


@dataclass(frozen=True)
class Member:
    """One who is heard or seen, as the decision knows them."""

    id: str
    """Pseudonymous."""
    permissions: tuple[Permission, ...] = ()
    disagreement: bool = False
    """The guardians disagree: everything in which the pupil is recognised is blocked (§1.3)."""
    left: bool = False
    """The pupil has left the class (§7.4)."""


@dataclass(frozen=True)
class Decision:
    """A yes, or a no that names the pupils who lack the permission."""

    allowed: bool
    lacking: tuple[str, ...] = ()
    """Pseudonymous pupil ids, in the order they were given."""
    need: Need = Need.NONE
    """What it would have taken of each."""


def need(matter: Matter, use: Use, owners: int, policy: Policy = STRICT) -> Need:
    """Return what a use asks for: the table's cell under a policy. What nobody kept stays in the class."""
    if not matter.kept and use not in (Use.REPLAY, Use.CLASS, Use.TEACHER):
        return Need.BLOCKED
    return policy.applied(TABLE[matter.kind(owners)][use], use)


def decide(
    matter: Matter, use: Use, group: Sequence[Member], today: date, policy: Policy = STRICT
) -> Decision:
    """Decide for a group: it has the least of its members (R6).

    An empty group is a no, unless the teacher certified that nobody is recognised: a capture without a known
    owner has nobody who allowed it.
    """
    asked = need(matter, use, len(group), policy)
    lacking = () if matter.anonymous else _lacking(matter, use, group, today, policy)
    if asked is Need.BLOCKED or (asked is Need.DIRECTION and not matter.direction_agreed):
        return Decision(False, lacking, asked)
    return Decision((bool(group) or matter.anonymous) and not lacking, lacking, asked)


def natures_to_record(
    member: Member, project: str, today: date, policy: Policy = STRICT
) -> frozenset[Nature]:
    """Return what a station may capture of one pupil in a project."""
    return frozenset(
        nature
        for nature in Nature
        if decide(Matter(nature, project, kept=False), Use.CLASS, [member], today, policy).allowed
    )


def _lacking(
    matter: Matter, use: Use, group: Sequence[Member], today: date, policy: Policy
) -> tuple[str, ...]:
    """What may not be kept in class goes nowhere: a wider use asks for both."""
    uses = (use,) if use.scope is Scope.CLASS else (Use.CLASS, use)
    needs = {asked: need(matter, asked, len(group), policy) for asked in uses}
    return tuple(
        member.id
        for member in group
        if not all(_gives(member, matter, wanted, needs[wanted], today, policy) for wanted in uses)
    )


def _gives(member: Member, matter: Matter, use: Use, asked: Need, today: date, policy: Policy) -> bool:
    """Whether one pupil's family gives what is asked; a no of theirs stands whatever is asked."""
    if member.disagreement and matter.recognises:
        return False
    if member.left and use is not Use.TEACHER:
        return False
    answers = list(_answers(member, matter, use))
    if any(answer.objects for answer in answers):
        return False
    if asked in (Need.NONE, Need.DIRECTION):
        return True
    grace = GRACE if use is Use.TEACHER else NO_GRACE
    level = _LEVELS.get(asked, Level.N3)
    return any(a.is_live(today, grace) and a.level(policy.signatures) >= level for a in answers)


_LEVELS = {Need.N1: Level.N1, Need.N2: Level.N2, Need.N3: Level.N3}


def _answers(member: Member, matter: Matter, use: Use) -> Iterable[Permission]:
    return (
        p
        for p in member.permissions
        if p.project == matter.project and p.nature is matter.nature and p.scope is use.scope
    )
