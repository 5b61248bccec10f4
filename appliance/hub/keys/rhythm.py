"""How often the keys are to be changed, and since when the present ones count: two facts in clear."""

import json
from datetime import date, datetime
from typing import NamedTuple

from appliance.domain.audit import Event
from appliance.domain.key_changes import Rhythm
from appliance.domain.key_changes import is_due as due
from appliance.domain.school_calendar import HOLIDAYS
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import school_years
from appliance.store import settings
from appliance.store.moments import moment, stamp

RHYTHM = "key_rhythm"
_SINCE = "keys_since"
_CHANGES = "keys_changes"
_REMEMBERED = 12
"""Changes of keys: more than a year of them, which the journal forgets after six months."""


class Change(NamedTuple):
    """A change of keys that came to its end."""

    begun_at: datetime
    """The new keys count from here on."""
    destroyed_on: date
    """When all former ones were destroyed."""


def rhythm(box: Box) -> Rhythm:
    """Return how often the class changes its keys: every year, until it chooses."""
    return Rhythm(settings.get(box.database, RHYTHM) or Rhythm.YEAR)


def set_rhythm(box: Box, chosen: Rhythm) -> None:
    """Choose it."""
    with box.database.transaction():
        settings.put(box.database, RHYTHM, chosen.value)
        audit.note(box, Event.POLICY_SET, role=box.actor, detail=f"{RHYTHM}/{chosen.value}")


def begin(box: Box) -> None:
    """Note that new keys count from today; called where they are made."""
    settings.put(box.database, _SINCE, stamp(box.now()))


def since(box: Box) -> date | None:
    """Return the day from which the present keys count, or None before the first."""
    begun = _begun_at(box)
    return begun.date() if begun else None


def end(box: Box) -> None:
    """Note that the keys before the present ones are destroyed today; called where they are."""
    begun = _begun_at(box) or box.now()
    known = [change for change in changes(box) if change.begun_at != begun]
    told = [*known, Change(begun, box.today())][-_REMEMBERED:]
    said = [[stamp(change.begun_at), change.destroyed_on.isoformat()] for change in told]
    settings.put(box.database, _CHANGES, json.dumps(said))


def changes(box: Box) -> list[Change]:
    """Return the changes of keys that came to their end, oldest first; works while locked."""
    said = json.loads(settings.get(box.database, _CHANGES) or "[]")
    return [Change(moment(begun), date.fromisoformat(destroyed)) for begun, destroyed in said]


def knows_periods(box: Box) -> bool:
    """Whether this year's calendar tells every period; without the school's zone two holidays are missing."""
    year = school_years.school_year(box, box.today())
    return {holiday.name for holiday in year.holidays} >= set(HOLIDAYS)


def is_due(box: Box) -> bool:
    """Whether the keys are older than the class wants them; works while locked."""
    begun, today = since(box), box.today()
    return begun is not None and due(rhythm(box), begun, today, school_years.school_year(box, today))


def _begun_at(box: Box) -> datetime | None:
    said = settings.get(box.database, _SINCE)
    return moment(said) if said else None
