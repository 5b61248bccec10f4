"""Writing the journal, sealing where it stands, and telling whether it is as it was written.

Its chain shows a change by whoever does not compute it anew. Against those who do, each opening and each
locking of the class seals the last line under the private key, which is on no disk: a journal rewritten while
the class was locked does not agree with its seal. A whole older data folder put back agrees with itself;
only a witness copied on paper tells.
"""

import logging
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from appliance.clock import PARIS, Clock
from appliance.domain.audit import (
    KEPT,
    WITNESS_DIGITS,
    Anchor,
    Break,
    Damage,
    Event,
    Role,
    first_break,
)
from appliance.domain.captures import Capture
from appliance.domain.retention import doubt
from appliance.hub.box import Box
from appliance.store import journal, settings
from appliance.store.database import Database
from appliance.store.journal import Act
from appliance.vault.opening import Opener

log = logging.getLogger(__name__)

_WITNESS = re.compile(rf"\s*(\d{{1,12}})\s*-\s*([0-9A-Fa-f]{{{WITNESS_DIGITS}}})\s*")
_PURPOSE = b"boite journal seal 1\n"


class Holder(Protocol):
    """What writing a line needs; no key."""

    database: Database
    clock: Clock


@dataclass
class Desk:
    """A holder where there is no hub: a job, a command."""

    database: Database
    clock: Clock


class Pruned(LookupError):
    """The line of a witness is older than six months and gone."""


def note(
    holder: Holder, event: Event, subject: str = "", *, role: Role | None = None, detail: str = ""
) -> None:
    """Write down an act, in the transaction that runs; `role` when it is not who usually does it.

    What the teacher usually does is done by whoever acts at the box (`Box.actor`).
    """
    if role is None and event.role is Role.TEACHER:
        role = getattr(holder, "actor", Role.TEACHER)
    reading = holder.clock.read()
    doubtful = doubt(reading, settings.high_water(holder.database)) is not None
    act = Act(event, role or event.role, subject, detail)
    journal.write(holder.database, act, reading.now, doubtful=doubtful)


def try_note(holder: Holder, event: Event, *, role: Role | None = None) -> None:
    """Write down an act that goes on even when the disk is full, or the data may only be read."""
    try:
        note(holder, event, role=role)
    except sqlite3.OperationalError as error:
        log.warning("the journal could not note %s: %s", event, error)


def note_heard(box: Box, capture: Capture, role: Role) -> None:
    """Write down that a capture was listened to or looked at: once a day for each role.

    Who accessed what has to be known (requirement E22); how often, and by which family or pupil, has not.
    """
    now = box.now().astimezone(PARIS)
    midnight = datetime.combine(now.date(), time.min, PARIS)
    act = Act(Event.HEARD, role, capture.id)
    if journal.is_noted(box.database, act, midnight):
        return
    try:
        with box.database.transaction():
            # Asked again under the write lock: a player fetches a sound by several requests at once.
            if not journal.is_noted(box.database, act, midnight):
                note(box, Event.HEARD, capture.id, role=role)
    except sqlite3.OperationalError as error:
        log.warning("the journal could not note who heard %s: %s", capture.id, error)


def note_opened(box: Box, opener: Opener) -> None:
    """Write down that the class was opened, after a look at what was done to the journal meanwhile."""
    with box.database.transaction():
        _note_break(box, trouble(box.database, opener))
        note(box, Event.CLASS_OPENED)
        _seal(box.database, opener)


def note_locked(box: Box, opener: Opener, role: Role) -> None:
    """Write down that the class was locked, by its teacher or by the box, and seal the last line."""
    with box.database.transaction():
        note(box, Event.CLASS_LOCKED, role=role)
        _seal(box.database, opener)


