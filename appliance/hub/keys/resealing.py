"""Sealing everything that stays to the present keys: each row and each file once, wherever it was stopped.

What is done is seen in the data themselves: the present class key opens it. A file's new bytes lie beside it,
flushed, before they take its place; so a power cut leaves the former ones or the new ones.
"""

import hashlib
import io
import logging
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.hub.box import Box
from appliance.store import captures, sealed
from appliance.vault.files import make_folder, publish, write_durably
from appliance.vault.opening import NotForThisKey, Opener

log = logging.getLogger(__name__)

_AGE = b"age-encryption.org/v1\n-> X25519 "
"""What a file begins with that is sealed to a key, and not to words."""
_WORK = "resealing"
"""Where new bytes wait, on the same disk, in a folder that nobody lists."""
BACKUP_WORK = ("backup.new", "backup-ent.new")
"""Where a backup prepares its copies (`jobs.backup`); a power cut may leave some."""
_ELSEWHERE = frozenset(
    {"keys", "keys.making", "keys.next", "keys.former", "outbox", "spool", *BACKUP_WORK, _WORK}
)
"""Keys; parcels, sealed for one power-on; what stations still hold, which they hand over themselves; a backup
that is being written."""
_PARTS = ".parts.tar"

Step = Callable[[int, int], None]
"""Called with how many things were looked at, and about how many there are. It may raise, to stop."""


@dataclass
class Tally:
    """What one look at everything found."""

    sealed: int = 0
    """Sealed anew."""
    damaged: int = 0
    """Opened by no key at hand; left as it is."""


def reseal_all(box: Box, opener: Opener, step: Step) -> Tally:
    """Look at everything once and seal anew what the present class key does not open.

    OSError or sqlite3.Error when the disk does not let it.
    """
    tally, data = Tally(), box.config.data
    shutil.rmtree(data / _WORK, ignore_errors=True)
    make_folder(data / _WORK, mode=0o700)
    total = sealed.count(box.database) + sum(1 for _path in _files(data))
    done = 0
    for place, row, value in _values(box):
        step(done, total)
        done += 1
        if (after := _anew(box, opener, value, tally)) is not None:
            tally.sealed += sealed.replace(box.database, place, row, value, after)
    for path in _files(data):
        step(min(done, total), total)
        done += 1
        _reseal_file(box, opener, path, tally)
    step(total, total)
    shutil.rmtree(data / _WORK, ignore_errors=True)
    return tally


def _values(box: Box) -> Iterator[tuple[sealed.Place, int, bytes]]:
    for place in sealed.places(box.database):
        for row, value in sealed.values(box.database, place):
            yield place, row, value


def _anew(box: Box, opener: Opener, value: bytes, tally: Tally) -> bytes | None:
    """Return a sealed value under the present keys; None when it is, or when it cannot be."""
    if opener.is_current(value):
        return None
    try:
        return box.sealer.seal(opener.open(value))
    except NotForThisKey:
        tally.damaged += 1
        return None


def _reseal_file(box: Box, opener: Opener, path: Path, tally: Tally) -> None:
    try:
        seen = _look(path)
        before = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("a sealed file cannot be read: %s", error.strerror)
        tally.damaged += 1
        return
    capture = _capture_of(box, path)
    if path.name.endswith(_PARTS):
        after = _parts_anew(box, opener, before, tally)
    else:
        after = _anew(box, opener, before, tally)
    if after is None:
        if capture and opener.is_current(before):
            _agree(box, capture, before)
        return
    tally.sealed += _put(box, path, seen, after)


def _put(box: Box, path: Path, seen: tuple[int, ...], data: bytes) -> bool:
    """Put a file in the place of another; False when that one was erased or changed meanwhile."""
    # Written before the lock is taken: it is held for one rename only.
    prepared = box.config.data / _WORK / path.name
    write_durably(prepared, data)
    with box.database.transaction():
        if not _is_as_seen(path, seen) or captures.tombstone_of(box.database, capture=_owner(path)):
            prepared.unlink()
            return False
        publish(prepared, path)
        if capture := _capture_of(box, path):
            _note(box, capture, data)
    return True


def _look(path: Path) -> tuple[int, ...]:
    """Return what tells a file from another of the same name."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _is_as_seen(path: Path, seen: tuple[int, ...]) -> bool:
    try:
        return _look(path) == seen
    except FileNotFoundError:
        return False


def _agree(box: Box, capture: str, data: bytes) -> None:
    """Note the digest of a file that a power cut separated from its row: it is whole, since it opens."""
    if sealed.digest(box.database, capture) != hashlib.sha256(data).hexdigest():
        _note(box, capture, data)


def _note(box: Box, capture: str, data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    sealed.set_digest(box.database, capture, size=len(data), sha256=digest)


def _capture_of(box: Box, path: Path) -> str:
    """Return the capture whose media this is, and whose row holds its digest; empty for other files.

    Parts that a power cut left beside the whole that was made of them are other files.
    """
    capture = captures.find(box.database, _owner(path))
    return capture.id if capture and path == box.shelf.media(capture.id, capture.packing) else ""


def _owner(path: Path) -> str:
    return path.name.partition(".")[0]


def _parts_anew(box: Box, opener: Opener, data: bytes, tally: Tally) -> bytes | None:
    """Return a take in parts with each part under the present keys; None when there is nothing to change."""
    found, changed = io.BytesIO(), False
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as before, tarfile.open(fileobj=found, mode="w") as after:
            for member in before:
                part = before.extractfile(member) if member.isfile() else None
                content = part.read() if part is not None else b""
                anew = _anew(box, opener, content, tally) if part is not None else None
                changed = changed or anew is not None
                content = content if anew is None else anew
                member.size = len(content)
                after.addfile(member, io.BytesIO(content))
    except tarfile.TarError:
        tally.damaged += 1
        return None
    return found.getvalue() if changed else None


def _files(data: Path) -> Iterator[Path]:
    """Yield every file of a data folder that is sealed to a key, or holds parts that are."""
    for top in sorted(data.iterdir()):
        if top.name in _ELSEWHERE or top.name.startswith("."):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else (top,):
            inside = path.relative_to(data).parts
            if path.is_file() and not any(part.startswith(".") for part in inside) and _is_sealed(path):
                yield path


def _is_sealed(path: Path) -> bool:
    if path.name.endswith(_PARTS):
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_AGE)) == _AGE
    except OSError:
        return False
