"""The first start between two pages: the class key's draft, held for the one browser that asked for it."""

import hmac
import secrets
import threading

from appliance.hub import first_start
from appliance.hub.box import Box
from appliance.vault.keys import NewKeys
from appliance.vault.passphrase import WORDS, tidy


class FirstStart:
    """Holds the seven words in memory until the teacher has shown to have them on paper."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._guard = threading.Lock()
        self._secret = ""
        self._draft: first_start.Draft | None = None
        self._asked: tuple[int, int] = (0, 1)

    def begin(self) -> str:
        """Make a draft and return the secret of the browser it is for; AlreadyCreated when there is a key."""
        with self._guard:
            self._draft = first_start.draft_key(self._box)
            self._secret = secrets.token_urlsafe(32)
            first, second = sorted(secrets.SystemRandom().sample(range(WORDS), 2))
            self._asked = (first, second)
            return self._secret

    def keys(self, secret: str) -> NewKeys | None:
        """Return what to show to the browser that began, and to no other."""
        draft = self._draft
        known = draft is not None and bool(secret) and hmac.compare_digest(secret, self._secret)
        return draft.keys if draft is not None and known else None

    @property
    def asked(self) -> tuple[int, int]:
        """The two places, from 0, of the words to type again."""
        return self._asked

    def confirm(self, secret: str, typed: tuple[str, str]) -> str | None:
        """Make the key count when both words are right and return the passphrase; None otherwise."""
        with self._guard:
            keys = self.keys(secret)
            if keys is None or self._draft is None:
                return None
            words = keys.passphrase.split()
            if [tidy(word) for word in typed] != [words[place] for place in self._asked]:
                return None
            first_start.adopt(self._box, self._draft)
            self._draft, self._secret = None, ""
            return keys.passphrase
