"""The journal in French: a sentence for each act, words for who acted, and for what an act specifies."""

from appliance.domain.audit import Break, Damage, Event, Line, Role
from appliance.i18n import _

ROLES: dict[str, str] = {
    Role.TEACHER: _("l’enseignant·e"),
    Role.STATION: _("un atelier"),
    Role.SUBSTITUTE: _("la personne remplaçante"),
    Role.ASSISTANT: _("l’AESH ou l’ATSEM"),
    Role.DIRECTION: _("la direction"),
    Role.ERUN: _("l’ERUN"),
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
    Event.RECOVERY_USED: _("Enveloppe de secours ouverte et utilisée"),
    Event.KEY_ROTATED: _("Clés changées, anciennes clés détruites. Traces scellées de nouveau : {detail}"),
    Event.ADULT_ADDED: _("Adulte ajouté : {detail}"),
    Event.ADULT_REMOVED: _("Accès d’un adulte retiré"),
    Event.ADULT_CHANGED: _("Accès d’un adulte changé : {detail}"),
    Event.ADULT_VOICE_ALLOWED: _("Un adulte accepte que sa voix soit gardée"),
    Event.ADULT_VOICE_REFUSED: _("Un adulte n’accepte pas que sa voix soit gardée"),
    Event.DEVICE_TRUSTED: _("Appareil de confiance ajouté"),
    Event.DEVICE_FORGOTTEN: _("Appareils de confiance oubliés"),
    Event.DAY_CODE_MADE: _("Code du jour donné"),
    Event.CLASS_OPENED: _("Classe ouverte"),
    Event.CLASS_LOCKED: _("Classe verrouillée"),
    Event.YEAR_CLOSED: _("Année close : traces et élèves effacés, {detail}"),
    Event.DECOMMISSIONED: _("Boîte mise hors service, clés détruites"),
    Event.WRONG_PASSPHRASE: _("Essai de mots qui ne sont pas les sept mots"),
    Event.DATE_CONFIRMED: _("Date de la boîte confirmée"),
    Event.PUPIL_ADDED: _("Élève ajouté"),
    Event.PUPIL_NEEDS_SET: _("Langue ou temps de parole d’un élève changés"),
    Event.BADGE_REPLACED: _("Badge remplacé"),
    Event.PERMISSION_ANSWERED: _("Autorisation notée : {detail}"),
    Event.PUPIL_LEFT: _("Élève parti de la classe"),
    Event.PUPIL_CAME_BACK: _("Élève revenu dans la classe"),
    Event.PUPIL_CORRECTED: _("Prénom, initiale ou niveau d’un élève corrigés"),
    Event.PUPIL_FORGOTTEN: _("Élève effacé de la boîte : {detail}"),
    Event.DISAGREEMENT_SET: _("Désaccord ou opposition noté : ce qui montre l’élève est mis de côté"),
    Event.DISAGREEMENT_ENDED: _("Fin du désaccord ou de l’opposition notée"),
    Event.PROJECT_SET: _("Projet créé ou changé"),
    Event.DIRECTION_AGREED: _("Accord de la direction noté pour un projet"),
    Event.POLICY_SET: _("Choix du responsable de traitement changé : {detail}"),
    Event.CHECKLIST_TICKED: _("Étape avant le premier enregistrement : {detail}"),
    Event.CALENDAR_SET: _("Calendrier de l’école ou zone changés"),
    Event.REQUEST_RECEIVED: _("Demande d’une famille reçue : {detail}"),
    Event.REQUEST_EXTENDED: _("Délai d’une demande prolongé de deux mois"),
    Event.REQUEST_ANSWERED: _("Demande d’une famille, réponse : {detail}"),
    Event.EXPORT_MADE: _("Copie des données d’un élève faite : {detail}"),
    Event.EXPORT_HANDED: _("Copie des données d’un élève remise à la famille"),
    Event.EXPORT_ERASED: _("Copie des données d’un élève effacée de la boîte"),
    Event.STATEMENT_PRINTED: _("Page « Que sait la boîte de mon enfant ? » montrée"),
    Event.INCIDENT_NOTED: _("Incident signalé : {detail}"),
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
    Event.PUT_ASIDE: _("Trace mise de côté : {detail}"),
    Event.BROUGHT_BACK: _("Trace remise avec les autres"),
    Event.CARNET_FLAGGED: _("Trace gardée pour le carnet de suivi"),
    Event.CARNET_UNFLAGGED: _("Trace retirée du carnet de suivi"),
    Event.CERTIFIED_ANONYMOUS: _("Trace certifiée : personne n’y est reconnaissable"),
    Event.ANONYMITY_UNDONE: _("Certification retirée : on y reconnaît quelqu’un"),
    Event.REPRINTED: _("Étiquette réimprimée"),
    Event.STICKER_RENEWED: _("Étiquette annulée et refaite"),
    Event.SENT: _("Trace déposée dans l’ENT"),
    Event.ERASED: _("Trace effacée : {detail}"),
    Event.ERASED_AT_ENT: _("Trace effacée de l’ENT"),
    Event.UNCLAIMED_FILE_REMOVED: _("Fichier que rien ne réclamait effacé"),
    Event.RETENTION_RUN: _("Effacements du jour. Traces effacées : {detail}"),
    Event.MASS_ERASURE_CONFIRMED: _("Effacement de beaucoup de traces d’un coup confirmé : {detail}"),
    Event.RETENTION_HELD: _("Effacement retenu : {detail}"),
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
    "expired": _("expirée"),
    "password": _("un autre mot de passe"),
    "until": _("un autre dernier jour"),
    "withdrawn": _("autorisation retirée"),
    "voice": _("voix"),
    "image": _("image"),
    "production": _("photo du travail"),
    "film": _("film"),
    "self": _("pour l’élève"),
    "teacher": _("enseignant·e"),
    "substitute": _("remplaçant·e"),
    "assistant": _("AESH ou ATSEM"),
    "direction": _("direction"),
    "erun": _("ERUN"),
    "lock_at": _("heure de fermeture de la classe"),
    "class": _("en classe"),
    "family": _("à la maison"),
    "class_space": _("pour les familles de la classe"),
    "prior_permission": _("autorisation avant tout enregistrement"),
    "public_mission": _("information des familles, sans autorisation, pour l’usage en classe"),
    "as_table": _("une signature en classe, deux au-delà"),
    "two_always": _("deux signatures partout"),
    "one_always": _("une signature partout"),
    "partner_class": _("pour une classe partenaire"),
    "district": _("pour la circonscription"),
    "year_end": _("fin de l’année scolaire"),
    "deleted": _("à la demande de l’enseignant·e"),
    "last_day": _("son dernier jour est passé"),
    "untrusted": _("rien ne confirme l’heure"),
    "unset": _("l’horloge n’est pas réglée"),
    "backwards": _("l’horloge a reculé"),
    "leap": _("l’horloge a avancé de plus de quatre mois"),
    "mass": _("trop de traces partiraient d’un coup"),
    "unsorted_days": _("durée des essais, en jours"),
    "short_lives": _("durée courte, six mois"),
    "long_lives": _("jusqu’à la fin de l’année scolaire"),
    "works_next_year": _("ambiances et images sans personne ni nom gardées un an de plus"),
    "works_this_year": _("ambiances et images sans personne ni nom effacées avec l’année"),
    "absent": _("la clé USB n’est pas branchée"),
    "same_disk": _("la clé USB n’est pas branchée"),
    "full": _("la clé USB est pleine"),
    "unwritable": _("la clé USB ne s’écrit pas"),
    "unreliable": _("la clé USB s’abîme"),
    "database": _("la base n’a pas pu être copiée"),
    "newer": _("les données viennent d’une version plus récente"),
    "ent": _("à l’ENT"),
    "ent_away": _("l’ENT ne répond pas"),
    "ent_full": _("l’espace de l’ENT est plein"),
    "ent_refused": _("l’ENT refuse le compte de la boîte"),
    "ent_untrusted": _("la boîte ne reconnaît pas l’ENT"),
    "ent_setup": _("le réglage de l’ENT est incomplet"),
    "ent_forbidden": _("l’ENT refuse d’écrire dans ce dossier"),
    "ent_odd": _("l’ENT a répondu autre chose que prévu"),
    "left": _("il ou elle a quitté la classe"),
    "year_over": _("l’année scolaire est finie"),
    "by_right": _("à la demande de la famille"),
    "limitation": _("à la demande de la famille"),
    "protected": _("à protéger"),
    "legal": _("à la demande d’une autorité"),
    "access": _("accès"),
    "rectification": _("rectification"),
    "erasure": _("effacement"),
    "opposition": _("opposition"),
    "portability": _("portabilité"),
    "withdrawal": _("retrait d’autorisation"),
    "done": _("c’est fait"),
    "partly": _("fait en partie"),
    "school": _("qui est qui à l’école"),
    "advice": _("avis de l’ERUN ou du délégué"),
    "council": _("conseil d’école informé"),
    "register": _("inscription au registre"),
    "notice": _("notice donnée aux familles"),
    "undone": _("décochée"),
    "theft": _("vol"),
    "loss": _("perte"),
    "wrong_family": _("trace envoyée à une autre famille"),
    "unlawful_access": _("accès sans droit"),
    "other": _("autre"),
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
