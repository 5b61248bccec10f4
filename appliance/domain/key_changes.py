"""When the keys of a class are to be changed: every year, or every period (law.md §8.4).

Only a person does it: somebody has to write seven new words down.
"""

from datetime import date
from enum import StrEnum

from appliance.domain.school_calendar import CLOSING_OPENS, HOLIDAYS, SchoolYear


class Rhythm(StrEnum):
    """How often."""

    YEAR = "every_year"
    PERIOD = "every_period"
    """The five from one holiday of the school's zone to the next."""


def is_due(rhythm: Rhythm, since: date, today: date, year: SchoolYear) -> bool:
    """Whether keys in use since a day are older than the year, or the period, that holds today.

    What was changed in the holidays before a period counts for it; for a year, what was changed since the
    year before could be closed.
    """
    return since < _counts_from(rhythm, today, year)


def _counts_from(rhythm: Rhythm, today: date, year: SchoolYear) -> date:
    past = [h.starts for h in year.holidays if h.name in HOLIDAYS and h.back <= today]
    if rhythm is Rhythm.PERIOD and past:
        return max(past)
    closing = date(year.begins.year, *CLOSING_OPENS)
    return closing if closing <= year.begins else date(year.begins.year - 1, *CLOSING_OPENS)
