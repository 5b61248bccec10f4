"""Guardians who disagree: all in which their child is recognised is put aside until they agree (law.md §7.2).

No reason is kept and none is shown: the direction decides, the box only holds.
"""

from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Quarantine
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.rights import permits, quarantine
from appliance.store import captures, pupils, settings

_PUT_ASIDE = "disagreement/"
"""Setting per pupil: the ids that the disagreement put aside. What somebody else did stays aside after it."""


def begin(box: Box, pupil: str) -> None:
    """Block everything in which a pupil is recognised, and take it back from the ENT. Works while locked."""
    with box.database.transaction():
        if lasts(box, pupil):
            return
        pupils.set_disagreement(box.database, pupil, disagreement=True)
        audit.note(box, Event.DISAGREEMENT_SET, pupil)
        held = [
            capture
            for capture in captures.of_pupil(box.database, pupil)
            if capture.matter.recognises and capture.quarantine is Quarantine.NO
        ]
        for capture in held:
            quarantine.put_aside(box, capture, Quarantine.LIMITATION)
        _remember(box, pupil, [capture.id for capture in held])
    box.announce_change()


def end(box: Box, pupil: str) -> None:
    """Bring back what the disagreement put aside, but for what another pupil's still blocks."""
    with box.database.transaction():
        if not lasts(box, pupil):
            return
        pupils.set_disagreement(box.database, pupil, disagreement=False)
        audit.note(box, Event.DISAGREEMENT_ENDED, pupil)
        for capture_id in _remembered(box, pupil):
            capture = captures.find(box.database, capture_id)
            if capture is None or capture.quarantine is not Quarantine.LIMITATION:
                continue
            other = _blocked_by(box, capture)
            if other is None:
                quarantine.bring_back(box, capture)
            else:
                _remember(box, other, [*_remembered(box, other), capture_id])
        _remember(box, pupil, [])
    box.announce_change()


def lasts(box: Box, pupil: str) -> bool:
    """Whether the guardians of a pupil disagree now."""
    return permits.members(box, [pupil])[0].disagreement


def _blocked_by(box: Box, capture: Capture) -> str | None:
    return next((m.id for m in permits.members(box, capture.pupils) if m.disagreement), None)


def _remembered(box: Box, pupil: str) -> list[str]:
    return (settings.get(box.database, _PUT_ASIDE + pupil) or "").split()


def _remember(box: Box, pupil: str, ids: list[str]) -> None:
    settings.put(box.database, _PUT_ASIDE + pupil, " ".join(ids))
