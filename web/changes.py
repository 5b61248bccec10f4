"""New answers of families, with what they take away: shown before they are written, and told after."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import answers
from appliance.hub.rights.answers import Consequence
from appliance.hub.rights.projects import Project
from appliance.i18n import _
from web.wording import choice, choice_words, choices, nature_words, scopes

NOTHING_YET = frozenset({"pending", "expired", "none"})
"""Answers that allow nothing."""


@dataclass(frozen=True)
class Change:
    """A family's new answer for one nature, and what it takes away."""

    nature: Nature
    before: str
    after: str
    consequence: Consequence
    lowers: bool
    """Something that was allowed no longer is."""

    @property
    def widens(self) -> bool:
        """Whether something is allowed that was not."""
        return self.after not in NOTHING_YET and not self.lowers

    @property
    def withdraws(self) -> bool:
        """Whether it has to be looked at before it is written."""
        return self.lowers or bool(self.consequence.erased or self.consequence.recalled)


def change(box: Box, pupil: people.Pupil, project: Project, nature: Nature, after: str) -> Change:
    """Return what a new answer would change. Works while locked."""
    before = choice(pupil, nature, project.id)
    order = choices(project.scopes)
    lowers = before not in NOTHING_YET and order.index(after) < order.index(before)
    wanted = scopes(after, project.scopes)
    return Change(nature, before, after, answers.foresee(box, pupil.id, nature, wanted, project.id), lowers)


@dataclass(frozen=True)
class PupilChanges:
    """What changes for one pupil."""

    pupil: people.Pupil
    changes: Sequence[Change]
    recalled: Sequence[Capture] = ()
    """Taken back from the ENT beside what the changes say: fewer signed, or until a sooner day."""

    @property
    def widens(self) -> bool:
        """Whether one of them allows something that was not."""
        return any(change.widens for change in self.changes)

    @property
    def withdrawals(self) -> Sequence[Change]:
        """Those that take something away."""
        return [change for change in self.changes if change.withdraws]

    @property
    def takes_away(self) -> bool:
        """Whether it has to be looked at before it is written."""
        return bool(self.withdrawals or self.recalled)


def summary(found: PupilChanges) -> str:
    """Return what a receipt says was withdrawn."""
    said = [
        _("{nature} : « {before} » devient « {after} ».").format(
            nature=nature_words(one.nature), before=choice_words(one.before), after=choice_words(one.after)
        )
        for one in found.withdrawals
    ]
    if found.recalled:
        said.append(_("Moins de signatures, ou un dernier jour plus proche."))
    return " ".join(said)
