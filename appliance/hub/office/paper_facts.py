"""What the papers state, gathered from the box as it is set up and as it stands."""

from datetime import date, timedelta

from appliance.domain.audit import KEPT, Event
from appliance.domain.key_changes import Rhythm
from appliance.domain.permissions import GRACE, Nature, Scope
from appliance.domain.retention import (
    ADULT_VOICE_YEARS,
    DEPARTURE_DAYS,
    EXPORT_DAYS,
    UNATTRIBUTED_DAYS,
    school_year_end,
    year_later,
)
from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.hub.keys import rhythm
from appliance.hub.office import school
from appliance.hub.retention import lasting, year_end
from appliance.hub.rights import permits
from appliance.i18n import _, long_day_year
from appliance.papers.facts import Edition, Erasure, Means, School
from appliance.store import figures, outbox, projects

BACKUP_DAYS = 35
_RECOGNISABLE = (Nature.VOICE, Nature.IMAGE, Nature.PRODUCTION, Nature.FILM)
_MONTHS_OF_LOGS = round(KEPT / timedelta(days=30.5))
_REASONS = {
    "last_day": _("leur dernier jour était passé"),
    "withdrawn": _("la famille a retiré son autorisation"),
    "deleted": _("à la demande de l’enseignant·e"),
    "year_end": _("fin de l’année scolaire"),
    "decommissioned": _("mise hors service de la boîte"),
}


def edition(box: Box) -> Edition:
    """Return what every paper bears; a locked box leaves the names of the school and of the class blank."""
    known, name = (school.read(box), people.class_name(box)) if box.is_open else (School(), "")
    return Edition(known, name, box.config.host, box.today(), box.config.watermark)


def means(box: Box) -> Means:
    """Return how this box is set up. Works while locked."""
    current = [row for row in projects.every(box.database) if row.until >= box.today()]
    scopes = {scope for row in current for scope in row.scopes}
    return Means(
        natures=natures(box),
        policy=permits.policy(box),
        ent=box.config.ent.kind != "none",
        backup=has_backup(box),
        class_space=Scope.CLASS_SPACE in scopes,
        outside=bool(scopes & {Scope.PARTNER_CLASS, Scope.DISTRICT}),
        satellites=sum(station.satellite for station in box.config.stations),
        keys_each_period=rhythm.rhythm(box) is Rhythm.PERIOD,
        short=lasting.rules(box).short,
        durations=tuple(durations(box)),
    )


def natures(box: Box) -> tuple[Nature, ...]:
    """Return what the stations of this box capture, in the order of the forms."""
    able = {nature for station in box.config.stations for nature in stations.natures(station)}
    return tuple(nature for nature in _RECOGNISABLE if nature in able)


def has_backup(box: Box) -> bool:
    """Whether the box copies itself somewhere."""
    backup = box.config.backup
    return backup.folder is not None or bool(backup.ent_folder)


