"""What the teacher does with a capture, and what a sticker opens."""

from enum import StrEnum

from appliance.domain.captures import Capture
from appliance.domain.permissions import Scope
from appliance.domain.retention import is_due, last_day
from appliance.hub import erasure, parcels, people
from appliance.hub.box import Box, Locked
from appliance.store import captures, journal, outbox, printing


def keep(box: Box, capture: Capture) -> None:
    """Keep a take that the pupil did not, and print its sticker."""
    if not capture.kept:
        with box.database.transaction():
            captures.keep(box.database, capture.id, last_day(capture.taken_at.date(), kept=True))
            printing.enqueue(box.database, capture.id, reprint=False, now=box.now())
            journal.write(box.database, "kept", capture.id, box.now())
        box.announce_change()


class CannotRelease(Exception):
    """`reason` is `not_kept` or `no_permission`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def release(box: Box, capture: Capture) -> None:
    """Let a capture go to the pupil's ENT space at the next sync.

    Locked, CannotRelease, or NotForThisKey when its file is damaged: then nothing is released.
    """
    if not box.is_open:
        raise Locked
    _refuse_release(box, capture)
    sealed = parcels.sealed_parcel(box, capture) if box.config.ent.kind != "none" else None
    with box.database.transaction():
        # Asked again under the write lock: the family may have withdrawn while the parcel was made.
        _refuse_release(box, capture)
        captures.release(box.database, capture.id, box.now())
        outbox.ask_put(box.database, capture.code, box.now())
        journal.write(box.database, "released", capture.id, box.now())
        if sealed is not None:
            parcels.stage(box, capture.code, sealed)
    box.announce_change()


def _refuse_release(box: Box, capture: Capture) -> None:
    if not capture.kept:
        raise CannotRelease("not_kept")
    if not people.decision(box, capture.pupils, capture.nature, Scope.FAMILY).allowed:
        raise CannotRelease("no_permission")


def delete(box: Box, capture: Capture) -> None:
    """Erase a capture everywhere."""
    erasure.erase(box, capture, reason="deleted")
    box.announce_change()


def reprint(box: Box, capture: Capture) -> None:
    """Print a capture's sticker again, marked as a copy when one came out before."""
    again = printing.was_printed(box.database, capture.id)
    printing.enqueue(box.database, capture.id, reprint=again, now=box.now())
    box.announce_change()


class Opening(StrEnum):
    """What a scanned sticker gives."""

    PLAYS = "plays"
    CLOSED = "closed"
    """The class is locked."""
    WITHDRAWN = "withdrawn"
    """Erased, or no longer permitted in class."""
    UNKNOWN = "unknown"


def open_sticker(box: Box, code: str) -> tuple[Opening, Capture | None]:
    """Decide what a sticker's code opens now, on the LAN of the class.

    While the class is locked every code answers the same, so that a closed box tells nothing.
    """
    if not box.is_open:
        return Opening.CLOSED, None
    capture = captures.find_by_code(box.database, code)
    if capture is None:
        gone = captures.tombstone_of(box.database, code=code) is not None
        return (Opening.WITHDRAWN if gone else Opening.UNKNOWN), None
    allowed = people.decision(box, capture.pupils, capture.nature, Scope.CLASS).allowed
    if not allowed or not capture.kept or is_due(capture.last_day, box.today()):
        return Opening.WITHDRAWN, None
    return Opening.PLAYS, capture
