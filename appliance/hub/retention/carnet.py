"""The *carnet de suivi*: a trace kept to the end of cycle 1, on the teacher's word, for a reason (R9)."""

from datetime import date

from appliance.domain.audit import Event
from appliance.domain.captures import Capture
from appliance.domain.retention import carnet_end
from appliance.hub import audit, people
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.store import captures
from appliance.store import lasting as stored

LONGEST_REASON = 200


class NotForCarnet(Exception):
    """`reason`: `not_kept`, `nobody` (no owner), `not_cycle_1`, `no_reason`, `too_long` or `gone`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def end_for(box: Box, capture: Capture) -> date | None:
    """Return the last day that the flag would give: 31 August of the GS year, of the eldest in it.

    None when one of its pupils is not in cycle 1, or nobody is in it. Locked when the class is.
    """
    levels = [pupil.level for pupil in people.everyone(box) if pupil.id in capture.pupils]
    ends = [carnet_end(level, box.today()) for level in levels]
    found = [end for end in ends if end is not None]
    return min(found) if found and len(found) == len(ends) == len(capture.pupils) else None


def flag(box: Box, capture: Capture, reason: str) -> date:
    """Keep a trace for the carnet, and return its last day. NotForCarnet; Locked when the class is.

    The flag allows nobody to hear it: that still takes the family's permission, each year anew, and a
    withdrawal erases it.
    """
    words = " ".join(reason.split())
    if not words:
        raise NotForCarnet("no_reason")
    if len(words) > LONGEST_REASON:
        raise NotForCarnet("too_long")
    if not capture.kept or capture.empty:
        raise NotForCarnet("not_kept")
    if not capture.pupils:
        raise NotForCarnet("nobody")
    end = end_for(box, capture)
    if end is None:
        raise NotForCarnet("not_cycle_1")
    sealed = box.sealer.seal_json({"reason": words})
    with box.database.transaction():
        now = captures.find(box.database, capture.id)
        # It may have been erased, or given to another pupil, since it was looked at.
        if now is None or now.pupils != capture.pupils:
            raise NotForCarnet("gone")
        stored.set_carnet(box.database, capture.id, sealed, end)
        _recount(box, capture)
        audit.note(box, Event.CARNET_FLAGGED, capture.id)
    box.announce_change()
    return end


def unflag(box: Box, capture: Capture) -> None:
    """Take the flag off: the trace goes when any other would. Works while locked."""
    with box.database.transaction():
        now = captures.find(box.database, capture.id)
        if now is None or not now.carnet:
            return
        stored.set_carnet(box.database, capture.id, None, None)
        _recount(box, capture)
        audit.note(box, Event.CARNET_UNFLAGGED, capture.id)
    box.announce_change()


def level_corrected(box: Box, pupil: str) -> None:
    """Set anew the last days of a pupil's carnet, in the transaction that corrects their level.

    A trace of which one pupil turns out not to be in cycle 1 leaves it. Locked when the class is.
    """
    for capture in captures.of_pupil(box.database, pupil):
        if not capture.carnet:
            continue
        end, sealed = end_for(box, capture), stored.carnet_reason(box.database, capture.id)
        stored.set_carnet(box.database, capture.id, sealed if end else None, end)
        _recount(box, capture)
        if end is None:
            audit.note(box, Event.CARNET_UNFLAGGED, capture.id)


def reason(box: Box, capture: Capture) -> str:
    """Return why a trace is in the carnet, or an empty text; Locked when the class is."""
    sealed = stored.carnet_reason(box.database, capture.id)
    return str(box.opener.open_json(sealed)["reason"]) if sealed else ""


def _recount(box: Box, capture: Capture) -> None:
    found = captures.find(box.database, capture.id)
    if found is not None:
        lasting.recount(box, found)
