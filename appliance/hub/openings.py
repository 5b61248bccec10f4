"""Opening and closing the stations: by the hours of the week, and by hand (D9, D23, D28)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from appliance.domain.audit import Event
from appliance.domain.opening import LAST_MINUTE, Opening, Slot
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.store import openings

USUAL_LENGTH = timedelta(minutes=40)
"""How long a station is opened when the teacher says nothing else (requirements §3.2, 08:35)."""
LONGEST_LENGTH = timedelta(hours=4)


def of(box: Box, station: str) -> Opening:
    """Return a station's hours and the teacher's last word."""
    return openings.of(box.database, station)


def open_now(box: Box, stations: Iterable[str], length: timedelta = USUAL_LENGTH) -> None:
    """Open stations for some time, or until the end of the hours that run by then."""
    until = box.now() + min(length, LONGEST_LENGTH)
    with box.database.transaction():
        for station in stations:
            hours = Opening(openings.of(box.database, station).slots).closes_at(until)
            _say(box, station, Event.STATION_OPENED, hours or until)


def end_workshop(box: Box, stations: Iterable[str]) -> int:
    """Close in a minute the stations that are open: pupils are told, and who speaks may finish.

    Return how many stations were open.
    """
    now, told = box.now(), 0
    with box.database.transaction():
        for station in stations:
            opening = openings.of(box.database, station)
            closes = opening.closes_at(now)
            told += opening.is_open(now)
            if opening.is_open(now) and (closes is None or closes > now + LAST_MINUTE):
                _say(box, station, Event.WORKSHOP_ENDED, now + LAST_MINUTE)
    return told


def close_now(box: Box, stations: Iterable[str]) -> None:
    """Close stations at once, until their next hours."""
    with box.database.transaction():
        for station in stations:
            _say(box, station, Event.STATION_CLOSED, None)


def follow_hours(box: Box, stations: Iterable[str]) -> None:
    """Forget what was said by hand: the hours alone decide, and a station without any is open."""
    with box.database.transaction():
        for station in stations:
            openings.unsay(box.database, station)
            audit.note(box, Event.STATION_FOLLOWS_HOURS, station)


def set_hours(box: Box, station: str, slots: Iterable[Slot]) -> None:
    """Replace a station's weekly hours."""
    with box.database.transaction():
        openings.set_hours(box.database, station, slots)
        audit.note(box, Event.STATION_HOURS_SET, station)


def opens_at(opening: Opening, now: datetime) -> datetime | None:
    """Return when the hours next open a closed station, or None when nothing says so."""
    for ahead in range(8):
        day = now + timedelta(days=ahead)
        begins = sorted(span[0] for slot in opening.slots if (span := slot.on(day)) and span[0] > now)
        if begins:
            return begins[0]
    return None


def _say(box: Box, station: str, event: Event, until: datetime | None) -> None:
    openings.say(box.database, station, box.now(), until)
    audit.note(box, event, station)
