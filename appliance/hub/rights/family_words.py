"""What a family reads of a child's data, in plain words: kinds, states, uses, the law's sentences (§6)."""

from appliance.domain.audit import Event, Role
from appliance.domain.permissions import ChildWord, Nature, Permission, PermissionState, Scope
from appliance.domain.requests import Kind, Outcome
from appliance.domain.retention import Rules
from appliance.hub.rights.answers import Quality
from appliance.hub.rights.receipts import Fate, Remote
from appliance.i18n import _
from appliance.papers.facts import School

NATURES = {
    Nature.VOICE: _("voix"),
    Nature.IMAGE: _("photo de l’élève"),
    Nature.PRODUCTION: _("photo du travail"),
    Nature.FILM: _("film"),
}
SCOPES = {
    Scope.SELF: _("l’élève, pour se réécouter"),
    Scope.CLASS: _("en classe"),
    Scope.FAMILY: _("à la maison (espace famille)"),
    Scope.CLASS_SPACE: _("les familles de la classe"),
    Scope.PARTNER_CLASS: _("une classe partenaire"),
    Scope.DISTRICT: _("la circonscription"),
}
STATES = {
    PermissionState.PENDING: _("en attente"),
    PermissionState.GRANTED: _("accordée"),
    PermissionState.REFUSED: _("refusée"),
    PermissionState.WITHDRAWN: _("retirée"),
    PermissionState.EXPIRED: _("expirée"),
}
CHILD_WORDS = {
    ChildWord.NOT_ASKED: _("pas demandé"),
    ChildWord.YES: _("oui"),
    ChildWord.NO: _("non"),
}
REMOTE = {
    Remote.NOTHING: _("rien n’y est allé"),
    Remote.COMING: _("part au prochain envoi"),
    Remote.THERE: _("une copie dans l’espace famille"),
    Remote.LEAVING: _("effacement demandé, pas encore vérifié"),
    Remote.GONE: _("effacée, vérifié"),
}
FATES = {
    Fate.ERASED: _("effacée"),
    Fate.RECALLED: _("reprise de l’ENT, reste en classe"),
    Fate.SILENCED: _("légende parlée effacée, la photo reste"),
    Fate.WITHOUT: _("trace de groupe, l’élève n’y est plus nommé"),
}
LANGUAGES = {
    "fr": _("français"),
    "en": _("anglais"),
    "ar": _("arabe"),
    "tr": _("turc"),
    "pt": _("portugais"),
    "es": _("espagnol"),
    "uk": _("ukrainien"),
    "ro": _("roumain"),
    "ru": _("russe"),
    "sq": _("albanais"),
    "de": _("allemand"),
    "am": _("amharique"),
    "hy": _("arménien"),
    "bn": _("bengali"),
    "bg": _("bulgare"),
    "zh": _("chinois"),
    "ka": _("géorgien"),
    "it": _("italien"),
    "ku": _("kurde"),
    "ln": _("lingala"),
    "ps": _("pachto"),
    "fa": _("persan, dari"),
    "pl": _("polonais"),
    "rom": _("romani"),
    "sr": _("serbe"),
    "so": _("somali"),
    "ta": _("tamoul"),
    "ti": _("tigrigna"),
    "vi": _("vietnamien"),
}
"""ISO 639 codes to names: the languages a consigne may be said in."""
KINDS = {
    Kind.ACCESS: _("accès"),
    Kind.RECTIFICATION: _("rectification"),
    Kind.ERASURE: _("effacement"),
    Kind.LIMITATION: _("limitation (mettre de côté)"),
    Kind.OPPOSITION: _("opposition"),
    Kind.PORTABILITY: _("portabilité (reprendre ses données)"),
    Kind.WITHDRAWAL: _("retrait d’autorisation"),
}
OUTCOMES = {
    Outcome.NONE: _("en attente"),
    Outcome.DONE: _("c’est fait"),
    Outcome.PARTLY: _("fait en partie"),
    Outcome.REFUSED: _("refusé, avec le motif"),
}
QUALITIES = {
    Quality.PARENT_1: _("parent 1"),
    Quality.PARENT_2: _("parent 2"),
    Quality.GUARDIAN: _("tuteur ou tutrice"),
    Quality.DELEGATE: _("délégataire"),
}
NEXT = {
    Kind.LIMITATION: _(
        "Mettez de côté les traces visées, chacune depuis sa page. La limitation dure jusqu’à la réponse du "
        "responsable de traitement."
    ),
    Kind.OPPOSITION: _(
        "En attendant la décision du responsable de traitement, à qui la direction transmet le motif : sur "
        "la page de l’élève, « Désaccord ou opposition » arrête les enregistrements et met de côté ce où on "
        "le reconnaît."
    ),
    Kind.WITHDRAWAL: _(
        "Notez le retrait sur la page de l’élève : la boîte clôt cette demande et fait le reçu."
    ),
}
"""What the teacher does at once, for what cannot wait a month."""
SHARING = {
    Event.HEARD: _("écoutée ou regardée"),
    Event.RELEASED: _("libérée pour la maison"),
    Event.SENT: _("déposée dans l’espace famille"),
    Event.ERASED_AT_ENT: _("effacée de l’espace famille"),
    Event.TAKEN_BACK: _("retirée à un autre élève"),
    Event.PUT_ASIDE: _("mise de côté"),
    Event.BROUGHT_BACK: _("remise avec les autres"),
}
"""The acts that say who received a trace."""
READERS = {
    Role.TEACHER: _("l’enseignant·e"),
    Role.SUBSTITUTE: _("le ou la remplaçant·e"),
    Role.ASSISTANT: _("l’AESH ou l’ATSEM"),
    Role.STATION: _("un élève, à l’atelier"),
    Role.VISITOR: _("un appareil de la classe, avec l’étiquette"),
    Role.SYNC: _("l’envoi vers l’ENT"),
}
"""Who, by role: never a name."""


