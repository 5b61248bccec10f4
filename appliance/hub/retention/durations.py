"""What the school sets of last days: its durations within the law sheet's limits, its calendar, its zone.

Each change counts every last day anew (law.md §2.3, §7.3).
"""

from appliance.domain.audit import Event
from appliance.domain.retention import UNSORTED_DAYS, UNSORTED_MOST, Rules
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import lasting, recounting, school_years
from appliance.store import settings
from appliance.vault.files import remove_durably, write_durably


def choose(box: Box, rules: Rules) -> None:
    """Set the durations and count every last day anew; the calendar stays. ValueError beyond the limits."""
    if not UNSORTED_DAYS <= rules.unsorted_days <= UNSORTED_MOST:
        raise ValueError(rules.unsorted_days)
    before, database = lasting.rules(box), box.database
    with database.transaction():
        recounting.owe(box)
        if rules.unsorted_days != before.unsorted_days:
            settings.put(database, lasting.UNSORTED, str(rules.unsorted_days))
            audit.note(box, Event.POLICY_SET, detail=f"unsorted_days/{rules.unsorted_days}")
        if rules.short is not before.short:
            settings.put(database, lasting.SHORT, "yes" if rules.short else "no")
            audit.note(box, Event.POLICY_SET, detail="short_lives" if rules.short else "long_lives")
        if rules.works_next_year is not before.works_next_year:
            settings.put(database, lasting.WORKS_NEXT_YEAR, "yes" if rules.works_next_year else "no")
            detail = "works_next_year" if rules.works_next_year else "works_this_year"
            audit.note(box, Event.POLICY_SET, detail=detail)
    recounting.begin(box)


def set_calendar(box: Box, content: bytes) -> None:
    """Put the school's own calendar. ValueError with a French sentence when it is wrong: the former stays."""
    school_years.check(content)
    write_durably(box.config.data / school_years.CALENDAR_FILE, content)
    _calendar_changed(box)


def drop_calendar(box: Box) -> None:
    """Go back to the calendar shipped."""
    remove_durably(box.config.data / school_years.CALENDAR_FILE)
    _calendar_changed(box)


def set_zone(box: Box, zone: str) -> None:
    """Set the school's zone; ValueError for one that the calendar does not know."""
    if zone and zone not in (school_years.calendar(box.config.data).zones or {}):
        raise ValueError(zone)
    with box.database.transaction():
        settings.put(box.database, school_years.ZONE, zone)
        audit.note(box, Event.CALENDAR_SET)


def _calendar_changed(box: Box) -> None:
    audit.note(box, Event.CALENDAR_SET)
    recounting.begin(box)
