"""One way to erase, for a teacher's tap, a withdrawal and a last day alike (law.md R8, R12, §2.5)."""

from collections.abc import Sequence
from typing import Protocol

from appliance.clock import Clock
from appliance.domain.audit import Event, Role
from appliance.domain.captures import Capture, Quarantine
from appliance.hub import audit
from appliance.hub.shelf import Shelf
from appliance.store import captures, outbox
from appliance.store.database import Database


class Holder(Protocol):
    """What erasing needs; no key among it, so a locked box erases too."""

    database: Database
    shelf: Shelf
    clock: Clock


def erase(holder: Holder, capture: Capture, *, reason: str, but_aside: bool = False) -> None:
    """Hide a capture, remove its files, ask the ENT for the same, and leave one line of proof.

    `but_aside`: leave what is put aside, even a moment ago.

    In this order a power cut leaves either a capture that is still there or files that the next
    boot removes, and never a capture without its tombstone.
    """
    with holder.database.transaction():
        # It may have been given to another pupil, under another code, or erased, since it was looked up.
        now = captures.find(holder.database, capture.id)
        if now is None or (but_aside and now.quarantine is not Quarantine.NO):
            return
        bury(holder, now, reason=reason)
    remove_files(holder, now)


def bury(holder: Holder, capture: Capture, *, reason: str) -> None:
    """Do the first half of `erase`: what the database knows. `remove_files` follows once it is committed."""
    now = holder.clock.read().now
    with holder.database.transaction():
        outbox.ask_delete(holder.database, capture.code, now)
        captures.bury(holder.database, capture, on=now.date(), reason=reason)
        role = Role.RETENTION if reason in ("last_day", "left") else Role.TEACHER
        audit.note(holder, Event.ERASED, capture.id, role=role, detail=reason)


def remove_files_of(holder: Holder, some: Sequence[Capture]) -> None:
    """Do the second half of `erase` for many, each folder flushed once."""
    holder.shelf.remove_many(capture.id for capture in some)
    for capture in some:
        holder.shelf.remove_parcels(capture.code)


def remove_files(holder: Holder, capture: Capture) -> None:
    """Do the second half of `erase`."""
    holder.shelf.remove(capture.id)
    holder.shelf.remove_parcels(capture.code)
