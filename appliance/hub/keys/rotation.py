"""Changing the keys: every year, for another period, or when somebody may know them (law.md §7.4, §8).

Everything is new: the class key, each adult's words, the envelope; trusted devices are forgotten. Then all
that stays is sealed anew, in the background of an open class; and the former class keys are destroyed once
nothing needs them: old copies of the folder open with no key that still exists. Until then the new words
open both.

A station may still hold takes sealed to the former key. So that key stays until each station has said that it
seals for the new one, and after that that it holds nothing from before. One that never answers can be given
up by hand.
"""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from weakref import WeakKeyDictionary

from appliance.domain.audit import Event
from appliance.hub import audit, mending
from appliance.hub.box import Box, Locked
from appliance.hub.keys import adults, rhythm
from appliance.hub.keys.resealing import BACKUP_WORK, Tally, reseal_all
from appliance.store import adults as rows
from appliance.store import captures
from appliance.vault.files import remove_durably
from appliance.vault.keys import Changed
from appliance.vault.opening import Opener
from appliance.vault.ring import Draft

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
"""Between two looks at the stations that are waited for."""


class NotRotating(Exception):
    """No change of keys is under way."""


class State(StrEnum):
    """How far a change of keys is."""

    NONE = "none"
    LOCKED = "locked"
    """Under way; it goes on when the class is open."""
    SEALING = "sealing"
    WAITING = "waiting"
    """All is sealed anew; some stations have not said yet that they hold nothing from before."""
    FAILED = "failed"
    """The disk stopped it; it goes on at the next opening, or when asked."""


@dataclass(frozen=True)
class Progress:
    """How far a change of keys is, for the pages."""

    state: State
    done: int = 0
    total: int = 0
    damaged: int = 0
    """Things that no key at hand opens: they were damaged before, and stay as they are."""
    waiting: tuple[str, ...] = ()
    """The stations that are waited for."""


class _Stopped(Exception):
    """The class was locked, or the box is closing."""


@dataclass
class _Run:
    """What the hub knows of a change of keys under way, in memory only."""

    progress: Progress = Progress(State.SEALING)
    thread: threading.Thread | None = None
    key: str = ""
    """The class key that what the stations said is about."""
    sealing_anew: set[str] = field(default_factory=set)
    """Stations that said to seal for the new key."""
    empty: set[str] = field(default_factory=set)
    """Those that said afterwards to hold nothing from before."""
    impatient: bool = False


_runs: "WeakKeyDictionary[Box, _Run]" = WeakKeyDictionary()
_guard = threading.Lock()


def draft(box: Box) -> Draft:
    """Make new keys for every adult who may come in, to show before `begin`; Locked when the class is.

    Nothing counts yet. `words` holds each adult's seven words, `recovery_identity` the new envelope's key.
    """
    return box.keys.draft_rotation(box.opener, adults.openers(box))


def begin(box: Box, draft: Draft) -> None:
    """Let the new words and the new envelope count, and begin to seal everything anew, in the background.

    Locked when the class is; Changed when the keys changed since the draft was made. After a power cut
    in here the former words count, or the new ones.
    """
    opener = box.opener
    try:
        with box.database.transaction():
            adults.ensure_first(box)
            rows.remove_devices(box.database)
            rhythm.begin(box)
            box.keys.commit(draft, opener)
            audit.reseal(box, opener)
    finally:
        # The keys may count although the database could not follow.
        box.keys_changed()
    with _guard:
        _runs.pop(box, None)
    resume(box)


def resume(box: Box) -> None:
    """Go on with a change of keys that is under way, in the background; nothing happens without one."""
    if not box.is_open or not box.keys.is_rotating():
        return
    with _guard:
        run = _runs.setdefault(box, _Run())
        if run.thread is None or not run.thread.is_alive():
            run.thread = threading.Thread(target=_go_on, args=(box, run), name="rotation", daemon=True)
            box.background = run.thread
            run.thread.start()


def work(box: Box) -> bool:
    """Do what is left of a change of keys, to its end or until the class is locked; `resume` does it beside.

    Can be stopped at any point and run again. Return False when a lock stopped it.
    """
    if not box.keys.is_rotating():
        return True
    run = _runs.setdefault(box, _Run())
    run.progress = Progress(State.SEALING)
    try:
        with _noted(run):
            opener = _still_open(box, None)
            _seal(box, run, opener)
            ended = False
            while not ended:
                _wait(box, run, opener)
                key = opener.public_key
                # What the stations handed over meanwhile. An adult who leaves now changes the key once more.
                ended = not _seal(box, run, opener).sealed and _end(box, run, opener, key)
    except (_Stopped, Locked):
        return False
    return True


