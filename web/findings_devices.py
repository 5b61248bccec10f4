"""What needs a hand on the box itself and at its printer: disk, board, name, paper."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from appliance.devices.board import read_board
from appliance.devices.ports import PaperState
from appliance.domain.captures import Capture
from appliance.domain.room import Room
from appliance.hub.box import Box
from appliance.i18n import _, ngettext
from appliance.station.room_left import measure
from appliance.store import captures, printing
from web.finding import DayToSort, Finding
from web.wording import moment, weight

SOON = timedelta(days=30)
"""What goes within that time may as well go today: an unkept take lives no longer."""
DAYS_SHOWN = 3
SILENCE = timedelta(minutes=5)
"""A station asks for its roster, and a printer is looked at, more often than this."""
AIR = _("Aérez : dégagez les ouvertures, éloignez du radiateur et du soleil.")


def disk(box: Box) -> list[Finding]:
    """Say how much room is left and, from 90 %, what could go (E14). Deletes nothing."""
    space = measure(box.config.data)
    subject, icon, room = _("Place"), "hard-drive", space.room
    said = _("Il reste %(percent)s %% de place sur la carte mémoire") % {
        "percent": 100 - int(space.percent_used)
    }
    if room is Room.FINE:
        return [Finding(subject, icon, said + ".")]
    if room is Room.WARN:
        remedy = _("Rien d’urgent. Effacez des essais dont vous n’avez plus besoin.")
        return [Finding(subject, icon, said + ".", remedy)]
    stopped = {
        Room.AUDIO_ONLY: _(" : les photos et les films sont arrêtés, les voix continuent."),
        Room.FULL: _(" : plus rien ne s’enregistre. Ce qui est déjà là n’est pas perdu."),
    }
    soon = captures.past_last_day(box.database, box.today() + SOON + timedelta(days=1))
    return [
        Finding(
            subject,
            icon,
            said + stopped.get(room, "."),
            _room_to_make(soon),
            grave=room in stopped,
            days=_heaviest_days(soon),
        )
    ]


def _room_to_make(soon: list[Capture]) -> str:
    if not soon:
        return _("Effacez des traces dont vous n’avez plus besoin, ou prévenez l’ERUN.")
    return ngettext(
        "%(count)s trace s’en va de toute façon d’ici un mois. Effacez-la dès aujourd’hui : %(weight)s"
        " de gagnés.",
        "%(count)s traces s’en vont de toute façon d’ici un mois. Effacez-les dès aujourd’hui : %(weight)s"
        " de gagnés.",
        len(soon),
    ) % {"count": len(soon), "weight": weight(sum(capture.size for capture in soon))}


def _heaviest_days(soon: list[Capture]) -> tuple[DayToSort, ...]:
    by_day = defaultdict(list)
    for capture in soon:
        by_day[capture.taken_at.date()].append(capture.size)
    days = [DayToSort(day, len(sizes), sum(sizes)) for day, sizes in by_day.items()]
    return tuple(sorted(days, key=lambda day: day.bytes, reverse=True)[:DAYS_SHOWN])


def board(_box: Box) -> list[Finding]:
    """Say how the hub's own Raspberry Pi feels; nothing on another machine."""
    told = read_board()
    if told.flags is None and told.celsius is None:
        return []
    subject, icon = _("Courant et chaleur"), "heart-pulse"
    supply = _("Branchez la boîte sur le chargeur officiel de son Raspberry Pi, avec son propre câble.")
    found = []
    if told.is_weak:
        said = _("La boîte manque de courant : elle peut s’éteindre à tout moment.")
        found.append(Finding(subject, icon, said, supply, grave=True))
    elif told.was_weak:
        said = _("La boîte a manqué de courant depuis son démarrage.")
        found.append(Finding(subject, icon, said, supply))
    if told.is_hot:
        found.append(Finding(subject, icon, _("La boîte a trop chaud, donc elle ralentit."), AIR))
    return found or [Finding(subject, icon, _("La boîte a assez de courant et n’a pas trop chaud."))]


def name(box: Box) -> list[Finding]:
    """Say that another machine has the box's name: stickers and browsers go there."""
    announced, wanted = box.reports.get("name", {}).get("announced"), box.config.host
    if announced is None or announced == wanted:
        return []
    said = _(
        "Une autre machine du réseau s’appelle déjà %(wanted)s : cette boîte répond au nom "
        "%(announced)s.local, et ses étiquettes mènent à l’autre."
    ) % {"wanted": wanted, "announced": announced}
    remedy = _(
        "Débranchez l’autre si elle ne sert plus ; sinon, demandez à l’ERUN de donner à l’une des deux un "
        "autre nom."
    )
    return [Finding(_("Nom de la boîte"), "tag", said, remedy, grave=not box.config.hub.link_base)]


def printer(box: Box) -> list[Finding]:
    """Say what the printer says, and that it does not."""
    subject, icon = _("Imprimante"), "printer"
    status = box.reports.get("printer", {})
    waiting = printing.waiting(box.database)
    queue = (
        ngettext("%(count)s étiquette attend.", "%(count)s étiquettes attendent.", waiting)
        % {"count": waiting}
        if waiting
        else ""
    )
    trouble = _printer_trouble(box, status)
    if trouble is not None:
        said, remedy = trouble
        return [Finding(subject, icon, f"{said} {queue}".strip(), remedy)]
    if status.get("paper") == PaperState.UNKNOWN:
        said = _("L’imprimante est branchée ; elle ne sait pas dire s’il reste du papier.")
        return [Finding(subject, icon, queue or said)]
    return [Finding(subject, icon, queue or _("L’imprimante est prête."))]


def _printer_trouble(box: Box, status: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong and what to do, or None. An idle printer that falls silent may be hung."""
    if not status:
        return _("L’imprimante n’a encore rien dit."), _("Vérifiez qu’elle est allumée.")
    if status.get("fault"):
        return str(status["fault"]), _("Les étiquettes sortiront ensuite seules.")
    if status.get("paper") == PaperState.OUT:
        return _("Il n’y a plus de papier."), _("Mettez un rouleau : les étiquettes suivront.")
    at = status.get("at")
    if at is not None and box.now() - at > SILENCE:
        said = _("On n’a plus de nouvelles de l’imprimante depuis %(when)s.") % {"when": moment(at)}
        return said, _("Éteignez-la et rallumez-la ; si rien ne change, redémarrez la boîte.")
    if status.get("paper") == PaperState.UNKNOWN and status.get("talks"):
        said = _("L’imprimante répondait et ne répond plus : elle est peut-être bloquée.")
        return said, _("Éteignez-la, attendez dix secondes, rallumez-la.")
    if status.get("paper") == PaperState.LOW:
        return _("Le rouleau se termine."), _("Préparez un rouleau neuf.")
    return None