def signed(permission: Permission) -> str:
    """Return how many holders signed."""
    if permission.signed.alone:
        return _("1 responsable, qui exerce seul·e l’autorité parentale")
    return {0: _("aucune signature"), 1: _("1 responsable légal"), 2: _("2 responsables légaux")}.get(
        permission.signed.holders, ""
    )


def language(code: str) -> str:
    """Return a language by its name."""
    return LANGUAGES.get(code, code)


PURPOSES = (
    _("S’enregistrer et se réécouter : langage oral, lecture, récitation, photos du travail."),
    _("L’écoute en classe et le suivi des apprentissages par l’enseignant·e, sans note."),
    _("Montrer à la famille ce que fait son enfant, quand elle l’a autorisé."),
)
BASIS = _(
    "Mission d’intérêt public d’enseignement (article 6.1.e du RGPD, article L. 131-2 du code de "
    "l’éducation) pour l’usage en classe et le suivi par la famille ; consentement de la famille pour ce qui "
    "est partagé avec d’autres familles ou une autre école."
)
PRIOR_PERMISSION = _(
    "Ni voix ni image de votre enfant n’est enregistrée sans autorisation écrite ; la photo d’un travail, "
    "sans personne dessus, n’en demande pas, et votre refus l’arrête."
)
RECIPIENTS = _(
    "L’enseignant·e de la classe et les adultes qui y travaillent ; les élèves, en classe ; l’espace famille "
    "de l’ENT, pour votre enfant seul, si vous l’avez autorisé ; ceux que nomme le papier d’un projet, "
    "si vous l’avez signé. Personne d’autre, aucun service commercial, aucune publication sur internet."
)
SOURCE = _(
    "Votre enfant, quand il appuie sur le bouton rouge ; l’enseignant·e, pour le prénom, l’initiale, le "
    "niveau, les réglages aux stations et vos réponses, d’après vos papiers."
)
RIGHTS = _(
    "Vous pouvez à tout moment retirer une autorisation, demander à voir, corriger, effacer, mettre de côté "
    "ou reprendre les données de votre enfant, ou vous opposer à leur usage. Réponse en un mois, sans frais. "
    "La boîte ne décide rien seule : elle ne reconnaît ni les voix ni les visages, et n’évalue personne."
)
COMPLAINT = _("CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, www.cnil.fr.")
ERASED_HONESTLY = _(
    "Ce qui a été effacé de la boîte n’est plus rattaché à votre enfant : il n’en reste qu’un numéro au "
    "hasard et une date, pour que rien ne le ramène."
)


def basis(*, prior_permission: bool) -> str:
    """Return the legal bases, under what the controller decided (law.md §1.2)."""
    return f"{BASIS} {PRIOR_PERMISSION}" if prior_permission else BASIS


def durations(rules: Rules, *, backup: bool) -> str:
    """Return until when things are kept, as this box is set; `backup`: it makes some."""
    if rules.short:
        kept = _("Une trace gardée : six mois, et jusqu’à la fin de l’année scolaire au plus tard.")
    else:
        kept = _("Une trace gardée : jusqu’à la fin de l’année scolaire (31 août), ou de l’autorisation.")
    said = (_ESSAYS.format(days=rules.unsorted_days), kept, _CARNET, _BACKUPS if backup else "", _OTHERS)
    return " ".join(filter(None, said))


_ESSAYS = _("Un essai : {days} jours.")
_CARNET = _("Carnet de suivi, en maternelle : jusqu’à la fin de la grande section.")
_BACKUPS = _("Sauvegardes : 35 jours.")
_OTHERS = _(
    "Prénom, badge et réglages : jusqu’à la fin de l’année scolaire, ou 30 jours après un départ. Vos "
    "réponses : un an au plus après l’année ; vos demandes : un an. Journal : 6 mois. Ce fichier : la boîte "
    "l’efface après 7 jours."
)


def contact(school: School) -> str:
    """Return whom a family may ask; lines to fill in by hand where nobody was named."""
    return _("L’enseignant·e ou la direction{school}. Délégué à la protection des données : {dpo}.").format(
        school=f" ({school.name})" if school.name else "", dpo=school.dpo or "______________________"
    )
