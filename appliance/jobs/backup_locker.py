"""One box's backup in a folder of the ENT, sealed as on a stick; laid out for a server that is slow to list.

    <ent_folder>/boite-1f3a9c02/
        LISEZ-MOI.txt
        media/…  voices/…          the sealed files, flat: one request lists them all
        files-000042.sha256        which of them are whole here; the highest number counts
        since-000042.age           what must hold whatever snapshot comes back; likewise
        000042-20270112T023000Z/   a snapshot's files…
        000042-….sha256            …and their list, sent last: without it there is no snapshot

A file is never written over: under a name one finds what was proven there, or nothing.
"""

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path, PurePosixPath

from appliance.ent.locker import Locker, Place
from appliance.ent.multistatus import Entry
from appliance.jobs import backup_files
from appliance.jobs.backup_faults import full, local_room, read_through
from appliance.jobs.backup_files import SourceDamaged
from appliance.jobs.backup_folder import READ_ME, Snapshot, snapshot_name, snapshot_named
from appliance.jobs.backup_names import content_of
from appliance.vault.files import make_folder
from appliance.vault.keys import CLASS_PUBLIC
from appliance.vault.sealing import Sealer

PAUSE_SECONDS = 0.2
"""Between two files: the server is everybody's."""
FOLDERS = ("media", "voices")
_NUMBERED = re.compile(r"(?P<kind>files|since)-(?P<number>\d{6})\.(?:sha256|age)")
_ENDINGS = {"files": "sha256", "since": "age"}


