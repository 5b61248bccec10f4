"""What lies where in a backup, under names that tell nothing.

    <folder>/boite-1f3a9c02/       one box's own: another class may use the same stick
        LISEZ-MOI.txt
        media/<xx>/…  voices/…     the box's sealed files as they are, each copied once
        files.sha256               which of them are whole here, as `sha256sum --check` reads it
        since.age                  sealed: what was erased, cancelled, answered (`appliance.store.backups`)
        000042-20270112T023000Z/   a snapshot: database, configuration and calendar, sealed; the wrapped keys;
                                   SHA256SUMS

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
from appliance.jobs.backup_keys import is_key_name, key_names
from appliance.jobs.backup_names import content_of
from appliance.vault.files import flush_folder, make_folder
from appliance.vault.keys import CLASS_PUBLIC
from appliance.vault.sealing import Sealer

PREFIX = "boite-"
LEDGER = "files.sha256"
SINCE = "since.age"
READ_ME = "LISEZ-MOI.txt"
DATABASE = "boite.db.age"
CONFIGURATION = "boite.toml.age"
CALENDAR = "calendrier.json.age"
SEALED = (DATABASE, CONFIGURATION, CALENDAR)
"""What a snapshot may hold besides keys; only the database always is."""
SUMS = "SHA256SUMS"

_SNAPSHOT = re.compile(r"(\d{6})-(\d{8}T\d{6}Z)")
_STAMP = "%Y%m%dT%H%M%SZ"


class Busy(Exception):
    """Another backup or restoration, or a change of keys, is at work."""


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
        if not {DATABASE, CLASS_PUBLIC} <= sums.keys():
            return False
        return all(
            (name in SEALED or is_key_name(name)) and backup_files.digest_of(self.path / name) == digest
            for name, digest in sums.items()
        )

    def key_files(self) -> list[str]:
        """Return the names of its key files, the current key last; OSError when its list cannot be read."""
        return [name for name in key_names(self.path) if name in backup_files.from_list(self.path / SUMS)]


def snapshot_name(number: int, made_at: datetime) -> str:
    """Return a snapshot's name; `made_at` in UTC."""
    return f"{number:06d}-{made_at.strftime(_STAMP)}"


def snapshot_named(path: Path) -> Snapshot | None:
    """Return the snapshot of a path by its name, or None when it is not one's."""
    match = _SNAPSHOT.fullmatch(path.name)
    if match is None:
        return None
    return Snapshot(path, int(match[1]), datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC))


class BackupFolder:
    """One box's backup on a stick: a `Place` (backup_run.py)."""

    recheck_runs = 7
    """Cheap sticks forget: every file is read again once in so many runs."""

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

    def digest_of(self, name: str) -> str | None:
        """Return a sealed file's SHA-256 as the stick gives it, or None."""
        return backup_files.digest_of(self.root / name)

    def copied_at(self, name: str) -> datetime | None:
        """Return when a sealed file was copied here, or None when it is not there."""
        try:
            return datetime.fromtimestamp((self.root / name).stat().st_mtime, UTC)
        except OSError:
            return None

    def room(self) -> int | None:
        """Return None: a stick says by itself when it is full."""
        return None

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

    def tell(self, sealer: Sealer, since: Path) -> None:
        """Seal here what must hold whatever snapshot comes back. Raises as `backup_files.seal`."""
        target = self.root / SINCE
        try:
            backup_files.seal(sealer, since, target)
        except OSError:
            backup_files.hidden(target).unlink(missing_ok=True)
            raise
        flush_folder(self.root)

    def explain(self, text: str) -> None:
        """Leave a word for whoever finds the stick."""
        if not (self.root / READ_ME).exists():
            backup_files.write(self.root / READ_ME, [text.encode()])

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots, oldest first."""
        found = [snapshot_named(path) for path in self.root.iterdir() if path.is_dir()]
        return sorted((one for one in found if one is not None), key=lambda snapshot: snapshot.number)

    def begin(self, now: datetime) -> Snapshot:
        """Make the hidden folder of the next snapshot."""
        before = self.snapshots()
        number = before[-1].number + 1 if before else 1
        path = self.root / f".{snapshot_name(number, now.astimezone(UTC))}"
        path.mkdir()
        return Snapshot(path, number, now)

    def key_of(self, snapshot: Snapshot) -> bytes:
        """Return the public key of the class that a snapshot is sealed for; empty when that is lost."""
        return snapshot.key()

    def seal_into(self, snapshot: Snapshot, sealer: Sealer, source: Path, name: str) -> str:
        """Seal a file into a new snapshot and return its SHA-256. Raises as `backup_files.seal`."""
        return backup_files.seal(sealer, source, snapshot.path / name)

    def copy_into(self, snapshot: Snapshot, source: Path, name: str) -> str:
        """Copy a file into a new snapshot and return its SHA-256. Raises as `backup_files.copy`."""
        target = snapshot.path / name
        make_folder(target.parent)
        digest = backup_files.copy(source, target)
        flush_folder(target.parent)
        return digest

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
