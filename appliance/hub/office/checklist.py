"""What has to be done before the first pupil is recorded (law.md §4.1): until then the box is on trial.

The day of each step is in clear, for a locked box must know whether it may record; who answered and under
which reference was typed by a person, and is sealed.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from appliance.domain.audit import Event, Role
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.store import settings
from appliance.store.database import Database


class Step(StrEnum):
    """In the order of law.md §4.1."""

    ADVICE = "advice"
    """The ERUN or the data-protection officer was asked."""
    COUNCIL = "council"
    """The conseil d'école was told (art. D. 411-2; Wi-Fi: law of 9 February 2015, art. 7)."""
    REGISTER = "register"
    """The controller has entered the processing: only what is registered may run."""
    NOTICE = "notice"
    """Families have received the notice."""


@dataclass(frozen=True)
class Tick:
    """A step that is done."""

    on: date
    reference: str


class NotReal(Exception):
    """The box is on trial: no family's yes is recorded, and no pupil, before the checklist is done."""


def is_real(box: Box) -> bool:
    """Whether every step is done. Works while locked."""
    return not missing(box.database)


def require_real(box: Box) -> None:
    """Raise NotReal while the box is on trial."""
    if not is_real(box):
        raise NotReal


def missing(database: Database) -> list[Step]:
    """Return the steps that are not done, in their order."""
    return [step for step in Step if not settings.get(database, _name(step))]


def done_on(database: Database, step: Step) -> date | None:
    """Return the day of a step, or None. Works while locked."""
    text = settings.get(database, _name(step))
    return date.fromisoformat(text) if text else None


def ticks(box: Box) -> dict[Step, Tick]:
    """Return the steps that are done; Locked when the class is."""
    found = {}
    for step in Step:
        on = done_on(box.database, step)
        if on is not None:
            sealed = settings.get_sealed(box.database, _name(step))
            found[step] = Tick(on, str(box.opener.open_json(sealed)) if sealed else "")
    return found


def tick(box: Box, step: Step, on: date, reference: str) -> None:
    """Note that a step is done. Works while locked."""
    with box.database.transaction():
        settings.put(box.database, _name(step), on.isoformat())
        settings.put_sealed(box.database, _name(step), box.sealer.seal_json(reference))
        audit.note(box, Event.CHECKLIST_TICKED, detail=step)
    box.announce_change()


def untick(box: Box, step: Step) -> None:
    """Take a step back that was ticked by mistake: the box is on trial again, and keeps what it holds."""
    _undo(box, step)
    box.announce_change()


def await_new_class(holder: audit.Holder, *, role: Role | None = None) -> None:
    """Take the notice back when a school year ends: the families of the next class have not had theirs.

    `role` when nobody closed the year. No key is needed.
    """
    if done_on(holder.database, Step.NOTICE) is not None:
        _undo(holder, Step.NOTICE, role)


def tick_all(box: Box, on: date, reference: str) -> None:
    """Note that every step is done: for a class that is invented. Works while locked."""
    for step in Step:
        tick(box, step, on, reference)


def _undo(holder: audit.Holder, step: Step, role: Role | None = None) -> None:
    with holder.database.transaction():
        # Emptied, not removed: an older backup would bring back what is not there.
        settings.put(holder.database, _name(step), "")
        settings.put_sealed(holder.database, _name(step), b"")
        audit.note(holder, Event.CHECKLIST_TICKED, role=role, detail=f"{step}/undone")


def _name(step: Step) -> str:
    return f"checklist_{step}"