class BackupLocker:
    """A `Place` (backup_place.py). Besides what a place raises, every method raises EntError."""

    recheck_runs = 35
    """A server forgets less than a stick, and its line is everybody's."""

    def __init__(self, locker: Locker, box: str, work: Path, pause: Callable[[float], None]) -> None:
        """Take the box's folder name, a local one for what is sealed before it is sent, and what waits."""
        self._locker = locker
        self._box = box
        self._work = work
        make_folder(work, mode=0o700)
        self._pause = pause
        self._top = locker.members((box,))
        self._lying = {folder: self._members(folder) for folder in FOLDERS}
        self._keys: dict[str, bytes] = {}
        self.files = self._read_list()

    def clear_leftovers(self) -> None:
        """See Place."""
        self._locker.sweep((self._box,), self._top)
        for folder, found in self._lying.items():
            self._locker.sweep((self._box, folder), found)
        listed = {f"{snapshot.path.name}.sha256" for snapshot in self.snapshots()}
        for kind in _ENDINGS:
            listed.add(self.newest(kind) or "")
        ours = [name for name in self._top if _is_ours(name) and name not in listed]
        left = [name for name in ours if f"{name}.sha256" not in self._top]
        self._remove_top(left)

    def names(self) -> Iterator[str]:
        """See Place."""
        yield from list(self.files)
        for folder, found in self._lying.items():
            for name in (_local(folder, file) for file in list(found)):
                if name is not None and name not in self.files:
                    yield name

    def holds(self, name: str, size: int, digest: str | None) -> bool:
        """See Place."""
        entry = self._entry(name)
        if name not in self.files or entry is None or digest not in (None, self.files[name]):
            return False
        return entry.size in (None, size)

    def digest_of(self, name: str) -> str | None:
        """See Place."""
        digest = hashlib.sha256()
        self._pause(PAUSE_SECONDS)
        there = self._locker.fetch(self._place(name), digest.update, self.size_of(name))
        return digest.hexdigest() if there else None

    def size_of(self, name: str) -> int:
        """Return a sealed file's size as the server lists it; 0 when it does not say."""
        entry = self._entry(name)
        return (entry.size or 0) if entry is not None else 0

    def copied_at(self, name: str) -> datetime | None:
        """See Place."""
        entry = self._entry(name)
        return entry.modified if entry is not None else None

    def room(self) -> int | None:
        """See Place."""
        return self._locker.room()

    def carry(self, source: Path, name: str, expected: str | None) -> None:
        """See Place."""
        self._pause(PAUSE_SECONDS)
        folder, file = self._place(name)[1:]
        self.files[name] = self._keep(source, (folder, file), expected)
        self._lying[folder][file] = Entry("", is_folder=False, size=source.stat().st_size)

    def doubt(self, name: str) -> None:
        """See Place."""
        # The file stays: it is read once more before another takes its name.
        del self.files[name]

    def forget(self, doomed: Collection[str]) -> None:
        """See Place."""
        if not doomed:
            return
        for name in doomed:
            self.files.pop(name, None)
        # A list that names too much harms nothing: what is not listed by the server is not there.
        self.unlink(doomed)
        self.save()

    def unlink(self, names: Collection[str]) -> None:
        """See Place."""
        places = [self._place(name) for name in names]
        self._locker.remove([place for place in places if place[2] in self._lying[place[1]]])
        for _box, folder, file in places:
            self._lying[folder].pop(file, None)

    def save(self) -> None:
        """See Place."""
        listed = self._work / "files.sha256"
        with local_room():
            backup_files.write(listed, backup_files.as_list(self.files))
        self._renew("files", listed)

    def tell(self, sealer: Sealer, since: Path) -> None:
        """See Place."""
        sealed = self._work / "since.age"
        with local_room():
            backup_files.seal(sealer, since, sealed)
        self._renew("since", sealed)

    def explain(self, text: str) -> None:
        """See Place."""
        if READ_ME not in self._top:
            with full():
                self._locker.keep((self._box, READ_ME), text.encode())

    def snapshots(self) -> list[Snapshot]:
        """See Place. Their paths are names at the ENT."""
        named = [snapshot_named(Path(name)) for name in self._top if f"{name}.sha256" in self._top]
        return sorted((one for one in named if one is not None), key=lambda one: one.number)

    def key_of(self, snapshot: Snapshot) -> bytes:
        """See Place."""
        name = snapshot.path.name
        if name not in self._keys:
            key = bytearray()
            self._locker.fetch((self._box, name, CLASS_PUBLIC), key.extend)
            self._keys[name] = bytes(key)
        return self._keys[name]

    def begin(self, now: datetime) -> Snapshot:
        """See Place."""
        before = self.snapshots()
        number = before[-1].number + 1 if before else 1
        return Snapshot(Path(snapshot_name(number, now.astimezone(UTC))), number, now)

    def seal_into(self, snapshot: Snapshot, sealer: Sealer, source: Path, name: str) -> str:
        """See Place."""
        sealed = self._work / "sealed"
        with local_room():
            backup_files.seal(sealer, source, sealed)
        return self._keep(sealed, (snapshot.path.name, name))

    def copy_into(self, snapshot: Snapshot, source: Path, name: str) -> str:
        """See Place."""
        return self._keep(source, (snapshot.path.name, *PurePosixPath(name).parts))

    def publish(self, snapshot: Snapshot, sums: dict[str, str]) -> None:
        """See Place."""
        listed = f"{snapshot.path.name}.sha256"
        with full():
            self._locker.keep((self._box, listed), b"".join(backup_files.as_list(sums)))
        for name, is_folder in ((listed, False), (snapshot.path.name, True)):
            self._top[name] = Entry("", is_folder, size=None)

    def drop(self, snapshot: Snapshot) -> None:
        """See Place."""
        self._remove_top([f"{snapshot.path.name}.sha256"])
        self._remove_top([snapshot.path.name])

    def newest(self, kind: str) -> str | None:
        """Return the name of the newest `files` or `since`, or None."""
        found = [name for name in self._top if (m := _NUMBERED.fullmatch(name)) and m["kind"] == kind]
        return max(found, default=None)

    def place_of(self, name: str) -> Place:
        """Return where a sealed file of the box lies."""
        return self._place(name)

    def _renew(self, kind: str, source: Path) -> None:
        """Send the next one under its own name; then those before it go."""
        before = self.newest(kind)
        number = int(before.partition("-")[2][:6]) + 1 if before else 1
        name = f"{kind}-{number:06d}.{_ENDINGS[kind]}"
        self._keep(source, (name,))
        self._top[name] = Entry("", is_folder=False, size=None)
        if before is not None:
            self._remove_top([before])

    def _keep(self, source: Path, place: Place, expected: str | None = None) -> str:
        """Send a local file as it is mapped, so that a long one takes no memory; return its SHA-256."""
        digest = read_through(source)
        if expected is not None and digest != expected:
            raise SourceDamaged(source.name)
        with source.open("rb") as file, full():
            if os.fstat(file.fileno()).st_size:
                with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
                    self._locker.keep((self._box, *place), content)
            else:
                self._locker.keep((self._box, *place), b"")
        return digest

    def _remove_top(self, names: Collection[str]) -> None:
        self._locker.remove([(self._box, name) for name in names])
        for name in names:
            self._top.pop(name, None)

    def _members(self, folder: str) -> dict[str, Entry]:
        return self._locker.members((self._box, folder)) if folder in self._top else {}

    def _read_list(self) -> dict[str, str]:
        newest, listed = self.newest("files"), bytearray()
        if newest is None or not self._locker.fetch((self._box, newest), listed.extend):
            return {}
        digests = backup_files.from_lines(listed.decode(errors="replace").splitlines())
        return {name: digest for name, digest in digests.items() if content_of(name) is not None}

    def _place(self, name: str) -> tuple[str, str, str]:
        parts = PurePosixPath(name).parts
        return self._box, parts[0], parts[-1]

    def _entry(self, name: str) -> Entry | None:
        _box, folder, file = self._place(name)
        return self._lying[folder].get(file)


def _is_ours(name: str) -> bool:
    """Whether a name at the top is of a form that the backup writes and outdates."""
    return bool(_NUMBERED.fullmatch(name)) or snapshot_named(Path(name.removesuffix(".sha256"))) is not None


def _local(folder: str, file: str) -> str | None:
    """Return the box's name for a file of a flat folder, or None for what is none of its files."""
    name = f"{folder}/{file}" if folder == "voices" else f"{folder}/{file[34:36]}/{file}"
    return name if content_of(name) is not None else None
