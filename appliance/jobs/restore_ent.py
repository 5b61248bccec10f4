"""Fetching a backup from the ENT, sealed as it lies there, so that it comes back as from a stick.

What is already here and whole is not fetched again: a restoration that was cut goes on where it stopped.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from appliance.clock import Clock
from appliance.config import Config
from appliance.ent.locker import Locker, Place
from appliance.ent.open_space import open_locker
from appliance.ent.ports import EntError
from appliance.i18n import _
from appliance.jobs import backup_files, restore
from appliance.jobs.backup_folder import (
    LEDGER,
    PREFIX,
    SEALED,
    SINCE,
    SUMS,
    Snapshot,
)
from appliance.jobs.backup_keys import is_key_name
from appliance.jobs.backup_locker import BackupLocker
from appliance.jobs.restore import RestoreReport
from appliance.jobs.restore_source import Refused, Unlock
from appliance.vault.files import make_folder
from appliance.vault.keys import KeyFolder
from appliance.vault.opening import Opener

SOURCE = "ent:"
"""What `--from` begins with: alone, or with one backup's folder after it."""
_FETCHED = "restore-ent.new"
_MARGIN = 100_000_000
"""Bytes left free on the card."""
_TRIES = 2


@contextmanager
def opened(config: Config) -> Iterator[Locker]:
    """Give the folder of the backups at the ENT; Refused when it cannot be reached."""
    try:
        with closing(open_locker(config.ent, config.backup.ent_folder)) as locker:
            yield locker
    except EntError as error:
        raise Refused(f"{error.message} {_unchanged()}") from error


def run(
    config: Config,
    locker: Locker,
    unlock: Unlock,
    *,
    box: str = "",
    snapshot: str = "",
    partial: bool = False,
    look: bool = False,
    clock: Clock | None = None,
) -> RestoreReport:
    """Restore a backup from the ENT, or only say what it holds; as `restore.run`, and EntError.

    `box` is a backup's folder, when there are several.
    """
    fetched = config.data / _FETCHED
    source = _Fetch(config, locker, fetched, _chosen_box(locker, box))
    folder = source.small_things(snapshot)
    asked_once = _once(unlock)
    report = restore.look(config, folder, asked_once, snapshot=source.snapshot)
    if not look:
        try:
            if not restore.is_back(config, folder, clock=clock, snapshot=source.snapshot):
                source.sealed_files()
        except Refused:
            shutil.rmtree(fetched, ignore_errors=True)
            raise
        report = restore.run(
            config, folder, asked_once, clock=clock, snapshot=source.snapshot, partial=partial
        )
    shutil.rmtree(fetched, ignore_errors=True)
    return report


class _Fetch:
    """One backup, fetched into a folder laid out as on a stick."""

    def __init__(self, config: Config, locker: Locker, fetched: Path, box: str) -> None:
        self._locker = locker
        self._box = box
        self._root = fetched / box
        self._data = config.data
        make_folder(self._root, mode=0o700)
        self._remote = BackupLocker(locker, box, fetched / "sealed", lambda _seconds: None)
        self.snapshot = ""

    def small_things(self, wanted: str) -> Path:
        """Fetch a snapshot and the two lists, and return the folder; Refused without such a snapshot."""
        chosen = self._choose(wanted)
        self.snapshot = chosen.path.name
        here = self._root / self.snapshot
        make_folder(here, mode=0o700)
        self._fetch((f"{self.snapshot}.sha256",), here / SUMS)
        for name, digest in backup_files.from_list(here / SUMS).items():
            if name in SEALED or is_key_name(name):
                self._fetch((self.snapshot, *name.split("/")), here / name, digest)
        for kind, name in (("since", SINCE), ("files", LEDGER)):
            newest = self._remote.newest(kind)
            if newest is not None:
                self._fetch((newest,), self._root / name)
        return self._root

    def sealed_files(self) -> None:
        """Fetch the sealed files that are not here yet; Refused when the card is too small for them."""
        listed = self._remote.files
        missing = [name for name in listed if backup_files.digest_of(self._root / name) != listed[name]]
        # Fetched, then copied to their place: twice the room until the end.
        needed = sum(map(self._remote.size_of, missing)) + sum(map(self._remote.size_of, listed)) + _MARGIN
        free = shutil.disk_usage(self._data).free
        if free < needed:
            raise Refused(
                _("La carte de cette boîte est trop petite : il y faut {mb} Mo de plus.").format(
                    mb=(needed - free) // 1_000_000
                )
            )
        for name in missing:
            _box, *place = self._remote.place_of(name)
            self._fetch(tuple(place), self._root / name, listed[name], self._remote.size_of(name))

    def _choose(self, wanted: str) -> Snapshot:
        snapshots = self._remote.snapshots()
        chosen = [one for one in snapshots if wanted in ("", one.path.name)]
        if not chosen:
            names = ", ".join(one.path.name for one in snapshots)
            raise Refused(
                _("Il n’y a pas de sauvegarde de ce nom. Choisissez, après --snapshot : {names}.").format(
                    names=names
                )
            )
        return chosen[-1]

    def _fetch(self, place: Place, target: Path, digest: str | None = None, size: int = 0) -> None:
        """Fetch a file; one that never arrives as it was listed is left out, and counted as lost later."""
        make_folder(target.parent, mode=0o700)
        coming = backup_files.hidden(target)
        for _attempt in range(_TRIES):
            with coming.open("wb") as file:
                there = self._locker.fetch((self._box, *place), _writing(file), size)
                file.flush()
                os.fsync(file.fileno())
            if there and digest in (None, backup_files.digest_of(coming)):
                os.replace(coming, target)
                return
        coming.unlink()


def _writing(file: BinaryIO) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        file.write(data)

    return write


def _chosen_box(locker: Locker, box: str) -> str:
    """Return the folder of the one backup there is, or of the one named; Refused otherwise."""
    locker.check()
    found = sorted(
        name for name, entry in locker.members().items() if entry.is_folder and name.startswith(PREFIX)
    )
    chosen = [name for name in found if box in ("", name)]
    if not chosen:
        raise Refused(
            _("Aucune sauvegarde dans ce dossier de l’ENT. Vérifiez ent_folder dans la configuration.")
        )
    if len(chosen) > 1:
        raise Refused(
            _("Il y a ici plusieurs sauvegardes. Choisissez l’une d’elles, après --from : {names}.").format(
                names=", ".join(f"{SOURCE}{name}" for name in chosen)
            )
        )
    return chosen[0]


def _once(unlock: Unlock) -> Unlock:
    """Ask for the words once, for the look and for the restoration."""
    known: list[Opener] = []

    def ask(keys: KeyFolder) -> Opener:
        if not known:
            known.append(unlock(keys))
        return known[0]

    return ask


def _unchanged() -> str:
    return _("Rien n’a été changé.")
