"""A capture's facts as they travel, and what may be done with it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from appliance.domain.permissions import YEAR_PROJECT, Matter, Nature, Scope

MEDIA_TYPES = {
    Nature.VOICE: "audio/mpeg",
    Nature.PRODUCTION: "image/jpeg",
    Nature.IMAGE: "image/jpeg",
    Nature.FILM: "video/mp4",
}
"""What the media of each nature is once opened."""
EXTENSIONS = {"audio/mpeg": "mp3", "image/jpeg": "jpg", "video/mp4": "mp4"}
CAPTION_TYPE = "audio/mpeg"
"""What the spoken caption of a photo is once opened."""


class Quarantine(StrEnum):
    """Why a capture is put aside: hidden, sent nowhere, and not purged."""

    NO = ""
    LIMITATION = "limitation"
    """Asked for by right, or the guardians disagree (law.md §3, §7.2)."""
    PROTECTED = "protected"
    """*À protéger*: what a child confided (E30, T16)."""


class Packing(StrEnum):
    """How the sealed media arrives."""

    WHOLE = "whole"
    """One age file."""
    PARTS = "parts"
    """A tar of age files, one per second or less: a take that a power cut or a crash interrupted."""


@dataclass(frozen=True)
class Facts:
    """What a station knows of a take. No name, no title."""

    id: str
    station: str
    scenario: str
    nature: Nature
    pupils: tuple[str, ...]
    """Pseudonymous ids; none for a take that is *à attribuer* (E1)."""
    taken_at: datetime
    duration_ms: int
    """0 for a photo."""
    kept: bool
    """The pupil pressed blue."""
    cut: bool
    """It was interrupted: *coupée* on screen."""
    packing: Packing
    sha256: str
    """Of the sealed bytes that travel."""
    size: int
    """Their number."""
    empty: bool = False
    """Nobody was heard in it: *vide* on screen (E4)."""
    advice: str = ""
    """What the pupil was told of the sound: `noisy`, `far` or `loud`."""
    wish: Scope | None = None
    """Who may hear it if the pupil is asked (R126, E32)."""
    caption_ms: int = 0
    """Length of a photo's spoken caption; 0 without one."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {
            **self.__dict__,
            "taken_at": self.taken_at.isoformat(),
            "pupils": list(self.pupils),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Facts":
        """Return the facts in a JSON object; KeyError, TypeError or ValueError when they are not whole."""
        return cls(
            id=str(data["id"]),
            station=str(data["station"]),
            scenario=str(data["scenario"]),
            nature=Nature(data["nature"]),
            pupils=tuple(str(p) for p in data["pupils"]),
            taken_at=datetime.fromisoformat(data["taken_at"]),
            duration_ms=int(data["duration_ms"]),
            kept=bool(data["kept"]),
            cut=bool(data["cut"]),
            packing=Packing(data["packing"]),
            sha256=str(data["sha256"]),
            size=int(data["size"]),
            empty=bool(data.get("empty", False)),
            advice=str(data.get("advice", "")),
            wish=Scope(data["wish"]) if data.get("wish") else None,
            caption_ms=int(data.get("caption_ms", 0)),
        )


@dataclass(frozen=True)
class Capture:
    """One trace as the hub keeps it. Names and titles are sealed elsewhere, under the same ids."""

    id: str
    code: str
    station: str
    scenario: str
    nature: Nature
    pupils: tuple[str, ...]
    taken_at: datetime
    duration_ms: int
    kept: bool
    cut: bool
    packing: Packing
    size: int
    has_thumbnail: bool
    counted_from: date
    """The day from which its last day is counted: the one it was taken, unless a wrong clock told it."""
    last_day: date
    released_at: datetime | None
    empty: bool = False
    advice: str = ""
    wish: Scope | None = None
    caption_ms: int = 0
    doubled: bool = False
    """One of its pupils' badges was used at another station at the same time (E7)."""
    anonymous: bool = False
    """The teacher has certified that nobody is recognised in it (law.md §7.1, K4 and K6)."""
    quarantine: Quarantine = Quarantine.NO
    carnet: bool = False
    """Flagged for the *carnet de suivi* (law.md R9); its reason is sealed."""
    project: str = YEAR_PROJECT
    """For which families were asked: its scenario's."""

    @property
    def matter(self) -> Matter:
        """What there is to decide about it."""
        return Matter(self.nature, self.project, self.kept, self.anonymous)

    @property
    def media_type(self) -> str:
        """What the media is once opened."""
        return MEDIA_TYPES[self.nature]
