"""The first start: a class key is shown before it counts, so that a power cut in between loses nothing."""

from dataclasses import dataclass

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import adults, rhythm
from appliance.hub.retention import blank
from appliance.vault.keys import FIRST_ADULT, AlreadyCreated, NewKeys
from appliance.vault.ring import Draft as KeyDraft


@dataclass(frozen=True)
class Draft:
    """A class key in RAM that does not count yet."""

    keys: NewKeys
    files: KeyDraft


def draft_key(box: Box) -> Draft:
    """Make a class key that does not count yet; AlreadyCreated when this box has a key."""
    made = box.keys.draft()
    return Draft(NewKeys(made.words[FIRST_ADULT], made.recovery_identity), made)


def adopt(box: Box, draft: Draft) -> None:
    """Make a draft the class key, durably. The class stays locked.

    Raises AlreadyCreated when this box has a key, or had one and is about to be erased (`blank`).
    """
    if box.is_set_up or blank.is_condemned(box.config.data):
        raise AlreadyCreated(str(box.config.data))
    box.keys.commit(draft.files)
    box.keys_changed()
    with box.database.transaction():
        adults.ensure_first(box)
        rhythm.begin(box)
        audit.note(box, Event.CLASS_KEY_CREATED)
