"""The one catalogue of what a panel may say: the build script speaks it, the teacher's page lists it.

Each name has its WAV in `sounds/`. One sentence each, for a six-year-old who cannot read, in a noisy room.
A name that `Voice.say` or `Voice.signal` is given anywhere is a key of `PHRASES`.
"""

from dataclasses import dataclass
from enum import StrEnum

from appliance.i18n import _
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS

PICTURE = "picture_"
"""What the name of a pictogram's phrase begins with."""


class Moment(StrEnum):
    """When in a turn at the station a phrase is said; the teacher's page lists them so."""

    WELCOME = "welcome"
    DURING = "during"
    AFTER = "after"
    TROUBLE = "trouble"
    PICTURE = "picture"
    """The name of a pupil's pictogram, to find a lost badge."""
    SIGNAL = "signal"
    """A note or two, the same on every station: nobody records another."""


@dataclass(frozen=True)
class Phrase:
    """One thing that a panel says."""

    text: str
    """The French sentence; for a signal, what one hears."""
    when: str
    """In French, when it is said, for the teacher."""
    moment: Moment
    seconds: float | None = None
    """How long it lasts whatever its words, for a countdown; None for as long as it takes."""

    @property
    def own_voice(self) -> bool:
        """Whether the teacher may record it in her own voice."""
        return self.moment is not Moment.SIGNAL


_BEAT = 1.0

