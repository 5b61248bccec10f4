"""Secrets that are shown once, held in memory for the one browser that asked, until they are on paper."""

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from appliance.hub.rights.keepsakes import Keepsake
from appliance.vault.passphrase import WORDS, tidy
from appliance.vault.ring import Draft


@dataclass(frozen=True)
class Sheet:
    """An adult's seven words, to print for them."""

    adult: str
    words: tuple[str, ...]
    made_on: date


@dataclass(frozen=True)
class _Shown:
    secret: str
    draft: Draft
    adult: str
    adopt: Callable[[Draft], None]
    asked: tuple[int, int]


class Showing:
    """One per application: keys that do not count yet, and words to print; another one takes their place.

    Keys count once their reader has typed two of their own words again: what was not copied locks nobody out.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._shown: _Shown | None = None
        self._sheets: tuple[str, dict[str, Sheet]] = ("", {})
        self._copies: tuple[str, list[Keepsake]] = ("", [])

    def begin(self, draft: Draft, adult: str, adopt: Callable[[Draft], None]) -> str:
        """Hold keys that `adopt` makes count, and return the secret of the browser they are for.

        `adult` is who has to type two of their words again.
        """
        secret = secrets.token_urlsafe(32)
        first, second = sorted(secrets.SystemRandom().sample(range(WORDS), 2))
        with self._guard:
            self._shown = _Shown(secret, draft, adult, adopt, (first, second))
        return secret

    def draft(self, secret: str) -> Draft | None:
        """Return what to show to the browser that began, and to no other."""
        shown = self._known(secret)
        return shown.draft if shown is not None else None

    def words(self, secret: str) -> list[str]:
        """Return the seven words of who began; nothing for another browser."""
        shown = self._known(secret)
        return shown.draft.words[shown.adult].split() if shown is not None else []

    def reader(self, secret: str) -> str:
        """Return the id of who has to type two words again; empty for another browser."""
        shown = self._known(secret)
        return shown.adult if shown is not None else ""

    def asked(self, secret: str) -> tuple[int, int]:
        """Return the two places, from 0, of the words to type again."""
        shown = self._known(secret)
        return shown.asked if shown is not None else (0, 1)

    def confirm(self, secret: str, typed: tuple[str, str]) -> Draft | None:
        """Make the keys count when both words are right and return them; None otherwise."""
        with self._guard:
            shown = self._known(secret)
            if shown is None:
                return None
            words = shown.draft.words[shown.adult].split()
            if [tidy(word) for word in typed] != [words[place] for place in shown.asked]:
                return None
            shown.adopt(shown.draft)
            self._shown = None
            return shown.draft

    def show_sheets(self, sheets: list[Sheet]) -> str:
        """Hold words to print, one sheet for each adult; return the secret of the browser they are for."""
        secret = secrets.token_urlsafe(32)
        self._sheets = (secret, {sheet.adult: sheet for sheet in sheets})
        return secret

    def sheets(self, secret: str) -> list[Sheet]:
        """Return the sheets for the browser that asked for them, and for no other."""
        known, sheets = self._sheets
        return list(sheets.values()) if _same(secret, known) else []

    def put_away(self, secret: str) -> None:
        """Forget the sheets: they are printed."""
        if self.sheets(secret):
            self._sheets = ("", {})

    def show_copies(self, made: list[Keepsake]) -> str:
        """Hold the words of the families' copies; return the secret of the browser they are for."""
        secret = secrets.token_urlsafe(32)
        self._copies = (secret, made)
        return secret

    def copies(self, secret: str) -> list[Keepsake]:
        """Return the families' copies with their words, for the browser that asked and for no other."""
        known, made = self._copies
        return made if _same(secret, known) else []

    def put_copies_away(self) -> None:
        """Forget their words: the families have them."""
        self._copies = ("", [])

    def drop(self) -> None:
        """Forget everything: the class is locked."""
        self._shown, self._sheets = None, ("", {})
        self.put_copies_away()

    def _known(self, secret: str) -> _Shown | None:
        shown = self._shown
        return shown if shown is not None and _same(secret, shown.secret) else None


def _same(given: str, known: str) -> bool:
    return bool(given) and hmac.compare_digest(given.encode(), known.encode())
