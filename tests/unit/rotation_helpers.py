"""An open class with traces of every kind, whose keys are changed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.config import Config
from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people, traces
from appliance.hub.box import Box
from appliance.hub.keys import access, rotation
from appliance.hub.keys.throttle import Throttle
from appliance.store import captures, sealed
from appliance.vault.keys import FIRST_ADULT
from appliance.vault.ring import Draft
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.key_helpers import start

VOICE = b"une voix"


class Class:
    """An open class with traces of every kind, and what is under its present keys."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.keys = start(box).keys
        self.pupil = people.add(box, "Lina", initial="D", level="CP", pictogram="turtle")
        people.answer(box, self.pupil, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
        self.captures = [send(box, self.pupil, VOICE) for _ in range(2)]
        box.shelf.write_thumbnail(self.captures[0].id, box.sealer.seal(b"une vignette"))
        folder = box.config.data / "voices"
        folder.mkdir(exist_ok=True)
        (folder / "one.age").write_bytes(box.sealer.seal(b"la voix de la maitresse"))

    def rotate(self, box: Box | None = None) -> Draft:
        box = box or self.box
        draft = rotation.draft(box)
        rotation.begin(box, draft)
        confirm(box)
        assert rotation.join(box, 30)
        return draft


def confirm(box: Box) -> None:
    """Let every station say twice that it seals for the new key and holds nothing."""
    for _twice in range(2):
        for station in box.config.stations:
            rotation.heard(box, station.id, box.sealer.recipients[0], 0)


def under_former_keys(box: Box) -> list[str]:
    """What the present class key does not open, of all that is sealed for the class."""
    opener = box.opener
    rows = [
        f"{place.table}.{place.column}"
        for place in sealed.places(box.database)
        for _row, value in sealed.values(box.database, place)
        if not opener.is_current(value)
    ]
    folders = (box.config.data / name for name in ("media", "voices"))
    files = [path for folder in folders for path in folder.rglob("*.age")]
    return rows + [path.name for path in files if not opener.is_current(path.read_bytes())]


def is_heard(box: Box, capture: Capture) -> bool:
    found = captures.find(box.database, capture.id)
    assert found is not None
    path = box.shelf.media(capture.id, found.packing)
    assert sealed.digest(box.database, capture.id) == sha256(path)
    return traces.media(box, found) == VOICE


@contextmanager
def opened(config: Config, clock: HandClock, draft: Draft) -> Iterator[Box]:
    """A box that starts, opens by the new words and waits for no station."""
    box = Box(config, clock)
    access.unlock(box, draft.words[FIRST_ADULT], Throttle())
    if box.keys.is_rotating():
        rotation.give_up_waiting(box)
    try:
        yield box
    finally:
        box.close()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
