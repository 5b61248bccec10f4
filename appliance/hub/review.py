"""What the teacher does with a capture, and what a sticker opens."""

from enum import StrEnum

from appliance.domain.captures import CAPTION_TYPE, Capture
from appliance.domain.permissions import Scope
from appliance.domain.retention import is_due, last_day
from appliance.hub import erasure, parcels, people, traces
from appliance.hub.box import Box, Locked
from appliance.store import captures, journal, outbox, printing


def keep(box: Box, capture: Capture) -> None:
    """Keep a take that the pupil did not, or in which the box heard nobody, and print its sticker."""
    if not capture.kept or capture.empty:
        last = last_day(capture.taken_at.date(), kept=True, attributed=bool(capture.pupils))
        with box.database.transaction():
            captures.keep(box.database, capture.id, last)
            printing.enqueue(box.database, capture.id, capture.pupils, reprint=False, now=box.now())
            journal.write(box.database, "kept", capture.id, box.now())
        box.announce_change()


class CannotRelease(Exception):
    """`reason` is `not_kept`, `no_permission` or `pupil_wish`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def release(box: Box, capture: Capture, *, asked: bool = False) -> None:
    """Let a capture go to the pupil's ENT space at the next sync.

    `asked` says that the pupil, who had chosen otherwise, was asked again (E32). Locked, CannotRelease, or
    NotForThisKey when its file is damaged: then nothing is released.
    """
    if not box.is_open:
        raise Locked
    _refuse_release(box, capture, asked=asked)
    sealed = parcels.sealed_parcel(box, capture) if box.config.ent.kind != "none" else None
    with box.database.transaction():
        # Asked again under the write lock: the family may have withdrawn while the parcel was made.
        _refuse_release(box, capture, asked=asked)
        captures.release(box.database, capture.id, box.now())
        outbox.ask_put(box.database, capture.code, box.now())
        journal.write(box.database, "released", capture.id, box.now())
        if people.exceeds_wish(capture.wish, Scope.FAMILY):
            journal.write(box.database, "pupil_asked_again", capture.id, box.now())
        if sealed is not None:
            parcels.stage(box, capture.code, sealed)
    box.announce_change()


def _refuse_release(box: Box, capture: Capture, *, asked: bool) -> None:
    if not capture.kept or capture.empty:
        raise CannotRelease("not_kept")
    if not people.decision(box, capture.pupils, capture.nature, Scope.FAMILY).allowed:
        raise CannotRelease("no_permission")
    if people.exceeds_wish(capture.wish, Scope.FAMILY) and not asked:
        raise CannotRelease("pupil_wish")


def delete(box: Box, capture: Capture) -> None:
    """Erase a capture everywhere."""
    erasure.erase(box, capture, reason="deleted")
    box.announce_change()


def reprint(box: Box, capture: Capture) -> None:
    """Print a capture's sticker again, one per owner, marked as a copy when one came out before."""
    again = printing.was_printed(box.database, capture.id)
    printing.enqueue(box.database, capture.id, capture.pupils, reprint=again, now=box.now())
    box.announce_change()


class Opening(StrEnum):
    """What a scanned sticker gives."""

    PLAYS = "plays"
    CLOSED = "closed"
    """The class is locked."""
    WITHDRAWN = "withdrawn"
    """Erased, or no longer permitted in class."""
    CANCELLED = "cancelled"
    """It was printed for another pupil; the trace has another sticker now (E6)."""
    AUTHOR_ONLY = "author_only"
    """The pupil wants to be heard by nobody else: it plays at a station, to the badge of its author."""
    UNKNOWN = "unknown"


def open_sticker(box: Box, code: str) -> tuple[Opening, Capture | None]:
    """Decide what a sticker's code opens now, on the LAN of the class, to whoever holds it.

    While the class is locked every code answers the same, so that a closed box tells nothing.
    """
    if not box.is_open:
        return Opening.CLOSED, None
    capture = captures.find_by_code(box.database, code)
    if capture is None:
        return _gone(box, code), None
    allowed = people.class_decision(box, capture.pupils, capture.scenario, capture.nature).allowed
    if not allowed or not capture.kept or capture.empty or is_due(capture.last_day, box.today()):
        return Opening.WITHDRAWN, None
    return (Opening.AUTHOR_ONLY if capture.wish is Scope.SELF else Opening.PLAYS), capture


def _gone(box: Box, code: str) -> Opening:
    if captures.is_cancelled(box.database, code):
        return Opening.CANCELLED
    erased = captures.tombstone_of(box.database, code=code) is not None
    return Opening.WITHDRAWN if erased else Opening.UNKNOWN


class NotForThem(Exception):
    """It is for its author alone, and the badge shown is none of its authors'."""


def hear_at_station(box: Box, code: str, pupil: str) -> tuple[bytes, str]:
    """Return what a station plays for a sticker, in memory, and its media type; a captioned photo speaks.

    `pupil` is the id of the badge shown, or empty. Locked, LookupError for a sticker that opens nothing,
    NotForThem, or as `traces.media` does.
    """
    opening, capture = open_sticker(box, code)
    if opening is Opening.CLOSED:
        raise Locked
    if capture is None:
        raise LookupError(code)
    if opening is Opening.AUTHOR_ONLY and pupil not in capture.pupils:
        raise NotForThem(code)
    if capture.caption_ms:
        return traces.caption(box, capture), CAPTION_TYPE
    return traces.media(box, capture), capture.media_type
