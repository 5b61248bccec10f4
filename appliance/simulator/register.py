"""The class as the simulator shows it: the box's database, read with the envelope's recovery identity."""

from collections import Counter
from typing import Any

from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import trials
from appliance.simulator.places import STATIONS, Places
from appliance.store import pupils, scenarios, settings
from appliance.store.database import FILE_NAME, Database
from appliance.vault.keys import KeyFolder
from appliance.vault.opening import NotForThisKey, Opener

_NATURES = (Nature.VOICE, Nature.PRODUCTION, Nature.FILM)
_NO = (PermissionState.REFUSED, PermissionState.WITHDRAWN)


class Register:
    """Pupils, badges, permissions and titles, as they are now in the box."""

    def __init__(self, places: Places) -> None:
        self._keys = KeyFolder(places.data / "keys")
        self._recovery = places.recovery.read_text()
        self._opener = Opener(self._recovery)
        self._database = Database(places.data / FILE_NAME, read_only=True)
        self._opened: dict[bytes, Any] = {}

    def pupils(self) -> list[dict[str, Any]]:
        """Return each pupil's badge, names, pictogram and permissions, by first name."""
        rows = pupils.every(self._database)
        answers = pupils.permissions(self._database)
        words = {row.id: self._open(row.sealed) for row in rows}
        namesakes = Counter(word["first_name"].casefold() for word in words.values())
        found = []
        for row in rows:
            word = words[row.id]
            alone = namesakes[word["first_name"].casefold()] == 1 or not word["initial"]
            found.append(
                {
                    "code": row.badge,
                    "first_name": word["first_name"],
                    "shown": word["first_name"] if alone else f"{word['first_name']} {word['initial']}.",
                    "level": word["level"],
                    "pictogram": row.pictogram,
                    "permissions": {
                        nature.value: [
                            answer.scope.value
                            for answer in answers.get(row.id, ())
                            if answer.nature is nature and answer.state is PermissionState.GRANTED
                        ]
                        for nature in _NATURES
                    },
                    "refused": sorted(
                        {
                            a.nature.value
                            for a in answers.get(row.id, ())
                            if a.state in _NO and a.scope is Scope.CLASS
                        }
                    ),
                }
            )
        return sorted(found, key=lambda pupil: str(pupil["shown"]).casefold())

    def trial_badge(self) -> str | None:
        """Return the code of the grown-ups' badge, once the teacher has lent it."""
        return settings.get(self._database, trials.CODE)

    def titles(self) -> dict[str, str]:
        """Return each station's title."""
        rows = {station: scenarios.current(self._database, station) for station in STATIONS}
        return {station: self._open(row.sealed)["title"] if row else "" for station, row in rows.items()}

    def _open(self, sealed: bytes) -> Any:
        if sealed not in self._opened:
            try:
                self._opened[sealed] = self._opener.open_json(sealed)
            except NotForThisKey:
                # Sealed since a change of keys, or of the envelope: what the folder gives now.
                self._opener = self._keys.unlock_recovery(self._recovery)
                self._opened[sealed] = self._opener.open_json(sealed)
        return self._opened[sealed]
