"""The pupils of the class: names in memory while it is open, permissions, badges."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.domain.audit import Event
from appliance.domain.captures import Capture
from appliance.domain.codes import BADGE_LENGTH, badge_code
from appliance.domain.permissions import Decision, Nature, Permission, PermissionState, Scope, decide
from appliance.domain.retention import school_year_end
from appliance.hub import audit, erasure, stations
from appliance.hub.box import Box
from appliance.i18n import _
from appliance.store import captures, outbox, pupils, scenarios, settings

ANSWERABLE = (Scope.CLASS, Scope.FAMILY)
"""The scopes that a family answers for today."""


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

    def state(self, nature: Nature, scope: Scope) -> PermissionState:
        """Return the answer in force for a nature and a scope: pending when there is none."""
        for permission in self.permissions:
            if permission.nature is nature and permission.scope is scope:
                return permission.state
        return PermissionState.PENDING


def every(box: Box) -> list[Pupil]:
    """Return the pupils by first name; Locked when the class is."""
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
            tuple(p for p in answers.get(row.id, ()) if p.until >= today),
            row.language,
            row.slow,
        )
        for row in rows
    ]
    return sorted(found, key=lambda pupil: _alphabetical(pupil.shown))


def is_taken(box: Box, first_name: str, initial: str) -> bool:
    """Whether a pupil has this first name and this initial: two families would share one ENT folder."""
    wanted = (_alphabetical(first_name), initial.casefold())
    return any(wanted == (_alphabetical(p.first_name), p.initial.casefold()) for p in every(box))


def find(box: Box, pupil_id: str) -> Pupil | None:
    """Return one pupil; Locked when the class is."""
    return next((pupil for pupil in every(box) if pupil.id == pupil_id), None)


def shown_names(box: Box, ids: Iterable[str]) -> list[str]:
    """Return names as they are shown, in the order of `ids`; Locked when the class is."""
    by_id = {pupil.id: pupil.shown for pupil in every(box)}
    return [by_id[i] for i in ids if i in by_id]


def add(box: Box, first_name: str, *, initial: str = "", level: str = "", pictogram: str) -> str:
    """Add a pupil, all permissions pending, and return the new id. Works while locked."""
    row = pupils.PupilRow(
        box.new_id(),
        badge_code(box.random_bytes(BADGE_LENGTH)),
        pictogram,
        box.sealer.seal_json({"first_name": first_name, "initial": initial, "level": level}),
    )
    with box.database.transaction():
        pupils.add(box.database, row, box.now())
        audit.note(box, Event.PUPIL_ADDED, row.id)
    return row.id


def set_needs(box: Box, pupil_id: str, *, language: str, slow: bool) -> None:
    """Record in which language a pupil hears the consignes, and whether stations give twice the time."""
    with box.database.transaction():
        pupils.set_needs(box.database, pupil_id, language=language, slow=slow)
        audit.note(box, Event.PUPIL_NEEDS_SET, pupil_id)


def replace_badge(box: Box, pupil_id: str) -> None:
    """Give a pupil a new badge; the lost one is unknown to every station from their next roster on (E12)."""
    with box.database.transaction():
        pupils.set_badge(box.database, pupil_id, badge_code(box.random_bytes(BADGE_LENGTH)))
        audit.note(box, Event.BADGE_REPLACED, pupil_id)


def answer(box: Box, pupil_id: str, nature: Nature, scopes: Sequence[Scope]) -> None:
    """Record what the guardians allow for a nature: these scopes, and no other.

    A scope that was granted and is no more is a withdrawal: what was captured or sent under it goes at once.
    All in one transaction: no power cut leaves a withdrawal of which the captures or the ENT know nothing.
    """
    now = box.now()
    recalled: list[tuple[Capture, Scope]] = []
    silenced: list[Capture] = []
    with box.database.transaction():
        before = pupils.permissions(box.database, [pupil_id]).get(pupil_id, [])
        for scope in ANSWERABLE:
            old = next((p for p in before if p.nature is nature and p.scope is scope), None)
            new = _answered(old.state if old else None, granted=scope in scopes)
            if old is not None and new is old.state and old.until >= box.today():
                continue
            permission = Permission(nature, scope, new, school_year_end(now.date()))
            pupils.record_permission(box.database, pupil_id, permission, now)
            audit.note(box, Event.PERMISSION_ANSWERED, pupil_id, detail=f"{new}/{nature}/{scope}")
            if new is PermissionState.WITHDRAWN:
                held = captures.of_pupil(box.database, pupil_id, nature)
                recalled += [(_recalled(box, capture, scope), scope) for capture in held]
            if new is PermissionState.WITHDRAWN and (nature, scope) == (Nature.VOICE, Scope.CLASS):
                silenced = captioned(box, pupil_id)
                for capture in silenced:
                    captures.drop_caption(box.database, capture.id)
    for capture, scope in recalled:
        if scope is Scope.CLASS:
            erasure.remove_files(box, capture)
        else:
            box.shelf.remove_parcels(capture.code)
    for capture in silenced:
        box.shelf.remove_caption(capture.id)
    box.announce_change()


def decision(box: Box, ids: Sequence[str], nature: Nature, scope: Scope) -> Decision:
    """Decide for a group today."""
    answers = pupils.permissions(box.database, ids)
    return decide(nature, scope, [(i, answers.get(i, [])) for i in ids], box.today())


def class_decision(box: Box, ids: Sequence[str], scenario: str, nature: Nature) -> Decision:
    """Decide for the class today.

    Nobody knows who is in a capture without an owner: everyone its scenario invites has to be permitted (E1).
    """
    judged = ids or stations.who_may_come(box, scenarios.find(box.database, scenario))
    return decision(box, judged, nature, Scope.CLASS)


def exceeds_wish(wish: Scope | None, scope: Scope) -> bool:
    """Whether a scope is wider than what the pupil chose; None is a pupil who was not asked."""
    order = list(Scope)
    return wish is not None and order.index(scope) > order.index(wish)


def captioned(box: Box, pupil_id: str) -> list[Capture]:
    """Return the photos on which a pupil may be heard, in the caption."""
    return [capture for capture in captures.of_pupil(box.database, pupil_id) if capture.caption_ms]


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


def _answered(old: PermissionState | None, *, granted: bool) -> PermissionState:
    if granted:
        return PermissionState.GRANTED
    if old in (PermissionState.GRANTED, PermissionState.WITHDRAWN):
        return PermissionState.WITHDRAWN
    return PermissionState.REFUSED


def _recalled(box: Box, capture: Capture, scope: Scope) -> Capture:
    if scope is Scope.CLASS:
        erasure.bury(box, capture, reason="withdrawn")
    else:
        outbox.ask_delete(box.database, capture.code, box.now())
    return capture


def _open(box: Box, row: pupils.PupilRow) -> dict[str, str]:
    # The names first: a lock replaces them, and what is opened meanwhile is forgotten with the old ones.
    names, opener = box.names, box.opener
    if row.sealed not in names:
        names[row.sealed] = opener.open_json(row.sealed)
    return names[row.sealed]


def _alphabetical(name: str) -> str:
    """Return a key that sorts Élise beside Elias."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def _shown(words: dict[str, str], namesakes: Counter[str]) -> str:
    first_name, initial = words["first_name"], words["initial"]
    return f"{first_name} {initial}." if initial and namesakes[first_name.casefold()] > 1 else first_name
