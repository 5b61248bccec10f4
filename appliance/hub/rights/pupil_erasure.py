"""« Effacer tout pour cet élève »: shown first, done, then proven by a receipt (law.md §3, Erasure)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from appliance.domain.audit import Role
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.requests import Kind
from appliance.hub import attribution
from appliance.hub.box import Box
from appliance.hub.office import paper_facts
from appliance.hub.retention import erasure
from appliance.hub.rights import export_files, receipts, requests
from appliance.hub.rights.receipts import Fate, Item, Remote
from appliance.store import captures, exports

BACKUPS_KEPT = timedelta(days=35)
"""How long a backup that still holds it lives (law.md §7.3); a restoration erases it again."""
REASON = "by_right"


@dataclass(frozen=True)
class Extent:
    """What would go."""

    own: tuple[Capture, ...]
    """The pupil is alone in them."""
    shared: tuple[Capture, ...]
    """Of a group: each is erased, or stays without the pupil when one does not recognise them in it."""
    limited: int
    """Put aside by right: decided one by one."""
    protected: int
    """*À protéger*: they stay, and no paper for the family says so."""
    at_ent: int
    in_backups_until: date | None
    """None when the box makes none."""


def extent(box: Box, pupil: str) -> Extent:
    """Return what erasing everything of a pupil takes away."""
    held = captures.of_pupil(box.database, pupil)
    free = [c for c in held if c.quarantine is Quarantine.NO]
    there = (Remote.THERE, Remote.COMING)
    return Extent(
        tuple(c for c in free if len(c.pupils) == 1),
        tuple(c for c in free if len(c.pupils) > 1),
        sum(c.quarantine is Quarantine.LIMITATION for c in held),
        sum(c.quarantine is Quarantine.PROTECTED for c in held),
        sum(receipts.remote(box, c.code) in there for c in free),
        box.today() + BACKUPS_KEPT if paper_facts.has_backup(box) else None,
    )


def carry_out(box: Box, pupil: str, stay: Collection[str]) -> str:
    """Erase everything of a pupil and return the id of the request that holds the receipt.

    `stay` are the captures of a group (ids) in which the teacher says that one does not recognise them: they
    stay with the others, under a new sticker. One that the others' families do not allow is erased all the
    same. Locked when the class is. The receipt and what it tells are one transaction: no loss of power leaves
    one without the other.
    """
    with box.database.transaction():
        gone, items = _divide(box, pupil, stay)
        done = requests.record_done(box, Kind.ERASURE, pupil, items)
        for capture in gone:
            erasure.bury(box, capture, reason=REASON)
    erasure.remove_files_of(box, gone)
    for row in exports.every(box.database):
        if row.pupil == pupil:
            export_files.erase(box, row, role=Role.TEACHER)
    box.announce_change()
    return done


def _divide(box: Box, pupil: str, stay: Collection[str]) -> tuple[list[Capture], list[Item]]:
    """Return what goes, and what the receipt says of all; what stays with the others is theirs now."""
    found = extent(box, pupil)
    gone, without = list(found.own), []
    for capture in found.shared:
        if capture.id in stay and take_out(box, capture, pupil):
            without.append(capture)
        else:
            gone.append(capture)
    return gone, [*receipts.items(gone, Fate.ERASED), *receipts.items(without, Fate.WITHOUT)]


def take_out(box: Box, capture: Capture, pupil: str) -> bool:
    """Make a capture of a group that of its other pupils; whether they may keep it in class.

    Its former stickers open nothing any more, and the ENT gives it back. Locked when the class is.
    """
    others = [owner for owner in capture.pupils if owner != pupil]
    try:
        attribution.give(box, capture, others)
    except (attribution.NotPermitted, ValueError):
        return False
    return True
