"""Trying the box as a grown-up (law.md §4.1): a badge lent for an hour, a sticker that says it is a trial.

It works before the first family has answered, and before the steps of the checklist: what is said or shown
with it stays in the station's memory, is heard there, and is forgotten.
"""

from datetime import datetime, timedelta

from appliance.domain.audit import Event
from appliance.domain.codes import BADGE_LENGTH, badge_code
from appliance.domain.roster import TrialBadge
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.store import settings
from appliance.store.moments import moment, stamp

LENT_FOR = timedelta(hours=1)
PICTOGRAM = "key"

CODE, _UNTIL = "trial_badge", "trial_badge_until"
"""The settings that hold it. The code stays after the loan: it is printed."""


def lend(box: Box) -> TrialBadge:
    """Lend the badge for an hour from now on; its code stays the same, so that a printed one serves again."""
    code = settings.get(box.database, CODE) or badge_code(box.random_bytes(BADGE_LENGTH))
    badge = TrialBadge(code, box.now() + LENT_FOR)
    with box.database.transaction():
        settings.put(box.database, CODE, code)
        settings.put(box.database, _UNTIL, stamp(badge.until))
        audit.note(box, Event.TRIAL_BADGE_LENT)
    box.announce_change()
    return badge


def take_back(box: Box) -> None:
    """End the loan; nothing happens without one."""
    if lent(box) is not None:
        settings.remove(box.database, _UNTIL)
        box.announce_change()


def lent(box: Box) -> TrialBadge | None:
    """Return the badge while it is lent. Works while locked."""
    code, until = settings.get(box.database, CODE), _moment(settings.get(box.database, _UNTIL))
    return TrialBadge(code, until) if code and until and box.now() < until <= box.now() + LENT_FOR else None


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
