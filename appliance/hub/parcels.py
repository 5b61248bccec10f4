"""Parcels for the ENT: made while the class is open, sealed to a key in RAM, opened by the sync."""

import hashlib
import json
import logging
import struct

from pyrage import x25519

from appliance.domain.audit import Event
from appliance.domain.captures import EXTENSIONS, Capture
from appliance.domain.codes import human_code
from appliance.domain.permissions import Use
from appliance.domain.retention import is_due
from appliance.hub import audit, people, traces
from appliance.hub.box import Box
from appliance.hub.rights import permits
from appliance.i18n import short_day
from appliance.store import captures, outbox, owners
from appliance.vault.opening import NotForThisKey
from appliance.vault.sealing import Sealer

log = logging.getLogger(__name__)


class Waiting(Exception):
    """Not yet: its parcel is made again at the next unlock, or the ENT has first to give back another."""


class NoLonger(Exception):
    """There is nothing to carry any more: done, withdrawn or erased."""


def plan(box: Box) -> tuple[list[outbox.Action], int]:
    """Return what the sync can do now, deletions first, and how many puts wait for an unlock."""
    pending = outbox.pending(box.database)
    ready = [a for a in pending if a.verb == outbox.DELETE or _path_exists(box, a.code)]
    return ready, len(pending) - len(ready)


def fetch(box: Box, action_id: int) -> bytes:
    """Return an action's sealed parcel and count the attempt; NoLonger or Waiting otherwise.

    The permission is asked once more at this last moment, under the write lock: a withdrawal comes before
    and nothing leaves, or after and finds the attempt that makes it ask the ENT for a deletion.
    """
    with box.database.transaction():
        action = outbox.find(box.database, action_id)
        capture = captures.find_by_code(box.database, action.code) if action else None
        if action is None or capture is None or not _may_leave(box, capture):
            raise NoLonger
        if owners.is_being_taken_back(box.database, capture.id):
            raise Waiting
        try:
            sealed = box.shelf.parcel(box.run_key_name, action.code).read_bytes()
        except FileNotFoundError:
            raise Waiting from None
        outbox.begin(box.database, action_id, box.now())
    return sealed


def finish(box: Box, action_id: int, size: int | None) -> None:
    """Record that an action was proven, and drop its parcel."""
    action = outbox.find(box.database, action_id)
    if action is None:
        return
    with box.database.transaction():
        outbox.verified(box.database, action_id, box.now(), size)
        done = Event.SENT if action.verb == outbox.PUT else Event.ERASED_AT_ENT
        audit.note(box, done, outbox.capture_of(box.database, action.code))
    box.shelf.remove_parcels(action.code)
    box.announce_change()


def sealed_parcel(box: Box, capture: Capture) -> bytes:
    """Return a capture's parcel; Locked when the class is, NotForThisKey when its file is damaged."""
    content = traces.media(box, capture)
    (trace,) = traces.describe(box, [capture])
    header = {
        "paths": [[people.class_name(box), name, _file_name(trace)] for name in trace.names],
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "type": capture.media_type,
        "taken_at": capture.taken_at.isoformat(),
    }
    encoded = json.dumps(header, ensure_ascii=False).encode()
    sealer = Sealer([str(x25519.Identity.from_str(box.run_key).to_public())])
    return sealer.seal(struct.pack(">I", len(encoded)) + encoded + content)


def stage(box: Box, code: str, sealed: bytes) -> None:
    """Put a parcel where the sync finds it, unless it is not asked for any more."""
    with box.database.transaction():
        if outbox.state_of(box.database, code) == outbox.QUEUED:
            box.shelf.write_parcel(box.run_key_name, code, sealed)


def stage_all(box: Box) -> None:
    """Make the parcels that a power loss took away; Locked when the class is."""
    for action in outbox.pending(box.database):
        if action.verb == outbox.PUT and not _path_exists(box, action.code):
            capture = captures.find_by_code(box.database, action.code)
            if capture is None or not _may_leave(box, capture):
                continue
            try:
                stage(box, capture.code, sealed_parcel(box, capture))
            except (OSError, NotForThisKey) as error:
                log.warning("parcel of capture %s not made: %s", capture.id, type(error).__name__)


def _may_leave(box: Box, capture: Capture) -> bool:
    allowed = permits.of_capture(box, capture, Use.OWN_FAMILY).allowed
    lives = capture.kept and not capture.empty and not is_due(capture.last_day, box.today())
    return allowed and lives and capture.released_at is not None


def _path_exists(box: Box, code: str) -> bool:
    return box.shelf.parcel(box.run_key_name, code).is_file()


def _file_name(trace: traces.Trace) -> str:
    capture = trace.capture
    day = short_day(capture.taken_at.date())
    extension = EXTENSIONS[capture.media_type]
    return f"{trace.title} — {day} — {human_code(capture.code)}.{extension}"
