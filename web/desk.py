"""Who is at the teacher's pages: the sessions of an open class, and the lock when nobody is there."""

import hmac
import secrets
import threading
from datetime import datetime, timedelta

from appliance.domain.audit import Role
from appliance.hub import access
from appliance.hub.box import Box
from appliance.vault.opening import Opener

IDLE = timedelta(minutes=45)
"""Without an action of the teacher for this long the class locks (law.md §8.4)."""


class Desk:
    """Sessions live as long as one opening of the class, in memory only."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._guard = threading.Lock()
        self._throttle = access.Throttle()
        self._opener: Opener | None = None
        self._sessions: set[str] = set()
        self._last_action: datetime | None = None

    def open_class(self, passphrase: str) -> str:
        """Open the class and return a new session's secret; WrongPassphrase or TooManyTries otherwise."""
        access.unlock(self._box, passphrase, self._throttle)
        secret = secrets.token_urlsafe(32)
        with self._guard:
            self._forget_other_openings()
            self._sessions.add(secret)
            self._last_action = self._box.now()
        return secret

    def lock_class(self, role: Role = Role.TEACHER) -> None:
        """Lock the class: every session ends, on every device; `role` says who locks."""
        with self._guard:
            self._sessions.clear()
            self._last_action = None
        access.lock(self._box, role)

    def knows(self, secret: str) -> bool:
        """Whether this session belongs to the present opening of the class."""
        with self._guard:
            self._forget_other_openings()
            return self._opener is not None and any(
                hmac.compare_digest(secret, known) for known in self._sessions
            )

    def touch(self) -> None:
        """Note that the teacher has just done something."""
        with self._guard:
            self._last_action = self._box.now()

    def lock_if_idle(self) -> bool:
        """Lock a class that nobody has used for 45 minutes; return whether it was locked now.

        A class opened otherwise than through a page counts from the first look at it.
        """
        if not self._box.is_open:
            return False
        now = self._box.now()
        with self._guard:
            self._forget_other_openings()
            if self._last_action is None or now < self._last_action:
                self._last_action = now
            idle = now - self._last_action >= IDLE
        if idle:
            self.lock_class(Role.BOX)
        return idle

    def _forget_other_openings(self) -> None:
        opener = self._box.opener if self._box.is_open else None
        if opener is not self._opener:
            self._opener = opener
            self._sessions.clear()
            self._last_action = None
