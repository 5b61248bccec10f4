"""Putting a capture aside: hidden, sent nowhere, opened by no sticker, and not erased by date.

Asked for by right (law.md §3, Limitation; §7.2), or because a child confided something (E30, T16).
"""

from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Quarantine
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.store import captures, outbox, quarantine
from appliance.store.quarantine import Aside

__all__ = ["Aside", "bring_back", "every", "put_aside"]


def put_aside(box: Box, capture: Capture, why: Quarantine) -> None:
    """Hide a capture and take back from the ENT what was sent; works while locked.

    All in one transaction: no power cut leaves a capture aside that the ENT still may receive. One that is
    aside already is so for another reason from now on.
    """
    if why is Quarantine.NO:
        raise ValueError("say why it is put aside")
    now = box.now()
    with box.database.transaction():
        found = captures.find(box.database, capture.id)
        if found is None or found.quarantine is why:
            return
        quarantine.put(box.database, found.id, why, now.date())
        outbox.ask_delete(box.database, found.code, now)
        audit.note(box, Event.PUT_ASIDE, found.id, detail=why)
    box.shelf.remove_parcels(found.code)
    box.announce_change()


def bring_back(box: Box, capture: Capture) -> None:
    """Show a capture again, in class only: to go home it has to be released anew."""
    with box.database.transaction():
        found = captures.find(box.database, capture.id)
        if found is None or found.quarantine is Quarantine.NO:
            return
        quarantine.end(box.database, found.id)
        # Its family may have answered otherwise meanwhile.
        lasting.recount(box, found)
        audit.note(box, Event.BROUGHT_BACK, found.id)
    box.announce_change()


def every(box: Box) -> list[Aside]:
    """Return all that is put aside, latest first."""
    return quarantine.every(box.database)
