"""A pupil leaves: capture off at once, the ENT emptied, thirty days to come back (law.md §7.4; E24)."""

from datetime import date

from appliance.domain.audit import Event, Role
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.codes import BADGE_LENGTH, badge_code
from appliance.domain.retention import class_list_last_day, departure_last_day, is_due
from appliance.domain.school_calendar import Calendar
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import erasure, lasting, sweeping
from appliance.hub.retention.erasure import Holder
from appliance.hub.rights import export_files
from appliance.store import captures, departures, exports, outbox, pupils


class NotGone(LookupError):
    """The pupil has not left, or is not known."""


class NotHere(LookupError):
    """The pupil has left already, or is not known."""


def leave(box: Box, pupil: str) -> date:
    """Take a pupil off the class and return the last day of what is theirs; NotHere. Works while locked.

    From this moment no station records them, their badge opens nothing, nobody hears a capture in which they
    are recognised, and the ENT is asked to erase all of theirs.
    """
    now, today = box.now(), box.today()
    last = departure_last_day(today)
    with box.database.transaction():
        if pupil in _gone(box) or pupil not in _known(box):
            raise NotHere(pupil)
        held = [c for c in captures.of_pupil(box.database, pupil) if c.quarantine is Quarantine.NO]
        departures.leave(box.database, pupil, today)
        lasting.recount_pupil(box, pupil)
        pupils.set_badge(box.database, pupil, badge_code(box.random_bytes(BADGE_LENGTH)))
        for capture in held:
            outbox.ask_delete(box.database, capture.code, now)
        audit.note(box, Event.PUPIL_LEFT, pupil)
    for capture in held:
        box.shelf.remove_parcels(capture.code)
    box.announce_change()
    return last


def come_back(box: Box, pupil: str) -> None:
    """Undo `leave`: what was captured lasts as before; what went home has to be released anew. NotGone.

    The badge stays void: a new one is printed.
    """
    with box.database.transaction():
        if pupil not in _gone(box):
            raise NotGone(pupil)
        departures.come_back(box.database, pupil)
        lasting.recount_pupil(box, pupil)
        audit.note(box, Event.PUPIL_CAME_BACK, pupil)
    box.announce_change()


def last_day_of(box: Box, pupil: str) -> date | None:
    """Return the last day of what the box holds of a pupil who left, or None for one who has not."""
    left = _gone(box).get(pupil)
    return departure_last_day(left) if left else None


def shared(box: Box, pupil: str) -> list[Capture]:
    """Return the captures in which a pupil is not alone: each may stay without them."""
    held = captures.of_pupil(box.database, pupil)
    return [c for c in held if len(c.pupils) > 1 and c.quarantine is Quarantine.NO]


def overdue(holder: Holder, today: date) -> list[str]:
    """Return the pupils whose thirty days are over."""
    return [pupil for pupil, gone in _gone(holder).items() if is_due(departure_last_day(gone), today)]


def outgrown(holder: Holder, today: date, calendar: Calendar) -> dict[str, date]:
    """Return the pupils of a school year that is legally over, with its end, of whom nothing is left.

    One with a trace, put aside or in the carnet, keeps their row, and one with a copy for the family too.
    """
    last_days = {
        pupil: class_list_last_day(added, calendar)
        for pupil, added in departures.idle(holder.database).items()
    }
    return {pupil: last for pupil, last in last_days.items() if is_due(last, today)}


def forget(holder: Holder, pupil: str, *, role: Role = Role.RETENTION, why: str = "left") -> bool:
    """Remove all that the box holds of a pupil who left; whether it could. No key is needed.

    What is put aside stays, and the pupil's row with it, until a person has decided on it.
    Each step may be the last before a power cut: done again, it goes on.
    """
    database, data = holder.database, holder.database.path.parent
    for capture in captures.of_pupil(database, pupil):
        erasure.erase(holder, capture, reason="left", but_aside=True)
    for row in exports.every(database):
        if row.pupil == pupil:
            export_files.erase(holder, row)
    with database.transaction():
        # Something may have come, or been put aside, meanwhile.
        if captures.of_pupil(database, pupil):
            return False
        departures.remove(database, pupil)
        audit.note(holder, Event.PUPIL_FORGOTTEN, pupil, role=role, detail=why)
    sweeping.sweep_voices(database, data)
    return True


def _gone(holder: Holder) -> dict[str, date]:
    rows = pupils.every(holder.database)
    return {row.id: row.left_on for row in rows if row.left_on is not None}


def _known(holder: Holder) -> set[str]:
    return {row.id for row in pupils.every(holder.database)}
