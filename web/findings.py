"""What needs a hand, one sentence and one remedy each; what is fine, one sentence."""

from collections.abc import Callable
from datetime import timedelta

from appliance.domain.audit import Event
from appliance.hub import audit, audit_words
from appliance.hub.box import Box
from appliance.i18n import _, ngettext
from appliance.store import journal, outbox
from web.finding import Finding
from web.findings_backup import backup
from web.findings_devices import board, disk, name, printer
from web.findings_keys import keys
from web.findings_lasting import clock, last_days
from web.findings_rights import family_requests
from web.findings_stations import stations
from web.wording import moment

LATE_SYNC = timedelta(days=3)
"""Over a week-end no sync is due."""


def findings(box: Box) -> list[Finding]:
    """Return everything there is to say of the box, in a fixed order."""
    looks: tuple[Callable[[Box], list[Finding]], ...] = (
        _database, _absence, clock, disk, board, name, printer, stations, _ent, backup, _boot, _journal,
        last_days, family_requests, keys,
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


def _absence(box: Box) -> list[Finding]:
    """Say on the day of the start that nobody had opened the class for long."""
    report = box.reports.get("absence")
    if report is None or report["at"].date() != box.today():
        return []
    said = _("Personne n’avait ouvert la classe depuis %(days)s jours.") % {"days": report["days"]}
    remedy = _("Vérifiez la date de la boîte, et relisez ce qui est parti et ce qui va partir.")
    return [Finding(_("Longue absence"), "hourglass", said, remedy, leads_to="leaving.page")]


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
    # Its seal shows only to the key of the class; those who hold none see this page too.
    found = audit.trouble(box.database, box.opener) if box.is_open else None
    noted = journal.latest(box.database, Event.JOURNAL_BROKEN)
    if found is None and noted is None:
        shown = {"witness": audit.witness(box.database)}
        said = _("Sa dernière ligne est bien celle que la boîte a écrite. Témoin : %(witness)s.") % shown
        if not box.is_open:
            said = _("Il se vérifie quand la classe est ouverte. Témoin : %(witness)s.") % shown
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
