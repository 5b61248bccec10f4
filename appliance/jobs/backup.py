"""The nightly copy of the box to a stick: sealed, read back, 35 days, and without what the box has erased.

It needs no private key, so a locked box is backed up too. In this order a power cut, or a stick pulled out,
leaves what was there before: what was erased goes first; then new files are copied; then a snapshot of the
database appears; then what is too old goes.
"""

import errno
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.retention import ClockReading
from appliance.hub import audit
from appliance.hub import backups as state
from appliance.hub.backups import BackupState, Keeper
from appliance.i18n import _, ngettext
from appliance.jobs.backup_files import Unreliable
from appliance.jobs.backup_folder import PREFIX, BackupFolder, Busy
from appliance.jobs.backup_run import BackupRun, Tally
from appliance.store import backups
from appliance.store.database import Database, open_database
from appliance.vault.files import make_folder
from appliance.vault.keys import KeyFolder


@dataclass(frozen=True)
class BackupReport:
    """What one run did."""

    fault: str | None = None
    """Why there is no new backup: a key of `hub.backups.TROUBLES`, or `unset`, `blank`, `busy`."""
    done: Tally = field(default_factory=Tally)

    @property
    def ok(self) -> bool:
        """Whether there is nothing to repair."""
        return self.fault in (None, "unset", "blank", "busy")

    def sentence(self) -> str:
        """Return it in French."""
        if self.fault is not None:
            quiet = {
                "unset": _("Aucune sauvegarde n’est réglée (partie [backup] de la configuration)."),
                "blank": _("Rien à sauvegarder : la classe n’a pas encore sa clé."),
                "busy": _("Une sauvegarde est déjà en cours."),
            }
            return quiet.get(self.fault) or " ".join(state.TROUBLES[self.fault])
        said = ngettext(
            "Sauvegarde faite et relue : {count} trace.",
            "Sauvegarde faite et relue : {count} traces.",
            self.done.captures,
        ).format(count=self.done.captures)
        if self.done.damaged:
            said += " " + ngettext(
                "{count} fichier de la boîte est abîmé et n’a pas pu être copié.",
                "{count} fichiers de la boîte sont abîmés et n’ont pas pu être copiés.",
                self.done.damaged,
            ).format(count=self.done.damaged)
        return said


class _Stopped(Exception):
    """There is no backup this time; the text says why (`BackupReport.fault`)."""


def run(config: Config, clock: Clock | None = None) -> BackupReport:
    """Bring the backup up to date. Can be stopped at any point and run again."""
    if config.backup.folder is None:
        return BackupReport("unset")
    clock = clock or config.clock()
    reading = clock.read()
    if not KeyFolder(config.data / "keys").exists():
        return BackupReport("blank")
    with closing(open_database(config.data, reading.now)) as database:
        if database.read_only:
            return BackupReport("newer")
        try:
            report = _run(config, config.backup.folder, database, reading)
        except _Stopped as why:
            report = BackupReport(str(why))
        if report.fault != "busy":
            _note(Keeper(database, clock), report, reading.now)
        return report


def _run(config: Config, stick: Path, database: Database, reading: ClockReading) -> BackupReport:
    if (fault := trouble_of(config, stick)) is not None:
        raise _Stopped(fault)
    try:
        root = stick / f"{PREFIX}{backups.box_id(database)}"
        make_folder(root)
        folder = BackupFolder(root)
        with folder.alone():
            return BackupReport(done=BackupRun(config, database, folder, reading).make())
    except Busy as error:
        raise _Stopped("busy") from error
    except Unreliable as error:
        raise _Stopped("unreliable") from error
    except sqlite3.Error as error:
        raise _Stopped("database") from error
    except OSError as error:
        raise _Stopped("full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "unwritable") from error


def trouble_of(config: Config, stick: Path) -> str | None:
    """Return why a folder cannot take a backup, `absent` or `same_disk`, or None.

    With the stick out, its empty mount point lies on the box's own disk.
    """
    try:
        disk = stick.stat().st_dev
        own = {config.data.stat().st_dev, Path("/").stat().st_dev}
    except OSError:
        return "absent"
    if not stick.is_dir():
        return "absent"
    return "same_disk" if disk in own and not config.backup.same_disk else None


def _note(holder: Keeper, report: BackupReport, now: datetime) -> None:
    before = state.last(holder.database)
    if report.fault is None:
        after = BackupState(now, now, captures=report.done.captures, damaged=report.done.damaged)
    else:
        after = replace(before or BackupState(now, None), at=now, fault=report.fault)
    # A full card may refuse even this line; the doctor looks at the card by itself.
    with suppress(sqlite3.OperationalError):
        state.note(holder.database, after)
        if report.fault is None:
            audit.note(holder, Event.BACKED_UP, detail=str(report.done.captures))
        else:
            audit.note(holder, Event.BACKUP_HELD, detail=report.fault)
