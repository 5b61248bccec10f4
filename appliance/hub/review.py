"""What the teacher does with a capture, and what a sticker opens."""

from dataclasses import replace
from enum import StrEnum

from appliance.domain.audit import Event, Role
from appliance.domain.captures import CAPTION_TYPE, Capture, Quarantine
from appliance.domain.permissions import Scope, Use
from appliance.domain.retention import is_due
from appliance.hub import audit, parcels, traces
from appliance.hub.box import Box, Locked
from appliance.hub.retention import erasure, lasting
from appliance.hub.rights import permits
from appliance.store import captures, outbox, owners, printing


def keep(box: Box, capture: Capture) -> None:
    """Keep a take that the pupil did not, or in which the box heard nobody, and print its sticker."""
    with box.database.transaction():
        # Looked at again under the write lock: it may have been given to a pupil, or erased, since.
        now = captures.find(box.database, capture.id)
        if now is None or (now.kept and not now.empty) or now.quarantine is not Quarantine.NO:
            return
        last = lasting.of_capture(box, replace(now, kept=True, empty=False))
        captures.keep(box.database, now.id, last)
        printing.enqueue(box.database, now.id, now.pupils, reprint=False, now=box.now())
        audit.note(box, Event.KEPT, now.id)
    box.announce_change()


class CannotRelease(Exception):
    """`reason`: `not_kept`, `no_permission`, `pupil_wish`, or `changed` (given to another meanwhile)."""

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
        now = captures.find(box.database, capture.id)
        if now is None or (now.code, now.pupils) != (capture.code, capture.pupils):
            raise CannotRelease("changed")
        _refuse_release(box, now, asked=asked)
        captures.release(box.database, capture.id, box.now())
        outbox.ask_put(box.database, capture.code, box.now())
        audit.note(box, Event.RELEASED, capture.id)
        if permits.exceeds_wish(capture.wish, Scope.FAMILY):
            audit.note(box, Event.PUPIL_ASKED_AGAIN, capture.id)
        if sealed is not None:
            parcels.stage(box, capture.code, sealed)
    box.announce_change()


def _refuse_release(box: Box, capture: Capture, *, asked: bool) -> None:
    if not capture.kept or capture.empty:
        raise CannotRelease("not_kept")
    if not permits.of_capture(box, capture, Use.OWN_FAMILY).allowed:
        raise CannotRelease("no_permission")
    if permits.exceeds_wish(capture.wish, Scope.FAMILY) and not asked:
        raise CannotRelease("pupil_wish")


def delete(box: Box, capture: Capture) -> None:
    """Erase a capture everywhere."""
    erasure.erase(box, capture, reason="deleted")
    box.announce_change()


def reprint(box: Box, capture: Capture) -> None:
    """Print a capture's sticker again, one per owner, marked as a copy when one came out before.

    Nothing is printed of what is put aside.
    """
    if capture.quarantine is not Quarantine.NO:
        return
    again = printing.was_printed(box.database, capture.id)
    with box.database.transaction():
        printing.enqueue(box.database, capture.id, capture.pupils, reprint=again, now=box.now())
        audit.note(box, Event.REPRINTED, capture.id)
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
    allowed = permits.of_capture(box, capture, Use.EXHIBITION).allowed
    if not allowed or not capture.kept or capture.empty or is_due(capture.last_day, box.today()):
        return Opening.WITHDRAWN, None
    return (Opening.AUTHOR_ONLY if capture.wish is Scope.SELF else Opening.PLAYS), _heard(box, capture)


def _heard(box: Box, capture: Capture) -> Capture:
    """Return a capture without its caption when somebody's voice in it is no longer allowed."""
    if not capture.caption_ms:
        return capture
    allowed = permits.of_caption(box, capture, Use.EXHIBITION).allowed
    return capture if allowed else replace(capture, caption_ms=0)


def _gone(box: Box, code: str) -> Opening:
    if owners.is_cancelled(box.database, code):
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
        content, media_type = traces.caption(box, capture), CAPTION_TYPE
    else:
        content, media_type = traces.media(box, capture), capture.media_type
    audit.note_heard(box, capture, Role.STATION)
    return content, media_type
