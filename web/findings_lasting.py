"""What the page says of the clock and of last days: whom it asks, what goes soon, and what went last."""

from datetime import datetime, timedelta

from appliance.domain import retention
from appliance.domain.audit import Event
from appliance.hub.box import Box
from appliance.hub.retention import purge, school_years
from appliance.i18n import _, hour, long_day, long_day_year, ngettext
from appliance.store import journal, settings
from appliance.store import lasting as stored
from web.finding import Finding
from web.wording import moment

SOON = timedelta(days=7)
LATE = timedelta(days=4)
"""A box that sleeps from Friday evening erases on Tuesday night at the latest."""


def clock(box: Box) -> list[Finding]:
    """Say whether the box is sure of the date and, when it is not, ask the teacher (R167, E20)."""
    reading = box.clock.read()
    high_water = settings.high_water(box.database)
    why = retention.doubt(reading, high_water)
    subject, icon = _("Date et heure"), "clock"
    shown = {"now": _dated(reading.now), "latest": _dated(high_water or reading.now)}
    if why is None:
        return [
            Finding(
                subject, icon, _("La boîte est sûre de la date : %(when)s.") % {"when": moment(reading.now)}
            )
        ]
    if why == "unset":
        said = _("L’horloge de la boîte n’est pas réglée, donc elle n’efface rien pour l’instant.")
        remedy = _("Reliez-la au réseau de l’école quelques minutes : elle se met à l’heure seule.")
        return [Finding(subject, icon, said, remedy)]
    said, remedy = {
        "untrusted": (
            _("La boîte lit %(now)s, sans en être sûre : elle n’efface rien pour l’instant."),
            _("Si c’est la bonne, dites-le-lui ; sinon, reliez-la au réseau : elle se met à l’heure seule."),
        ),
        "backwards": (
            _(
                "La boîte a déjà vécu le %(latest)s, et son horloge dit %(now)s. Elle n’efface rien, et juge "
                "les autorisations au jour le plus avancé."
            ),
            _("Si la date de %(now)s est la bonne, dites-le-lui ; sinon, prévenez l’ERUN."),
        ),
        "leap": (
            _(
                "La boîte a dormi longtemps, ou son horloge s’est trompée : elle a vécu le %(latest)s, puis "
                "%(now)s. Elle n’efface rien avant votre réponse."
            ),
            _("Regardez l’année. Si c’est la bonne date, dites-le-lui ; sinon, reliez-la au réseau."),
        ),
    }[why]
    said = f"{said % shown} {_would_go(box) if why == 'leap' else ''}".strip()
    grave = why in ("backwards", "leap")
    return [Finding(subject, icon, said, remedy % shown, grave=grave, confirms_date=True)]


def last_days(box: Box) -> list[Finding]:
    """Say what the brake holds, what goes soon (E17), that the year ends, and when something last went."""
    return [*_calendar(box), *_held(box), *_week(box), *_year_end(box), *_last_erasure(box)]


def _calendar(box: Box) -> list[Finding]:
    """The school's own calendar cannot be read: the official one is followed meanwhile."""
    if not school_years.is_damaged(box.config.data):
        return []
    said = _("Le calendrier de l’école ne se lit plus. Pour ce qui arrive, la boîte suit l’officiel.")
    remedy = _("Dans « Calendrier et durées », renvoyez le vôtre ou revenez au calendrier officiel.")
    return [Finding(_("Calendrier"), "clock", said, remedy, leads_to="leaving.page")]


def _held(box: Box) -> list[Finding]:
    """Too much would go at once, and nobody was told: a person decides."""
    held = purge.held(box, box.today())
    if held is None:
        return []
    said = _("%(count)s traces sur %(total)s partiraient d’un coup. La boîte attend votre accord.")
    remedy = _("Voyez lesquelles, puis laissez-les partir, ou prévenez l’ERUN si cela vous étonne.")
    shown = {"count": held.count, "total": held.total}
    return [Finding(_("Effacements"), "hourglass", said % shown, remedy, grave=True, leads_to="leaving.page")]


def _week(box: Box) -> list[Finding]:
    """Warn a week before takes that nobody kept go."""
    today = box.today()
    soon = stored.due_days(box.database, today + SOON + timedelta(days=1))
    end = school_years.school_year(box, today).legal_end
    due = [(day, count) for day, count in soon.items() if today <= day != end]
    if not due:
        return []
    count = sum(number for _day, number in due)
    said = ngettext(
        "%(count)s trace sera effacée d’ici une semaine, la première après le %(day)s.",
        "%(count)s traces seront effacées d’ici une semaine, les premières après le %(day)s.",
        count,
    ) % {"count": count, "day": long_day_year(due[0][0])}
    remedy = _("Gardez celles qui comptent : une trace gardée vit jusqu’à la fin de l’année scolaire.")
    return [Finding(_("Effacements"), "hourglass", said, remedy, leads_to="leaving.page")]


def _year_end(box: Box) -> list[Finding]:
    """Warn 60, 30 and 7 days before the school year legally ends."""
    today = box.today()
    end = school_years.school_year(box, today).legal_end
    step = retention.warning(today, end)
    count = stored.due_days(box.database, end + timedelta(days=1)).get(end, 0)
    if step is None or count == 0:
        return []
    left = (end - today).days
    days = ngettext("Dans %(left)s jour", "Dans %(left)s jours", left) % {"left": left}
    when = days if left else _("Ce soir")
    said = ngettext(
        "%(when)s, l’année scolaire se termine : %(count)s trace sera effacée après le %(day)s.",
        "%(when)s, l’année scolaire se termine : %(count)s traces seront effacées après le %(day)s.",
        count,
    ) % {"when": when, "count": count, "day": long_day_year(end)}
    remedy = _("Exportez pour les familles ce qu’elles veulent garder ; le reste s’efface seul.")
    return [Finding(_("Fin d’année"), "hourglass", said, remedy, grave=step == 7, leads_to="leaving.page")]


def _last_erasure(box: Box) -> list[Finding]:
    """Say when the box last looked, and that nothing has outlived its last day."""
    subject, icon = _("Dernier effacement"), "eraser"
    last = journal.latest(box.database, Event.RETENTION_RUN)
    if last is None:
        return [Finding(subject, icon, _("Le premier passage se fera cette nuit."))]
    erased = int(journal.last_detail(box.database, Event.RETENTION_RUN) or 0)
    said = ngettext(
        "%(when)s : %(count)s trace effacée.", "%(when)s : %(count)s traces effacées.", erased
    ) % {"when": moment(last).capitalize(), "count": erased}
    overdue = sum(stored.due_days(box.database, box.today()).values())
    if not overdue:
        nothing_left = _("Aucune trace n’a dépassé son dernier jour.")
        return [Finding(subject, icon, f"{said} {nothing_left}")]
    if box.now() - last <= LATE:
        return [Finding(subject, icon, said)]
    return [Finding(subject, icon, said, _("Laissez la boîte allumée une nuit : elle rattrape son retard."))]


def _would_go(box: Box) -> str:
    count = sum(stored.due_days(box.database, box.now().date()).values())
    if not count:
        return ""
    return ngettext(
        "Si c’est vrai, %(count)s trace a dépassé son dernier jour et sera effacée.",
        "Si c’est vrai, %(count)s traces ont dépassé leur dernier jour et seront effacées.",
        count,
    ) % {"count": count}


def _dated(when: datetime) -> str:
    """Return `mardi 12 janvier 2027, 8 h 40`: the year is what a wrong clock gets wrong."""
    return f"{long_day(when.date())} {when.year}, {hour(when)}"
