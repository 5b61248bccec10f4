"""A pupil's first name, initial or level was wrong: set right, and nothing goes home under the old one."""

from dataclasses import replace

from appliance.domain.audit import Event
from appliance.domain.captures import Capture
from appliance.hub import audit, parcels, people
from appliance.hub.box import Box
from appliance.hub.retention import carnet
from appliance.store import captures, outbox, pupils


class Taken(ValueError):
    """Somebody in the class bears this name: two families would share one folder of the ENT."""


def rename(box: Box, pupil: people.Pupil, first_name: str, *, initial: str, level: str, recall: bool) -> int:
    """Correct a pupil's words and return how many traces were taken back from the ENT.

    A folder of the ENT bears the first name: `recall` takes back what lies in the old one, to be released
    anew into the new one. What was released and not carried yet goes straight into the new one.
    Taken, or Locked.
    """
    corrected = replace(pupil, first_name=first_name, initial=initial, level=level)
    same = (pupil.first_name, pupil.initial) == (first_name, initial)
    if not same and people.is_taken(box, first_name, initial, but=pupil.id):
        raise Taken(pupil.id)
    now, recalled = box.now(), []
    staged = [] if same else _released(box, pupil.id)
    with box.database.transaction():
        pupils.correct(box.database, pupil.id, people.seal(box, corrected))
        for capture in staged:
            if recall and outbox.state_of(box.database, capture.code) == outbox.VERIFIED:
                outbox.ask_delete(box.database, capture.code, now)
                captures.unrelease(box.database, capture.id)
                recalled.append(capture)
        if level != pupil.level:
            carnet.level_corrected(box, pupil.id)
        audit.note(box, Event.PUPIL_CORRECTED, pupil.id)
    for capture in staged:
        box.shelf.remove_parcels(capture.code)
    parcels.stage_all(box)
    box.announce_change()
    return len(recalled)


def _released(box: Box, pupil: str) -> list[Capture]:
    return [c for c in captures.of_pupil(box.database, pupil) if c.released_at is not None]
