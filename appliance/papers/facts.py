"""What a paper states: plain values, whoever gathered them. An empty text is printed as a line to fill in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from appliance.domain.permissions import Nature, Policy

NOTIFICATION = timedelta(hours=72)
"""After which the CNIL has to be told, once a breach is known (RGPD art. 33; law.md §4.4)."""


class Controller(StrEnum):
    """Who answers for the processing (law.md §4.1, R14)."""

    DASEN = "dasen"
    """The académie's departmental director: most public primary schools."""
    RECTOR = "rector"
    OTHER = "other"
    """As typed: the head of a private school, for one."""


@dataclass(frozen=True)
class School:
    """Who is who, as a person of the school typed it."""

    name: str = ""
    town: str = ""
    district: str = ""
    """The circonscription."""
    department: str = ""
    academy: str = ""
    controller: Controller = Controller.DASEN
    controller_name: str = ""
    """For `Controller.OTHER`."""
    controller_contact: str = ""
    dpo: str = ""
    """How to reach the data-protection officer."""
    head: str = ""
    head_contact: str = ""
    ien: str = ""
    erun: str = ""
    wifi: str = ""
    """How the Wi-Fi is made and when it is off."""
    ent: str = ""
    ent_controller: str = ""


@dataclass(frozen=True)
class Edition:
    """What every paper bears."""

    school: School
    class_name: str
    box: str
    """The box's name on the network."""
    on: date
    watermark: str = ""


@dataclass(frozen=True)
class Means:
    """How the box is set up, for whoever has to describe or to judge it."""

    natures: tuple[Nature, ...]
    """What its stations capture."""
    policy: Policy
    """What the controller decided where doctrines differ."""
    ent: bool
    """Something may be laid in an ENT."""
    backup: bool
    class_space: bool
    """A project of the year shares with all families of the class."""
    outside: bool
    """A project of the year sends to another school."""
    satellites: int
    """Stations that reach the box by the network."""
    keys_each_period: bool
    """The class changes its keys for each period, and not only once a year."""
    short: bool
    """What is kept lives six months, and not the whole school year."""
    durations: tuple[tuple[str, str], ...]
    """What is kept, and until when, in words."""


@dataclass(frozen=True)
class Holdings:
    """What the box holds: numbers and days."""

    pupils: int
    heard: int
    """Pupils who have at least one capture."""
    captures: int
    voices: int
    photos: int
    films: int
    oldest: datetime | None
    newest: datetime | None


class LockState(StrEnum):
    """What the journal knows of the class at a moment."""

    OPEN = "open"
    LOCKED = "locked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Snapshot:
    """The box when an incident was reported, or when the week ended."""

    holdings: Holdings
    lock: LockState
    lock_since: datetime | None
    backup_at: datetime | None
    backup_captures: int


class IncidentKind(StrEnum):
    """What happened to the data (law.md §4.4)."""

    THEFT = "theft"
    LOSS = "loss"
    WRONG_FAMILY = "wrong_family"
    ACCESS = "unlawful_access"
    OTHER = "other"


@dataclass(frozen=True)
class Incident:
    """A breach, or what may be one."""

    id: str
    kind: IncidentKind
    noticed_at: datetime
    happened_at: datetime | None
    what: str
    snapshot: Snapshot
    last_day: date
    """Of this sheet in the box; the direction keeps the paper."""

    @property
    def notify_before(self) -> datetime:
        """When the 72 hours are over."""
        return self.noticed_at + NOTIFICATION


@dataclass(frozen=True)
class Erasure:
    """What a certificate of erasure attests; the same for a year's end and for a retired box."""

    since: date
    until: date
    reasons: tuple[tuple[str, int], ...]
    """Why, in words, and how many captures."""
    pupils: int = 0
    """Pupils of whom nothing is left."""
    ent_done: int = 0
    ent_waiting: int = 0
    """Copies that the ENT has not yet been seen to have erased."""
    key_destroyed_on: date | None = None
    """The class key and all its ways in: what was left is illegible."""
    illegible_before: date | None = None
    """The day of newer keys: what was left of anything erased before it is illegible, the rest is not yet."""
    pupils_since: date | None = None
    """From when on `pupils` are counted, when that is later than `since`: the journal knows no more."""
    backups_gone_on: date | None = None
    """When the last backup that may hold some of it is over; None without backups."""

    @property
    def captures(self) -> int:
        """How many captures in all."""
        return sum(count for _why, count in self.reasons)


@dataclass(frozen=True)
class Companion:
    """The weekly sheet that survives a theft: numbers only."""

    snapshot: Snapshot
    since: datetime
    """The week before."""
    taken: int
    erased: int
    last_erasure: datetime | None
    witness: str
    """The journal's last line and the beginning of its print."""
    lines: int
    """Of the journal."""
