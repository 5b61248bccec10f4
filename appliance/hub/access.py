"""Opening and locking the class."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.domain.audit import Event, Role
from appliance.hub import audit, mending, parcels
from appliance.hub.box import Box
from appliance.vault.keys import WrongPassphrase

log = logging.getLogger(__name__)

FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)


class TooManyTries(Exception):
    """Too many wrong passphrases; `wait` says how long nobody may try."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


@dataclass
class Throttle:
    """Slows down guessing: the wait doubles with each wrong try after the third, up to 15 minutes.

    A clock that is set back starts the wait anew, and never makes it longer.
    """

    failures: int = 0
    since: datetime | None = None
    """The last wrong try."""
    guard: threading.Lock = field(default_factory=threading.Lock)

    def check(self, now: datetime) -> None:
        """Raise TooManyTries when it is too early."""
        if self.failures < FREE_TRIES or self.since is None:
            return
        self.since = min(self.since, now)
        seconds = 2.0 ** min(self.failures - FREE_TRIES + 1, 12)
        left = self.since + min(timedelta(seconds=seconds), LONGEST_WAIT) - now
        if left > timedelta(0):
            raise TooManyTries(left)

    def fail(self, now: datetime) -> None:
        """Count a wrong try."""
        self.failures += 1
        self.since = now

    def succeed(self) -> None:
        """Forget the wrong tries."""
        self.failures = 0
        self.since = None


def unlock(box: Box, passphrase: str, throttle: Throttle) -> None:
    """Open the class; WrongPassphrase or TooManyTries otherwise.

    The first thing an open class does is to make whole what a power cut had left in parts. A full disk, or
    data that may only be read, keep nobody out.
    """
    with throttle.guard:
        throttle.check(box.now())
        try:
            opener = box.keys.unlock(passphrase)
        except WrongPassphrase:
            throttle.fail(box.now())
            audit.try_note(box, Event.WRONG_PASSPHRASE)
            raise
        throttle.succeed()
        if box.is_open:
            return
        box.set_opener(opener)
    with _tolerated("the opening"):
        audit.note_opened(box, opener)
        mending.mend_all(box)
        parcels.stage_all(box)


def lock(box: Box, role: Role = Role.TEACHER) -> None:
    """Forget the private key and every name; `role` says who locks."""
    opener = box.forget_opener()
    if opener is not None:
        with _tolerated("the locking"):
            audit.note_locked(box, opener, role)


@contextmanager
def _tolerated(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        log.warning("the database could not note %s: %s", what, error)
