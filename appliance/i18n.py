"""French first: every sentence a person reads is written in French in the code and passes through `_`.

The French text is the message id, so a catalogue for another language is all that is missing to speak it.
"""

import gettext
import os
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "boite"

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_SHORT_MONTHS = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

_catalogue = gettext.translation(DOMAIN, LOCALES, [os.environ.get("BOITE_LANGUAGE", "fr")], fallback=True)


def _(message: str) -> str:
    """Return a sentence in the box's language."""
    return _set(_catalogue.gettext(message))


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form that fits `count`; in French, 0 is singular."""
    if isinstance(_catalogue, gettext.GNUTranslations):
        return _set(_catalogue.ngettext(one, many, count))
    return _set(one if count < 2 else many)


def long_day(day: date) -> str:
    """Return `mardi 12 janvier`."""
    return f"{_DAYS[day.weekday()]} {_ordinal(day.day)} {_MONTHS[day.month - 1]}"


def long_day_year(day: date) -> str:
    """Return `31 août 2027`."""
    return f"{_ordinal(day.day)} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    """Return `12 janv. 2027`, as on a sticker."""
    return f"{_ordinal(day.day)} {_SHORT_MONTHS[day.month - 1]} {day.year}"


def hour(moment: datetime) -> str:
    """Return `8 h 40`, with no-break spaces."""
    return f"{moment.hour}\u00a0h\u00a0{moment.minute:02d}"


@lru_cache(maxsize=2048)
def _set(text: str) -> str:
    """Return a text with French no-break spaces, so that the sources keep spaces one can see and type."""
    return re.sub(r"(?<=«) | (?=[:;?!»°]|%(?!\())", "\u00a0", text)


def _ordinal(number: int) -> str:
    return "1er" if number == 1 else str(number)
