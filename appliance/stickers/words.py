"""The words of one sticker, as the hub hands them to the printer worker."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class StickerText:
    """What one sticker says. `title` and `first_name` are empty while the class is locked."""

    link: str
    """What the QR encodes."""
    human_code: str
    title: str
    first_name: str
    """With an initial when the class has namesakes; `Ana et Tom` for a group, `?` for nobody known."""
    day: str
    """As printed: `12 janv. 2027`."""
    pictogram: str
    """Name of the station's pictogram in `appliance/stickers/pictograms/`."""
    pupil_pictogram: str
    """Name of the pictogram of the pupil whose notebook it is for; empty while nobody knows."""
    reprint: bool
    """Marked *copie*: an earlier one may exist."""
    watermark: str
    """`DÉMO` in the demo, else empty."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "StickerText":
        """Return the words in a JSON object; TypeError when it lacks one or has others."""
        return cls(**data)
