"""One run of the backup, in one place: what goes first, what is copied, what appears, what is too old."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance.config import Config
from appliance.domain.captures import Packing
from appliance.domain.retention import ClockReading, doubt
from appliance.hub.retention.school_years import CALENDAR_FILE
from appliance.i18n import _
from appliance.jobs import backup_files
from appliance.jobs.backup_folder import (
    CALENDAR,
    CONFIGURATION,
    DATABASE,
    Busy,
    Snapshot,
)
from appliance.jobs.backup_keys import key_names
from appliance.jobs.backup_names import Content, content_of, name_of
from appliance.jobs.backup_place import Place
from appliance.store import backups, captures, settings, since
from appliance.store.database import FILE_NAME, Database
from appliance.vault.files import make_folder
from appliance.vault.keys import CLASS_PUBLIC, KeyFolder

KEPT = timedelta(days=35)
"""An erased trace leaves the last backup after so long at the latest (law.md §2.3)."""
DAILY = timedelta(days=7)
"""One snapshot a day for so long, then one a week."""
MOST = 40
"""Snapshots kept while the clock is in doubt, whatever dates they bear."""
SAVE_EVERY = 500
"""Copied files, at least, between two writings of the list: what a run that is cut has to do again."""
_SINCE_NAME = "since.db"

_READ_ME = _(
    """\
Ce dossier est la sauvegarde d’une « boîte à traces », tenue par une école.

Tout y est scellé : sans les sept mots de la classe ou sa clé de secours, rien ne s’y lit ni ne s’y écoute.
Rendez à l’école la clé USB qui le porte. N’y changez rien.

