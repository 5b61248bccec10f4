"""Words for what goes, when and why; filters of the templates."""

from datetime import date

from flask import Flask

from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature
from appliance.domain.retention import (
    ADULT_VOICE_YEARS,
    DEPARTURE_DAYS,
    EXPORT_DAYS,
    UNATTRIBUTED_DAYS,
    Rules,
)
from appliance.hub.office.paper_facts import BACKUP_DAYS
from appliance.hub.retention.forecast import Period, Why
from appliance.i18n import _, long_day, long_day_year, ngettext

_MONTHS = (
    _("janvier"), _("février"), _("mars"), _("avril"), _("mai"), _("juin"),
    _("juillet"), _("août"), _("septembre"), _("octobre"), _("novembre"), _("décembre"),
)  # fmt: skip


def speak(app: Flask) -> None:
    """Give templates the words."""
    app.jinja_env.filters.update(
        period_words=period_words,
        leaving_words=leaving_words,
        aside_words=aside_words,
        holiday_words=holiday_words,
        duration_rows=duration_rows,
    )


def period_words(period: Period, today: date) -> str:
    """Return `cette semaine`, `semaine du 18 janvier`, `31 août 2027` when all is on it, or `août 2027`."""
    if not period.is_week and period.first == period.last:
        return long_day_year(period.last)
    if not period.is_week:
        return f"{_MONTHS[period.begins.month - 1]} {period.begins.year}"
    if period.begins <= today:
        return _("cette semaine")
    return _("semaine du %(day)s") % {"day": long_day(period.begins).partition(" ")[2]}


def leaving_words(leaving: tuple[Why, Nature, int]) -> str:
    """Return `essais (voix), pas gardés` for a number of captures."""
    why, nature, count = leaving
    return {
        Why.EMPTY: ngettext("vide (%(nature)s)", "vides (%(nature)s)", count),
        Why.UNATTRIBUTED: ngettext("à attribuer (%(nature)s)", "à attribuer (%(nature)s)", count),
        Why.TRIAL: ngettext("essai pas gardé (%(nature)s)", "essais pas gardés (%(nature)s)", count),
        Why.CARNET: ngettext(
            "dans le carnet de suivi (%(nature)s), fin de la GS",
            "dans le carnet de suivi (%(nature)s), fin de la GS",
            count,
        ),
        Why.YEAR: ngettext(
            "gardée (%(nature)s), fin de l’année scolaire",
            "gardées (%(nature)s), fin de l’année scolaire",
            count,
        ),
        Why.SOONER: ngettext(
            "gardée (%(nature)s), fin d’une autorisation ou d’une durée choisie",
            "gardées (%(nature)s), fin d’une autorisation ou d’une durée choisie",
            count,
        ),
    }[why] % {"nature": _NATURES[nature]}


_NATURES = {
    Nature.VOICE: _("voix"),
    Nature.IMAGE: _("image"),
    Nature.PRODUCTION: _("photo du travail"),
    Nature.FILM: _("film"),
}


def aside_words(reason: Quarantine) -> str:
    """Return why what is put aside does not go by date."""
    return {
        Quarantine.LIMITATION: _(
            "Mises de côté à la demande d’une famille : personne ne les écoute, et la date ne les efface pas "
            "avant la décision de la direction."
        ),
        Quarantine.PROTECTED: _(
            "À protéger, pour ce qu’un enfant a confié : personne ne les écoute, et la date ne les efface "
            "pas avant qu’un adulte ait décidé."
        ),
    }.get(reason, "")


def holiday_words(name: str) -> str:
    """Return the name of holidays."""
    return {
        "toussaint": _("Toussaint"),
        "noel": _("Noël"),
        "hiver": _("Hiver"),
        "printemps": _("Printemps"),
        "ascension": _("Pont de l’Ascension"),
    }[name]


def duration_rows(rules: Rules, *, backup: bool) -> list[tuple[str, str]]:
    """Return what the box keeps and for how long, a row each (law.md §7.3)."""
    year_end = _("jusqu’à la fin de l’année scolaire")
    works = _("un an après la fin de l’année scolaire") if rules.works_next_year else year_end
    return [
        (_("Trace vide, où personne ne parle"), _("le jour même")),
        (_("Trace sans badge, que personne n’a attribuée"), _days(UNATTRIBUTED_DAYS)),
        (_("Essai que personne n’a gardé"), _days(rules.unsorted_days)),
        (_("Trace gardée"), _("six mois") if rules.short else year_end),
        (_("Trace dont l’autorisation finit plus tôt"), _("14 jours après la fin de l’autorisation")),
        (_("Ambiance ou image où personne n’est reconnaissable, sans nom"), works),
        (_("Trace du carnet de suivi, au cycle 1"), _("jusqu’au 31 août de l’année de GS")),
        (
            _("Traces et fiche d’un élève radié"),
            _("%(days)s après son départ") % {"days": _days(DEPARTURE_DAYS)},
        ),
        (_("Dossier préparé pour une famille"), _days(EXPORT_DAYS)),
        (_("Voix d’un adulte, dans une consigne"), _("%(years)s ans") % {"years": ADULT_VOICE_YEARS}),
        (_("Nom d’un adulte qui ouvrait la boîte"), _("six mois après son retrait")),
        (_("Liste de classe"), year_end),
        (
            _("Réponses des familles"),
            _("avec la fiche de l’élève, un an au plus après la fin de l’année scolaire"),
        ),
        (_("Demandes des familles, une fois closes"), _("un an")),
        (
            _("Fiche d’incident"),
            _("un an après la fin de l’année scolaire ; la direction garde le papier"),
        ),
        (_("Journal, sans nom"), _("six mois")),
        (_("Sauvegarde"), _days(BACKUP_DAYS) if backup else _("aucune n’est réglée")),
    ]


def _days(count: int) -> str:
    return ngettext("%(count)s jour", "%(count)s jours", count) % {"count": count}
