"""Roles and acts in French: who somebody is here, and why a page is not theirs."""

import math
from datetime import time, timedelta

from appliance.domain.audit import Role
from appliance.domain.roles import DAY_ENDS, Act
from appliance.i18n import _, ngettext

ROLE_NAMES: dict[Role, str] = {
    Role.TEACHER: _("Enseignant·e"),
    Role.ASSISTANT: _("AESH, ATSEM"),
    Role.SUBSTITUTE: _("Remplaçant·e"),
    Role.DIRECTION: _("Direction"),
    Role.ERUN: _("ERUN"),
}
"""Each role as a tile or a list names it, in the order of the doors."""

ROLE_RIGHTS: dict[Role, str] = {
    Role.TEACHER: _("Tout, sauf les choix du responsable de traitement, qui reviennent à la direction."),
    Role.ASSISTANT: _("Ouvrir la classe, écouter les traces du jour, réimprimer une étiquette."),
    Role.SUBSTITUTE: _(
        "Ouvrir la classe et les ateliers, écouter les traces du jour, réimprimer une étiquette ; "
        "jusqu’à 18 h, avec le code du jour."
    ),
    Role.DIRECTION: _(
        "Comptes, choix, papiers, code du jour, incidents. Aucune trace, aucun prénom : "
        "la classe reste fermée."
    ),
    Role.ERUN: _(
        "L’état de la boîte et le code du jour. Aucune trace, aucun prénom : la classe reste fermée."
    ),
}
"""What each may do, in one sentence."""

_YOU_ARE: dict[Role, str] = {
    Role.TEACHER: _("Vous êtes là en tant qu’enseignant·e."),
    Role.ASSISTANT: _("Vous êtes là en tant qu’AESH ou ATSEM."),
    Role.SUBSTITUTE: _("Vous êtes là en tant que remplaçant·e."),
    Role.DIRECTION: _("Vous êtes là pour la direction de l’école."),
    Role.ERUN: _("Vous êtes là en tant qu’ERUN."),
}


def refusal(role: Role, act: Act) -> tuple[str, str]:
    """Return what happened and what to do, when somebody asks for what is not their role's."""
    what = f"{_YOU_ARE[role]} {_('Ce que vous demandez n’est pas ouvert à ce rôle. Rien n’a été changé.')}"
    if act is Act.SET_POLICY:
        return what, _(
            "Seule la direction fait ces choix, sur instruction du délégué à la protection des données."
        )
    if act is Act.HEAR_OLDER:
        return what, _(
            "Vous pouvez écouter les traces d’aujourd’hui. Pour celles d’avant, voyez l’enseignant·e."
        )
    return what, _("Demandez à l’enseignant·e de la classe, ou revenez à la première page.")


def wait_words(wait: timedelta) -> str:
    """Return how long nobody may try."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        text = ngettext(
            "Trop d’essais. Attendez %(count)s seconde, puis recommencez.",
            "Trop d’essais. Attendez %(count)s secondes, puis recommencez.",
            seconds,
        )
        return text % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    text = ngettext(
        "Trop d’essais. Attendez %(count)s minute, puis recommencez.",
        "Trop d’essais. Attendez %(count)s minutes, puis recommencez.",
        minutes,
    )
    return text % {"count": minutes}


def closing_words(at: time | None) -> str:
    """Return when the open class locks by itself."""
    if at is None:
        return _("La classe est ouverte. Elle se verrouille seule après trois quarts d’heure sans un geste.")
    hour = f"{at.hour} h {at.minute:02d}" if at.minute else f"{at.hour} h"
    if at >= DAY_ENDS:
        said = _("La classe est ouverte jusqu’à {hour}, ou trois quarts d’heure sans un geste.")
    else:
        said = _(
            "La classe est ouverte jusqu’à {hour} si personne ne travaille alors, "
            "ou trois quarts d’heure sans un geste."
        )
    return said.format(hour=hour)
