"""A family's whole answer to a project, as typed from its paper or as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from appliance.domain.permissions import ChildWord, Nature, Scope, Signed
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.rights import answers, withdrawals
from appliance.hub.rights.answers import Paper, Quality, Signatory
from appliance.hub.rights.projects import Project
from appliance.i18n import _, long_day_year
from web.changes import NOTHING_YET, Change, PupilChanges, change, summary
from web.forms import answered_natures
from web.wording import choice, choices, scopes

LONGEST = 80
HOLDERS = (1, 2)
_DETAILED = "papier"
"""Field of a form that asks who signed; without it, what is known of the paper stays."""


@dataclass(frozen=True)
class AnswerForm:
    """What one paper says: the answers, who signed them, until when, and where it is kept."""

    project: Project
    given: Mapping[str, str]
    """Field to choice."""
    signed: Signed
    paper: Paper
    until: date
    detailed: bool = False
    """The form asked for the paper too."""
    fault: str = ""

    @classmethod
    def stored(cls, box: Box, pupil: people.Pupil, project: Project) -> "AnswerForm":
        """Return the answer as it is; Locked when the class is."""
        fields = answered_natures(project)
        latest = pupil.paper(project.id)
        fresh = Signed(form=project.form, named=project.is_named)
        return cls(
            project,
            {name: choice(pupil, nature, project.id) for name, nature in fields.items()},
            latest.signed if latest else fresh,
            answers.paper_of(box, pupil.id, project.id) or Paper(),
            min(latest.until, project.until) if latest else project.until,
        )

    @classmethod
    def read(cls, box: Box, pupil: people.Pupil, project: Project, typed: Mapping[str, str]) -> "AnswerForm":
        """Return what was typed, with its first fault; what was not asked stays as it is."""
        form = cls.stored(box, pupil, project)
        known = choices(project.scopes)
        given = {n: typed[n] if typed.get(n) in known else now for n, now in form.given.items()}
        form = replace(form, given=given)
        return form._with_paper(typed) if _DETAILED in typed else form

    def changes(self, box: Box, pupil: people.Pupil) -> PupilChanges:
        """Return what it changes. A child who says no is a no to everything that was allowed."""
        found = self._changed(box, pupil)
        written = self._written(box, pupil, found)
        if not written:
            return PupilChanges(pupil, found)
        told = {c.id for one in found for c in (*one.consequence.recalled, *one.consequence.erased)}
        try:
            taken = withdrawals.rehearse(box, pupil.id, written, self.project.id, self.signed, self.until)
        except checklist.NotReal:
            return PupilChanges(pupil, found)
        return PupilChanges(pupil, found, [c for c in taken.recalled if c.id not in told])

    def _changed(self, box: Box, pupil: people.Pupil) -> list[Change]:
        fields = answered_natures(self.project)
        known = choices(self.project.scopes)
        found = []
        for name, chosen in self.given.items():
            refused = self.signed.child is ChildWord.NO and chosen in known
            after = "none" if refused else chosen
            if after in known and after != choice(pupil, fields[name], self.project.id):
                found.append(change(box, pupil, self.project, fields[name], after))
        return found

    @property
    def allows(self) -> bool:
        """Whether it allows something."""
        return bool(set(self.given.values()).difference(NOTHING_YET))

    @property
    def is_unsigned(self) -> bool:
        """Whether it allows something that nobody signed."""
        return self.signed.holders < 1 and self.allows

    @property
    def is_opposed(self) -> bool:
        """Whether it allows something that one holder refused on the paper that is noted."""
        return self.paper.is_opposed and self.allows

    def save(self, box: Box, pupil: people.Pupil, found: PupilChanges) -> str | None:
        """Write what differs from before, `found`; return the id of a withdrawal's receipt, or nothing.

        None when nothing differs.
        """
        given = self._written(box, pupil, found.changes)
        if not given:
            return None
        paper = self.paper if self.paper != Paper() else None
        told: dict[str, Any] = {
            "project": self.project.id, "signed": self.signed, "until": self.until, "paper": paper
        }  # fmt: skip
        if found.takes_away:
            return withdrawals.record(box, pupil.id, given, said=summary(found), **told)
        answers.record(box, pupil.id, given, **told)
        return ""

    def _written(
        self, box: Box, pupil: people.Pupil, found: Sequence[Change]
    ) -> dict[Nature, tuple[Scope, ...]]:
        """Return what has to be written: what changed, or all of it under another paper."""
        before = self.stored(box, pupil, self.project)
        same_paper = (before.signed, before.paper, before.until) == (self.signed, self.paper, self.until)
        whole = self.detailed and not same_paper
        written = self._all_given() if whole else {c.nature: c.after for c in found}
        return {nature: scopes(chosen, self.project.scopes) for nature, chosen in written.items()}

    def _all_given(self) -> dict[Nature, str]:
        fields, known = answered_natures(self.project), choices(self.project.scopes)
        return {fields[name]: chosen for name, chosen in self.given.items() if chosen in known}

    def _with_paper(self, typed: Mapping[str, str]) -> "AnswerForm":
        rows = [_signatory(typed, number) for number in HOLDERS]
        signatories = tuple(row for row in rows if row is not None)
        paper = Paper(signatories, " ".join(typed.get("place", "").split())[:LONGEST])
        holders = paper.holders() if signatories else _holders(typed)
        signed = Signed(
            holders,
            "seul" in typed and holders == 1,
            _child(typed),
            " ".join(typed.get("edition", "").split())[:LONGEST],
            self.project.is_named,
        )
        until = _day(typed.get("jusque", ""))
        form = replace(self, signed=signed, paper=paper, until=until or self.until, detailed=True)
        if any(not signatory.agrees for signatory in signatories):
            # One of them says no: that is the family's answer, whatever was ticked (law.md R4).
            form = replace(form, given=dict.fromkeys(form.given, "none"), signed=replace(signed, holders=0))
        return replace(form, fault=form._fault(typed, until))

    def _fault(self, typed: Mapping[str, str], until: date | None) -> str:
        if self.is_unsigned:
            return _("Un oui se signe : dites qui a signé, ou combien ont signé.")
        if typed.get("jusque") and (until is None or not self.project.starts <= until <= self.project.until):
            day = long_day_year(self.project.until)
            return _("L’autorisation finit le {day} au plus tard.").format(day=day)
        if any(typed.get(f"nom-{n}", "").strip() and _day(typed.get(f"le-{n}", "")) is None for n in HOLDERS):
            return _("Écrivez la date de chaque signature : elle est sur le papier.")
        return ""


def _signatory(typed: Mapping[str, str], number: int) -> Signatory | None:
    name = " ".join(typed.get(f"nom-{number}", "").split())[:LONGEST]
    if not name:
        return None
    quality = typed.get(f"qualite-{number}", "")
    return Signatory(
        name,
        Quality(quality) if quality in list(Quality) else Quality.PARENT_1,
        typed.get(f"accord-{number}") != "non",
        _day(typed.get(f"le-{number}", "")) or date.min,
    )


def _holders(typed: Mapping[str, str]) -> int:
    said = typed.get("signatures", "")
    return int(said) if said in ("0", "1", "2") else 0


def _child(typed: Mapping[str, str]) -> ChildWord:
    said = typed.get("enfant", "")
    return ChildWord(said) if said in list(ChildWord) else ChildWord.NOT_ASKED


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
