"""A small class for tests of the rights of families: two pupils, traces of one, of both, and of a work."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope, Signed
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import access_file, export_files
from appliance.hub.rights.access_file import Choice
from appliance.store import captures, outbox
from appliance.store.exports import ExportRow
from tests.unit.hub_helpers import send

WORDS = "abri bateau cabane dauphin escargot fenouil girafe"
TWO = Signed(holders=2)
PHOTO = {"station": "B", "nature": Nature.PRODUCTION, "duration_ms": 0}


def caption(box: Box, said: bytes = b"ma tour") -> str:
    """Keep a spoken caption as a station sends it, and return the id of its photo to come."""
    capture_id = box.new_id()
    box.shelf.write_caption(capture_id, box.sealer.seal(said))
    return capture_id


@pytest.fixture
def tom(box: Box) -> str:
    """A pupil whose two guardians allowed everything that the class asks."""
    pupil = people.add(box, "Tom", initial="B", level="CP", pictogram="cat")
    for nature in (Nature.VOICE, Nature.PRODUCTION):
        people.answer(box, pupil, nature, [Scope.CLASS, Scope.FAMILY], signed=TWO)
    return pupil


def again(box: Box, capture: Capture) -> Capture | None:
    return captures.find(box.database, capture.id)


def found(box: Box, capture: Capture) -> Capture:
    now = again(box, capture)
    assert now is not None
    return now


def carried(box: Box, capture: Capture) -> None:
    """Let the ENT hold a capture, as after a sync."""
    captures.release(box.database, capture.id, box.now())
    outbox.ask_put(box.database, capture.code, box.now())
    synced(box)


def synced(box: Box) -> None:
    """Let the ENT do all that it is asked."""
    for action in outbox.pending(box.database):
        outbox.begin(box.database, action.id, box.now())
        outbox.verified(box.database, action.id, box.now())


def someone(box: Box, pupil: str) -> people.Pupil:
    known = people.find(box, pupil)
    assert known is not None
    return known


def made(box: Box, pupil: str, choice: Choice | None = None) -> ExportRow:
    return access_file.build(box, someone(box, pupil), WORDS, choice or Choice(), lambda _done, _total: None)


def opened(box: Box, row: ExportRow, words: str = WORDS) -> dict[str, bytes]:
    """Return the files of an export, by name."""
    with pyzipper.AESZipFile(export_files.path_of(box, row.id)) as archive:
        archive.setpassword(words.encode())
        return {name: archive.read(name) for name in archive.namelist()}


def names_in(path: Path) -> list[str]:
    """Return what anybody reads in a ZIP without its words."""
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def data(files: dict[str, bytes]) -> Any:
    return json.loads(files["donnees.json"])


def group(box: Box, *pupils: str, content: bytes = b"deux voix", **facts: object) -> Capture:
    return send(box, pupils[0], content, pupils=pupils, **facts)
