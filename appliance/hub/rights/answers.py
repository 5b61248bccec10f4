"""What families answer, and what an answer does at once to what was captured and sent (law.md §1.5, §7.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import (
    YEAR_PROJECT,
    ChildWord,
    Nature,
    Permission,
    PermissionState,
    Scope,
    Signed,
)
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.retention import erasure, lasting
from appliance.hub.rights import permits, projects
from appliance.store import captures, glance, outbox, pupils

ON_PAPER = Signed()
"""One holder, on a paper that the teacher has seen."""
_NO = (PermissionState.REFUSED, PermissionState.WITHDRAWN)


class Quality(StrEnum):
    """In what right somebody signs."""

    PARENT_1 = "parent_1"
    PARENT_2 = "parent_2"
    GUARDIAN = "guardian"
    """*Tuteur·rice*."""
    DELEGATE = "delegate"
    """*Délégataire* of parental authority."""


@dataclass(frozen=True)
class Signatory:
    """One holder of parental authority and their own answer; the mode is always *papier vu*."""

    name: str
    quality: Quality
    agrees: bool
    on: date


@dataclass(frozen=True)
class Paper:
    """Who signed a family's answer, and where the paper is kept; no scan of it is."""

    signatories: tuple[Signatory, ...] = ()
    place: str = ""
    """`classeur direction, p. 12`."""

    @property
    def is_opposed(self) -> bool:
        """Whether one of them objects: that is the family's answer (E31)."""
        return any(not signatory.agrees for signatory in self.signatories)

    def holders(self) -> int:
        """Return how many agree: none as soon as one of them objects (E31)."""
        return 0 if self.is_opposed else len(self.signatories)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object, the inverse of `from_json`."""
        rows = [{**s.__dict__, "on": s.on.isoformat(), "mode": "paper_seen"} for s in self.signatories]
        return {"signatories": rows, "place": self.place}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Paper":
        """Return the paper in a JSON object."""
        rows = tuple(
            Signatory(row["name"], Quality(row["quality"]), row["agrees"], date.fromisoformat(row["on"]))
            for row in data["signatories"]
        )
        return cls(rows, data["place"])


def paper_of(box: Box, pupil: str, project: str = YEAR_PROJECT) -> Paper | None:
    """Return the latest paper that was described for a pupil and a project; Locked when the class is."""
    sealed = pupils.latest_paper(box.database, pupil, project)
    return Paper.from_json(box.opener.open_json(sealed)) if sealed else None


@dataclass(frozen=True)
class Consequence:
    """What an answer that allows less takes away, before it does."""

    erased: Sequence[Capture] = ()
    """Erased from the box and from the ENT: nobody allows them any more."""
    recalled: Sequence[Capture] = ()
    """Taken back from the ENT; they stay in class."""
    silenced: Sequence[Capture] = ()
    """Photos that lose their spoken caption."""
    unclaimed: int = 0
    """Captures of nobody yet: the pupil may be in one of them."""
    aside: int = 0
    """Put aside: they stay where nobody hears them."""


def foresee(
    box: Box, pupil: str, nature: Nature, scopes: Sequence[Scope], project: str = YEAR_PROJECT
) -> Consequence:
    """Return what `record` would take away for a nature. Works while locked."""
    held = _held(box, pupil, nature, project)
    if Scope.CLASS in scopes:
        home = Scope.FAMILY in scopes
        return Consequence(recalled=() if home else [c for c in held if c.released_at is not None])
    return Consequence(
        erased=held,
        silenced=_captioned(box, pupil, project) if nature is Nature.VOICE else (),
        unclaimed=glance.count_of_nobody(box.database, nature),
        aside=sum(c.quarantine is not Quarantine.NO for c in _of_project(box, pupil, project, nature)),
    )


def record(
    box: Box,
    pupil: str,
    given: Mapping[Nature, Sequence[Scope]],
    *,
    project: str = YEAR_PROJECT,
    signed: Signed = ON_PAPER,
    until: date | None = None,
    paper: Paper | bytes | None = None,
    receipt: Callable[[Consequence], object] | None = None,
) -> None:
    """Record what the guardians allow in a project, for each nature: these scopes, and no other.

    `until` is the last day of the period, the project's and 31 August at the latest. A child who says no is
    a no. ValueError when nobody signed what is allowed, when its paper bears a refusal (E31), or for a scope
    that the project does not ask for;
    `checklist.NotReal` for a new yes while the box is on trial.

    A scope that was granted and is no more is a withdrawal: what was captured or sent under it goes at once.
    All in one transaction: no power cut leaves a withdrawal of which the captures or the ENT know nothing.
    `receipt` is told within it what was taken away; when it raises, nothing was. Works while locked.
    """
    if signed.child is ChildWord.NO:
        given = dict.fromkeys(given, ())
    opposed = isinstance(paper, Paper) and paper.is_opposed
    if (signed.holders < 1 or opposed) and any(given.values()):
        raise ValueError("nobody signed, or somebody refused")
    if _widens(box, pupil, given, project):
        checklist.require_real(box)
    end = min(until or date.max, projects.last_day_of(box, project))
    sealed = box.sealer.seal_json(paper.to_json()) if isinstance(paper, Paper) else paper
    gone: list[Capture] = []
    silent: list[Capture] = []
    with box.database.transaction():
        for nature, scopes in given.items():
            answer = Permission(
                nature, Scope.CLASS, PermissionState.PENDING, end, box.today(), project, signed
            )
            if _write(box, pupil, answer, scopes, sealed):
                gone += _bury(box, pupil, nature, project)
                silent += _silence(box, pupil, project) if nature is Nature.VOICE else []
        lasting.recount_pupil(box, pupil)
        recalled = recall(box, [c for c in captures.of_pupil(box.database, pupil) if c.project == project])
        lasting.recount_pupil(box, pupil)
        if receipt is not None:
            receipt(Consequence(gone, recalled, silent))
    for capture in gone:
        erasure.remove_files(box, capture)
    for capture in recalled:
        box.shelf.remove_parcels(capture.code)
    for capture in silent:
        box.shelf.remove_caption(capture.id)
    box.announce_change()


def recall_expired(holder: erasure.Holder, today: date) -> int:
    """Take back from the ENT whatever its families allow no more, a period being over; return how many.

    Once a day, on a believed clock (law.md §7.2: expired, sharing recalled). Needs no key, and nothing is
    done twice.
    """
    count = 0
    for capture in captures.released(holder.database):
        if permits.may_stay_home(holder, today, capture):
            continue
        with holder.database.transaction():
            now = captures.find(holder.database, capture.id)
            if now is None or now.released_at is None:
                continue
            _take_back(holder, now)
        holder.shelf.remove_parcels(now.code)
        count += 1
    return count


def _write(box: Box, pupil: str, answer: Permission, scopes: Sequence[Scope], sealed: bytes | None) -> bool:
    """Append what differs from the answers before; True when the class may keep nothing any more."""
    asked = projects.scopes_of(box, answer.project)
    if not set(scopes) <= set(asked):
        raise ValueError("the project does not ask for this scope")
    before = {
        p.scope: p
        for p in pupils.permissions(box.database, [pupil]).get(pupil, [])
        if (p.project, p.nature) == (answer.project, answer.nature)
    }
    refused = False
    for scope in dict.fromkeys((*asked, *before)):
        old = before.get(scope)
        new = _answered(old.state if old else None, granted=scope in scopes)
        row = replace(answer, scope=scope, state=new)
        # A no said once more takes what came back meanwhile, as `foresee` tells.
        refused |= scope is Scope.CLASS and new in _NO
        if sealed is None and old is not None and replace(row, since=old.since) == old:
            continue
        pupils.record_permission(box.database, pupil, row, box.now(), sealed)
        audit.note(box, Event.PERMISSION_ANSWERED, pupil, detail=f"{new}/{answer.nature}/{scope}")
    return refused


def _widens(box: Box, pupil: str, given: Mapping[Nature, Sequence[Scope]], project: str) -> bool:
    """Whether an answer allows what was not allowed before: taking a part back is always heard."""
    granted = {
        (before.nature, before.scope)
        for before in pupils.permissions(box.database, [pupil]).get(pupil, [])
        if before.project == project and before.state is PermissionState.GRANTED
    }
    return any((nature, scope) not in granted for nature, scopes in given.items() for scope in scopes)


def _answered(old: PermissionState | None, *, granted: bool) -> PermissionState:
    if granted:
        return PermissionState.GRANTED
    if old in (PermissionState.GRANTED, PermissionState.WITHDRAWN):
        return PermissionState.WITHDRAWN
    return PermissionState.REFUSED


def _of_project(box: Box, pupil: str, project: str, nature: Nature | None = None) -> list[Capture]:
    return [c for c in captures.of_pupil(box.database, pupil, nature) if c.project == project]


def _held(box: Box, pupil: str, nature: Nature, project: str) -> list[Capture]:
    """What a no erases: not what nobody is recognised in, nor what is put aside and waits for a person."""
    return [
        c
        for c in _of_project(box, pupil, project, nature)
        if not c.anonymous and c.quarantine is Quarantine.NO
    ]


def _captioned(box: Box, pupil: str, project: str) -> list[Capture]:
    """The photos on which a pupil may be heard, in the caption; what is put aside waits for a person."""
    held = _of_project(box, pupil, project)
    return [c for c in held if c.caption_ms and c.quarantine is Quarantine.NO]


def _bury(box: Box, pupil: str, nature: Nature, project: str) -> list[Capture]:
    held = _held(box, pupil, nature, project)
    for capture in held:
        erasure.bury(box, capture, reason="withdrawn")
    return held


def _silence(box: Box, pupil: str, project: str) -> list[Capture]:
    captioned = _captioned(box, pupil, project)
    for capture in captioned:
        captures.drop_caption(box.database, capture.id)
    return captioned


def recall(box: Box, held: Iterable[Capture]) -> list[Capture]:
    """Take back from the ENT what may not be there any more, in the transaction that runs; return it.

    The caller removes the parcels once it is committed.
    """
    today = box.today()
    released = [c for c in held if c.released_at is not None]
    recalled = [c for c in released if not permits.may_stay_home(box, today, c)]
    for capture in recalled:
        _take_back(box, capture)
    return recalled


def _take_back(holder: erasure.Holder, capture: Capture) -> None:
    outbox.ask_delete(holder.database, capture.code, holder.clock.read().now)
    captures.unrelease(holder.database, capture.id)
