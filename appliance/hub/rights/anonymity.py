"""The teacher’s word that nobody is recognised in a capture: a choir, hands (law.md §7.1, K4 and K6)."""

from appliance.domain.audit import Event
from appliance.domain.captures import Capture
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.hub.rights import answers
from appliance.store import captures


def certify(box: Box, capture: Capture) -> None:
    """Note that the teacher has heard or seen that nobody is recognised in it. Works while locked."""
    _mark(box, capture, anonymous=True)


def undo(box: Box, capture: Capture) -> None:
    """Take the word back: what then lacks a permission is taken back from the ENT at once."""
    _mark(box, capture, anonymous=False)


def _mark(box: Box, capture: Capture, *, anonymous: bool) -> None:
    with box.database.transaction():
        now = captures.find(box.database, capture.id)
        if now is None or now.anonymous is anonymous or (anonymous and not now.matter.recognises):
            return
        captures.mark_anonymous(box.database, now.id, anonymous=anonymous)
        audit.note(box, Event.CERTIFIED_ANONYMOUS if anonymous else Event.ANONYMITY_UNDONE, now.id)
        found = captures.find(box.database, now.id)
        changed = [found] if found is not None else []
        lasting.recount(box, *changed)
        recalled = answers.recall(box, changed)
    for gone in recalled:
        box.shelf.remove_parcels(gone.code)
    box.announce_change()
