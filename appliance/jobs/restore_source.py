"""The reading half of a restoration: finding a backup, opening it, knowing which of its files are whole."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from appliance.i18n import _
from appliance.jobs import backup_files
from appliance.jobs.backup_folder import (
    DATABASE,
    PREFIX,
    SINCE,
    BackupFolder,
    Snapshot,
)
from appliance.jobs.backup_names import Content, content_of, name_of
from appliance.store import backups
from appliance.store.database import FILE_NAME, Database, open_database
from appliance.vault.keys import KeyFolder, WrongPassphrase
from appliance.vault.opening import NotForThisKey, Opener

Unlock = Callable[[KeyFolder], Opener]
"""Gives the key that opens a backup; WrongPassphrase, or ValueError for what is no recovery key."""


class Refused(Exception):
    """The box was not changed; the French text says why, and what to do."""


def find(source: Path, snapshot: str = "") -> tuple[BackupFolder, Snapshot]:
    """Return the backup that a folder holds, and its newest snapshot or the one named; Refused without."""
    candidates = [source, *(source.iterdir() if source.is_dir() else ())]
    roots = [path for path in candidates if path.name.startswith(PREFIX) and path.is_dir()]
    found = [folder for folder in map(BackupFolder, roots) if folder.snapshots()]
    if not found:
        raise Refused(
            _("Aucune sauvegarde dans {folder}. Branchez la clé USB, et vérifiez le nom du dossier.").format(
                folder=source
            )
        )
    if len(found) > 1:
        raise Refused(
            _("Il y a ici plusieurs sauvegardes. Choisissez l’une d’elles, après --from : {names}.").format(
                names=", ".join(sorted(str(folder.root) for folder in found))
            )
        )
    chosen = [one for one in found[0].snapshots() if snapshot in ("", one.path.name)]
    if not chosen:
        raise Refused(
            _("Il n’y a pas de sauvegarde de ce nom. Choisissez, après --snapshot : {names}.").format(
                names=_names(found[0])
            )
        )
    return found[0], chosen[-1]


class Source:
    """A snapshot that was read whole, with the key that opens it."""

    def __init__(self, folder: BackupFolder, snapshot: Snapshot, unlock: Unlock) -> None:
        """Refused for a damaged snapshot, or words that are not the right ones."""
        if not snapshot.is_whole():
            raise Refused(
                _(
                    "Cette sauvegarde est abîmée. Rien n’a été changé. Essayez-en une autre, après "
                    "--snapshot : {names}."
                ).format(names=_names(folder))
            )
        self._folder = folder
        self._snapshot = snapshot
        try:
            self._opener = unlock(KeyFolder(snapshot.path))
        except WrongPassphrase as error:
            raise Refused(_("Ce ne sont pas les sept mots de cette classe. Rien n’a été changé.")) from error
        except ValueError as error:
            raise Refused(_("Ce n’est pas une clé de secours. Rien n’a été changé.")) from error

    def database(self, work: Path, now: datetime) -> Database:
        """Open the snapshot's database in a folder, as this version writes it. Refused."""
        self._open(DATABASE, work / FILE_NAME)
        try:
            database = open_database(work, now)
        except sqlite3.DatabaseError as error:
            raise Refused(_("La base de cette sauvegarde est abîmée. Rien n’a été changé.")) from error
        if database.read_only:
            database.close()
            raise Refused(
                _(
                    "Cette sauvegarde vient d’une version plus récente de la boîte. Installez cette version, "
                    "puis relancez."
                )
            )
        return database

    def small(self, name: str, target: Path) -> bool:
        """Write the former box's configuration or calendar; whether the snapshot holds it."""
        if not (self._snapshot.path / name).is_file():
            return False
        self._open(name, target)
        return True

    def newer(self, target: Path) -> bool:
        """Write what was erased, answered and sent up to the last backup; False when it is damaged."""
        try:
            with (self._folder.root / SINCE).open("rb") as sealed, target.open("wb") as opened:
                self._opener.open_stream(sealed, opened)
        except (FileNotFoundError, NotForThisKey):
            return False
        return True

    def read(self, database: Database) -> tuple[dict[str, tuple[int, str]], int]:
        """Read every file of the captures and voices in a database.

        Return the size and SHA-256 of those that are whole, by name, and how many are damaged.
        """
        captures = {holding.id for holding in backups.holdings(database)}
        voices = backups.voice_files(database)
        whole, damaged = {}, 0
        for name, digest in self._folder.files.items():
            content = content_of(name)
            if content is None or content.id not in (voices if content.kind == "voice" else captures):
                continue
            path = self._folder.root / name
            if backup_files.digest_of(path) == digest:
                whole[name] = (path.stat().st_size, digest)
            else:
                damaged += 1
        return whole, damaged

    def _open(self, name: str, target: Path) -> None:
        try:
            with (self._snapshot.path / name).open("rb") as sealed, target.open("wb") as opened:
                self._opener.open_stream(sealed, opened)
        except NotForThisKey as error:
            raise Refused(
                _("Cette clé n’ouvre pas cette sauvegarde. Prenez celle de la classe. Rien n’a été changé.")
            ) from error


def lies_in(whole: dict[str, tuple[int, str]]) -> Callable[[str, str], tuple[int, str] | None]:
    """Return the question that `store.backups.fit` asks, answered by the files that are whole."""
    return lambda id_, kind: whole.get(name_of(Content(id_, kind)))


def _names(folder: BackupFolder) -> str:
    return ", ".join(one.path.name for one in folder.snapshots())
