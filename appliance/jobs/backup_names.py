"""The names of sealed files, the same on the box and in its backup; they tell an id and a kind, no more."""

import re
from dataclasses import dataclass

_SUFFIXES = {"media": ".age", "parts": ".parts.tar", "thumbnail": ".thumbnail.age", "caption": ".caption.age"}
_KINDS = {suffix: kind for kind, suffix in _SUFFIXES.items()}
_NAME = re.compile(
    r"media/[0-9a-f]{2}/(?P<capture>[0-9a-f-]{36})(?P<suffix>\.parts\.tar|(\.thumbnail|\.caption)?\.age)"
    r"|voices/(?P<voice>[0-9a-f-]{36})\.age"
)


@dataclass(frozen=True)
class Content:
    """What a sealed file is of."""

    id: str
    """A capture's, or a recording's file name."""
    kind: str
    """`media`, `parts`, `thumbnail`, `caption` or `voice`."""


def name_of(content: Content) -> str:
    """Return a sealed file's name, from the box's data folder and from the backup's alike."""
    if content.kind == "voice":
        return f"voices/{content.id}.age"
    return f"media/{content.id[-2:]}/{content.id}{_SUFFIXES[content.kind]}"


def content_of(name: str) -> Content | None:
    """Return what a name is of, or None when it is not one of these."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    if found["voice"]:
        return Content(found["voice"], "voice")
    return Content(found["capture"], _KINDS[found["suffix"]])