Pour remettre la classe sur une boîte neuve : boite restore --from <ce dossier>
La page docs/sauvegarde.md du programme explique comment.
"""
)


@dataclass
class Tally:
    """What a run did."""

    captures: int = 0
    """In the new snapshot."""
    carried: int = 0
    """Files copied."""
    erased: int = 0
    """Files erased from the backup."""
    damaged: int = 0
    """Files of the box that could not be read as they were written."""


class BackupRun:
    """One run in one place, where no other is at work. Raises Busy, OSError, Unreliable or sqlite3.Error."""

    def __init__(
        self, config: Config, database: Database, place: Place, reading: ClockReading, work: Path
    ) -> None:
        """Take the place, and a folder beside the database where its copies wait to be sealed."""
        self._config = config
        self._database = database
        self._place = place
        self._now = reading.now
        self._believed = doubt(reading, settings.high_water(database)) is None
        self._sealer = KeyFolder(config.data / "keys").sealer()
        self._work = work
        self._tally = Tally()
        self._unsaved = 0

    def make(self) -> Tally:
        """Bring the folder up to date and return what was done."""
        self._place.clear_leftovers()
        self._drop_old()
        self._forget_other_keys()
        shutil.rmtree(self._work, ignore_errors=True)
        make_folder(self._work, mode=0o700)
        try:
            self._chase()
            self._recheck()
            backups.copy(self._database, self._work / FILE_NAME)
            self._carry(self._work / FILE_NAME)
            # A trace erased while its file was being copied.
            self._chase()
            self._publish(self._work / FILE_NAME)
        finally:
            shutil.rmtree(self._work, ignore_errors=True)
        self._drop_old()
        return self._tally

    def _forget_other_keys(self) -> None:
        """After a change of the class key the box's files are sealed anew under their old names."""
        snapshots = self._place.snapshots()
        if snapshots and self._is_of_another_key(snapshots[-1]):
            self._place.files.clear()

    def _is_of_another_key(self, snapshot: Snapshot) -> bool:
        current = (self._config.data / "keys" / CLASS_PUBLIC).read_bytes()
        return self._place.key_of(snapshot) not in (b"", current)

    def _chase(self) -> None:
        """Erase from the backup what the box has erased, and tell older snapshots so.

        A person erased it, or retention on a clock it believed: this needs no clock.
        """
        alive = captures.ids(self._database)
        voices = backups.voice_files(self._database)
        buried = captures.buried(self._database)
        doomed = [name for name in self._place.names() if self._is_doomed(name, alive, buried, voices)]
        if not self._tell():
            # The stick is full: what is to go makes room for saying so.
            self._place.unlink(doomed)
            if not self._tell():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._place.forget(doomed)
        self._tally.erased += len(doomed)

    def _tell(self) -> bool:
        """Write what must hold whatever snapshot comes back; False when there is no room for it."""
        target = self._work / _SINCE_NAME
        target.unlink(missing_ok=True)
        since.write(self._database, target)
        try:
            self._place.tell(self._sealer, target)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return False
        return True

    def _is_doomed(self, name: str, alive: set[str], buried: set[str], voices: set[str]) -> bool:
        content = content_of(name)
        if content is None or (content.id in alive and content.kind in ("media", "thumbnail")):
            return False
        if content.kind == "voice":
            return content.id not in voices
        holding = backups.holding(self._database, content.id)
        if holding is None:
            return content.id in buried or self._is_old(name)
        if content.kind == "caption":
            return not holding.has_caption
        whole = name_of(Content(content.id, "media"))
        return content.kind == "parts" and holding.packing is Packing.WHOLE and whole in self._place.files

    def _is_old(self, name: str) -> bool:
        """Whether a file that no row knows, as after the return to an older snapshot, has had its time."""
        copied = self._place.copied_at(name)
        return self._believed and copied is not None and self._now - copied > KEPT

    def _recheck(self) -> None:
        """Read again a share of what is there; what the place has forgotten is copied once more."""
        snapshots, runs = self._place.snapshots(), self._place.recheck_runs
        tonight = (snapshots[-1].number if snapshots else 0) % runs
        for number, name in enumerate(sorted(self._place.files)):
            if number % runs == tonight and self._place.digest_of(name) != self._place.files[name]:
                self._place.doubt(name)

    def _carry(self, database: Path) -> None:
        """Copy the files that this copy of the database tells of and that are not there yet."""
        with closing(Database(database, read_only=True)) as copy:
            self._tally.captures = len(captures.ids(copy))
            self._look_at_room(copy, database)
            for name, digest in wanted(copy):
                try:
                    self._carry_one(name, digest)
                except FileNotFoundError:
                    # Erased meanwhile, or lost: the box tells the second by itself when it starts.
                    continue
                except backup_files.SourceDamaged:
                    self._tally.damaged += 1
        self._place.save()

    def _look_at_room(self, copy: Database, database: Path) -> None:
        """Send nothing to a place that says beforehand that it cannot hold the whole."""
        room = self._place.room()
        if room is None:
            return
        needed = database.stat().st_size
        for name, digest in wanted(copy):
            with suppress(FileNotFoundError):
                size = (self._config.data / name).stat().st_size
                needed += 0 if self._place.holds(name, size, digest) else size
        if needed > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _carry_one(self, name: str, digest: str | None) -> None:
        source = self._config.data / name
        if self._place.holds(name, source.stat().st_size, digest):
            return
        self._place.carry(source, name, digest)
        self._tally.carried += 1
        self._unsaved += 1
        if self._unsaved >= max(SAVE_EVERY, len(self._place.files) // 4):
            self._place.save()
            self._unsaved = 0

    def _publish(self, database: Path) -> None:
        place, keys = self._place, self._config.data / "keys"
        place.explain(_READ_ME)
        snapshot = place.begin(self._now)
        sums = {DATABASE: place.seal_into(snapshot, self._sealer, database, DATABASE)}
        calendar = self._config.data / CALENDAR_FILE
        for source, name in ((self._config.path, CONFIGURATION), (calendar, CALENDAR)):
            with suppress(FileNotFoundError):
                sums[name] = place.seal_into(snapshot, self._sealer, source, name)
        for name in key_names(keys):
            sums[name] = place.copy_into(snapshot, keys / name, name)
        if (keys / CLASS_PUBLIC).read_text().strip() not in self._sealer.recipients:
            # The keys were changed meanwhile: the next run copies one whole set of them.
            raise Busy
        place.publish(snapshot, sums)

    def _drop_old(self) -> None:
        """Erase the snapshots that are too old, on a believed clock, and those of a former class key.

        A former key's wraps go with them: destroying every wrap is what makes its year unreadable.
        """
        snapshots = self._place.snapshots()
        kept = _worth_keeping(snapshots, self._now) if self._believed else snapshots[-MOST:]
        for snapshot in snapshots[:-1]:
            if snapshot not in kept or self._is_of_another_key(snapshot):
                self._place.drop(snapshot)


def wanted(database: Database) -> Iterator[tuple[str, str | None]]:
    """Yield the name of each sealed file that the database tells of, with its SHA-256 where it is known."""
    for holding in backups.holdings(database):
        kind = "media" if holding.packing is Packing.WHOLE else "parts"
        yield name_of(Content(holding.id, kind)), holding.sha256
        if holding.has_thumbnail:
            yield name_of(Content(holding.id, "thumbnail")), None
        if holding.has_caption:
            yield name_of(Content(holding.id, "caption")), None
    for file in backups.voice_files(database):
        yield name_of(Content(file, "voice")), None


def _worth_keeping(snapshots: list[Snapshot], now: datetime) -> list[Snapshot]:
    """Return the last snapshot of each day for a week, then of each week; none that is past its days.

    One that a wrong clock dated from the future is past its days too: nobody knows its age.
    """
    latest: dict[object, Snapshot] = {}
    for snapshot in snapshots:
        age = now - snapshot.made_at
        if timedelta(0) <= age <= KEPT:
            day = snapshot.made_at.date()
            latest[day if age < DAILY else day.isocalendar()[:2]] = snapshot
    return list(latest.values())
