"""What needs a hand at a station: what it misses, and what it says of itself."""

from typing import Any

from appliance.devices.board import OVERHEATING, UNDERVOLTAGE
from appliance.hub import satellites
from appliance.hub.box import Box
from appliance.i18n import _, ngettext
from web.finding import Finding
from web.findings_devices import AIR, SILENCE
from web.wording import moment

DEVICES = {
    "microphone": _("son micro"),
    "loudspeaker": _("son haut-parleur"),
    "badge_camera": _("sa caméra des badges"),
    "tray_camera": _("sa caméra du plateau"),
    "badge_reader": _("son lecteur de badges"),
}
_CARD = _("Reliez-la à la boîte : ses enregistrements partiront et laisseront la place.")
FAULTS = {
    "stuck": (
        _("Un de ses boutons reste enfoncé : elle attend qu’il remonte."),
        _("Décoincez-le, elle repartira seule ; s’il ne remonte pas, changez-le."),
    ),
    UNDERVOLTAGE: (
        _("Elle manque de courant : elle peut s’éteindre."),
        _("Branchez-la sur le chargeur officiel de son Raspberry Pi, avec son propre câble."),
    ),
    OVERHEATING: (_("Elle a trop chaud, donc elle ralentit."), AIR),
    "sound_only": (
        _("Sa carte mémoire est presque pleine : ni photo ni film, les voix continuent."),
        _CARD,
    ),
    "disk_full": (_("Sa carte mémoire est pleine : elle n’enregistre plus."), _CARD),
}
"""What a station may say of itself beside its devices (docs/hub-socket.md)."""


def stations(box: Box) -> list[Finding]:
    """Say how each station is; a station may have several troubles."""
    unlinked = {known.station for known in satellites.every(box) if known.linked_at is None}
    return [
        finding
        for station in box.config.stations
        for finding in _station(box, station.id, linked=station.id not in unlinked)
    ]


def _station(box: Box, station: str, *, linked: bool) -> list[Finding]:
    subject, report = _("Station %(name)s") % {"name": station}, box.reports.get(f"station:{station}")
    if not linked:
        said = _("Elle est sur une autre carte, et n’est pas reliée à cette boîte.")
        remedy = _("Ouvrez « Stations », puis « Relier une autre station ».")
        return [Finding(subject, "mic", said, remedy)]
    if report is None:
        said = _("Elle ne s’est pas encore montrée.")
        return [Finding(subject, "mic", said, _("Vérifiez qu’elle est branchée et allumée."))]
    if box.now() - report["at"] > SILENCE:
        said = _("On ne l’a plus vue depuis %(when)s.") % {"when": moment(report["at"])}
        remedy = _("Éteignez-la et rallumez-la : elle garde ses enregistrements.")
        return [Finding(subject, "mic", said, remedy)]
    return _troubles(subject, report) or [Finding(subject, "mic", _("Elle répond."))]


def _troubles(subject: str, report: dict[str, Any]) -> list[Finding]:
    found = []
    missing = [DEVICES[name] for name in report["faults"] if name in DEVICES]
    if missing:
        said = _("Elle ne trouve plus : %(what)s. Les autres stations continuent.") % {
            "what": ", ".join(missing)
        }
        remedy = _("Rebranchez, puis attendez dix secondes ; si cela continue, changez le câble.")
        found.append(Finding(subject, "mic", said, remedy, grave=True))
    for fault in report["faults"]:
        if fault in FAULTS:
            said, remedy = FAULTS[fault]
            found.append(Finding(subject, "mic", said, remedy, grave=fault != OVERHEATING))
    if report["overflows"]:
        said = ngettext(
            "Son micro a perdu un instant de son depuis son démarrage.",
            "Son micro a perdu %(count)s instants de son depuis son démarrage.",
            report["overflows"],
        ) % {"count": report["overflows"]}
        remedy = _("Changez le micro de prise USB ; si cela continue, prévenez l’ERUN.")
        found.append(Finding(subject, "mic", said, remedy))
    return found