_WELCOME = {
    "bonjour": (_("Bonjour"), _("Avant le prénom, quand un badge est lu.")),
    "and": (_("et"), _("Entre deux prénoms, pour un groupe.")),
    "show_badge": (_("Montre-moi ton badge."), _("Quand on réveille la station.")),
    "press_red": (_("Appuie sur le bouton rouge."), _("Quand l’enfant attend, son badge lu.")),
    "no_badge": (_("Je n’ai pas vu de badge."), _("Quand personne n’a montré de badge.")),
    "no_badge_help": (
        _("Pas de badge ? Appuie sur le bouton vert."),
        _("Quand le badge tarde : on peut chercher son image."),
    ),
    "choose_yourself": (
        _("Appuie sur vert pour chercher ton image. Appuie sur bleu quand c’est toi."),
        _("Badge oublié : avant la liste des images."),
    ),
    "someone_else": (_("Je ne trouve pas mon image."), _("Badge oublié : le dernier choix de la liste.")),
    "not_me": (
        _("D’accord, ce n’est pas toi. Montre ton badge."),
        _("Quand un enfant dit que ce n’est pas lui."),
    ),
    "group": (_("À plusieurs !"), _("Quand plusieurs badges sont lus.")),
    "not_in_group": (
        _("Ce n’est pas ton tour. Tu peux écouter."),
        _("Quand la station est pour un autre groupe."),
    ),
    "listen_only": (
        _("Aujourd’hui, tu écoutes, ou tu montres ton travail."),
        _("Quand la famille n’a pas donné d’autorisation : rien ne le dit aux autres."),
    ),
    "unknown_badge": (
        _("Je ne connais pas ce badge. Demande de l’aide."),
        _("Quand le badge n’est pas de la classe."),
    ),
    "needs_pairing": (_("Montre-moi le code de la boîte."), _("Une station neuve, avant d’être reliée.")),
    "paired": (_("C’est bon, je suis reliée."), _("Une station neuve, une fois reliée.")),
}
_DURING = {
    "listen_hint": (_("Je t’écoute."), _("Juste avant d’enregistrer.")),
    "take_1": (_("Premier essai."), _("Avant d’écouter le premier essai.")),
    "take_2": (_("Deuxième essai."), _("Avant d’écouter le deuxième essai.")),
    "take_3": (_("Troisième essai."), _("Avant d’écouter le troisième essai.")),
    "review_help": (
        _("Vert pour écouter, bleu pour garder, rouge pour recommencer."),
        _("Quand l’enfant hésite après un essai."),
    ),
    "again": (_("On recommence."), _("Quand l’enfant refait un essai.")),
    "draft": (_("C’est un brouillon : je ne garde rien."), _("Au début d’un brouillon d’oral.")),
    "three": (_("Trois."), _("Avant la photo ou le film.")),
    "two": (_("Deux."), _("Avant la photo ou le film.")),
    "one": (_("Un."), _("Avant la photo ou le film.")),
    "film_ready": (_("Je vais filmer ton travail."), _("Avant un film.")),
    "photo_taken": (_("Tu as pris une photo."), _("Après la photo.")),
    "film_done": (_("Ton film est fini."), _("Après un film.")),
    "tell": (_("Raconte ta photo."), _("Après la photo, pour la légende parlée.")),
    "closing_soon": (_("Dans une minute, on s’arrête."), _("Une minute avant la fin de l’atelier.")),
}
_AFTER = {
    "the_end": (_("C’est la fin. J’ai tout gardé."), _("Quand la durée permise est finie.")),
    "kept_begin": (_("J’ai gardé ton début."), _("Après une coupure de courant.")),
    "draft_gone": (_("C’était un brouillon : je l’ai oublié."), _("À la fin d’un brouillon d’oral.")),
    "wish": (
        _("Qui peut écouter ? Vert pour changer, bleu pour dire oui."),
        _("Quand l’enfant dit qui peut écouter."),
    ),
    "wish_self": (_("Moi, et la maîtresse ou le maître."), _("Choix : pour l’enfant seul.")),
    "wish_class": (_("Ma classe."), _("Choix : la classe.")),
    "wish_family": (_("Ma maison."), _("Choix : la famille.")),
    "wish_partner_class": (_("Une autre école."), _("Choix : la classe partenaire.")),
    "paper_later": (
        _("Ton étiquette viendra plus tard."),
        _("Quand l’imprimante n’est pas prête ; la trace est gardée."),
    ),
}
_TROUBLE = {
    "noisy": (_("Il y a du bruit. On recommence ?"), _("Quand la classe couvre la voix.")),
    "far": (_("Approche-toi du micro. On recommence ?"), _("Quand la voix est trop loin.")),
    "loud": (
        _("Parle un peu moins fort, ou recule. On recommence ?"),
        _("Quand la voix est trop forte pour le micro."),
    ),
    "nothing_heard": (_("Je n’ai rien entendu."), _("Quand personne n’a parlé.")),
    "too_short": (_("C’était trop court. On recommence ?"), _("Quand l’essai dure moins d’une seconde.")),
    "wait": (_("Attends un peu."), _("Quand la station finit son travail.")),
    "not_now": (_("Pas maintenant."), _("Quand la station ne peut pas.")),
    "closed": (_("C’est fermé. À tout à l’heure."), _("Hors des heures de l’atelier.")),
    "hear_closed": (
        _("Pas maintenant. Demande à la maîtresse ou au maître."),
        _("Une étiquette qui ne peut pas être écoutée ici."),
    ),
    "not_ready": (_("Je ne suis pas encore prête. Demande de l’aide."), _("Quand la boîte ne répond pas.")),
    "stuck": (_("Mon bouton est coincé. Demande de l’aide."), _("Quand un bouton reste enfoncé.")),
    "ear_unplugged": (_("Mon oreille est débranchée. Demande de l’aide."), _("Sans micro.")),
    "eye_unplugged": (_("Mon œil est débranché. Demande de l’aide."), _("Sans caméra.")),
    "disk_full": (_("Je n’ai plus de place. Demande de l’aide."), _("Quand la carte mémoire est pleine.")),
    "sound_only": (
        _("Je n’ai plus de place pour les photos."),
        _("Quand la carte mémoire est presque pleine : les voix passent encore."),
    ),
}
_SIGNALS = {
    "ready": (_("deux notes qui montent"), _("La station est réveillée.")),
    "start": (_("une note"), _("À toi de parler.")),
    "last_seconds": (_("deux notes douces et pareilles"), _("Bientôt la fin de la durée permise.")),
    "click": (_("un clic"), _("La photo est prise.")),
    "done": (_("deux notes qui descendent"), _("C’est fini.")),
    "kept": (_("deux notes, la seconde très haute"), _("C’est gardé.")),
    "warn": (_("deux notes qui hésitent"), _("Attention, on peut faire mieux.")),
    "cannot": (_("deux notes graves qui descendent"), _("La station ne peut pas.")),
}
_COUNTDOWN = ("three", "two", "one")


def _phrases() -> dict[str, Phrase]:
    groups = {
        Moment.WELCOME: _WELCOME,
        Moment.DURING: _DURING,
        Moment.AFTER: _AFTER,
        Moment.TROUBLE: _TROUBLE,
        Moment.PICTURE: {
            f"{PICTURE}{slug}": (f"{name[0].upper()}{name[1:]}.", _("Pour retrouver son image."))
            for slug, name in PUPIL_PICTOGRAMS.items()
        },
        Moment.SIGNAL: _SIGNALS,
    }
    return {
        name: Phrase(text, when, moment, _BEAT if name in _COUNTDOWN else None)
        for moment, group in groups.items()
        for name, (text, when) in group.items()
    }


PHRASES = _phrases()
"""Name to phrase, in the order in which a turn at the station goes."""
