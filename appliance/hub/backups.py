"""How the last backup went, for the pages and the doctor: what stopped it, and what to do about it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.i18n import _
from appliance.store import settings
from appliance.store.backups import STATE
from appliance.store.database import Database
from appliance.store.moments import moment, stamp

LATE = timedelta(days=4)
"""A box that sleeps from Friday evening makes its next backup on Tuesday night."""

TROUBLES = {
    "absent": (
        _("La boîte n’a pas trouvé la clé USB de la sauvegarde."),
        _("Branchez-la sur la boîte : la prochaine sauvegarde se fera cette nuit."),
    ),
    "same_disk": (
        _("La boîte n’a pas trouvé la clé USB de la sauvegarde : à sa place, il y a sa propre carte."),
        _("Branchez-la sur la boîte : la prochaine sauvegarde se fera cette nuit."),
    ),
    "full": (
        _("La clé USB de la sauvegarde est pleine."),
        _("Prenez-en une plus grande, ou retirez ce qui n’est pas à la boîte."),
    ),
    "unwritable": (
        _("La boîte n’arrive pas à écrire sur la clé USB de la sauvegarde."),
        _("Rebranchez-la ; si cela continue, changez de clé USB."),
    ),
    "unreliable": (
        _("La clé USB ne rend pas ce que la boîte y écrit : elle s’abîme."),
        _("Changez de clé USB dès que possible."),
    ),
    "database": (
        _("La base n’a pas pu être copiée : la carte mémoire de la boîte est peut-être pleine."),
        _("Effacez des traces dont vous n’avez plus besoin, ou prévenez l’ERUN."),
    ),
    "newer": (
        _("Pas de sauvegarde : les données viennent d’une version plus récente."),
        _("Prévenez l’ERUN : il faut réinstaller la version récente."),
    ),
}
"""What may stop a backup: what happened, and the remedy."""


@dataclass(frozen=True)
class BackupState:
    """What the last runs left to know."""

    at: datetime
    """When it was last tried."""
    done_at: datetime | None
    """When it last succeeded."""
    fault: str | None = None
    """What stopped the last one, a key of `TROUBLES`."""
    captures: int = 0
    """How many captures the last good one holds."""
    damaged: int = 0
    """How many files of the box it could not read as they were written."""


@dataclass
class Keeper:
    """What writes in the journal where there is no hub."""

    database: Database
    clock: Clock


def last(database: Database) -> BackupState | None:
    """Return how the last backup went, or None when none was ever tried."""
    text = settings.get(database, STATE)
    if text is None:
        return None
    said = json.loads(text)
    done_at = moment(said["done_at"]) if said["done_at"] else None
    return BackupState(**{**said, "at": moment(said["at"]), "done_at": done_at})


def note(database: Database, state: BackupState) -> None:
    """Remember how a backup went."""
    done_at = stamp(state.done_at) if state.done_at else None
    said = {**asdict(state), "at": stamp(state.at), "done_at": done_at}
    settings.put(database, STATE, json.dumps(said))
