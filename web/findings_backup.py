"""What the page says of the backup: its stick, and the day to which the class could come back."""

from appliance.hub import backups
from appliance.hub.backups import LATE, TROUBLES
from appliance.hub.box import Box
from appliance.i18n import _, ngettext
from web.finding import Finding
from web.wording import moment


def backup(box: Box) -> list[Finding]:
    """Say when the last backup was made, or why there is none (E28)."""
    subject, icon = _("Sauvegarde"), "hard-drive"
    if box.config.backup.folder is None:
        said = _("Aucune sauvegarde n’est réglée : si la boîte casse, ce qui n’est pas dans l’ENT est perdu.")
        return [Finding(subject, icon, said)]
    state = backups.last(box.database)
    if state is None:
        return [Finding(subject, icon, _("La première sauvegarde se fera cette nuit."))]
    when = {"when": moment(state.done_at)} if state.done_at else None
    last = _("Dernière sauvegarde : %(when)s.") % when if when else _("Aucune n’a encore réussi.")
    if state.fault is not None:
        happened, remedy = TROUBLES[state.fault]
        return [Finding(subject, icon, f"{happened} {last}", remedy)]
    if state.done_at is None or box.now() - state.done_at > LATE:
        return [Finding(subject, icon, last, _("Laissez la boîte allumée une nuit, avec sa clé USB."))]
    if state.damaged:
        said = ngettext(
            "%(count)s fichier de la boîte est abîmé et manque à la sauvegarde.",
            "%(count)s fichiers de la boîte sont abîmés et manquent à la sauvegarde.",
            state.damaged,
        ) % {"count": state.damaged}
        remedy = _("Prévenez l’ERUN : la carte mémoire s’abîme peut-être.")
        return [Finding(subject, icon, f"{said} {last}", remedy, grave=True)]
    held = ngettext("%(count)s trace dedans.", "%(count)s traces dedans.", state.captures)
    return [Finding(subject, icon, f"{last} {held % {'count': state.captures}}")]
