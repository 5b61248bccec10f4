"""What may be done with a capture today: the domain's one decision, on what this box knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import (
    YEAR_PROJECT,
    Decision,
    Matter,
    Member,
    Nature,
    Permission,
    Policy,
    Scope,
    Use,
    decide,
)
from appliance.hub import stations
from appliance.hub.box import Box
from appliance.store import projects, pupils, scenarios, settings
from appliance.store.database import Database


class Holder(Protocol):
    """What an answer is looked up in; no key."""

    database: Database


def policy(box: Holder) -> Policy:
    """Return what the controller decided where doctrines differ."""
    return settings.policy(box.database)


def members(box: Holder, ids: Iterable[str]) -> list[Member]:
    """Return pupils as the decision knows them, in the order given; an unknown one has allowed nothing."""
    wanted = list(ids)
    periods = {row.id: (row.starts, row.until) for row in projects.every(box.database)}
    answers = pupils.permissions(box.database, wanted)
    standing = pupils.standing(box.database, wanted)
    unknown = pupils.Standing(disagreement=False, left_on=None)
    return [
        Member(
            i,
            tuple(_in_period(answer, periods) for answer in answers.get(i, ())),
            standing.get(i, unknown).disagreement,
            standing.get(i, unknown).left_on is not None,
        )
        for i in wanted
    ]


def _in_period(answer: Permission, periods: Mapping[str, tuple[date, date]]) -> Permission:
    """Keep an answer within its project's period, which may have changed since.

    The day it was written does not bound it: a clock that goes back refuses nothing that was allowed.
    """
    if answer.project == YEAR_PROJECT:
        return replace(answer, since=date.min)
    starts, until = periods.get(answer.project, (date.min, date.min))
    return replace(answer, since=starts, until=min(answer.until, until))


def decision(box: Box, ids: Sequence[str], matter: Matter, use: Use) -> Decision:
    """Decide for a group today."""
    return _decide(box, box.today(), ids, matter, use)


def may_stay_home(holder: Holder, today: date, capture: Capture) -> bool:
    """Whether what was released may still be read by its families; no key is needed."""
    if capture.quarantine is not Quarantine.NO:
        return False
    return _decide(holder, today, capture.pupils, capture.matter, Use.OWN_FAMILY).allowed


def _decide(holder: Holder, today: date, ids: Sequence[str], matter: Matter, use: Use) -> Decision:
    return decide(_agreed(holder, matter), use, members(holder, ids), today, policy(holder))


def of_capture(box: Box, capture: Capture, use: Use) -> Decision:
    """Decide for a capture as it is: nobody hears, and nothing carries, what is put aside."""
    if capture.quarantine is not Quarantine.NO:
        return Decision(False)
    return decision(box, _judged(box, capture.pupils, capture.scenario, use), capture.matter, use)


def teacher_may_look(box: Box, capture: Capture) -> bool:
    """Whether the teacher may hear or see it: somebody has to say whose an unattributed one is (E1)."""
    return not capture.pupils or of_capture(box, capture, Use.TEACHER).allowed


def of_caption(box: Box, capture: Capture, use: Use) -> Decision:
    """Decide for a photo's spoken caption: it is a voice, whatever the photo needs."""
    if capture.quarantine is not Quarantine.NO:
        return Decision(False)
    judged = _judged(box, capture.pupils, capture.scenario, use)
    return decision(box, judged, replace(capture.matter, nature=Nature.VOICE), use)


def to_record(box: Box, ids: Sequence[str], scenario: str, nature: Nature, *, kept: bool = False) -> Decision:
    """Decide whether a take may be taken in, before it is a capture."""
    judged = _judged(box, ids, scenario, Use.CLASS)
    return decision(box, judged, Matter(nature, project_of(box, scenario), kept), Use.CLASS)


def exceeds_wish(wish: Scope | None, scope: Scope) -> bool:
    """Whether a scope is wider than what the pupil chose; None is a pupil who was not asked."""
    order = list(Scope)
    return wish is not None and order.index(scope) > order.index(wish)


def _judged(box: Box, ids: Sequence[str], scenario: str, use: Use) -> Sequence[str]:
    """Nobody knows who is in a capture without an owner: all whom its scenario invites are judged (E1)."""
    if ids or use.scope is not Scope.CLASS:
        return ids
    return stations.who_may_come(box, scenarios.find(box.database, scenario))


def project_of(box: Box, scenario: str) -> str:
    """Return for which project families are asked by a scenario."""
    row = scenarios.find(box.database, scenario)
    return row.project if row is not None else ""


def _agreed(holder: Holder, matter: Matter) -> Matter:
    project = projects.find(holder.database, matter.project)
    return replace(matter, direction_agreed=project is not None and project.direction_agreed_on is not None)