def durations(box: Box) -> list[tuple[str, str]]:
    """Return what is kept, and until when, by the rules in force (law.md §7.3)."""
    rules = lasting.rules(box)
    end = _until(rules.calendar.legal_end(box.today()))
    kept = _("six mois, et {end} au plus tard").format(end=end) if rules.short else end
    rows = [
        (_("Essai que l’élève n’a pas gardé"), _days(rules.unsorted_days)),
        (_("Prise où personne n’est entendu"), _("le jour même")),
        (_("Prise sans badge, en attente de son auteur"), _days(UNATTRIBUTED_DAYS)),
        (_("Voix, photo ou film gardé"), kept),
        (_("Trace du carnet de suivi (cycle 1), avec son motif"), _("jusqu’au 31 août de l’année de GS")),
        (
            _("Ce qu’une autorisation permettait, une fois sa période passée"),
            _("{days}, pour l’enseignant·e seul·e").format(days=_days(GRACE.days)),
        ),
        (_("Ce dont l’autorisation est retirée"), _("caché aussitôt, effacé le jour même")),
        (
            _("Liste de la classe"),
            _("{end}, ou {days} après le départ de l’élève").format(end=end, days=_days(DEPARTURE_DAYS)),
        ),
        (
            _("Réponses des familles (état et date), projets terminés"),
            _("un an au plus après la fin de l’année scolaire ; les réponses, avec la fiche de l’élève"),
        ),
        (_("Demandes des familles et leurs réponses"), _("un an après la réponse")),
        (
            _("Nom d’un adulte qui ouvre la boîte"),
            _("{months} mois après son retrait").format(months=_MONTHS_OF_LOGS),
        ),
        (_("Ce qui est mis de côté (limitation, enfant à protéger)"), _("jusqu’à la décision d’un adulte")),
        (_("Dossier remis à une famille"), _days(EXPORT_DAYS)),
        (
            _("Fiche d’incident, dans la boîte"),
            _("un an après la fin de l’année scolaire ; la direction garde le papier"),
        ),
        (
            _("Voix d’un adulte pour les consignes"),
            _("{years} ans, ou jusqu’à son refus").format(years=ADULT_VOICE_YEARS),
        ),
        (
            _("Journal des actes, sans aucun prénom"),
            _("{months} mois glissants").format(months=_MONTHS_OF_LOGS),
        ),
    ]
    if rules.works_next_year:
        until = year_later(rules.calendar.legal_end(box.today()))
        rows.insert(3, (_("Ambiance ou image où personne n’est reconnaissable, sans nom"), _until(until)))
    if has_backup(box):
        rows.append((_("Sauvegarde chiffrée"), _("{days} glissants").format(days=_days(BACKUP_DAYS))))
    return rows


def closing(box: Box) -> Erasure | None:
    """Return what the last closing of a year erased, or None before the first. Works while locked."""
    closed = year_end.last_closing(box)
    if closed is None:
        return None
    # A change that had begun before may have sealed to the new keys what was then erased.
    later = (change for change in rhythm.changes(box) if change.begun_at >= closed.closed_at)
    return Erasure(
        closed.begun_on,
        closed.closed_on,
        ((_REASONS["year_end"], closed.erased),),
        pupils=closed.pupils,
        ent_waiting=closed.at_ent,
        key_destroyed_on=next((change.destroyed_on for change in later), None),
        backups_gone_on=_backups_gone(box, closed.closed_on),
    )


def retirement(box: Box) -> Erasure:
    """Return what goes if the box is put out of service today (`blank.condemn`). Works while locked.

    It is printed before: afterwards the box knows nothing any more.
    """
    today, goes = box.today(), year_end.balance(box)
    return Erasure(
        today,
        today,
        ((_REASONS["decommissioned"], goes.captures),),
        pupils=goes.pupils,
        ent_waiting=goes.at_ent,
        key_destroyed_on=today,
        backups_gone_on=_backups_gone(box, today),
    )


def erasures(box: Box) -> Erasure:
    """Return what was erased since the first day of the school year. Works while locked."""
    today = box.today()
    since = date(school_year_end(today).year - 1, 9, 1)
    gone = figures.erased(box.database, since, today)
    counts = outbox.counts(box.database)
    begun = max((change.begun_at.date() for change in rhythm.changes(box)), default=since)
    before = figures.erased(box.database, since, begun - timedelta(days=1))
    known = today - KEPT
    reasons = tuple(
        (_REASONS.get(why, _("pour une autre raison")), count) for why, count in sorted(gone.items())
    )
    return Erasure(
        since,
        today,
        reasons,
        pupils=figures.acts(box.database, Event.PUPIL_FORGOTTEN, since, today),
        pupils_since=known if known > since else None,
        ent_done=counts.get((outbox.DELETE, outbox.VERIFIED), 0),
        ent_waiting=counts.get((outbox.DELETE, outbox.QUEUED), 0),
        backups_gone_on=_backups_gone(box, today) if gone else None,
        illegible_before=begun if before else None,
    )


def _until(day: date) -> str:
    return _("jusqu’au {day}").format(day=long_day_year(day))


def _backups_gone(box: Box, erased_on: date) -> date | None:
    return erased_on + timedelta(days=BACKUP_DAYS) if has_backup(box) else None


def _days(count: int) -> str:
    return _("{count} jours").format(count=count)
