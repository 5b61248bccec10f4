"""What *Tout va bien* says of the keys: since when they count, and whether it is time to change them."""

from appliance.domain.key_changes import Rhythm
from appliance.hub.box import Box
from appliance.hub.keys import rhythm
from appliance.i18n import _, long_day_year
from web.finding import Finding


def keys(box: Box) -> list[Finding]:
    """Return it; nothing before the first keys."""
    begun = rhythm.since(box)
    if begun is None:
        return []
    subject, icon = _("Clés"), "key-round"
    said = _("Les clés de la classe datent du %(day)s.") % {"day": long_day_year(begun)}
    why = overdue(box)
    if not why:
        return [Finding(subject, icon, said)]
    remedy = _("L’enseignant·e change les clés en dix minutes, avec une imprimante.")
    return [Finding(subject, icon, why, remedy, leads_to="keys.page", link=_("Changer les clés"))]


def overdue(box: Box) -> str:
    """Return why it is time, or an empty text."""
    if not rhythm.is_due(box):
        return ""
    if rhythm.rhythm(box) is Rhythm.PERIOD:
        return _("Une nouvelle période a commencé : il est temps de changer les clés.")
    return _("Une nouvelle année scolaire a commencé : il est temps de changer les clés.")
