"""The rows of the impact assessment: threats with what the box does about them, and the open points."""

from appliance.domain.permissions import Signatures
from appliance.i18n import _
from appliance.papers.facts import Means

Row = tuple[str, str, str]


def threats(means: Means) -> list[Row]:
    """Return the threats of law.md §8.5, each with this box's controls and what remains."""
    rows = [
        (
            _("Boîte volée éteinte ou verrouillée"),
            _(
                "Tout est chiffré ; la clé de lecture n’est pas dans la boîte ; sept mots de 84 bits ; "
                "fiche compagnon hebdomadaire."
            ),
            _(
                "Sous des numéros : dates, tailles, état des réponses des familles (désaccord compris), "
                "dessin et code du badge, jour d’un départ. Le voleur peut tout détruire."
            ),
        ),
        (
            _("Boîte volée ouverte, en classe"),
            _(
                "Clé en mémoire vive seulement ; la coupure du courant verrouille ; verrouillage sans "
                "activité."
            ),
            _("Lisible si elle est emportée sans coupure : violation à notifier."),
        ),
        (
            _("Carte mémoire copiée en cachette"),
            _("La même chose que pour une boîte éteinte."),
            _("Lisible par qui aurait aussi les sept mots, l’enveloppe, ou un appareil et son mot de passe."),
        ),
        (
            _("Élève curieux sur le réseau de la classe"),
            _(
                "Aucune liste sans ouvrir la classe ; une étiquette n’ouvre que sa trace, classe ouverte "
                "; codes au hasard, essais ralentis."
            ),
            _("On entend en étant dans la pièce."),
        ),
        (
            _("Personne sur le Wi-Fi, dedans ou dehors"),
            _("Pages chiffrées (TLS) ; aucune trace servie classe verrouillée."),
            _("Dépend du Wi-Fi de l’école, décrit ci-dessus."),
        ),
        (
            _("Étiquette perdue ou photographiée"),
            _("Elle ne sert qu’en classe, ou dans l’ENT de la famille ; elle s’annule."),
            _("Elle se lit : un prénom, un titre, une date."),
        ),
        (
            _("Ancien adulte de la classe, remplaçant"),
            _(
                "Un accès par adulte, retiré en un geste ; nouvelle clé pour les traces suivantes ; "
                "carte du jour pour un remplaçant."
            ),
            _("Ce qu’il a pu écouter avant."),
        ),
        (
            _("Collègue, technicien, mairie"),
            _(
                "L’ERUN et la direction ont un rôle sans contenu ; une boîte verrouillée ne montre que "
                "du chiffré."
            ),
            _("Un administrateur de la machine voit tout pendant que la classe est ouverte."),
        ),
        (
            _("Mise à jour malveillante ou manquée"),
            _(
                "Faite par l’ERUN, copie de la base avant chaque changement ; après une coupure, la "
                "boîte démarre verrouillée."
            ),
            _("L’origine du programme est vérifiée par l’ERUN."),
        ),
    ]
    if means.ent:
        rows.append(
            (
                _("Compte de l’ENT dérobé à la boîte"),
                _(
                    "Mot de passe lisible par le seul programme d’envoi ; l’enseignant·e valide chaque "
                    "trace ; révocable depuis l’ENT."
                ),
                _("Ce que ce compte pouvait lire dans l’ENT."),
            )
        )
    return [
        *rows,
        (
            _("Voix attribuée au mauvais élève"),
            _(
                "Badge demandé à chaque prise ; l’enseignant·e écoute avant tout envoi ; une trace "
                "rendue à son auteur annule l’ancienne étiquette."
            ),
            _("Erreur humaine."),
        ),
        (
            _("Copies laissées dans un ordinateur ou une tablette"),
            _("Pages jamais mises en mémoire par le navigateur ; téléchargements rares et notés au journal."),
            _("Les copies que l’on fait soi-même."),
        ),
        (
            _("Mots oubliés, carte en panne"),
            _("Enveloppe de secours à la direction ; sauvegarde chiffrée, reprise sur une autre boîte.")
            if means.backup
            else _("Enveloppe de secours à la direction. Aucune sauvegarde n’est réglée."),
            _("Sans mots ni enveloppe, plus rien ne s’ouvre."),
        ),
        (
            _("Voix d’un enfant non autorisé en fond"),
            _(
                "Prises courtes, micro proche, conseil affiché quand il y a du bruit, nouvel essai en un "
                "appui."
            ),
            _("Des fragments ; effacés dès qu’on les signale."),
        ),
        (
            _("Détournement en surveillance ou en évaluation"),
            _(
                "Un appui par prise ; ni note, ni classement, ni statistique par personne ; journal "
                "pseudonyme de six mois."
            ),
            _("Aucun connu."),
        ),
        (
            _("Confidence d’un enfant (famille, santé)"),
            _(
                "Trace mise de côté, cachée, envoyée nulle part et non effacée ; la suite est humaine : "
                "direction, IEN, information préoccupante."
            ),
            _("Aucun connu."),
        ),
    ]


def questions(means: Means) -> list[tuple[str, list[str]]]:
    """Return the open points of law.md §9, with the answer that the box applies meanwhile."""
    prior = _("autorisation écrite (réglage actuel)"), _("information seule")
    notice = _("autorisation écrite"), _("information seule (réglage actuel)")
    year = _("année scolaire (réglage actuel)"), _("six mois")
    half = _("année scolaire"), _("six mois (réglage actuel)")
    signing = {
        Signatures.AS_TABLE: _(
            "Aujourd’hui : une dans la classe et pour la famille, deux pour tout partage."
        ),
        Signatures.TWO_ALWAYS: _("Aujourd’hui : deux, toujours."),
        Signatures.ONE_ALWAYS: _("Aujourd’hui : une, toujours."),
    }[means.policy.signatures]
    return [
        (
            _("Captation pour l’usage interne à la classe :"),
            list(prior if means.policy.prior_permission else notice),
        ),
        (
            _("Une ou deux signatures ? {today}").format(today=signing),
            [_("une suffit"), _("deux"), _("comme aujourd’hui")],
        ),
        (_("Responsable de traitement, outil du registre, date du conseil d’école"), []),
        (_("Durée des traces gardées :"), list(half if means.short else year)),
        (_("Prolongation par le carnet de suivi (cycle 1)"), [_("oui"), _("non")]),
        (_("Analyse d’impact faite une fois par l’académie pour toutes les boîtes"), [_("oui"), _("non")]),
        (
            _("Archives publiques : un visa avant de détruire des productions d’élèves ?"),
            [_("oui"), _("non")],
        ),
        (_("ENT : lequel, qui en est responsable, efface-t-il vraiment ?"), []),
        (
            _("Échange avec une autre classe : même département, donc même responsable ?"),
            [_("oui"), _("non"), _("sans objet")],
        ),
        (_("Le décret n° 2025-1165 ou un texte plus récent s’étend-il aux écoles ?"), [_("oui"), _("non")]),
        (_("Enfants confiés (ASE), PAI, MDPH : qui signe, un risque de donnée de santé ?"), []),
    ]
