"""The pupils of the class: names in memory while it is open, permissions, badges."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from appliance.domain.audit import Event
from appliance.domain.codes import BADGE_LENGTH, badge_code
from appliance.domain.permissions import YEAR_PROJECT, Nature, Permission, PermissionState, Scope, Signed
from appliance.domain.retention import school_year_end
from appliance.hub import audit
from appliance.hub.box import Box, Locked
from appliance.hub.rights import answers, projects
from appliance.i18n import _
from appliance.store import pupils, settings

_SEALED = ("first_name", "initial", "level", "language", "slow")
ANSWERABLE = projects.YEAR_SCOPES
"""The scopes that a family answers for in the workshops of the year."""


@dataclass(frozen=True)
class Pupil:
    """A pupil as the teacher sees them."""

    id: str
    badge: str
    pictogram: str
    first_name: str
    initial: str
    """Of the surname; may be empty. Never the surname."""
    level: str
    """PS to CM2; may be empty."""
    shown: str
    """First name, with the initial when the class has namesakes."""
    permissions: tuple[Permission, ...]
    """The answers of this school year; an older one waits for a new answer."""
    language: str = "fr"
    """In which consignes are said to them, when a scenario has it (ISO 639)."""
    slow: bool = False
    """Takes twice the time at a station (E38)."""
    left_on: date | None = None
    """The day the pupil left the class."""

    def state(self, nature: Nature, scope: Scope, project: str = YEAR_PROJECT) -> PermissionState:
        """Return the answer in force for a nature and a scope of a project: pending when there is none."""
        found = self.answer(nature, scope, project)
        return found.state if found else PermissionState.PENDING

    def answer(self, nature: Nature, scope: Scope, project: str = YEAR_PROJECT) -> Permission | None:
        """Return the whole answer in force, or None."""
        for answer in self.permissions:
            if (answer.project, answer.nature, answer.scope) == (project, nature, scope):
                return answer
        return None

    def paper(self, project: str = YEAR_PROJECT) -> Permission | None:
        """Return the answer that tells who signed for a project and until when, or None before the first."""
        return next((answer for answer in self.permissions if answer.project == project), None)


def every(box: Box) -> list[Pupil]:
    """Return the pupils of the class by first name; Locked when the class is."""
    return [pupil for pupil in everyone(box) if pupil.left_on is None]


def everyone(box: Box) -> list[Pupil]:
    """Return the pupils by first name, those who have left among them; Locked when the class is."""
    rows = pupils.every(box.database)
    answers, today = pupils.permissions(box.database), box.today()
    words = {row.id: _open(box, row) for row in rows}
    namesakes = Counter(w["first_name"].casefold() for w in words.values())
    found = [
        Pupil(
            row.id,
            row.badge,
            row.pictogram,
            words[row.id]["first_name"],
            words[row.id]["initial"],
            words[row.id]["level"],
            _shown(words[row.id], namesakes),
            _of_this_year(answers.get(row.id, ()), today),
            words[row.id]["language"],
            words[row.id]["slow"],
            row.left_on,
        )
        for row in rows
    ]
    return sorted(found, key=lambda pupil: alphabetical(pupil.shown))


def is_taken(box: Box, first_name: str, initial: str, *, but: str = "") -> bool:
    """Whether another pupil has this first name and initial: two families would share one ENT folder.

    `but` is the id of a pupil who does not count.
    """
    wanted = (alphabetical(first_name), initial.casefold())
    others = (p for p in everyone(box) if p.id != but)
    return any(wanted == (alphabetical(p.first_name), p.initial.casefold()) for p in others)


def find(box: Box, pupil_id: str) -> Pupil | None:
    """Return one pupil; Locked when the class is."""
    return next((pupil for pupil in everyone(box) if pupil.id == pupil_id), None)


def shown_names(box: Box, ids: Iterable[str]) -> list[str]:
    """Return names as they are shown, in the order of `ids`; Locked when the class is."""
    by_id = {pupil.id: pupil.shown for pupil in everyone(box)}
    return [by_id[i] for i in ids if i in by_id]


def add(
    box: Box,
    first_name: str,
    *,
    initial: str = "",
    level: str = "",
    pictogram: str,
    language: str = "fr",
    slow: bool = False,
) -> str:
    """Add a pupil, all permissions pending, and return the new id. Works while locked."""
    said = (first_name, initial, level, language, slow)
    row = pupils.PupilRow(
        box.new_id(),
        badge_code(box.random_bytes(BADGE_LENGTH)),
        pictogram,
        box.sealer.seal_json(dict(zip(_SEALED, said, strict=True))),
    )
    with box.database.transaction():
        pupils.add(box.database, row, box.now())
        audit.note(box, Event.PUPIL_ADDED, row.id)
    return row.id


def set_needs(box: Box, pupil_id: str, *, language: str, slow: bool) -> None:
    """Record in which language a pupil hears the consignes, and whether stations give twice the time.

    Locked when the class is; nothing happens for an unknown pupil.
    """
    with box.database.transaction():
        pupil = find(box, pupil_id)
        if pupil is None:
            return
        pupils.correct(box.database, pupil_id, seal(box, replace(pupil, language=language, slow=slow)))
        audit.note(box, Event.PUPIL_NEEDS_SET, pupil_id)
    box.announce_change()


def needs(box: Box, rows: Iterable[pupils.PupilRow]) -> dict[str, tuple[str, bool]]:
    """Return the language of each pupil and whether they take twice the time; `rows` are all pupils.

    While locked it is what was known at the last opening; nothing after a loss of power.
    """
    with suppress(Locked):
        words = {row.id: _open(box, row) for row in rows}
        box.needs = {pupil: (said["language"], said["slow"]) for pupil, said in words.items()}
    return box.needs


def seal(box: Box, pupil: Pupil) -> bytes:
    """Return what of a pupil is stored sealed."""
    return box.sealer.seal_json({name: getattr(pupil, name) for name in _SEALED})


def replace_badge(box: Box, pupil_id: str) -> None:
    """Give a pupil a new badge; the lost one is unknown to every station from their next roster on (E12)."""
    with box.database.transaction():
        pupils.set_badge(box.database, pupil_id, badge_code(box.random_bytes(BADGE_LENGTH)))
        audit.note(box, Event.BADGE_REPLACED, pupil_id)


def answer(
    box: Box,
    pupil_id: str,
    nature: Nature,
    scopes: Sequence[Scope],
    *,
    project: str = YEAR_PROJECT,
    signed: Signed = answers.ON_PAPER,
    until: date | None = None,
    paper: bytes | None = None,
) -> None:
    """Record what the guardians allow for one nature in a project: as `answers.record` for several."""
    answers.record(box, pupil_id, {nature: scopes}, project=project, signed=signed, until=until, paper=paper)


def together(names: Sequence[str]) -> str:
    """Return names as one says them: `Ana, Tom et Zoé`."""
    if len(names) < 2:
        return "".join(names)
    return _("{some} et {last}").format(some=", ".join(names[:-1]), last=names[-1])


def class_name(box: Box) -> str:
    """Return the class's name; Locked when the class is."""
    sealed = settings.get_sealed(box.database, settings.CLASS_NAME)
    return str(box.opener.open_json(sealed)) if sealed else ""


def set_class_name(box: Box, name: str) -> None:
    """Seal and store the class's name."""
    settings.put_sealed(box.database, settings.CLASS_NAME, box.sealer.seal_json(name))


def _of_this_year(answers: Iterable[Permission], today: date) -> tuple[Permission, ...]:
    """Leave out another school year's answers; a period of this one that is over shows as expired."""
    year = school_year_end(today)
    return tuple(
        replace(answer, state=answer.state_on(today))
        for answer in answers
        if school_year_end(answer.until) >= year
    )


def _open(box: Box, row: pupils.PupilRow) -> dict[str, Any]:
    # The names first: a lock replaces them, and what is opened meanwhile is forgotten with the old ones.
    names, opener = box.names, box.opener
    if row.sealed not in names:
        names[row.sealed] = opener.open_json(row.sealed)
    return names[row.sealed]


def alphabetical(name: str) -> str:
    """Return a key that sorts Élise beside Elias."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def _shown(words: dict[str, Any], namesakes: Counter[str]) -> str:
    first_name, initial = words["first_name"], words["initial"]
    return f"{first_name} {initial}." if initial and namesakes[first_name.casefold()] > 1 else first_name
