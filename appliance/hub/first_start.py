"""The first start: a class key is shown before it counts, so that a power cut in between loses nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.vault.files import make_folder, write_durably
from appliance.vault.keys import (
    CLASS_PUBLIC,
    CLASS_WRAPPED,
    RECOVERY_PUBLIC,
    AlreadyCreated,
    KeyFolder,
    NewKeys,
)

_FOLDER = "first-start"


@dataclass(frozen=True)
class Draft:
    """A class key in RAM: its words in this object, its wrapped files in the run folder."""

    keys: NewKeys
    folder: Path


def draft_key(box: Box) -> Draft:
    """Make a class key that does not count yet; it replaces an earlier draft.

    Raises AlreadyCreated when this box has a key.
    """
    _refuse_second_key(box)
    folder = box.config.run / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    return Draft(KeyFolder(folder).create(), folder)


def adopt(box: Box, draft: Draft) -> None:
    """Make a draft the class key, durably. The class stays locked.

    Raises AlreadyCreated when this box has a key.
    """
    _refuse_second_key(box)
    folder = box.config.data / "keys"
    make_folder(folder, mode=0o700)
    # The public key last: it is what says that there is a key (KeyFolder.exists).
    for name in (CLASS_WRAPPED, RECOVERY_PUBLIC, CLASS_PUBLIC):
        write_durably(folder / name, (draft.folder / name).read_bytes(), mode=0o600)
    shutil.rmtree(draft.folder)
    audit.note(box, Event.CLASS_KEY_CREATED)


def _refuse_second_key(box: Box) -> None:
    if box.is_set_up:
        raise AlreadyCreated(str(box.config.data))
