"""Opening and locking the class: by seven words, the card and the day's code, or the sealed envelope.

A trusted device is another way in (`devices`).
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from appliance.clock import PARIS
from appliance.domain.audit import Event, Role
from appliance.domain.roles import DAY_ENDS
from appliance.hub import audit, mending, parcels
from appliance.hub.box import Box
from appliance.hub.keys import adults, rotation
from appliance.hub.keys.throttle import IncompleteWay, Throttle, checked
from appliance.hub.retention import purge
from appliance.store import adults as rows
from appliance.store import journal, settings
from appliance.vault.keys import WrongPassphrase
from appliance.vault.opening import Opener
from appliance.vault.ring import Draft

log = logging.getLogger(__name__)

IDLE = timedelta(minutes=45)
"""Without an action for this long the class locks (law.md §8.4)."""
LOCK_AT = time(16, 30)
"""When it locks unless somebody is at work, until the teacher chooses another time (law.md §8.4)."""
AT_WORK = timedelta(minutes=5)
"""Who acted so recently is at work: the class does not lock under their hands before 18:00."""
LONG_AWAY = timedelta(days=60)
"""A class that nobody opened for so long is told what went meanwhile (law.md §7.4)."""
_LOCK_AT = "lock_at"


class NoLongerAllowed(WrongPassphrase):
    """These are an adult's words, but they were removed, or their last day is over."""


class NeedsDayCode(IncompleteWay):
    """These are the words of the substitute's card, and they open only with the day's code."""


@dataclass(frozen=True)
class Opened:
    """Who came in."""

    adult: str
    """Their id; empty when it was by the sealed envelope."""
    role: Role


def unlock(box: Box, passphrase: str, throttle: Throttle, adult: str | None = None) -> Opened:
    """Open the class by seven words, of one adult or of anybody.

    Raises WrongPassphrase (NoLongerAllowed and NeedsDayCode are some of it) or TooManyTries.
    The first thing an open class does is to make whole what a power cut had left in parts. A full disk, or
    data that may only be read, keep nobody out.
    """

    def way() -> Opener:
        opener = box.keys.unlock(passphrase) if adult is None else box.keys.unlock(passphrase, [adult])
        if adults.may_come_in(box, opener.adult) is Role.SUBSTITUTE:
            raise NeedsDayCode
        return opener

    return let_in(box, checked(box, throttle, way))


def unlock_day(box: Box, typed: str, code: str, throttle: Throttle) -> Opened:
    """Open the class by the words of the substitute's card and the day's code (requirement E18).

    WrongPassphrase, which does not say which of the two was wrong, or TooManyTries.
    """

    def way() -> Opener:
        known = adults.check_day_code(box, code)
        opener = box.keys.unlock(typed, adults.of_role(box, Role.SUBSTITUTE))
        if not known:
            raise WrongPassphrase
        return opener

    return let_in(box, checked(box, throttle, way))


def recover(box: Box, typed: str, throttle: Throttle) -> Opened:
    """Open the class by the sealed envelope, as its teacher; WrongPassphrase or TooManyTries.

    It was seen by whoever opened it: new words and a new envelope come next (`draft_recovery`).
    """
    opened = let_in(box, checked(box, throttle, lambda: box.keys.unlock_recovery(typed)))
    audit.try_note(box, Event.RECOVERY_USED)
    return opened


def absence(box: Box) -> timedelta | None:
    """Return for how long nobody has opened the class, when it is more than 60 days; None otherwise."""
    opened = journal.latest(box.database, Event.CLASS_OPENED)
    away = box.now() - opened if opened is not None else timedelta(0)
    return away if away > LONG_AWAY else None


def draft_recovery(box: Box, adult: str) -> Draft:
    """Make new words for an adult and a new envelope, to show before `adopt`; Locked when the class is.

    Traces sealed before name the former envelope's key until the keys are changed (`rotation`): the former
    envelope is to be destroyed.
    """
    return box.keys.draft_recovery(box.opener, adult)


def draft_words(box: Box, adult: str) -> Draft:
    """Make new words for an adult, to show before `adopt`; Locked when the class is."""
    return box.keys.draft_words(box.opener, adult)


