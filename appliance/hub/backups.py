"""How the last backup went, for the pages and the doctor: what stopped it, and what to do about it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.i18n import _
from appliance.store import settings
from appliance.store.backups import STATE
from appliance.store.database import Database
from appliance.store.moments import moment, stamp


class Where(StrEnum):
    """Where a backup lies; the value is the setting that remembers how the last one went."""

    STICK = STATE
    ENT = f"{STATE}_ent"


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
    "ent_away": (
        _("L’ENT n’a pas répondu jusqu’au bout de la sauvegarde."),
        _("Rien à faire : elle reprendra la nuit prochaine, là où elle s’est arrêtée."),
    ),
    "ent_full": (
        _("L’espace de l’ENT est trop plein pour la sauvegarde."),
        _("Libérez de la place à l’ENT, ou demandez-en à l’ERUN."),
    ),
    "ent_refused": (
        _("L’ENT a refusé le compte de la boîte : pas de sauvegarde là-bas."),
        _("Demandez à l’ERUN un nouveau mot de passe d’application pour la boîte."),
    ),
    "ent_untrusted": (
        _("La boîte ne reconnaît pas l’ENT : rien n’y a été copié."),
        _("Vérifiez la date de la boîte, puis prévenez l’ERUN."),
    ),
    "ent_setup": (
        _("Le réglage de l’ENT est incomplet : pas de sauvegarde là-bas."),
        _("Prévenez l’ERUN : il manque l’adresse, le compte ou le mot de passe."),
    ),
    "ent_forbidden": (
        _("L’ENT ne laisse pas la boîte écrire dans le dossier de sa sauvegarde."),
        _("Prévenez l’ERUN : le compte de la boîte doit pouvoir y écrire et y effacer."),
    ),
    "ent_odd": (
        _("L’ENT a répondu autre chose que prévu à la sauvegarde."),
        _("Rien à faire ce soir : elle reprendra la nuit prochaine. Si cela dure, prévenez l’ERUN."),
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


def last(database: Database, where: Where = Where.STICK) -> BackupState | None:
    """Return how the last backup to a place went, or None when none was ever tried."""
    text = settings.get(database, where)
    if text is None:
        return None
    said = json.loads(text)
    done_at = moment(said["done_at"]) if said["done_at"] else None
    return BackupState(**{**said, "at": moment(said["at"]), "done_at": done_at})


def note(database: Database, state: BackupState, where: Where = Where.STICK) -> None:
    """Remember how a backup to a place went."""
    done_at = stamp(state.done_at) if state.done_at else None
    said = {**asdict(state), "at": stamp(state.at), "done_at": done_at}
    settings.put(database, where, json.dumps(said))
