"""What the page says of the backup: its stick or its folder of the ENT, and when it last went there."""

from appliance.hub import backups
from appliance.hub.backups import LATE, TROUBLES, Where
from appliance.hub.box import Box
from appliance.i18n import _, ngettext
from web.finding import Finding
from web.wording import moment

_ICON = "hard-drive"


def backup(box: Box) -> list[Finding]:
    """Say when the last backup was made, or why there is none (E28)."""
    found = []
    if box.config.backup.folder is not None:
        found.append(_of(box, Where.STICK, _("Sauvegarde")))
    if box.config.backup.ent_folder:
        found.append(_of(box, Where.ENT, _("Sauvegarde à l’ENT")))
    if not found:
        said = _("Aucune sauvegarde n’est réglée : si la boîte casse, ce qui n’est pas dans l’ENT est perdu.")
        # An invented class has nothing to lose: its page stays calm.
        remedy = (
            ""
            if box.config.watermark
            else _("Demandez à l’ERUN de régler une clé USB ou un dossier de l’ENT.")
        )
        found.append(Finding(_("Sauvegarde"), _ICON, said, remedy))
    return found


def _of(box: Box, where: Where, subject: str) -> Finding:
    state = backups.last(box.database, where)
    if state is None:
        return Finding(subject, _ICON, _("La première sauvegarde se fera cette nuit."))
    when = {"when": moment(state.done_at)} if state.done_at else None
    last = _("Dernière sauvegarde : %(when)s.") % when if when else _("Aucune n’a encore réussi.")
    if state.fault is not None:
        happened, remedy = TROUBLES[state.fault]
        return Finding(subject, _ICON, f"{happened} {last}", remedy)
    if state.done_at is None or box.now() - state.done_at > LATE:
        return Finding(subject, _ICON, last, _late(where))
    if state.damaged:
        said = ngettext(
            "%(count)s fichier de la boîte est abîmé et manque à la sauvegarde.",
            "%(count)s fichiers de la boîte sont abîmés et manquent à la sauvegarde.",
            state.damaged,
        ) % {"count": state.damaged}
        remedy = _("Prévenez l’ERUN : la carte mémoire s’abîme peut-être.")
        return Finding(subject, _ICON, f"{said} {last}", remedy, grave=True)
    held = ngettext("%(count)s trace dedans.", "%(count)s traces dedans.", state.captures)
    return Finding(subject, _ICON, f"{last} {held % {'count': state.captures}}")


def _late(where: Where) -> str:
    if where is Where.ENT:
        return _("Laissez la boîte allumée et reliée à Internet une nuit.")
    return _("Laissez la boîte allumée une nuit, avec sa clé USB.")
