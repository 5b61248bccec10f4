"""The journal in French: a sentence for each act, words for who acted, and for what an act specifies."""

from appliance.domain.audit import Break, Damage, Event, Line, Role
from appliance.i18n import _

ROLES: dict[str, str] = {
    Role.TEACHER: _("l’enseignant·e"),
    Role.STATION: _("un atelier"),
    Role.VISITOR: _("un appareil de la classe"),
    Role.RETENTION: _("l’effacement automatique"),
    Role.SYNC: _("l’envoi vers l’ENT"),
    Role.BOX: _("la boîte"),
    Role.KEEPER: _("la personne qui entretient la boîte"),
}
"""Who acted."""

SENTENCES: dict[str, str] = {
    Event.BOX_STARTED: _("La boîte a démarré, classe verrouillée"),
    Event.CLASS_KEY_CREATED: _("Clé de la classe créée"),
    Event.CLASS_OPENED: _("Classe ouverte"),
    Event.CLASS_LOCKED: _("Classe verrouillée"),
    Event.WRONG_PASSPHRASE: _("Essai de mots qui ne sont pas les sept mots"),
    Event.DATE_CONFIRMED: _("Date de la boîte confirmée"),
    Event.PUPIL_ADDED: _("Élève ajouté"),
    Event.PUPIL_NEEDS_SET: _("Langue ou temps de parole d’un élève changés"),
    Event.BADGE_REPLACED: _("Badge remplacé"),
    Event.PERMISSION_ANSWERED: _("Autorisation notée : {detail}"),
    Event.GROUP_SET: _("Groupe formé ou changé"),
    Event.GROUP_REMOVED: _("Groupe effacé"),
    Event.VOICE_RECORDED: _("Voix de l’enseignant·e enregistrée"),
    Event.VOICE_FORGOTTEN: _("Voix de l’enseignant·e effacée"),
    Event.SCENARIO_SET: _("Nouveau travail demandé à un atelier"),
    Event.SCENARIO_CHANGED: _("Réglages d’un atelier changés"),
    Event.STATION_OPENED: _("Atelier ouvert"),
    Event.WORKSHOP_ENDED: _("Fin de l’atelier annoncée"),
    Event.STATION_CLOSED: _("Atelier fermé"),
    Event.STATION_FOLLOWS_HOURS: _("Atelier rendu à ses horaires"),
    Event.STATION_HOURS_SET: _("Horaires d’un atelier changés"),
    Event.SATELLITE_INVITED: _("Code fait pour relier un atelier"),
    Event.SATELLITE_LINKED: _("Atelier relié par le réseau"),
    Event.SATELLITE_CUT_OFF: _("Lien d’un atelier coupé"),
    Event.TAKEN_IN: _("Trace enregistrée"),
    Event.CUT_TAKEN_IN: _("Trace coupée enregistrée"),
    Event.REFUSED_WITHOUT_PERMISSION: _("Trace refusée : une autorisation manque"),
    Event.CAPTION_REFUSED: _("Légende refusée : une autorisation manque"),
    Event.HEARD: _("Trace écoutée ou regardée"),
    Event.KEPT: _("Trace gardée"),
    Event.GIVEN: _("Trace donnée à son auteur"),
    Event.TAKEN_BACK: _("Trace retirée à un autre élève, ancienne étiquette annulée"),
    Event.PUPIL_ASKED_AGAIN: _("Élève interrogé de nouveau avant l’envoi à la maison"),
    Event.RELEASED: _("Trace libérée pour la maison"),
    Event.REPRINTED: _("Étiquette réimprimée"),
    Event.SENT: _("Trace déposée dans l’ENT"),
    Event.ERASED: _("Trace effacée : {detail}"),
    Event.ERASED_AT_ENT: _("Trace effacée de l’ENT"),
    Event.UNCLAIMED_FILE_REMOVED: _("Fichier que rien ne réclamait effacé"),
    Event.RETENTION_RUN: _("Effacements du jour. Traces effacées : {detail}"),
    Event.RETENTION_HELD: _("Rien n’est effacé : {detail}"),
    Event.BACKED_UP: _("Sauvegarde faite. Traces dedans : {detail}"),
    Event.BACKUP_HELD: _("Pas de sauvegarde : {detail}"),
    Event.RESTORED: _("Classe revenue d’une sauvegarde, sur une autre boîte"),
    Event.JOURNAL_PRUNED: _("Journal allégé de ce qui a plus de six mois, jusqu’à la ligne {detail}"),
    Event.JOURNAL_BROKEN: _("Le journal n’est plus celui qui a été écrit, ligne {detail}"),
    Event.JOURNAL_EXPORTED: _("Journal copié"),
}
"""What was done."""

WORDS = {
    "pending": _("en attente"),
    "granted": _("accordée"),
    "refused": _("refusée"),
    "withdrawn": _("autorisation retirée"),
    "voice": _("voix"),
    "image": _("image"),
    "production": _("photo du travail"),
    "film": _("film"),
    "self": _("pour l’élève"),
    "class": _("en classe"),
    "family": _("à la maison"),
    "partner_class": _("pour une classe partenaire"),
    "district": _("pour la circonscription"),
    "deleted": _("à la demande de l’enseignant·e"),
    "last_day": _("son dernier jour est passé"),
    "untrusted": _("rien ne confirme l’heure"),
    "unset": _("l’horloge n’est pas réglée"),
    "backwards": _("l’horloge a reculé"),
    "absent": _("la clé USB n’est pas branchée"),
    "same_disk": _("la clé USB n’est pas branchée"),
    "full": _("la clé USB est pleine"),
    "unwritable": _("la clé USB ne s’écrit pas"),
    "unreliable": _("la clé USB s’abîme"),
    "database": _("la base n’a pas pu être copiée"),
    **{str(damage): "" for damage in Damage},
}
"""What a detail specifies; numbers stand for themselves."""

_DAMAGES = {
    Damage.ALTERED: _("La ligne {number} n’est plus celle que la boîte a écrite."),
    Damage.MISSING: _("La ligne {number} manque."),
    Damage.CUT: _("La fin du journal manque, à partir de la ligne {number}."),
    Damage.ADDED: _("La ligne {number} n’a pas été écrite par la boîte."),
    Damage.REWRITTEN: _("Le journal a été réécrit jusqu’à la ligne {number}."),
}


def remedy() -> str:
    """Return what to do when the journal was tampered with."""
    return _(
        "N’effacez rien. Copiez le dossier des données de la boîte et prévenez l’ERUN, qui prévient le "
        "délégué à la protection des données."
    )


def sentence(line: Line) -> str:
    """Return what a line says; an act that this version does not know says so."""
    if line.event not in SENTENCES:
        return _("Acte que cette version de la boîte ne connaît pas")
    tokens = (WORDS.get(token, token if token.isdigit() else "") for token in line.detail.split("/"))
    return SENTENCES[line.event].format(detail=", ".join(filter(None, tokens)))


def role(line: Line) -> str:
    """Return who acted."""
    return ROLES.get(line.role, _("inconnu"))


def broken(found: Break) -> str:
    """Return where the journal first breaks."""
    return _DAMAGES[found.damage].format(number=found.number)
