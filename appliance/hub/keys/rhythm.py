"""How often the keys are to be changed, and since when the present ones count: two facts in clear."""

from datetime import date

from appliance.domain.audit import Event
from appliance.domain.key_changes import Rhythm
from appliance.domain.key_changes import is_due as due
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import school_years
from appliance.store import settings

RHYTHM = "key_rhythm"
_SINCE = "keys_since"


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
    settings.put(box.database, _SINCE, box.today().isoformat())


def since(box: Box) -> date | None:
    """Return the day from which the present keys count, or None before the first."""
    said = settings.get(box.database, _SINCE)
    return date.fromisoformat(said) if said else None


def is_due(box: Box) -> bool:
    """Whether the keys are older than the class wants them; works while locked."""
    begun, today = since(box), box.today()
    return begun is not None and due(rhythm(box), begun, today, school_years.school_year(box, today))
