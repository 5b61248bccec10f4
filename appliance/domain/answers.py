"""What families answer, and how far an answer goes (law.md R3, R4, §1.3-1.4)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum

GRACE = timedelta(days=14)
"""How long the teacher alone may still look at what an expired permission allowed (law.md §7.2)."""
NO_GRACE = timedelta(0)
YEAR_PROJECT = ""
"""The id of the project that every class has: its workshops of the year."""


class Nature(StrEnum):
    """What is captured of a pupil."""

    VOICE = "voice"
    IMAGE = "image"
    PRODUCTION = "production"
    """A work without anybody in the picture."""
    FILM = "film"


class Scope(StrEnum):
    """Who may receive it, from the narrowest to the widest."""

    SELF = "self"
    CLASS = "class"
    FAMILY = "family"
    """The pupil's own."""
    CLASS_SPACE = "class_space"
    """The families of the class."""
    PARTNER_CLASS = "partner_class"
    DISTRICT = "district"


class Level(IntEnum):
    """How far an answer goes."""

    NOTHING = 0
    N1 = 1
    N2 = 2
    N3 = 3


class PermissionState(StrEnum):
    """What the guardians have answered so far."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """Granted, for a period that is over. Never stored: a day makes it."""


class ChildWord(StrEnum):
    """What the child said when asked (art. 372-1 C. civ.)."""

    NOT_ASKED = "not_asked"
    YES = "yes"
    NO = "no"


class Signatures(StrEnum):
    """How many holders sign (law.md §1.3: the doctrines differ)."""

    AS_TABLE = "as_table"
    """One inside the class and for the own family, two for whatever is shared."""
    TWO_ALWAYS = "two_always"
    """Two, everywhere (one reading of the law of 19 February 2024)."""
    ONE_ALWAYS = "one_always"
    """One, everywhere (CNIL, recommendation 4)."""


@dataclass(frozen=True)
class Signed:
    """Who signed a family's answer, and on which paper. Names are sealed elsewhere."""

    holders: int = 1
    """How many holders of parental authority signed: 0, 1 or 2."""
    alone: bool = False
    """The one who signed holds it alone; the direction has seen the proof."""
    child: ChildWord = ChildWord.NOT_ASKED
    form: str = ""
    """Edition of the paper."""
    named: bool = False
    """The paper is the project's own and names who receives."""


@dataclass(frozen=True)
class Permission:
    """The latest answer of a pupil's guardians for one project, one nature and one scope."""

    nature: Nature
    scope: Scope
    state: PermissionState
    until: date
    """Last day of validity, itself included; never later than 31 August of the school year."""
    since: date = date.min
    """First day of validity."""
    project: str = YEAR_PROJECT
    signed: Signed = Signed()

    def is_live(self, today: date, grace: timedelta = NO_GRACE) -> bool:
        """Whether it allows anything on that day, or did up to `grace` before."""
        return self.state is PermissionState.GRANTED and self.since <= today <= self.until + grace

    def state_on(self, today: date) -> PermissionState:
        """Return its state on a day: a yes whose period is over is expired, one to come is pending."""
        if self.state is not PermissionState.GRANTED or self.is_live(today):
            return self.state
        return PermissionState.EXPIRED if today > self.until else PermissionState.PENDING

    @property
    def objects(self) -> bool:
        """Whether it is somebody's no: it stands whatever a use asks for, and until another answer."""
        refused = self.state in (PermissionState.REFUSED, PermissionState.WITHDRAWN)
        return refused or self.signed.child is ChildWord.NO

    def level(self, signatures: Signatures = Signatures.AS_TABLE) -> Level:
        """Return how far it goes, when it is live; `signatures` says who stands for both holders."""
        signed = self.signed
        if self.objects or signed.holders < 1:
            return Level.NOTHING
        if signed.holders < 2 and not signed.alone and signatures is not Signatures.ONE_ALWAYS:
            return Level.N1
        specific = signed.named and self.project != YEAR_PROJECT and signed.child is ChildWord.YES
        return Level.N3 if specific else Level.N2
