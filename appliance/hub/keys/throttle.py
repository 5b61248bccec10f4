"""Slowing down who guesses at a secret: at a door, or at a page that asks for it again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.vault.keys import WrongPassphrase

FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)

Found = TypeVar("Found")


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


class IncompleteWay(WrongPassphrase):
    """What was given is right, and more is needed: no guess, and not counted as one."""


def checked(box: Box, throttle: Throttle, way: Callable[[], Found]) -> Found:
    """Return what a way in gives; a WrongPassphrase of it counts, and is noted, unless it is incomplete.

    Raises TooManyTries before trying.
    """
    with throttle.guard:
        throttle.check(box.now())
        try:
            found = way()
        except IncompleteWay:
            raise
        except WrongPassphrase:
            throttle.fail(box.now())
            audit.try_note(box, Event.WRONG_PASSPHRASE)
            raise
        throttle.succeed()
    return found
