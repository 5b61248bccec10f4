"""What the box holds and how it stands, in numbers: the weekly sheet that survives a theft (law.md §4.4)."""

from datetime import datetime, timedelta

from appliance.domain.audit import Event
from appliance.domain.permissions import Nature
from appliance.hub import audit, backups
from appliance.hub.box import Box
from appliance.papers.facts import Companion, Holdings, LockState, Snapshot
from appliance.store import figures, journal

WEEK = timedelta(days=7)
_STANDING = {
    Event.CLASS_OPENED: LockState.OPEN,
    Event.CLASS_LOCKED: LockState.LOCKED,
    Event.BOX_STARTED: LockState.LOCKED,
}


def sheet(box: Box) -> Companion:
    """Return this week's numbers. Works while locked: it names nobody."""
    now = box.now()
    since = now - WEEK
    gone = figures.erased(box.database, since.date(), now.date())
    return Companion(
        snapshot(box, now),
        since,
        figures.taken_since(box.database, since),
        sum(gone.values()),
        journal.latest(box.database, Event.ERASED),
        audit.witness(box.database),
        journal.count(box.database),
    )


def snapshot(box: Box, when: datetime) -> Snapshot:
    """Return what the box holds now, and whether its class was open at a moment, as the journal knows."""
    found = figures.held(box.database)
    known = figures.last_among(box.database, tuple(_STANDING), when)
    backup = backups.last(box.database)
    holdings = Holdings(
        pupils=found.pupils,
        heard=found.heard,
        captures=sum(found.natures.values()),
        voices=found.natures.get(Nature.VOICE, 0),
        photos=found.natures.get(Nature.PRODUCTION, 0) + found.natures.get(Nature.IMAGE, 0),
        films=found.natures.get(Nature.FILM, 0),
        oldest=found.oldest,
        newest=found.newest,
    )
    return Snapshot(
        holdings,
        _STANDING[known[0]] if known else LockState.UNKNOWN,
        known[1] if known else None,
        backup.done_at if backup else None,
        backup.captures if backup else 0,
    )
