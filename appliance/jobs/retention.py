"""Erasing what has reached its last day, on a clock that may be believed (law.md R8, §2.5; R167)."""

from dataclasses import dataclass
from datetime import date, datetime

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.captures import Capture
from appliance.domain.retention import UNSORTED_DAYS, doubt, is_due, last_day
from appliance.hub import audit, erasure
from appliance.hub.shelf import Shelf
from appliance.i18n import _, ngettext
from appliance.store import captures, settings
from appliance.store.database import Database, open_database


@dataclass
class _Storage:
    """What erasing needs. No key: a locked box erases too."""

    database: Database
    shelf: Shelf
    clock: Clock


@dataclass(frozen=True)
class RetentionReport:
    """What one run did."""

    erased: int
    doubt: str | None
    """Why nothing was erased: `newer` data, which may only be read, or from `domain.retention.doubt`."""

    @property
    def ok(self) -> bool:
        """Whether it could erase: the clock was believed and the data may be written."""
        return self.doubt is None

    def sentence(self) -> str:
        """Return it in French."""
        if self.doubt is not None:
            return DOUBTS[self.doubt]
        if self.erased == 0:
            return _("Aucune trace n’est arrivée à son dernier jour.")
        return ngettext(
            "{count} trace arrivée à son dernier jour a été effacée.",
            "{count} traces arrivées à leur dernier jour ont été effacées.",
            self.erased,
        ).format(count=self.erased)


DOUBTS = {
    "newer": _(
        "Rien n’est effacé : les données viennent d’une version plus récente. Prévenez l’ERUN : "
        "il faut réinstaller la version récente."
    ),
    "untrusted": _(
        "Rien n’est effacé : personne ne confirme l’heure de la boîte. Branchez-la au réseau de l’école."
    ),
    "unset": _("Rien n’est effacé : l’horloge de la boîte n’est pas réglée. Branchez-la au réseau."),
    "backwards": _(
        "Rien n’est effacé : l’horloge de la boîte a reculé. Branchez-la au réseau, puis vérifiez la date."
    ),
}


def run(config: Config, clock: Clock | None = None) -> RetentionReport:
    """Erase everywhere what is past its last day. Can be stopped at any point and run again."""
    clock = clock or config.clock()
    reading = clock.read()
    database = open_database(config.data, reading.now)
    try:
        if database.read_only:
            return RetentionReport(0, "newer")
        storage = _Storage(database, Shelf(config.data), clock)
        reason = doubt(reading, settings.high_water(database))
        if reason is not None:
            audit.note(storage, Event.RETENTION_HELD, detail=reason)
            return RetentionReport(0, reason)
        settings.raise_high_water(database, reading.now)
        # What came while the clock was in doubt is dated from today: a wrong clock neither deletes nor keeps.
        today = reading.now.date()
        captures.redate(database, today, lambda capture: _last_day(today, capture))
        erased = _erase_due(storage, today)
        _sweep_unclaimed(storage, reading.now)
        audit.note(storage, Event.RETENTION_RUN, detail=str(erased))
        audit.tend(storage, reading.now)
        database.forget_deleted_rows()
        return RetentionReport(erased, None)
    finally:
        database.close()


def _last_day(day: date, capture: Capture) -> date:
    return last_day(day, kept=capture.kept, attributed=bool(capture.pupils), empty=capture.empty)


def _sweep_unclaimed(storage: _Storage, now: datetime) -> None:
    """Remove the files that no station has announced again for as long as an essay lives.

    A station keeps its own copy until the hub has recorded the capture, so nothing finished is lost.
    """
    known = captures.ids(storage.database)
    for capture_id, path in list(storage.shelf.stored()):
        if capture_id not in known and now.timestamp() - path.stat().st_mtime > UNSORTED_DAYS * 86_400:
            path.unlink(missing_ok=True)
            audit.note(storage, Event.UNCLAIMED_FILE_REMOVED, capture_id)


def _erase_due(storage: _Storage, today: date) -> int:
    erased = 0
    for due in captures.past_last_day(storage.database, today):
        with storage.database.transaction():
            # The teacher may have kept or erased it since.
            capture = captures.find(storage.database, due.id)
            if capture is None or not is_due(capture.last_day, today):
                continue
            erasure.bury(storage, capture, reason="last_day")
        erasure.remove_files(storage, capture)
        erased += 1
    return erased
