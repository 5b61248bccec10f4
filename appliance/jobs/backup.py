"""The nightly copy of the box, to a stick or the ENT: sealed, read back, 35 days, without what was erased.

It needs no private key, so a locked box is backed up too. In this order a power cut, or a stick pulled out,
leaves what was there before: what was erased goes first; then new files are copied; then a snapshot of the
database appears; then what is too old goes.
"""

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.retention import ClockReading
from appliance.ent.locker import Locker
from appliance.ent.open_space import open_locker
from appliance.ent.ports import EntError
from appliance.hub import audit
from appliance.hub import backups as state
from appliance.hub.audit import Desk
from appliance.hub.backups import BackupState, Where
from appliance.i18n import _, ngettext
from appliance.jobs.backup_faults import NoLocalRoom
from appliance.jobs.backup_files import SourceDamaged, Unreliable
from appliance.jobs.backup_folder import PREFIX, BackupFolder, Busy
from appliance.jobs.backup_locker import BackupLocker
from appliance.jobs.backup_run import BackupRun, Tally
from appliance.ownership import act_as_owner
from appliance.store import backups
from appliance.store.database import Database, open_database
from appliance.vault.files import make_folder
from appliance.vault.keys import KeyFolder

WORK = {Where.STICK: "backup.new", Where.ENT: "backup-ent.new"}
"""Where copies of the database wait to be sealed, beside the database itself."""
_ENT_FAULTS = {"ent_busy": "ent_away"}


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
                "unset": _(
                    "Aucune sauvegarde de ce genre n’est réglée (partie [backup] de la configuration)."
                ),
                "blank": _("Rien à sauvegarder : la classe n’a pas encore sa clé."),
                "busy": _("Une sauvegarde ou un changement de clés est déjà en cours."),
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
    """Bring the stick up to date. Can be stopped at any point and run again."""
    if config.backup.folder is None:
        return BackupReport("unset")
    stick = config.backup.folder
    return _kept(config, clock, Where.STICK, lambda *here: _to_stick(*here, stick=stick))


def run_ent(
    config: Config, clock: Clock | None = None, sleep: Callable[[float], None] = time.sleep
) -> BackupReport:
    """Bring the copy at the ENT up to date. Cut at any byte, the next run goes on from there.

    `sleep` waits between two files, and for a busy server.
    """
    if not config.backup.ent_folder or config.ent.kind == "none":
        return BackupReport("unset")
    locker: Locker | EntError
    try:
        # The password is root's: it is read before root becomes the account of the box.
        locker = open_locker(config.ent, config.backup.ent_folder, sleep)
    except EntError as error:
        locker = error
    act_as_owner(config.data)
    return _kept(config, clock, Where.ENT, lambda *here: _to_ent(*here, locker=locker, sleep=sleep))


def _kept(
    config: Config,
    clock: Clock | None,
    where: Where,
    make: Callable[[Config, Database, ClockReading], Tally],
) -> BackupReport:
    """Make a backup, and remember how it went."""
    clock = clock or config.clock()
    reading = clock.read()
    keys = KeyFolder(config.data / "keys")
    if not keys.exists():
        return BackupReport("blank")
    if keys.is_rotating():
        # A copy made now would hold the former class key, for the new words to open.
        return BackupReport("busy")
    with closing(open_database(config.data, reading.now)) as database:
        if database.read_only:
            return BackupReport("newer")
        try:
            with _faults():
                report = BackupReport(done=make(config, database, reading))
        except _Stopped as why:
            report = BackupReport(str(why))
        if report.fault != "busy":
            _note(Desk(database, clock), report, reading.now, where)
        return report


@contextmanager
def _faults() -> Iterator[None]:
    """Say what stopped a backup in the words of `TROUBLES`."""
    try:
        yield
    except Busy as error:
        raise _Stopped("busy") from error
    except Unreliable as error:
        raise _Stopped("unreliable") from error
    except (sqlite3.Error, NoLocalRoom, SourceDamaged) as error:
        raise _Stopped("database") from error
    except EntError as error:
        fault = _ENT_FAULTS.get(error.slug, error.slug)
        raise _Stopped(fault if fault in state.TROUBLES else "ent_odd") from error
    except OSError as error:
        raise _Stopped("full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "unwritable") from error


def _to_stick(config: Config, database: Database, reading: ClockReading, *, stick: Path) -> Tally:
    if (fault := trouble_of(config, stick)) is not None:
        # What a power cut left of the last run does not wait for the stick to come back.
        shutil.rmtree(config.data / WORK[Where.STICK], ignore_errors=True)
        raise _Stopped(fault)
    root = stick / f"{PREFIX}{backups.box_id(database)}"
    make_folder(root)
    folder = BackupFolder(root)
    with folder.alone():
        return BackupRun(config, database, folder, reading, config.data / WORK[Where.STICK]).make()


def _to_ent(
    config: Config,
    database: Database,
    reading: ClockReading,
    *,
    locker: Locker | EntError,
    sleep: Callable[[float], None],
) -> Tally:
    """One run and one connection at a time: the folder of what is sealed before it is sent is the lock."""
    if isinstance(locker, EntError):
        raise locker
    work = config.data / WORK[Where.ENT]
    make_folder(work, mode=0o700)
    with _alone(work), closing(locker):
        try:
            locker.check()
            place = BackupLocker(locker, f"{PREFIX}{backups.box_id(database)}", work / "sealed", sleep)
            return BackupRun(config, database, place, reading, work / "copies").make()
        except OSError as error:
            # Whatever else fails on a disk here fails on the box's own.
            raise _Stopped("ent_full" if error.errno == errno.ENOSPC else "database") from error
        finally:
            for folder in ("sealed", "copies"):
                shutil.rmtree(work / folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield
    finally:
        os.close(descriptor)


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


def _note(desk: Desk, report: BackupReport, now: datetime, where: Where) -> None:
    before = state.last(desk.database, where)
    if report.fault is None:
        after = BackupState(now, now, captures=report.done.captures, damaged=report.done.damaged)
    else:
        after = replace(before or BackupState(now, None), at=now, fault=report.fault)
    # A full card may refuse even this line; the doctor looks at the card by itself.
    with suppress(sqlite3.OperationalError):
        state.note(desk.database, after, where)
        if report.fault is None:
            place = "" if where is Where.STICK else "/ent"
            audit.note(desk, Event.BACKED_UP, detail=f"{report.done.captures}{place}")
        else:
            audit.note(desk, Event.BACKUP_HELD, detail=report.fault)
