"""Erasing what has reached its last day, on a clock that may be believed (law.md R8, §2.5; R167)."""

from dataclasses import dataclass

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.domain.retention import doubt
from appliance.hub import audit
from appliance.hub.retention import lasting, purge, purge_rest, recounting
from appliance.hub.rights import answers
from appliance.hub.shelf import Shelf
from appliance.i18n import _, ngettext
from appliance.store import settings
from appliance.store.database import Database, open_database


@dataclass
class _Storage:
    """What erasing needs. No key: a locked box erases too."""

    config: Config
    database: Database
    shelf: Shelf
    clock: Clock


@dataclass(frozen=True)
class RetentionReport:
    """What one run did."""

    erased: int
    doubt: str | None
    """Why nothing was erased: `newer` data, which may only be read, or from `domain.retention.doubt`."""
    held: int = 0
    """Captures that the brake holds until the teacher has said that they may go at once."""

    @property
    def ok(self) -> bool:
        """Whether it could erase: the clock was believed and the data may be written."""
        return self.doubt is None

    def sentence(self) -> str:
        """Return it in French."""
        if self.doubt is not None:
            return DOUBTS[self.doubt]
        return " ".join(filter(None, (self._erased(), self._held())))

    def _erased(self) -> str:
        if self.erased == 0:
            return "" if self.held else _("Aucune trace n’est arrivée à son dernier jour.")
        return ngettext(
            "{count} trace arrivée à son dernier jour a été effacée.",
            "{count} traces arrivées à leur dernier jour ont été effacées.",
            self.erased,
        ).format(count=self.erased)

    def _held(self) -> str:
        if self.held == 0:
            return ""
        return _("{count} traces partiraient d’un coup : l’enseignant·e doit d’abord le confirmer.").format(
            count=self.held
        )


DOUBTS = {
    "newer": _(
        "Rien n’est effacé : les données viennent d’une version plus récente. Prévenez l’ERUN : "
        "il faut réinstaller la version récente."
    ),
    "untrusted": _(
        "Rien n’est effacé : personne ne confirme l’heure de la boîte. Branchez-la au réseau de l’école, ou "
        "confirmez la date sur la page « Tout va bien »."
    ),
    "unset": _("Rien n’est effacé : l’horloge de la boîte n’est pas réglée. Branchez-la au réseau."),
    "backwards": _(
        "Rien n’est effacé : l’horloge de la boîte a reculé. Branchez-la au réseau, puis vérifiez la date."
    ),
    "leap": _(
        "Rien n’est effacé : l’horloge de la boîte a avancé de plus de quatre mois. Vérifiez la date sur la "
        "page « Tout va bien »."
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
        storage = _Storage(config, database, Shelf(config.data), clock)
        reason = doubt(reading, settings.high_water(database))
        if reason is not None:
            audit.note(storage, Event.RETENTION_HELD, detail=reason)
            return RetentionReport(0, reason)
        settings.raise_high_water(database, reading.now)
        report = _erase(storage)
        audit.tend(storage, reading.now)
        database.forget_deleted_rows()
        return report
    finally:
        database.close()


def _erase(storage: _Storage) -> RetentionReport:
    now = storage.clock.read().now
    recounting.settle(storage)
    lasting.date_anew(storage, now.date())
    answers.recall_expired(storage, now.date())
    held = purge.held(storage, now.date())
    erased = purge.erase_due(storage, now.date(), held.days if held else frozenset())
    if held is None:
        purge.forget_word(storage)
    purge_rest.erase(storage, now)
    if held is not None:
        audit.note(storage, Event.RETENTION_HELD, detail=f"mass/{held.count}")
    audit.note(storage, Event.RETENTION_RUN, detail=str(erased))
    return RetentionReport(erased, None, held.count if held else 0)
