"""Bringing a class back from its backup to a blank box, without what was erased since.

Everything is opened and read before the box is touched. Then the files are copied, then the wrapped key, and
last the database, in one transaction: until then the same command may be given again.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.clock import PARIS, Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.audit_words import WORDS
from appliance.hub.retention.school_years import CALENDAR_FILE
from appliance.i18n import _, long_day_year, ngettext
from appliance.jobs import backup_files, retention
from appliance.jobs.backup_folder import CALENDAR, CONFIGURATION, PREFIX, BackupFolder, Busy, Snapshot
from appliance.jobs.backup_run import wanted
from appliance.jobs.restore_source import Refused, Source, Unlock, find, lies_in
from appliance.store import backups, settings, since
from appliance.store.database import FILE_NAME, Database
from appliance.store.moments import moment
from appliance.vault.files import flush_folder, make_folder, write_durably
from appliance.vault.keys import CLASS_PUBLIC

SAVED_CONFIGURATION = "boite.toml.saved"
_WORK = "restore.new"
_SINCE_NAME = "since.db"
_MARGIN = 100_000_000
"""Bytes left free on the card."""
_COMMIT_SECONDS = 120.0


@dataclass(frozen=True)
class RestoreReport:
    """What a restoration brought back, or would bring back."""

    made_at: datetime
    """When the backup was made, by the clock of the former box."""
    inside: dict[str, Any] = field(default_factory=dict)
    """`store.backups.count`."""
    lost: int = 0
    """Captures without their file."""
    already: bool = False
    """The box held this class already: nothing was changed."""

    def sentence(self) -> str:
        """Return in French what is now on the box."""
        if self.already:
            return _("Cette boîte contient déjà cette classe : rien n’a été changé.")
        said = _("La classe est revenue, comme elle était le {day} : {count}.").format(
            day=self._day(), count=self.counted()
        )
        return f"{said} {_damage(self.lost, 0)}".strip()

    def inventory(self) -> str:
        """Return in French what the backup holds: numbers, natures and dates, never a name."""
        lines = [_("Sauvegarde du {day} : {count}.").format(day=self._day(), count=self.counted())]
        for nature, number in self.inside["captures"].items():
            lines.append(f"  {WORDS[nature]} : {number}")
        if self.inside["first"]:
            first, last = (long_day_year(moment(self.inside[name]).date()) for name in ("first", "last"))
            span = _("de la plus ancienne, {first}, à la plus récente, {last}")
            lines.append("  " + span.format(first=first, last=last))
        return "\n".join(lines)

    def counted(self) -> str:
        """Return in French how many pupils and traces there are."""
        traces = sum(self.inside["captures"].values())
        return ", ".join(
            [
                ngettext("{n} élève", "{n} élèves", self.inside["pupils"]).format(n=self.inside["pupils"]),
                ngettext("{n} trace", "{n} traces", traces).format(n=traces),
            ]
        )

    def _day(self) -> str:
        return long_day_year(self.made_at.astimezone(PARIS).date())


def run(
    config: Config,
    source: Path,
    unlock: Unlock,
    *,
    clock: Clock | None = None,
    snapshot: str = "",
    partial: bool = False,
) -> RestoreReport:
    """Restore a backup to a blank box; can be stopped at any point and run again.

    `partial` restores the rest when files of the backup are damaged. Raises Refused.
    """
    with _found(source, snapshot) as (folder, chosen):
        restoration = _Restoration(config, clock or config.clock(), folder, chosen)
        if restoration.is_done():
            return RestoreReport(chosen.made_at, already=True)
        report = restoration.make(unlock, partial=partial)
    # What reached its last day while the box was away goes before anybody sees it.
    retention.run(config, clock)
    return report


def look(config: Config, source: Path, unlock: Unlock, *, snapshot: str = "") -> RestoreReport:
    """Say what a backup holds, and change nothing: what was in a stolen box (requirement E27). Refused."""
    with _found(source, snapshot) as (folder, chosen):
        return _Restoration(config, config.clock(), folder, chosen).look(unlock)


def is_back(config: Config, source: Path, *, clock: Clock | None = None, snapshot: str = "") -> bool:
    """Whether the box holds this class already; Refused when it holds another."""
    with _found(source, snapshot) as (folder, chosen):
        return _Restoration(config, clock or config.clock(), folder, chosen).is_done()


@contextmanager
def _found(source: Path, snapshot: str) -> Iterator[tuple[BackupFolder, Snapshot]]:
    try:
        folder, chosen = find(source, snapshot)
        with folder.alone():
            yield folder, chosen
    except Busy as error:
        raise Refused(_("Une sauvegarde est en cours dans ce dossier. Réessayez dans une heure.")) from error
    except (OSError, sqlite3.Error, backup_files.SourceDamaged, backup_files.Unreliable) as error:
        raise Refused(
            _(
                "La restauration s’est arrêtée en route ({what}). Vérifiez la carte et la clé USB, puis "
                "relancez la même commande."
            ).format(what=error)
        ) from error


class _Restoration:
    """One restoration from one snapshot, whose folder's lock is held."""

    def __init__(self, config: Config, clock: Clock, folder: BackupFolder, snapshot: Snapshot) -> None:
        self._config = config
        self._clock = clock
        self._folder = folder
        self._snapshot = snapshot
        self._work = config.data / _WORK

    def is_done(self) -> bool:
        """Whether the box holds this very class; Refused when it holds anything else."""
        shutil.rmtree(self._work, ignore_errors=True)
        own = self._config.data / "keys" / CLASS_PUBLIC
        key = own.read_bytes() if own.is_file() else None
        box, inhabited = _inhabitant(self._config.data / FILE_NAME)
        if key in (None, self._snapshot.key()) and not inhabited:
            return False
        if key == self._snapshot.key() and self._folder.root.name == f"{PREFIX}{box}":
            return True
        raise Refused(
            _(
                "Cette boîte contient déjà une classe. Une sauvegarde ne revient que sur une boîte neuve. "
                "Rien n’a été changé."
            )
        )

    def look(self, unlock: Unlock) -> RestoreReport:
        """Open the snapshot and count."""
        source = Source(self._folder, self._snapshot, unlock)
        with self._working(), closing(source.database(self._work, self._now())) as database:
            return RestoreReport(self._snapshot.made_at, backups.count(database))

    def make(self, unlock: Unlock, *, partial: bool) -> RestoreReport:
        """Read everything, then write everything, the database last."""
        source = Source(self._folder, self._snapshot, unlock)
        with self._working():
            with closing(source.database(self._work, self._now())) as database:
                self._catch_up(source, database, partial=partial)
                whole, damaged = source.read(database)
                lost = backups.fit(database, lies_in(whole))
                if (lost or damaged) and not partial:
                    raise Refused(_damage(lost, damaged) + " " + _partial())
                self._lay_files([name for name, _digest in wanted(database) if name in whole], whole)
                backups.start_anew(database)
                audit.note(audit.Desk(database, self._clock), Event.RESTORED)
                inside = backups.count(database)
            self._lay_small(source)
            self._lay_keys()
            _commit(self._work / FILE_NAME, self._config.data / FILE_NAME)
        return RestoreReport(self._snapshot.made_at, inside, lost)

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Give the database a folder where it lies opened: pseudonymous, as it will on the box."""
        shutil.rmtree(self._work, ignore_errors=True)
        make_folder(self._work, mode=0o700)
        try:
            yield
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    def _now(self) -> datetime:
        return self._clock.read().now

    def _catch_up(self, source: Source, database: Database, *, partial: bool) -> None:
        newer = self._work / _SINCE_NAME
        if source.newer(newer):
            since.catch_up(database, newer, self._now())
        elif not partial:
            raise Refused(
                _("La liste de ce qui a été effacé est abîmée : des traces effacées pourraient revenir.")
                + " "
                + _partial()
            )

    def _lay_files(self, names: list[str], whole: dict[str, tuple[int, str]]) -> None:
        data = self._config.data
        needed = sum(whole[name][0] for name in names)
        if shutil.disk_usage(data).free < needed + _MARGIN:
            raise Refused(
                _("La carte de cette boîte est trop petite : il y faut {mb} Mo de plus.").format(
                    mb=(needed + _MARGIN - shutil.disk_usage(data).free) // 1_000_000
                )
            )
        folders = {(data / name).parent for name in names}
        for folder in folders:
            make_folder(folder)
        for name in names:
            backup_files.copy(self._folder.root / name, data / name, whole[name][1])
        for folder in folders:
            flush_folder(folder)

    def _lay_small(self, source: Source) -> None:
        """Put the school's calendar in force, and the former configuration beside it, to compare."""
        for name, place in ((CONFIGURATION, SAVED_CONFIGURATION), (CALENDAR, CALENDAR_FILE)):
            opened = self._work / place
            if source.small(name, opened):
                write_durably(self._config.data / place, opened.read_bytes(), mode=0o600)

    def _lay_keys(self) -> None:
        folder = self._config.data / "keys"
        make_folder(folder, mode=0o700)
        for name in self._snapshot.key_files():
            make_folder((folder / name).parent, mode=0o700)
            write_durably(folder / name, (self._snapshot.path / name).read_bytes(), mode=0o600)


