"""What the school sets of last days: its durations within the law sheet's limits, its calendar, its zone.

Each change counts every last day anew (law.md §2.3, §7.3).
"""

from appliance.domain.audit import Event
from appliance.domain.retention import UNSORTED_DAYS, UNSORTED_MOST, Rules
from appliance.hub import audit, lasting, school_years
from appliance.hub.lasting import Holder
from appliance.store import settings
from appliance.vault.files import remove_durably, write_durably


def choose(holder: Holder, rules: Rules) -> None:
    """Set the durations and count every last day anew; the calendar stays. ValueError beyond the limits."""
    if not UNSORTED_DAYS <= rules.unsorted_days <= UNSORTED_MOST:
        raise ValueError(rules.unsorted_days)
    before, database = lasting.rules(holder), holder.database
    with database.transaction():
        if rules.unsorted_days != before.unsorted_days:
            settings.put(database, lasting.UNSORTED, str(rules.unsorted_days))
            audit.note(holder, Event.POLICY_SET, detail=f"unsorted_days/{rules.unsorted_days}")
        if rules.short is not before.short:
            settings.put(database, lasting.SHORT, "yes" if rules.short else "no")
            audit.note(holder, Event.POLICY_SET, detail="short_lives" if rules.short else "long_lives")
        if rules.works_next_year is not before.works_next_year:
            settings.put(database, lasting.WORKS_NEXT_YEAR, "yes" if rules.works_next_year else "no")
            detail = "works_next_year" if rules.works_next_year else "works_this_year"
            audit.note(holder, Event.POLICY_SET, detail=detail)
    lasting.recount_all(holder)


def set_calendar(holder: Holder, content: bytes) -> None:
    """Put the school's own calendar. ValueError with a French sentence when it is wrong: the former stays."""
    school_years.check(content)
    write_durably(holder.config.data / school_years.CALENDAR_FILE, content)
    _calendar_changed(holder)


def drop_calendar(holder: Holder) -> None:
    """Go back to the calendar shipped."""
    remove_durably(holder.config.data / school_years.CALENDAR_FILE)
    _calendar_changed(holder)


def set_zone(holder: Holder, zone: str) -> None:
    """Set the school's zone; ValueError for one that the calendar does not know."""
    if zone and zone not in (school_years.calendar(holder.config.data).zones or {}):
        raise ValueError(zone)
    with holder.database.transaction():
        settings.put(holder.database, school_years.ZONE, zone)
        audit.note(holder, Event.CALENDAR_SET)


def _calendar_changed(holder: Holder) -> None:
    audit.note(holder, Event.CALENDAR_SET)
    lasting.recount_all(holder)
