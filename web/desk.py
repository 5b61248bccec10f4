"""Who is at the pages: the sessions of an open class, those of the offices, and when each ends."""

import secrets
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.audit import Role
from appliance.domain.roles import KEYED
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, devices, proving
from appliance.hub.keys.access import IDLE, Opened
from appliance.hub.keys.throttle import Throttle
from appliance.vault.keys import WrongPassphrase
from appliance.vault.opening import Opener
from appliance.vault.passphrase import WORDS, tidy

FRESH = timedelta(minutes=10)
"""For so long what hands out a way in does not ask again for a secret that was given here."""


@dataclass(frozen=True)
class Present:
    """Who a browser's person is."""

    role: Role
    adult: str
    """The id of their row; empty when they came in by the sealed envelope."""


@dataclass
class _Place:
    present: Present
    used_at: datetime
    proved_at: datetime | None
    """When their own secret was last given here; None as long as it was only a trusted device's password."""
    device: str = ""
    """Which trusted device it came in by."""


class Desk:
    """Sessions, in memory only, by the secret that each browser holds.

    With the key of the class they live as long as one opening of it; without the key, until nobody used them
    for 45 minutes, be the class open or locked. Every way in returns a new session's secret, and raises
    WrongPassphrase or TooManyTries. `on_lock` is called when an opening ends.
    """

    def __init__(self, box: Box, on_lock: Callable[[], None]) -> None:
        self._box = box
        self._on_lock = on_lock
        self._guard = threading.Lock()
        # One for each door: who guesses at one keeps nobody out at another, and no right word at one gives
        # tries back at another.
        self._throttles: defaultdict[str, Throttle] = defaultdict(Throttle)
        self._opener: Opener | None = None
        self._places: dict[str, _Place] = {}
        self._last_action: datetime | None = None

    def open_class(self, passphrase: str) -> str:
        """Open the class by seven words."""
        return self._sit(access.unlock(self._box, passphrase, self._throttle("words")))

    def open_for_the_day(self, words: str, code: str) -> str:
        """Open the class by the substitute's card and the day's code."""
        return self._sit(access.unlock_day(self._box, words, code, self._throttle("card")))

    def open_by_device(self, trusted: devices.Trusted, password: str) -> str:
        """Open the class by a trusted device and its short password; also raises Forgotten."""
        throttle = self._throttle(f"device/{trusted.device}")
        return self._sit(devices.unlock(self._box, trusted, password, throttle), trusted.device)

    def open_by_envelope(self, typed: str) -> str:
        """Open the class by the sealed envelope."""
        return self._sit(access.recover(self._box, typed, self._throttle("envelope")))

    def enter(self, role: Role, password: str) -> str:
        """Let the direction or the ERUN to their pages; the class stays as it is."""
        return self._sit(access.sign_in(self._box, role, password, self._throttle(role.value)))

    def is_fresh(self, secret: str) -> bool:
        """Whether a session's person gave their words here less than ten minutes ago.

        Or the envelope's text, or the password of their office; a trusted device's password does not count,
        and a clock that was set asks again.
        """
        with self._guard:
            place = self._places.get(secret)
            given = place.proved_at if place is not None else None
        return given is not None and timedelta(0) <= self._box.now() - given < FRESH

    def prove(self, secret: str, typed: str, trusted: devices.Trusted | None) -> None:
        """Check that a session's person is still there, by their own secret; it opens nothing.

        `trusted` is the device of theirs whose short password will do, for the act at hand alone. Raises
        WrongPassphrase (Forgotten is one) or TooManyTries.
        """
        here = self.present(secret)
        if here is None:
            raise WrongPassphrase
        if trusted is not None and len(tidy(typed).split()) != WORDS:
            throttle = self._throttle(f"device/{trusted.device}")
            proving.by_device(self._box, here.adult, trusted, typed, throttle)
            return
        if here.role not in KEYED:
            throttle = self._throttle(here.role.value)
            proving.by_password(self._box, here.adult, here.role, typed, throttle)
        elif here.adult:
            proving.by_words(self._box, here.adult, typed, self._throttle("words"))
        else:
            proving.by_envelope(self._box, typed, self._throttle("envelope"))
        with self._guard:
            place = self._places.get(secret)
            if place is not None:
                place.proved_at = self._box.now()

    def become(self, secret: str, adult: str) -> None:
        """Say who it was that opened the sealed envelope, once their new words count."""
        with self._guard:
            place = self._places.get(secret)
            if place is not None:
                place.present = Present(place.present.role, adult)

    def leave(self, secret: str) -> None:
        """End one browser's session."""
        with self._guard:
            self._places.pop(secret, None)

    def expel(self, adult: str, besides: str = "") -> None:
        """End the sessions of an adult whose ways in changed, but the one whose secret is `besides`."""
        with self._guard:
            stays = self._places.get(besides)
            self._keep(lambda place: place.present.adult != adult or place is stays)

    def expel_device(self, device: str) -> None:
        """End the sessions that came in by a trusted device."""
        with self._guard:
            self._keep(lambda place: place.device != device)

    def expel_former(self) -> None:
        """End the sessions of those who were removed, or whose last day is over."""
        with self._guard:
            known = {place.present.adult for place in self._places.values()}
            allowed = {adult for adult in known if adults.may_come_in(self._box, adult) is not None}
            self._keep(lambda place: place.present.adult in allowed)

    def lock_class(self, role: Role | None = None) -> None:
        """Lock the class: every session that holds its key ends, on every device.

        `role` says who locks, by default whoever the request acts for.
        """
        with self._guard:
            self._clear_keyed()
        access.lock(self._box, role)

    def present(self, secret: str) -> Present | None:
        """Return who a session is, or None when it is no browser's, or of another opening of the class."""
        with self._guard:
            self._forget_other_openings()
            self._forget_idle_offices()
            place = self._places.get(secret)
            return None if place is None else place.present

    def touch(self, secret: str) -> None:
        """Note that somebody has just done something."""
        with self._guard:
            place = self._places.get(secret)
            if place is None:
                return
            place.used_at = self._box.now()
            if place.present.role in KEYED:
                self._last_action = place.used_at

    def lock_if_idle(self) -> bool:
        """Lock a class whose time has come (`access.must_lock`); return whether it was locked now.

        A class opened otherwise than through a page counts from the first look at it.
        """
        if not self._box.is_open:
            return False
        now = self._box.now()
        with self._guard:
            self._forget_other_openings()
            if self._last_action is None or now < self._last_action:
                self._last_action = now
            idle = now - self._last_action
        due = access.must_lock(self._box, idle)
        if due:
            self.lock_class(Role.BOX)
        return due

    def _throttle(self, door: str) -> Throttle:
        with self._guard:
            return self._throttles[door]

    def _sit(self, opened: Opened, device: str = "") -> str:
        secret = secrets.token_urlsafe(32)
        with self._guard:
            self._forget_other_openings()
            if opened.role in KEYED and not self._box.is_open:
                # Locked again meanwhile: the words are to be given anew.
                return secret
            now = self._box.now()
            given = None if device else now
            self._places[secret] = _Place(Present(opened.role, opened.adult), now, given, device)
            if opened.role in KEYED:
                self._last_action = self._box.now()
        return secret

    def _forget_other_openings(self) -> None:
        opener = self._box.opener if self._box.is_open else None
        if opener is not self._opener:
            self._opener = opener
            self._clear_keyed()

    def _clear_keyed(self) -> None:
        self._keep(lambda place: place.present.role not in KEYED)
        self._last_action = None
        self._on_lock()

    def _forget_idle_offices(self) -> None:
        now = self._box.now()
        self._keep(lambda place: place.present.role in KEYED or abs(now - place.used_at) < IDLE)

    def _keep(self, wanted: Callable[[_Place], bool]) -> None:
        self._places = {secret: place for secret, place in self._places.items() if wanted(place)}
