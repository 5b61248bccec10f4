"""What needs a hand, one sentence and one remedy each; what is fine, one sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from appliance.devices.ports import PaperState
from appliance.domain import retention
from appliance.hub.box import Box
from appliance.i18n import _, long_day_year, ngettext
from appliance.store import captures, outbox, printing, settings
from web.wording import moment

LOW_DISK = 0.10
FULL_DISK = 0.03
SILENCE = timedelta(minutes=5)
"""A station asks for its roster more often than this."""
DEVICES = {
    "microphone": _("son micro"),
    "loudspeaker": _("son haut-parleur"),
    "badge_camera": _("sa caméra des badges"),
    "tray_camera": _("sa caméra du plateau"),
}
LATE_SYNC = timedelta(days=3)
"""Over a week-end no sync is due."""


@dataclass(frozen=True)
class Finding:
    """One line. Without a remedy it is fine; `grave` when something is not being done at all."""

    subject: str
    icon: str
    sentence: str
    remedy: str = ""
    grave: bool = False
    confirms_date: bool = False
    """The teacher can mend it by saying that the date shown is right."""


def findings(box: Box) -> list[Finding]:
    """Return everything there is to say of the box, in a fixed order."""
    looks: tuple[Callable[[Box], list[Finding]], ...] = (
        _database, _clock, _disk, _printer, _stations, _ent, _boot, _last_days,
    )  # fmt: skip
    return [finding for look in looks for finding in look(box)]


def _database(box: Box) -> list[Finding]:
    if not box.database.read_only:
        return []
    return [
        Finding(
            _("Données"),
            "hard-drive",
            _("Les données viennent d’une version plus récente : la boîte les montre et n’enregistre rien."),
            _("Prévenez l’ERUN : il faut réinstaller la version récente."),
            grave=True,
        )
    ]


def _clock(box: Box) -> list[Finding]:
    reading = box.clock.read()
    why = retention.doubt(reading, settings.high_water(box.database))
    subject, icon = _("Date et heure"), "clock"
    if why is None:
        said = _("La boîte est sûre de la date : %(when)s.") % {"when": moment(reading.now)}
        return [Finding(subject, icon, said)]
    sentence = {
        "untrusted": _("La boîte n’est pas sûre de la date, donc elle n’efface rien pour l’instant."),
        "unset": _("L’horloge de la boîte n’est pas réglée, donc elle n’efface rien pour l’instant."),
    }.get(why, "")
    if why == "backwards":
        shown = {
            "now": moment(reading.now),
            "latest": moment(settings.high_water(box.database) or reading.now),
        }
        sentence = (
            _(
                "La boîte a déjà vécu le %(latest)s, et son horloge dit %(now)s. Elle n’efface rien, et juge "
                "les autorisations au jour le plus avancé."
            )
            % shown
        )
        remedy = _("Si la date de %(now)s est la bonne, dites-le-lui ; sinon, prévenez l’ERUN.") % shown
        return [Finding(subject, icon, sentence, remedy, grave=True, confirms_date=True)]
    remedy = _("Reliez-la au réseau de l’école quelques minutes : elle se met à l’heure seule.")
    return [Finding(subject, icon, sentence, remedy)]


def _disk(box: Box) -> list[Finding]:
    free = box.shelf.free_ratio()
    subject, icon = _("Place"), "hard-drive"
    said = _("Il reste %(percent)s %% de place sur la carte mémoire.") % {"percent": round(free * 100)}
    if free >= LOW_DISK:
        return [Finding(subject, icon, said)]
    remedy = _("Effacez des essais dont vous n’avez plus besoin, ou prévenez l’ERUN.")
    return [Finding(subject, icon, said, remedy, grave=free < FULL_DISK)]


def _printer(box: Box) -> list[Finding]:
    subject, icon = _("Imprimante"), "printer"
    status = box.reports.get("printer", {})
    waiting = printing.waiting(box.database)
    queue = (
        ngettext("%(count)s étiquette attend.", "%(count)s étiquettes attendent.", waiting)
        % {"count": waiting}
        if waiting
        else ""
    )
    paper, fault = status.get("paper"), status.get("fault")
    if fault:
        return [
            Finding(subject, icon, f"{fault} {queue}".strip(), _("Les étiquettes sortiront ensuite seules."))
        ]
    if paper == PaperState.OUT:
        said = _("Il n’y a plus de papier.")
        return [
            Finding(
                subject, icon, f"{said} {queue}".strip(), _("Mettez un rouleau : les étiquettes suivront.")
            )
        ]
    if paper == PaperState.LOW:
        return [Finding(subject, icon, _("Le rouleau se termine."), _("Préparez un rouleau neuf."))]
    if not status:
        return [
            Finding(subject, icon, _("L’imprimante n’a encore rien dit."), _("Vérifiez qu’elle est allumée."))
        ]
    return [Finding(subject, icon, queue or _("L’imprimante est prête."))]


def _stations(box: Box) -> list[Finding]:
    return [_station(box, station.id) for station in box.config.stations]


def _station(box: Box, station: str) -> Finding:
    subject = _("Station %(name)s") % {"name": station}
    report = box.reports.get(f"station:{station}")
    if report is None:
        said = _("Elle ne s’est pas encore montrée.")
        return Finding(subject, "mic", said, _("Vérifiez qu’elle est branchée et allumée."))
    if box.now() - report["at"] > SILENCE:
        said = _("On ne l’a plus vue depuis %(when)s.") % {"when": moment(report["at"])}
        return Finding(
            subject, "mic", said, _("Éteignez-la et rallumez-la : elle garde ses enregistrements.")
        )
    missing = [DEVICES[name] for name in report["faults"] if name in DEVICES]
    if missing:
        said = _("Elle ne trouve plus : %(what)s. Les autres stations continuent.") % {
            "what": ", ".join(missing)
        }
        remedy = _("Rebranchez, puis attendez une minute ; si cela continue, changez le câble.")
        return Finding(subject, "mic", said, remedy, grave=True)
    if report["overflows"]:
        said = ngettext(
            "Son micro a perdu un instant de son depuis son démarrage.",
            "Son micro a perdu %(count)s instants de son depuis son démarrage.",
            report["overflows"],
        ) % {"count": report["overflows"]}
        remedy = _("Changez le micro de prise USB ; si cela continue, prévenez l’ERUN.")
        return Finding(subject, "mic", said, remedy)
    return Finding(subject, "mic", _("Elle répond."))


def _ent(box: Box) -> list[Finding]:
    subject, icon = _("ENT"), "send"
    if box.config.ent.kind == "none":
        return [Finding(subject, icon, _("Aucun ENT n’est réglé : tout reste dans la boîte."))]
    run, counts = outbox.last_run(box.database), outbox.counts(box.database)
    left = counts.get((outbox.PUT, outbox.QUEUED), 0) + counts.get((outbox.DELETE, outbox.QUEUED), 0)
    if run is None:
        return [Finding(subject, icon, _("Aucun envoi n’a encore eu lieu : le premier partira ce soir."))]
    when = {"when": moment(run.ended_at)}
    if run.fault or run.failed:
        said = _("Le dernier envoi, %(when)s, n’est pas allé au bout. Rien n’est perdu.") % when
        remedy = _("Il reprendra seul ce soir. S’il échoue encore demain, prévenez l’ERUN.")
        return [Finding(subject, icon, f"{said} {run.fault or ''}".strip(), remedy)]
    if left and box.now() - run.ended_at > LATE_SYNC:
        said = _("Aucun envoi depuis %(when)s.") % when
        return [
            Finding(subject, icon, said, _("Laissez la boîte allumée un soir, reliée au réseau de l’école."))
        ]
    return [Finding(subject, icon, _("Dernier envoi réussi : %(when)s.") % when)]


def _boot(box: Box) -> list[Finding]:
    counts = box.reports.get("boot", {})
    subject, icon = _("Dernier démarrage"), "hard-drive"
    missing = int(counts.get("missing", 0))
    if missing:
        said = ngettext(
            "Le fichier de %(count)s trace manque.", "Les fichiers de %(count)s traces manquent.", missing
        ) % {"count": missing}
        return [
            Finding(
                subject, icon, said, _("Prévenez l’ERUN : la carte mémoire s’abîme peut-être."), grave=True
            )
        ]
    unclaimed = int(counts.get("unclaimed", 0))
    if unclaimed:
        said = ngettext(
            "%(count)s fichier attend que sa station l’annonce à nouveau.",
            "%(count)s fichiers attendent que leur station les annonce à nouveau.",
            unclaimed,
        ) % {"count": unclaimed}
        return [Finding(subject, icon, said)]
    return [Finding(subject, icon, _("Chaque trace a son fichier."))] if counts else []


def _last_days(box: Box) -> list[Finding]:
    """Warn a week before takes that nobody kept go (E17)."""
    soon = box.today() + timedelta(days=7)
    due = [(day, count) for day, count in captures.overview(box.database)["next_last_days"] if day <= soon]
    if not due:
        return []
    count = sum(number for _day, number in due)
    said = ngettext(
        "%(count)s trace sera effacée d’ici une semaine, la première après le %(day)s.",
        "%(count)s traces seront effacées d’ici une semaine, les premières après le %(day)s.",
        count,
    ) % {"count": count, "day": long_day_year(due[0][0])}
    remedy = _("Gardez celles qui comptent : une trace gardée vit jusqu’au 31 août.")
    return [Finding(_("Effacements"), "hourglass", said, remedy)]