def adopt(box: Box, draft: Draft) -> None:
    """Let a draft of words count; the trusted devices of its adults are forgotten.

    Locked when the class is; Changed when the keys changed since the draft was made.
    """
    opener = box.opener
    try:
        with box.database.transaction():
            adults.ensure_first(box)
            for adult in draft.words:
                rows.remove_devices(box.database, adult)
                audit.note(box, Event.DEVICE_FORGOTTEN, adult)
            box.keys.commit(draft, opener)
    finally:
        # The keys may count although the database could not follow.
        box.keys_changed()


def sign_in(box: Box, role: Role, password: str, throttle: Throttle) -> Opened:
    """Recognise an adult of a role without a key by their password; it opens nothing.

    WrongPassphrase or TooManyTries.
    """

    def way() -> str:
        adult = adults.check_password(box, role, password)
        if adult is None:
            raise WrongPassphrase
        return adult

    return Opened(checked(box, throttle, way), role)


def let_in(box: Box, opener: Opener) -> Opened:
    """Open the class with a key that was unwrapped, or know one adult more when it is open already.

    NoLongerAllowed for an adult who may not come in.
    """
    role = adults.may_come_in(box, opener.adult)
    if role is None:
        raise NoLongerAllowed
    if not box.is_open:
        with _tolerated("what has lived its last day"):
            purge.settle(box)
    with box.coming_in:
        was_open = box.is_open
        if was_open:
            box.opener.welcome(opener)
            box.opened_by = role if role is Role.TEACHER else box.opened_by
        else:
            box.set_opener(opener, role)
    if not was_open:
        with _tolerated("the opening"):
            adults.ensure_first(box)
            audit.note_opened(box, opener)
            adults.end_removals(box)
            mending.mend_all(box)
            parcels.stage_all(box)
        rotation.resume(box)
    return Opened(opener.adult, role)


def lock(box: Box, role: Role | None = None) -> None:
    """Forget the private key and every name; `role` says who locks, by default who acts."""
    role = role or box.actor
    opener = box.forget_opener()
    if opener is not None:
        with _tolerated("the locking"):
            audit.note_locked(box, opener, role)


def must_lock(box: Box, idle: timedelta) -> bool:
    """Whether an open class has to lock, when nobody has acted for `idle`.

    After 45 minutes without an action; at 16:30, as soon as nobody acted for five minutes; at 18:00 in any
    case. A class opened after one of these times is not concerned by it.
    """
    if not box.is_open:
        return False
    return (
        idle >= IDLE or (_has_struck(box, lock_time(box)) and idle >= AT_WORK) or _has_struck(box, DAY_ENDS)
    )


def closing_time(box: Box) -> time | None:
    """Return when an open class next locks by the clock today; None when only idleness locks it."""
    now = box.now().astimezone(PARIS).time()
    ahead = [struck for struck in (lock_time(box), DAY_ENDS) if now < struck]
    return ahead[0] if ahead and box.is_open else None


def lock_time(box: Box) -> time:
    """Return when the class locks unless somebody is at work."""
    said = settings.get(box.database, _LOCK_AT)
    return time.fromisoformat(said) if said else LOCK_AT


def set_lock_time(box: Box, at: time) -> None:
    """Choose it, between noon and 18:00; ValueError otherwise."""
    if not time(12) <= at <= DAY_ENDS:
        raise ValueError(at)
    with box.database.transaction():
        settings.put(box.database, _LOCK_AT, at.isoformat("minutes"))
        audit.note(box, Event.POLICY_SET, role=box.actor, detail=f"{_LOCK_AT}/{at:%H}/{at:%M}")


def _has_struck(box: Box, at: time) -> bool:
    """Whether it has been this time of a day since the class was opened."""
    now, since = box.now().astimezone(PARIS), box.opened_at
    if since is None:
        return False
    struck = datetime.combine(now.date(), at, PARIS)
    if now < struck:
        struck -= timedelta(days=1)
    return since < struck


@contextmanager
def _tolerated(what: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        log.warning("the database could not note %s: %s", what, type(error).__name__)
