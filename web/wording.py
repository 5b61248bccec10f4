"""Values as words, for templates."""

from collections.abc import Iterable
from datetime import date, datetime

from flask import Flask

from appliance import i18n
from appliance.domain.codes import human_code
from appliance.domain.opening import Opening
from appliance.domain.permissions import YEAR_PROJECT, Nature, PermissionState, Scope
from appliance.hub.people import Pupil, together
from appliance.hub.rights import family_words
from appliance.hub.rights.answers import Quality
from appliance.hub.rights.projects import YEAR_SCOPES
from appliance.i18n import _, ngettext

NBSP = "\u00a0"


def duration(milliseconds: int) -> str:
    """Return `42 s` or `1 min 05`."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}{NBSP}min{NBSP}{seconds:02d}" if minutes else f"{seconds}{NBSP}s"


def weight(size: int) -> str:
    """Return a number of bytes as `12,5 Mo`."""
    value, unit = float(size), "o"
    for bigger in ("ko", "Mo", "Go"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    shown = f"{value:.1f}".replace(".", ",") if unit != "o" and value < 100 else f"{value:.0f}"
    return f"{shown}{NBSP}{unit}"


def moment(when: datetime) -> str:
    """Return `mardi 12 janvier, 8 h 40`."""
    return f"{i18n.long_day(when.date())}, {i18n.hour(when)}"


def day_of_list(day: date, today: date) -> str:
    """Return `aujourd’hui`, or the day as a teacher says it; with its year when it is another one."""
    if day == today:
        return _("aujourd’hui")
    return i18n.long_day(day) if day.year == today.year else f"{i18n.long_day(day)} {day.year}"


_WIDEST = {
    "class": Scope.CLASS,
    "home": Scope.FAMILY,
    "space": Scope.CLASS_SPACE,
    "partner": Scope.PARTNER_CLASS,
    "district": Scope.DISTRICT,
}
"""An answer to the widest scope that it allows; the narrower ones go with it."""


def choices(asked: Iterable[Scope]) -> tuple[str, ...]:
    """Return what a family may answer to a project, from the least to the most."""
    known = set(asked)
    return ("none", *(name for name, scope in _WIDEST.items() if scope in known))


def choice(pupil: Pupil, nature: Nature, project: str = YEAR_PROJECT) -> str:
    """Return a pupil's answer for a nature: `pending`, `expired`, `none` or the widest that is allowed."""
    state = pupil.state(nature, Scope.CLASS, project)
    if state is PermissionState.GRANTED:
        wide = [n for n, s in _WIDEST.items() if pupil.state(nature, s, project) is PermissionState.GRANTED]
        return wide[-1]
    if state is PermissionState.EXPIRED:
        return "expired"
    known = {pupil.state(nature, scope, project) for scope in _WIDEST.values()}
    return "pending" if known == {PermissionState.PENDING} else "none"


def scopes(chosen: str, asked: Iterable[Scope] = YEAR_SCOPES) -> tuple[Scope, ...]:
    """Return the scopes of an answer to a project."""
    names = list(_WIDEST)
    wide = set(names[: names.index(chosen) + 1]) if chosen in names else set()
    known = set(asked)
    return tuple(scope for name, scope in _WIDEST.items() if name in wide and scope in known)


def choice_words(chosen: str) -> str:
    """Return an answer as it is read."""
    return {
        "pending": _("pas encore de réponse"),
        "expired": _("réponse expirée, à redemander"),
        "none": _("non"),
        "class": _("en classe"),
        "home": _("en classe et à la maison"),
        "space": _("en classe, à la maison et pour les familles de la classe"),
        "partner": _("jusqu’à la classe partenaire"),
        "district": _("jusqu’à la circonscription"),
    }[chosen]


def short_choice(chosen: str) -> str:
    """Return an answer in a word whose first letter chooses it in a list."""
    return {
        "pending": _("– en attente"),
        "expired": _("– expirée"),
        "none": _("non"),
        "class": _("classe"),
        "home": _("maison"),
        "space": _("familles de la classe"),
        "partner": _("partenaire"),
        "district": _("toute la circonscription"),
    }[chosen]


def quality_words(quality: Quality) -> str:
    """Return in what right somebody signs."""
    return family_words.QUALITIES[quality]


def scope_words(scope: Scope) -> str:
    """Return who receives in a project."""
    return {
        Scope.SELF: _("l’élève"),
        Scope.CLASS: _("la classe"),
        Scope.FAMILY: _("sa famille"),
        Scope.CLASS_SPACE: _("les familles de la classe"),
        Scope.PARTNER_CLASS: _("une classe partenaire"),
        Scope.DISTRICT: _("la circonscription"),
    }[scope]


LANGUAGES = family_words.LANGUAGES


def opening_words(opening: Opening, now: datetime, opens_at: datetime | None) -> str:
    """Return whether a station may be used, and until when or from when."""
    if opening.is_open(now):
        closes = opening.closes_at(now)
        return _("ouverte jusqu’à {when}").format(when=i18n.hour(closes)) if closes else _("ouverte")
    if opens_at is None:
        return _("fermée")
    if opens_at.date() == now.date():
        return _("fermée, ouvre à {when}").format(when=i18n.hour(opens_at))
    return _("fermée, ouvre {when}").format(when=moment(opens_at))


def weekday(number: int) -> str:
    """Return `lundi` for 0, as `date.weekday` counts."""
    return i18n.long_day(date(2027, 1, 4 + number)).split()[0]


def wish_words(wish: Scope, pupils: int) -> str:
    """Return who a pupil, or several, want to be heard by."""
    return {
        Scope.SELF: _("que personne d’autre n’écoute"),
        Scope.CLASS: ngettext("sa classe", "leur classe", pupils),
        Scope.FAMILY: ngettext("sa maison", "leur maison", pupils),
        Scope.CLASS_SPACE: _("les familles de la classe"),
        Scope.PARTNER_CLASS: _("une autre école"),
        Scope.DISTRICT: _("la circonscription"),
    }[wish]


def advice_words(advice: str) -> str:
    """Return what a pupil was told of the sound, or nothing."""
    return {
        "noisy": _("il y avait du bruit"),
        "far": _("loin du micro"),
        "loud": _("trop fort"),
    }.get(advice, "")


def nature_words(nature: Nature) -> str:
    """Return what a station captures."""
    return {
        Nature.VOICE: _("Voix"),
        Nature.PRODUCTION: _("Photo du travail"),
        Nature.IMAGE: _("Image"),
        Nature.FILM: _("Film"),
    }[nature]


def speak_french(app: Flask) -> None:
    """Give templates the sentences and the ways of saying."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        duration=duration,
        weight=weight,
        moment=moment,
        hour=i18n.hour,
        long_day=i18n.long_day,
        long_day_year=i18n.long_day_year,
        short_day=i18n.short_day,
        choice_words=choice_words,
        short_choice=short_choice,
        scope_words=scope_words,
        quality_words=quality_words,
        nature_words=nature_words,
        weekday=weekday,
        wish_words=wish_words,
        advice_words=advice_words,
        together=together,
        human_code=human_code,
    )
    app.jinja_env.globals.update(
        choice=choice,
        Nature=Nature,
        LANGUAGES=LANGUAGES,
        day_of_list=day_of_list,
        opening_words=opening_words,
    )
