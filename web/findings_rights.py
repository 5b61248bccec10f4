"""What *Tout va bien* says of families' requests: the month to answer (law.md §3)."""

from datetime import timedelta

from appliance.hub.box import Box
from appliance.i18n import _, long_day_year, ngettext
from appliance.store import requests
from web.finding import Finding

SOON = timedelta(days=7)


def family_requests(box: Box) -> list[Finding]:
    """Return the requests that are late, or nearly; nothing while none waits."""
    due = requests.waiting_until(box.database)
    if due is None:
        return []
    subject, icon, today = _("Demandes des familles"), "mailbox", box.today()
    late = requests.late(box.database, today)
    remedy = _("Répondez depuis « Demandes des familles », dans le bureau.")
    if late:
        said = ngettext(
            "%(count)s demande attend une réponse depuis plus d’un mois.",
            "%(count)s demandes attendent une réponse depuis plus d’un mois.",
            late,
        )
        return [Finding(subject, icon, said % {"count": late}, remedy, grave=True)]
    said = _("La plus urgente attend une réponse jusqu’au %(day)s.") % {"day": long_day_year(due)}
    return [Finding(subject, icon, said, remedy if due - today <= SOON else "")]