def progress(box: Box) -> Progress:
    """Return how far it is."""
    if not box.keys.is_rotating():
        return Progress(State.NONE)
    if not box.is_open:
        return Progress(State.LOCKED, waiting=_awaited(box))
    run = _runs.get(box)
    return run.progress if run is not None else Progress(State.SEALING)


def give_up_waiting(box: Box) -> None:
    """End without the stations that do not answer: what they still hold will be illegible.

    NotRotating when nothing is under way.
    """
    if not box.keys.is_rotating():
        raise NotRotating
    with _guard:
        _runs.setdefault(box, _Run()).impatient = True
    box.announce_change()
    resume(box)


def heard(box: Box, station: str, key: str, held: int) -> None:
    """Note what a station says with each request: the class key it seals for, and how many takes it holds."""
    run = _runs.get(box)
    if run is None or key != box.sealer.recipients[0]:
        return
    if run.key != key:
        # What was said of another key says nothing of this one.
        run.key, run.sealing_anew, run.empty = key, set(), set()
    # A take begun just before the new key came may not have been among those held: the next request counts.
    if station in run.sealing_anew and held == 0 and station not in run.empty:
        run.empty.add(station)
        box.announce_change()
    run.sealing_anew.add(station)


def join(box: Box, seconds: float | None = None) -> bool:
    """Wait until nothing is being done in the background; whether that came."""
    run = _runs.get(box)
    thread = run.thread if run is not None else None
    if thread is None:
        return True
    thread.join(seconds)
    return not thread.is_alive()


def _go_on(box: Box, run: _Run) -> None:
    """Work, and begin again after a lock and an opening that came too soon to see the thread end."""
    again = True
    while again:
        stopped = not work(box)
        with _guard:
            again = stopped and box.is_open and not box.closing
            if not again:
                run.thread = None


@contextmanager
def _noted(run: _Run) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        log.warning("the change of keys stopped: %s", type(error).__name__)
        run.progress = replace(run.progress, state=State.FAILED)


def _awaited(box: Box) -> tuple[str, ...]:
    run = _runs.get(box)
    if run is not None and run.impatient:
        return ()
    empty = run.empty if run is not None and run.key == box.sealer.recipients[0] else set()
    return tuple(station.id for station in box.config.stations if station.id not in empty)


def _seal(box: Box, run: _Run, opener: Opener) -> Tally:
    def step(done: int, total: int) -> None:
        _still_open(box, opener)
        run.progress = Progress(State.SEALING, done, total)

    mending.mend_all(box)
    tally = reseal_all(box, opener, step)
    run.progress = replace(run.progress, damaged=tally.damaged)
    return tally


def _wait(box: Box, run: _Run, opener: Opener) -> None:
    while awaited := _awaited(box):
        run.progress = replace(run.progress, state=State.WAITING, waiting=awaited)
        with box.changed:
            if _awaited(box) and not box.closing:
                box.changed.wait(_LOOK_SECONDS)
        _still_open(box, opener)


def _end(box: Box, run: _Run, opener: Opener, key: str) -> bool:
    """Destroy the former keys and what could still hold the former values; False when all is to do again."""
    _still_open(box, opener)
    if opener.public_key != key or _awaited(box):
        return False
    for copy in box.config.data.glob(f"{box.database.path.name}.*.copy"):
        remove_durably(copy)
    for work in BACKUP_WORK:
        shutil.rmtree(box.config.data / work, ignore_errors=True)
    box.database.forget_deleted_rows()
    # Noted first: a power cut in between notes it twice, and never not at all.
    with box.database.transaction():
        rhythm.end(box)
        audit.note(box, Event.KEY_ROTATED, detail=str(captures.overview(box.database)["total"]))
    audit.reseal(box, opener)
    try:
        box.keys.end_rotation(opener, key)
    except Changed:
        return False
    box.keys_changed()
    box.names = {}
    run.progress = replace(run.progress, state=State.NONE)
    return True


def _still_open(box: Box, opener: Opener | None) -> Opener:
    """Return the opener in force; _Stopped when the class was locked: the key must not outlive it here."""
    if box.closing or not box.is_open:
        raise _Stopped
    found = box.opener
    if opener is not None and found is not opener:
        raise _Stopped
    return found
