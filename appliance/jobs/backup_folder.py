"""What lies where in a backup, under names that tell nothing.

    <folder>/boite-1f3a9c02/       one box's own: another class may use the same stick
        LISEZ-MOI.txt
        media/<xx>/…  voices/…     the box's sealed files as they are, each copied once
        files.sha256               which of them are whole here, as `sha256sum --check` reads it
        since.age                  sealed: what was erased, cancelled, answered (`appliance.store.backups`)
        000042-20270112T023000Z/   a snapshot: database and configuration, sealed; the wrapped key; SHA256SUMS

A snapshot appears whole, by one rename, after the files that its database names. What begins with a dot is
the rest of something interrupted.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.jobs import backup_files
from appliance.vault.files import flush_folder, make_folder
from appliance.vault.keys import CLASS_PUBLIC, CLASS_WRAPPED, RECOVERY_PUBLIC

PREFIX = "boite-"
LEDGER = "files.sha256"
SINCE = "since.age"
READ_ME = "LISEZ-MOI.txt"
DATABASE = "boite.db.age"
CONFIGURATION = "boite.toml.age"
SUMS = "SHA256SUMS"
KEYS = (CLASS_WRAPPED, RECOVERY_PUBLIC, CLASS_PUBLIC)
"""Never the class key itself, which no disk ever holds."""

_SUFFIXES = {"media": ".age", "parts": ".parts.tar", "thumbnail": ".thumbnail.age", "caption": ".caption.age"}
_KINDS = {suffix: kind for kind, suffix in _SUFFIXES.items()}
_NAME = re.compile(
    r"media/[0-9a-f]{2}/(?P<capture>[0-9a-f-]{36})(?P<suffix>\.parts\.tar|(\.thumbnail|\.caption)?\.age)"
    r"|voices/(?P<voice>[0-9a-f-]{36})\.age"
)
_SNAPSHOT = re.compile(r"(\d{6})-(\d{8}T\d{6}Z)")
_STAMP = "%Y%m%dT%H%M%SZ"


class Busy(Exception):
    """Another backup or restoration is at work in this folder."""


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


@dataclass(frozen=True)
class Snapshot:
    """The box's small things at one moment."""

    path: Path
    number: int
    """Snapshots are in the order of their numbers, whatever the clock said."""
    made_at: datetime
    """By the clock of the box, UTC."""

    def key(self) -> bytes:
        """Return the public key of the class it is sealed for; empty when that is lost."""
        try:
            return (self.path / CLASS_PUBLIC).read_bytes()
        except OSError:
            return b""

    def is_whole(self) -> bool:
        """Whether every file is there and reads as it was written."""
        try:
            sums = backup_files.from_list(self.path / SUMS)
        except OSError:
            return False
        if not {DATABASE, *KEYS} <= sums.keys():
            return False
        return all(
            "/" not in name and backup_files.digest_of(self.path / name) == digest
            for name, digest in sums.items()
        )


class BackupFolder:
    """One box's backup."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = self._read_ledger()
        """SHA-256 by name of the sealed files that are here."""
        self._touched: set[Path] = set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other backup or restoration out of it; Busy when one is in."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy from error
            yield
        finally:
            os.close(descriptor)

    def clear_leftovers(self) -> None:
        """Remove what a power cut left half written."""
        for path in [*self.root.glob(".*"), *self.root.glob("media/*/.*"), *self.root.glob("voices/.*")]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def names(self) -> Iterator[str]:
        """Yield the names of the sealed files that are listed or lie here, each once."""
        yield from list(self.files)
        for folder in (self.root / "voices", *self.root.glob("media/*")):
            parent = folder.relative_to(self.root).as_posix()
            for name in (f"{parent}/{entry}" for entry in _entries(folder)):
                if name not in self.files and content_of(name) is not None:
                    yield name

    def holds(self, name: str, size: int, digest: str | None) -> bool:
        """Whether a sealed file is here with this size and, when it is known, this SHA-256."""
        if name not in self.files or digest not in (None, self.files[name]):
            return False
        try:
            return (self.root / name).stat().st_size == size
        except OSError:
            return False

    def carry(self, source: Path, name: str, expected: str | None) -> None:
        """Copy a sealed file here; it counts from the next `save`. Raises as `backup_files.copy`."""
        target = self.root / name
        make_folder(target.parent)
        self._touched.add(target.parent)
        self.files[name] = backup_files.copy(source, target, expected)

    def doubt(self, name: str) -> None:
        """Trust a sealed file no more: it is copied again if the box still has it."""
        del self.files[name]

    def forget(self, doomed: Collection[str]) -> None:
        """Erase sealed files, durably. The list no longer names them before they go."""
        if not doomed:
            return
        for name in doomed:
            self.files.pop(name, None)
        try:
            self.save()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self.unlink(doomed)
            self.save()
        self.unlink(doomed)

    def unlink(self, names: Collection[str]) -> None:
        """Erase sealed files while the list still names them: only to make room on a full stick."""
        for name in names:
            (self.root / name).unlink(missing_ok=True)
        for folder in {(self.root / name).parent for name in names}:
            if folder.is_dir():
                flush_folder(folder)

    def save(self) -> None:
        """Write the list of the sealed files, once they are all on the medium."""
        for folder in self._touched:
            flush_folder(folder)
        self._touched.clear()
        backup_files.write(self.root / LEDGER, backup_files.as_list(self.files))

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots, oldest first."""
        found = []
        for path in self.root.iterdir():
            if (match := _SNAPSHOT.fullmatch(path.name)) and path.is_dir():
                made_at = datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
                found.append(Snapshot(path, int(match[1]), made_at))
        return sorted(found, key=lambda snapshot: snapshot.number)

    def begin(self, now: datetime) -> Snapshot:
        """Make the hidden folder of the next snapshot."""
        before = self.snapshots()
        number = before[-1].number + 1 if before else 1
        path = self.root / f".{number:06d}-{now.astimezone(UTC).strftime(_STAMP)}"
        path.mkdir()
        return Snapshot(path, number, now)

    def publish(self, snapshot: Snapshot, sums: dict[str, str]) -> None:
        """Let a snapshot whose files are all written appear; Unreliable when it reads otherwise."""
        backup_files.write(snapshot.path / SUMS, backup_files.as_list(sums))
        if not snapshot.is_whole():
            raise backup_files.Unreliable(snapshot.path.name)
        os.replace(snapshot.path, snapshot.path.with_name(snapshot.path.name[1:]))
        flush_folder(self.root)

    def drop(self, snapshot: Snapshot) -> None:
        """Erase a snapshot; interrupted, the next run ends it."""
        gone = snapshot.path.with_name(f".{snapshot.path.name}")
        os.replace(snapshot.path, gone)
        flush_folder(self.root)
        shutil.rmtree(gone)

    def _read_ledger(self) -> dict[str, str]:
        try:
            listed = backup_files.from_list(self.root / LEDGER)
        except OSError:
            return {}
        return {name: digest for name, digest in listed.items() if content_of(name) is not None}


def _entries(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []
