"""Takes on the station's disk until the hub has them: sealed, flushed, and found again after a power cut.

One folder a take: `take.json` (facts without a name), `parts/` while it is recorded, `media.age` when it is
whole, `thumbnail.age` and `caption.age` for a photo.
"""

import io
import json
import logging
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from appliance.domain.captures import Facts, Packing
from appliance.domain.permissions import Nature, Scope
from appliance.vault.files import flush_folder, make_folder, write_durably

log = logging.getLogger(__name__)

MEDIA = {Packing.WHOLE: "media.age", Packing.PARTS: "media.parts.tar"}
THUMBNAIL = "thumbnail.age"
CAPTION = "caption.age"


class Stage(StrEnum):
    """How far a take has come on this station."""

    RECORDING = "recording"
    STOPPED = "stopped"
    """The pupil pressed stop; the parts are whole, the media is not made yet."""
    FINISHED = "finished"
    """The media is sealed; the pupil may still listen, keep or start again."""
    LEAVING = "leaving"
    """Decided: the hub takes it in as soon as it can."""


@dataclass(frozen=True)
class Take:
    """One take's facts so far."""

    id: str
    station: str
    scenario: str
    nature: Nature
    pupils: tuple[str, ...]
    taken_at: datetime
    stage: Stage = Stage.RECORDING
    duration_ms: int = 0
    kept: bool = False
    cut: bool = False
    packing: Packing = Packing.WHOLE
    empty: bool = False
    advice: str = ""
    wish: Scope | None = None
    caption_ms: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        return {**self.__dict__, "pupils": list(self.pupils), "taken_at": self.taken_at.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Take":
        """Return the take in a JSON object; KeyError, TypeError or ValueError when it is not one."""
        converted = {
            **data,
            "nature": Nature(data["nature"]),
            "taken_at": datetime.fromisoformat(data["taken_at"]),
            "stage": Stage(data["stage"]),
            "packing": Packing(data["packing"]),
            "pupils": tuple(data["pupils"]),
            "wish": Scope(data["wish"]) if data["wish"] else None,
        }
        return cls(**converted)


class Spool:
    """The folder of one station's takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsettled: dict[str, Callable[[], object]] = {}
        """What a full disk kept from being written, by take; tried again at each look."""
        make_folder(folder)

    def begin(self, take: Take) -> None:
        """Make room for a take before its first sample."""
        make_folder(self._folder / take.id / "parts")
        self.save(take)

    def save(self, take: Take) -> None:
        """Write a take's facts, durably."""
        write_durably(self._folder / take.id / "take.json", json.dumps(take.to_json()).encode())

    def add_part(self, take_id: str, index: int, milliseconds: int, sealed: bytes) -> None:
        """Write one part, durably; its name says its order and how long it lasts."""
        write_durably(self._folder / take_id / "parts" / f"{index:06d}-{milliseconds:04d}.age", sealed)

    def finish(self, take: Take, sealed: bytes, thumbnail: bytes | None = None) -> Take:
        """Write the whole media, then forget the parts. Returns the take as finished."""
        folder = self._folder / take.id
        if thumbnail is not None:
            write_durably(folder / THUMBNAIL, thumbnail)
        write_durably(folder / MEDIA[Packing.WHOLE], sealed)
        finished = replace(take, stage=Stage.FINISHED, packing=Packing.WHOLE)
        self.save(finished)
        shutil.rmtree(folder / "parts", ignore_errors=True)
        return finished

    def add_caption(self, take: Take, sealed: bytes, milliseconds: int) -> Take:
        """Write the spoken caption of a finished photo. Returns the take with it."""
        write_durably(self._folder / take.id / CAPTION, sealed)
        captioned = replace(take, caption_ms=milliseconds)
        self.save(captioned)
        return captioned

    def let_go(self, take: Take, *, kept: bool, wish: Scope | None = None) -> None:
        """Decide a finished take's fate; the uplink sees it from now on, or once the disk has room."""
        decided = replace(take, stage=Stage.LEAVING, kept=kept, wish=wish)
        self._settle(take.id, partial(self.save, decided))

    def discard(self, take_id: str) -> None:
        """Erase a take: the hub has it, refused it, or the pupil started again."""
        self._unsettled.pop(take_id, None)
        # Its facts go first: whatever a power cut leaves of the rest is then known as rubbish.
        with suppress(OSError):
            (self._folder / take_id / "take.json").unlink(missing_ok=True)
        shutil.rmtree(self._folder / take_id, ignore_errors=True)
        flush_folder(self._folder)

    def leaving(self) -> list[Take]:
        """Return what the hub should take in, oldest first."""
        for take_id, settle in list(self._unsettled.items()):
            self._settle(take_id, settle)
        return [take for take in self._takes() if take.stage is Stage.LEAVING]

    def held(self) -> int:
        """Return how many takes are here, whatever their stage, damaged ones included."""
        return len(self._folders())

    def facts(self, take: Take) -> Facts:
        """Return what the hub is told of a take that leaves."""
        data = self.media(take).read_bytes()
        return Facts(
            id=take.id,
            station=take.station,
            scenario=take.scenario,
            nature=take.nature,
            pupils=take.pupils,
            taken_at=take.taken_at,
            duration_ms=take.duration_ms,
            kept=take.kept,
            cut=take.cut,
            packing=take.packing,
            sha256=sha256(data).hexdigest(),
            size=len(data),
            empty=take.empty,
            advice=take.advice,
            wish=take.wish,
            caption_ms=take.caption_ms,
        )

    def media(self, take: Take) -> Path:
        """Where a take's sealed media lies."""
        return self._folder / take.id / MEDIA[take.packing]

    def thumbnail(self, take: Take) -> Path:
        """Where a photo's sealed thumbnail lies, if there is one."""
        return self._folder / take.id / THUMBNAIL

    def caption(self, take: Take) -> Path:
        """Where a photo's sealed caption lies, if there is one."""
        return self._folder / take.id / CAPTION

    def recover(self) -> int:
        """Pick up after a crash or a power cut; returns how many takes were interrupted."""
        interrupted = sum(self.rescue(folder.name) for folder in self._folders())
        flush_folder(self._folder)
        return interrupted

    def rescue(self, take_id: str) -> bool:
        """Let go what was made of a take that broke off; True when it leaves in parts.

        What was whole leaves as it is. What has parts leaves in parts, *coupée* unless the pupil had
        stopped. What never had a part is nothing.
        """
        folder = self._folder / take_id
        if not folder.exists():
            return False
        return self._settle(take_id, lambda: self._rescue(folder, _read(folder))) is True

    def _settle(self, take_id: str, settle: Callable[[], object]) -> object:
        try:
            done = settle()
        except OSError as error:
            if take_id not in self._unsettled:
                log.error("take %s waits for the disk: %s", take_id, error.strerror)  # noqa: TRY400
            self._unsettled[take_id] = settle
            return None
        self._unsettled.pop(take_id, None)
        return done

    def _rescue(self, folder: Path, take: Take | None) -> bool:
        if take is None:
            _clear_away(folder)
            return False
        if take.stage is Stage.LEAVING:
            return False
        if (folder / MEDIA[Packing.WHOLE]).exists():
            self.save(replace(take, stage=Stage.LEAVING))
            return False
        parts = sorted((folder / "parts").glob("*.age"))
        if not parts:
            shutil.rmtree(folder)
            return False
        write_durably(folder / MEDIA[Packing.PARTS], _tar(parts))
        rescued = replace(
            take,
            stage=Stage.LEAVING,
            cut=take.stage is Stage.RECORDING,
            packing=Packing.PARTS,
            duration_ms=sum(int(part.stem.split("-")[1]) for part in parts),
        )
        self.save(rescued)
        shutil.rmtree(folder / "parts")
        return True

    def _takes(self) -> Iterator[Take]:
        for folder in self._folders():
            take = _read(folder)
            if take is not None:
                yield take

    def _folders(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.is_dir())


def _read(folder: Path) -> Take | None:
    try:
        return Take.from_json(json.loads((folder / "take.json").read_bytes()))
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _clear_away(folder: Path) -> None:
    if (folder / "take.json").exists():
        log.error("take %s stays where it is: its facts cannot be read", folder.name)
    else:
        shutil.rmtree(folder)


def _tar(parts: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for part in parts:
            info = tarfile.TarInfo(part.name)
            data = part.read_bytes()
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