def reseal(box: Box, opener: Opener) -> None:
    """Seal the last line anew under the key in force, in the transaction that changes the keys.

    The caller has opened the class with the former key: what that one's seal told was noted then. What shows
    without a key is noted now, before the new seal hides it.
    """
    with box.database.transaction():
        _note_break(box, _unsealed(box.database))
        _seal(box.database, opener)


def tend(holder: Holder, now: datetime) -> None:
    """Look through the whole journal, then take away what is older than six months; on a believed clock."""
    _note_break(holder, check(holder.database))
    journal.prune(holder.database, now - KEPT, now)


def check(database: Database) -> Break | None:
    """Return where the journal first breaks, or None; reads every line, and needs no key."""
    with database.snapshot():
        try:
            start = journal.start(database)
        except ValueError:
            return Break(1, Damage.ALTERED)
        found = first_break(journal.every(database), start, journal.head(database))
        return found or _unsealed(database)


def trouble(database: Database, opener: Opener) -> Break | None:
    """Return what a quick look at the end of the journal and at its seal finds, or None."""
    head = journal.head(database)
    if head.number and journal.digest_of(database, head.number) != head.digest:
        return Break(head.number, Damage.CUT)
    return _unsealed(database) or _forged(database, opener)


def witness(database: Database) -> str:
    """Return the journal's last line and the beginning of its print, to copy on paper."""
    return journal.head(database).witness()


def compare(database: Database, text: str) -> Break | None:
    """Return what a witness on paper shows, or None when the journal holds its line.

    ValueError when the text is no witness; Pruned when its line is gone with its age.
    """
    found = _WITNESS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    number = int(found[1])
    with database.snapshot():
        if number > journal.head(database).number:
            return Break(journal.head(database).number + 1, Damage.CUT)
        if number <= journal.start(database).number:
            raise Pruned(text)
        digest = journal.digest_of(database, number) or ""
    same = digest[:WITNESS_DIGITS].upper() == found[2].upper()
    return None if same else Break(number, Damage.REWRITTEN)


def _seal(database: Database, opener: Opener) -> None:
    text = journal.head(database).text()
    settings.put(database, settings.JOURNAL_SEAL, f"{text} {opener.proof(_PURPOSE + text.encode()).hex()}")


def _sealed(database: Database) -> tuple[Anchor, str] | None:
    """Return where the journal was last sealed, and the proof; ValueError when it is no seal."""
    value = settings.get(database, settings.JOURNAL_SEAL)
    if value is None:
        return None
    text, _space, proof = value.partition(" ")
    return Anchor.parse(text), proof


def _unsealed(database: Database) -> Break | None:
    """Return how the journal differs from its seal, without a key."""
    try:
        sealed = _sealed(database)
        start = journal.start(database)
    except ValueError:
        return Break(1, Damage.REWRITTEN)
    if sealed is None or sealed[0].number <= start.number:
        return None
    anchor = sealed[0]
    if anchor.number > journal.head(database).number:
        return Break(journal.head(database).number + 1, Damage.CUT)
    same = journal.digest_of(database, anchor.number) == anchor.digest
    return None if same else Break(anchor.number, Damage.REWRITTEN)


def _forged(database: Database, opener: Opener) -> Break | None:
    """Return what is wrong with the seal itself: it was made under another key, or taken away."""
    sealed = _sealed(database)
    if sealed is None:
        never_opened = journal.latest(database, Event.CLASS_OPENED) is None
        return None if never_opened else Break(1, Damage.REWRITTEN)
    anchor, proof = sealed
    same = opener.proves(_PURPOSE + anchor.text().encode(), proof)
    return None if same else Break(anchor.number, Damage.REWRITTEN)


def _note_break(holder: Holder, found: Break | None) -> None:
    """Write down once that the journal was tampered with: the line stays when the next seal hides it."""
    if found is None:
        return
    detail = f"{found.damage}/{found.number}"
    if journal.last_detail(holder.database, Event.JOURNAL_BROKEN) != detail:
        note(holder, Event.JOURNAL_BROKEN, detail=detail)
