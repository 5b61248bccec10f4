"""Opening and locking the class."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.hub import mending, parcels
from appliance.hub.box import Box
from appliance.store import journal
from appliance.vault.keys import WrongPassphrase

FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)


class TooManyTries(Exception):
    """Too many wrong passphrases; `wait` says how long nobody may try."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


@dataclass
class Throttle:
    """Slows down guessing: the wait doubles with each wrong try after the third, up to 15 minutes."""

    failures: int = 0
    not_before: datetime | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def check(self, now: datetime) -> None:
        """Raise TooManyTries when it is too early."""
        if self.not_before is not None and now < self.not_before:
            raise TooManyTries(self.not_before - now)

    def fail(self, now: datetime) -> None:
        """Count a wrong try."""
        self.failures += 1
        if self.failures >= FREE_TRIES:
            seconds = 2.0 ** min(self.failures - FREE_TRIES + 1, 12)
            self.not_before = now + min(timedelta(seconds=seconds), LONGEST_WAIT)

    def succeed(self) -> None:
        """Forget the wrong tries."""
        self.failures = 0
        self.not_before = None


def unlock(box: Box, passphrase: str, throttle: Throttle) -> None:
    """Open the class; WrongPassphrase or TooManyTries otherwise.

    The first thing an open class does is to make whole what a power cut had left in parts.
    """
    with throttle.guard:
        throttle.check(box.now())
        try:
            opener = box.keys.unlock(passphrase)
        except WrongPassphrase:
            throttle.fail(box.now())
            journal.write(box.database, "wrong_passphrase", "class", box.now())
            raise
        throttle.succeed()
    if not box.is_open:
        box.set_opener(opener)
        journal.write(box.database, "class_opened", "class", box.now())
        mending.mend_all(box)
        parcels.stage_all(box)


def lock(box: Box) -> None:
    """Forget the private key and every name."""
    if box.is_open:
        box.set_opener(None)
        journal.write(box.database, "class_locked", "class", box.now())
