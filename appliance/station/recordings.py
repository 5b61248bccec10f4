"""The teacher's own voice on a station: in memory only, never on its disk (ARCHITECTURE, rule 3)."""

import threading
from collections.abc import Callable, Mapping

from appliance.unix_http import Response

NAMES = "pupil/"
"""What the keys of first names begin with."""


class Recordings:
    """Key to PCM (mono, 16-bit, 24 kHz). Thread-safe: the panel reads while the uplink fetches."""

    def __init__(self, told: Callable[[bool], None] = lambda _whole: None) -> None:
        """`told` is called when all there is comes to be held, and when the names go."""
        self._told = told
        self._whole = False
        self._guard = threading.Lock()
        self._held: dict[str, tuple[str, bytes]] = {}

    def get(self, key: str) -> bytes | None:
        """Return a recording, or None."""
        with self._guard:
            held = self._held.get(key)
        return held[1] if held else None

    def update(self, listing: Mapping[str, str], fetch: Callable[[str], bytes | None]) -> None:
        """Hold what `listing` (key to version) names and nothing else, fetching only what is new.

        `fetch` returns a recording, or None when it cannot be had now: the next update asks again. What it
        raises passes through, and what was fetched before it stays.
        """
        with self._guard:
            known = {key: version for key, (version, _pcm) in self._held.items()}
            for key in known.keys() - listing.keys():
                del self._held[key]
        for key, version in listing.items():
            if known.get(key) == version:
                continue
            pcm = fetch(key)
            with self._guard:
                self._held.pop(key, None)
                if pcm is not None:
                    self._held[key] = (version, pcm)
        self._tell(whole=True)

    def forget_names(self) -> None:
        """Hold no first name any more: the class is locked, or the hub has been away for too long."""
        with self._guard:
            self._held = {key: held for key, held in self._held.items() if not key.startswith(NAMES)}
        self._tell(whole=False)

    def _tell(self, *, whole: bool) -> None:
        if whole != self._whole:
            self._whole = whole
            self._told(whole)


def refresh(recordings: Recordings, station: str, get: Callable[[str], Response]) -> None:
    """Bring a station's recordings up to date with the hub's; names go while the class is locked.

    `get` asks the hub for a path; its HubUnavailable passes through. ValueError when the answer is not one.
    """
    answer = get(f"/voices/{station}")
    if answer.status != 200:
        return
    listing = answer.json()
    if not listing["open"]:
        recordings.forget_names()
        return

    def fetch(key: str) -> bytes | None:
        found = get(f"/voices/{station}/{key}")
        return found.body if found.status == 200 else None

    recordings.update(listing["voices"], fetch)
