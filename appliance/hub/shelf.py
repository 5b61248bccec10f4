"""Where sealed things lie: media by capture id, parcels for the ENT by code. All of it is ciphertext."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.domain.captures import Packing
from appliance.vault.files import flush_folder, make_folder, publish, remove_durably, write_durably

_SUFFIXES = {Packing.WHOLE: ".age", Packing.PARTS: ".parts.tar"}
_THUMBNAIL = ".thumbnail.age"
_CAPTION = ".caption.age"
_CHUNK = 256 * 1024


class Mismatch(Exception):
    """The bytes that arrived are not those announced; nothing was kept."""


@dataclass(frozen=True)
class Arrival:
    """Bytes on disk under a temporary name, flushed, not yet adopted."""

    path: Path


class Shelf:
    """The media folder of a box."""

    def __init__(self, data: Path) -> None:
        self._media = data / "media"
        self._incoming = self._media / ".incoming"
        self._parcels = data / "outbox"
        for folder in (self._incoming, self._parcels):
            make_folder(folder)

    def media(self, capture: str, packing: Packing) -> Path:
        """Where a capture's sealed media lies. Ids end in random digits, so folders fill evenly."""
        return self._media / capture[-2:] / f"{capture}{_SUFFIXES[packing]}"

    def thumbnail(self, capture: str) -> Path:
        """Where a photo's sealed thumbnail lies."""
        return self._media / capture[-2:] / f"{capture}{_THUMBNAIL}"

    def caption(self, capture: str) -> Path:
        """Where the sealed spoken caption of a photo lies."""
        return self._media / capture[-2:] / f"{capture}{_CAPTION}"

    def receive(self, source: BinaryIO, size: int, sha256: str) -> Arrival:
        """Copy `size` bytes to the disk and flush them; Mismatch when they are not the announced ones."""
        path = self._incoming / secrets.token_hex(16)
        digest = hashlib.sha256()
        try:
            with path.open("xb") as file:
                for chunk in _read(source, size):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if path.stat().st_size != size or digest.hexdigest() != sha256:
            path.unlink()
            raise Mismatch("the body is not what its facts announce")
        return Arrival(path)

    def adopt(self, arrival: Arrival, capture: str, packing: Packing) -> None:
        """Give an arrival its final name, durably."""
        target = self.media(capture, packing)
        make_folder(target.parent)
        publish(arrival.path, target)

    def drop(self, arrival: Arrival) -> None:
        """Forget an arrival that was not adopted; nothing happens when it was."""
        arrival.path.unlink(missing_ok=True)

    def write_media(self, capture: str, sealed: bytes) -> None:
        """Write a whole sealed media, durably."""
        _write(self.media(capture, Packing.WHOLE), sealed)

    def write_thumbnail(self, capture: str, sealed: bytes) -> None:
        """Write a sealed thumbnail, durably."""
        _write(self.thumbnail(capture), sealed)

    def write_caption(self, capture: str, sealed: bytes) -> None:
        """Write a sealed spoken caption, durably."""
        _write(self.caption(capture), sealed)

    def remove(self, capture: str) -> None:
        """Remove every file of a capture; nothing happens for those that are gone."""
        media = (self.media(capture, packing) for packing in Packing)
        for path in (*media, self.thumbnail(capture), self.caption(capture)):
            if path.parent.is_dir():
                remove_durably(path)

    def remove_many(self, some: Iterable[str]) -> None:
        """Remove every file of many captures, and flush each folder once."""
        folders = set()
        for capture in some:
            media = (self.media(capture, packing) for packing in Packing)
            for path in (*media, self.thumbnail(capture), self.caption(capture)):
                with suppress(FileNotFoundError):
                    path.unlink()
                    folders.add(path.parent)
        for folder in folders:
            flush_folder(folder)

    def remove_caption(self, capture: str) -> None:
        """Remove a photo's spoken caption; nothing happens when it has none."""
        path = self.caption(capture)
        if path.parent.is_dir():
            remove_durably(path)

    def parcel(self, key_name: str, code: str) -> Path:
        """Where a parcel sealed for one power-on's key lies."""
        return self._parcels / key_name / f"{code}.age"

    def write_parcel(self, key_name: str, code: str, sealed: bytes) -> None:
        """Write a parcel, durably."""
        _write(self.parcel(key_name, code), sealed)

    def remove_parcels(self, code: str) -> None:
        """Remove a capture's parcels, whatever key they were sealed for."""
        for path in self._parcels.glob(f"*/{code}.age"):
            remove_durably(path)

    def forget_other_parcels(self, key_name: str) -> None:
        """Remove the parcels of earlier power-ons: nobody can open them any more."""
        for folder in self._parcels.iterdir():
            if folder.name != key_name:
                shutil.rmtree(folder)
        flush_folder(self._parcels)

    def clear_incoming(self) -> None:
        """Remove what was arriving when the power went; stations send it again."""
        for path in self._incoming.iterdir():
            path.unlink()

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Yield (capture id, path) for each media file, thumbnails and captions included."""
        for folder in self._media.iterdir():
            if folder.name != self._incoming.name:
                for path in folder.iterdir():
                    yield path.name.split(".")[0], path


def _write(target: Path, sealed: bytes) -> None:
    make_folder(target.parent)
    write_durably(target, sealed)


def _read(source: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left > 0:
        chunk = source.read(min(_CHUNK, left))
        if not chunk:
            return
        left -= len(chunk)
        yield chunk
