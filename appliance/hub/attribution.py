"""Saying whose a capture is: one that nobody's badge began (E1), or one that a wrong badge began (E6)."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.codes import STICKER_LENGTH, sticker_code
from appliance.domain.permissions import Use
from appliance.hub import audit, people, stations
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.hub.rights import permits
from appliance.store import captures, outbox, printing
from appliance.store import owners as stored


class NotPermitted(Exception):
    """A family has not allowed it: the capture stays whose it was. `lacking` holds the pupils' ids."""

    def __init__(self, lacking: tuple[str, ...]) -> None:
        super().__init__(", ".join(lacking))
        self.lacking = lacking


def give(box: Box, capture: Capture, owners: Sequence[str]) -> None:
    """Make these pupils (ids) the owners of a capture: its last day is set anew, its stickers are printed.

    Locked when the class is. NotPermitted when one of them may not be kept in class; ValueError for no pupil,
    too many, or unknown ones.
    """
    known = {pupil.id for pupil in people.every(box)}
    wanted = list(dict.fromkeys(owners))
    if not 0 < len(wanted) <= stations.LARGEST_GROUP or not known.issuperset(wanted):
        raise ValueError("a capture belongs to one to six pupils of the class")
    with box.database.transaction():
        now = captures.find(box.database, capture.id)
        if now is None or set(now.pupils) == set(wanted):
            return
        decision = permits.of_capture(box, replace(now, pupils=tuple(wanted)), Use.CLASS)
        if not decision.allowed:
            raise NotPermitted(decision.lacking)
        silent = _drops_caption(box, now, wanted)
        _hand_over(box, now, wanted)
    if now.pupils:
        box.shelf.remove_parcels(now.code)
    if silent:
        box.shelf.remove_caption(now.id)
    box.announce_change()


def renew_sticker(box: Box, capture: Capture) -> Capture | None:
    """Cancel a sticker that was lost, or seen by others, and print another (law.md §7.4; E25, E26).

    What had gone home is asked back from the ENT: it goes again, under the new code, once it is released
    anew. Returns the capture with its new code, or None when it is gone. Works while locked.
    """
    with box.database.transaction():
        now = captures.find(box.database, capture.id)
        if now is None:
            return None
        stored.set_code(box.database, now.id, _take_back(box, now, Event.STICKER_RENEWED))
        printing.forget(box.database, now.id)
        if now.kept and not now.empty and now.quarantine is Quarantine.NO:
            printing.enqueue(box.database, now.id, now.pupils, reprint=False, now=box.now())
    box.shelf.remove_parcels(now.code)
    box.announce_change()
    return captures.find(box.database, now.id)


def _hand_over(box: Box, capture: Capture, owners: Sequence[str]) -> None:
    now = box.now()
    code = _take_back(box, capture, Event.TAKEN_BACK) if capture.pupils else capture.code
    last = lasting.of_capture(box, replace(capture, pupils=tuple(owners), carnet=False))
    stored.give(box.database, capture.id, owners, last, code)
    printing.forget(box.database, capture.id)
    if capture.kept and not capture.empty:
        printing.enqueue(box.database, capture.id, owners, reprint=False, now=now)
    audit.note(box, Event.GIVEN, capture.id)


def _take_back(box: Box, capture: Capture, why: Event) -> str:
    """End what the former sticker opens, here and at the ENT, and return the code of a new one.

    `parcels.fetch` lets nothing leave under the new code before the ENT has given back the old one.
    """
    now = box.now()
    outbox.ask_delete(box.database, capture.code, now)
    stored.cancel_code(box.database, capture, on=now.date())
    audit.note(box, why, capture.id)
    return sticker_code(box.random_bytes(STICKER_LENGTH))


def _drops_caption(box: Box, capture: Capture, owners: Sequence[str]) -> bool:
    """Whether the photo's caption has to go: it is a voice, and a new owner's may not be kept."""
    given = replace(capture, pupils=tuple(owners))
    if not capture.caption_ms or permits.of_caption(box, given, Use.CLASS).allowed:
        return False
    captures.drop_caption(box.database, capture.id)
    return True