def _inhabitant(path: Path) -> tuple[str | None, bool]:
    """Return a database's `backup_box`, and whether it holds a pupil or a capture."""
    if not path.is_file():
        return None, False
    with closing(Database(path, read_only=True)) as database:
        known = {row[0] for row in database.db.execute("SELECT name FROM sqlite_master").fetchall()}
        if not {"pupils", "captures", "settings"} <= known:
            return None, False
        inside = backups.count(database)
        return settings.get(database, backups.BOX_ID), bool(inside["pupils"] or inside["captures"])


def _commit(source: Path, target: Path) -> None:
    """Make one database the content of another, at once, even while a hub has it open."""
    deadline = time.monotonic() + _COMMIT_SECONDS

    def progress(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError("the database is in use")

    os.close(os.open(target, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(source)) as given, closing(sqlite3.connect(target)) as taking:
        taking.execute("PRAGMA synchronous=FULL")
        given.backup(taking, progress=progress)


def _damage(lost: int, damaged: int) -> str:
    said = []
    if lost:
        said.append(
            ngettext(
                "{n} trace n’a plus son fichier dans la sauvegarde.",
                "{n} traces n’ont plus leur fichier dans la sauvegarde.",
                lost,
            ).format(n=lost)
        )
    if damaged:
        said.append(
            ngettext("{n} fichier est abîmé.", "{n} fichiers sont abîmés.", damaged).format(n=damaged)
        )
    return " ".join(said)


def _partial() -> str:
    return _("Rien n’a été changé. Pour ramener tout le reste quand même, ajoutez --partial.")
