"""A whole class's papers on one page: a line a pupil, a choice a nature, one save for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.domain.permissions import ChildWord, Signed
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights.projects import Project
from web.answer_form import AnswerForm
from web.changes import PupilChanges
from web.forms import answered_natures
from web.wording import choices

SIGNATURES = ("1", "2", "seul")
MODEL = "modele"
"""Prefix of the line on top: the answer that most families gave."""
LIKE = "comme"
"""Prefix of the tick that gives a pupil's line the values of the model."""


@dataclass(frozen=True)
class Line:
    """One pupil's line, as it is."""

    pupil: people.Pupil
    form: AnswerForm

    @property
    def signatures(self) -> str:
        """Who signed, as the line says it."""
        signed = self.form.signed
        if self.pupil.paper(self.form.project.id) is None or signed.holders < 1:
            return ""
        return "seul" if signed.alone else str(min(2, signed.holders))

    @property
    def child(self) -> str:
        """The child's own word, as the line says it."""
        return self.form.signed.child


@dataclass(frozen=True)
class Sheet:
    """The class's answers to one project."""

    project: Project
    lines: Sequence[Line]

    @classmethod
    def stored(cls, box: Box, project: Project) -> "Sheet":
        """Return the class as it is; Locked when it is."""
        every = people.every(box)
        return cls(project, [Line(pupil, AnswerForm.stored(box, pupil, project)) for pupil in every])

    def typed(self, said: Mapping[str, str]) -> list[tuple[Line, AnswerForm]]:
        """Return the lines that were changed, with their new answers."""
        found = []
        for line in self.lines:
            form = self._read(line, said)
            if form != line.form:
                found.append((line, form))
        return found

    def _read(self, line: Line, said: Mapping[str, str]) -> AnswerForm:
        known = choices(self.project.scopes)
        given = {}
        for name, now in line.form.given.items():
            chosen = _cell(line, said, name, now)
            given[name] = chosen if chosen in known else now
        signed = _signed(line, said)
        if given == line.form.given and signed == line.form.signed:
            return line.form
        if _cell(line, said, "signatures", line.signatures) not in SIGNATURES:
            # Nobody has said yet how many signed: what is only supposed of a pupil to come is no signature.
            signed = replace(signed, holders=0)
        return replace(line.form, given=given, signed=signed, detailed=True)


def changes(box: Box, typed: Sequence[tuple[Line, AnswerForm]]) -> list[PupilChanges]:
    """Return what the changed lines change, pupil by pupil."""
    return [form.changes(box, line.pupil) for line, form in typed]


def fields(project: Project) -> list[str]:
    """Return the columns of a project's sheet."""
    return list(answered_natures(project))


def _cell(line: Line, said: Mapping[str, str], name: str, now: str) -> str:
    """Return what was chosen in a cell; one left as it was takes the model's, when its line is ticked."""
    chosen = said.get(f"{line.pupil.id}.{name}", "") or now
    if chosen == now and f"{LIKE}.{line.pupil.id}" in said:
        return said.get(f"{MODEL}.{name}", "") or now
    return chosen


def _signed(line: Line, said: Mapping[str, str]) -> Signed:
    before = line.form.signed
    signatures = _cell(line, said, "signatures", line.signatures)
    child = _cell(line, said, "enfant", line.child)
    signed = replace(before, child=ChildWord(child) if child in list(ChildWord) else before.child)
    if signatures not in SIGNATURES or signatures == line.signatures:
        return signed
    alone = signatures == "seul"
    return replace(signed, holders=1 if alone else int(signatures), alone=alone)
