"""What needs a hand, one sentence and one remedy each; what is fine, one sentence."""

from collections.abc import Callable
from datetime import timedelta

from appliance.domain import retention
from appliance.domain.audit import Event
from appliance.hub import audit, audit_words
from appliance.hub.box import Box
from appliance.i18n import _, long_day_year, ngettext
from appliance.store import captures, journal, outbox, settings
from web.finding import Finding
from web.findings_backup import backup
from web.findings_devices import board, disk, name, printer
from web.findings_stations import stations
from web.wording import moment

LATE_SYNC = timedelta(days=3)
"""Over a week-end no sync is due."""


def findings(box: Box) -> list[Finding]:
    """Return everything there is to say of the box, in a fixed order."""
    looks: tuple[Callable[[Box], list[Finding]], ...] = (
        _database, _clock, disk, board, name, printer, stations, _ent, backup, _boot, _journal,
        _last_days,
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


def _journal(box: Box) -> list[Finding]:
    subject, icon = _("Journal"), "eye"
    found, noted = audit.trouble(box.database, box.opener), journal.latest(box.database, Event.JOURNAL_BROKEN)
    if found is None and noted is None:
        shown = {"witness": audit.witness(box.database)}
        said = _("Sa dernière ligne est bien celle que la boîte a écrite. Témoin : %(witness)s.") % shown
        return [Finding(subject, icon, said)]
    said = _("Quelqu’un a changé ou ôté des lignes de ce journal.")
    return [Finding(subject, icon, said, audit_words.remedy())]


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
