"""The school years as this box knows them: the calendar shipped, or the school's own file, and the zone."""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from appliance import calendar as shipped
from appliance.config import Config
from appliance.domain.school_calendar import Calendar, CalendarError, SchoolYear, parse
from appliance.i18n import _
from appliance.store import settings
from appliance.store.database import Database

CALENDAR_FILE = "calendrier.json"
"""In the data folder: the school's own calendar, which takes the place of the one shipped."""
LARGEST_CALENDAR = 60_000
"""Bytes."""
ZONE = "school_zone"
_SHIPPED = Path(shipped.__file__).with_name(CALENDAR_FILE)


class Holder(Protocol):
    """What a school year is looked up in; no key."""

    config: Config
    database: Database


def calendar(data: Path) -> Calendar:
    """Return the school's own calendar, or the one shipped when there is none or it is damaged."""
    own = data / CALENDAR_FILE
    try:
        found = own.stat()
        return _read(own, found.st_mtime_ns, found.st_size)
    except (OSError, CalendarError, ValueError):
        return shipped_calendar()


def is_damaged(data: Path) -> bool:
    """Whether the school put a calendar of its own that cannot be read."""
    own = data / CALENDAR_FILE
    if not own.is_file():
        return False
    try:
        parse(_json(own.read_bytes()))
    except (OSError, CalendarError, ValueError):
        return True
    return False


def calendar_file(data: Path) -> bytes:
    """Return the file of the calendar in place."""
    own = data / CALENDAR_FILE
    return own.read_bytes() if own.is_file() else _SHIPPED.read_bytes()


def has_own_calendar(data: Path) -> bool:
    """Whether the school put a calendar of its own."""
    return (data / CALENDAR_FILE).is_file()


def shipped_calendar() -> Calendar:
    """Return the calendar that comes with the program."""
    return _read(_SHIPPED, 0, 0)


def school_year(holder: Holder, day: date) -> SchoolYear:
    """Return the school year of a day, in the zone of the school."""
    return calendar(holder.config.data).year_of(day, settings.get(holder.database, ZONE) or "")


def check(content: bytes) -> None:
    """Raise ValueError, with a French sentence, for a file that is no calendar."""
    if len(content) > LARGEST_CALENDAR:
        raise ValueError(_("Ce fichier est trop gros pour un calendrier : 60 ko au plus."))
    try:
        parse(_json(content))
    except CalendarError as error:
        raise ValueError(_fault(error)) from error


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> Calendar:
    return parse(_json(path.read_bytes()))


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise CalendarError("json", str(line or "")) from error


def _fault(error: CalendarError) -> str:
    """Return in French what is wrong with a calendar file, and what to do."""
    stays = _("Le calendrier d’avant reste en place.")
    said = {
        "json": _("Ce fichier n’est pas du JSON (ligne {place}) : partez du modèle à télécharger."),
        "shape": _("Dans ce fichier, « {place} » manque ou n’a pas la bonne forme : partez du modèle."),
        "date": _("Dans ce fichier, « {place} » n’est pas une date comme 2027-08-31."),
        "order": _("Dans ce fichier, la date « {place} » vient trop tôt ou trop tard."),
    }[error.reason]
    return f"{said.format(place=error.place or '1')} {stays}"
