"""The one decision over its whole domain, against the table told in other words."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.permissions import (
    STRICT,
    ChildWord,
    Level,
    Matter,
    Member,
    Nature,
    Permission,
    PermissionState,
    Policy,
    Scope,
    Signatures,
    Signed,
    Use,
    decide,
    natures_to_record,
)

TODAY = date(2027, 1, 12)
END = date(2027, 8, 31)
SIGNED = {
    Level.NOTHING: Signed(holders=0),
    Level.N1: Signed(holders=1),
    Level.N2: Signed(holders=2),
    Level.N3: Signed(holders=2, child=ChildWord.YES, named=True),
}
LEAST = {
    # scope: (one pupil, several)
    Scope.CLASS: (1, 1),
    Scope.FAMILY: (1, 2),
    Scope.CLASS_SPACE: (2, 2),
    Scope.PARTNER_CLASS: (3, 3),
    Scope.DISTRICT: (3, 3),
}
USE = {
    Scope.CLASS: Use.CLASS,
    Scope.FAMILY: Use.OWN_FAMILY,
    Scope.CLASS_SPACE: Use.CLASS_SPACE,
    Scope.PARTNER_CLASS: Use.PARTNER,
    Scope.DISTRICT: Use.DISTRICT,
}


def voice(
    scope: Scope, state: PermissionState = PermissionState.GRANTED, level: Level = Level.N1
) -> Permission:
    return Permission(Nature.VOICE, scope, state, END, project="radio", signed=SIGNED[level])


@pytest.mark.parametrize("size", [1, 2, 6])
@pytest.mark.parametrize("scope", LEAST)
@pytest.mark.parametrize("nature", Nature)
@pytest.mark.parametrize("state", [s for s in PermissionState if s is not PermissionState.EXPIRED])
@pytest.mark.parametrize("level", Level)
def test_scopes_natures_states_sizes_and_levels(
    size: int, scope: Scope, nature: Nature, state: PermissionState, level: Level
) -> None:
    """All pupils but the last gave everything; the last gave the class, and this scope in this state."""
    whole = [
        Permission(nature, s, PermissionState.GRANTED, END, project="radio", signed=SIGNED[Level.N3])
        for s in Scope
    ]
    last = [p for p in whole if p.scope is Scope.CLASS and scope is not Scope.CLASS]
    last.append(Permission(nature, scope, state, END, project="radio", signed=SIGNED[level]))
    group = [*(Member(f"p{i}", tuple(whole)) for i in range(size - 1)), Member("last", tuple(last))]
    found = decide(Matter(nature, "radio"), USE[scope], group, TODAY)
    if nature is Nature.PRODUCTION:
        objects = state in (PermissionState.REFUSED, PermissionState.WITHDRAWN)
        expected = not objects and scope not in (Scope.PARTNER_CLASS, Scope.DISTRICT)
    else:
        objects = state is not PermissionState.GRANTED or level < LEAST[scope][size > 1]
        expected = not objects
    assert found.allowed is expected
    assert found.lacking == (("last",) if objects else ())


@pytest.mark.parametrize("other", ["nature", "project"])
def test_an_answer_holds_for_its_nature_and_its_project_only(other: str) -> None:
    given_ = [Member("lina", (voice(Scope.CLASS),))]
    matter = Matter(Nature.FILM, "radio") if other == "nature" else Matter(Nature.VOICE, "blog")
    assert decide(Matter(Nature.VOICE, "radio"), Use.CLASS, given_, TODAY).allowed
    assert not decide(matter, Use.CLASS, given_, TODAY).allowed


def test_a_permission_ends_after_its_last_day() -> None:
    group = [Member("lina", (voice(Scope.CLASS),))]
    matter = Matter(Nature.VOICE, "radio")
    assert decide(matter, Use.CLASS, group, END).allowed
    assert not decide(matter, Use.CLASS, group, END + timedelta(days=1)).allowed


@given(st.lists(st.sampled_from(PermissionState), min_size=1, max_size=6))
def test_a_group_has_the_least_of_its_members(states: list[PermissionState]) -> None:
    group = [Member(f"p{i}", (voice(Scope.CLASS, state),)) for i, state in enumerate(states)]
    decision = decide(Matter(Nature.VOICE, "radio"), Use.CLASS, group, TODAY)
    lacking = tuple(f"p{i}" for i, state in enumerate(states) if state is not PermissionState.GRANTED)
    assert (decision.allowed, decision.lacking) == (not lacking, lacking)


def test_what_may_not_be_kept_in_class_goes_nowhere() -> None:
    only_home = Member("lina", (voice(Scope.FAMILY, level=Level.N3),))
    assert not decide(Matter(Nature.VOICE, "radio"), Use.OWN_FAMILY, [only_home], TODAY).allowed
    assert Nature.VOICE not in natures_to_record(only_home, "radio", TODAY)


@pytest.mark.parametrize(("size", "own_family"), [(1, True), (2, False), (6, False)])
def test_a_group_goes_home_with_two_signatures_each(size: int, own_family: bool) -> None:
    """law.md §7.1, note 1: the family of one would receive the voice of another."""
    answers = (voice(Scope.CLASS), voice(Scope.FAMILY))
    group = [Member(f"p{i}", answers) for i in range(size)]
    assert decide(Matter(Nature.VOICE, "radio"), Use.OWN_FAMILY, group, TODAY).allowed is own_family


@pytest.mark.parametrize(
    ("answers", "natures"),
    [
        ((), {Nature.PRODUCTION}),
        (
            (Permission(Nature.VOICE, Scope.CLASS, PermissionState.GRANTED, END),),
            {Nature.VOICE, Nature.PRODUCTION},
        ),
        ((Permission(Nature.PRODUCTION, Scope.CLASS, PermissionState.REFUSED, END),), set()),
    ],
)
def test_what_a_station_may_capture(answers: tuple[Permission, ...], natures: set[Nature]) -> None:
    assert natures_to_record(Member("lina", answers), "", TODAY) == natures


@pytest.mark.parametrize(
    ("state", "day", "told"),
    [
        (PermissionState.GRANTED, END, PermissionState.GRANTED),
        (PermissionState.GRANTED, END + timedelta(days=1), PermissionState.EXPIRED),
        (PermissionState.GRANTED, TODAY - timedelta(days=1), PermissionState.PENDING),
        (PermissionState.REFUSED, END + timedelta(days=1), PermissionState.REFUSED),
    ],
)
def test_what_a_day_makes_of_an_answer(state: PermissionState, day: date, told: PermissionState) -> None:
    assert Permission(Nature.VOICE, Scope.CLASS, state, END, since=TODAY).state_on(day) is told


STRICTNESS = [Policy(a, b) for a, b in product((True, False), Signatures)]


@pytest.mark.parametrize("before", STRICTNESS)
@pytest.mark.parametrize("after", STRICTNESS)
def test_a_policy_that_does_not_loosen_allows_nothing_more(before: Policy, after: Policy) -> None:
    """Otherwise the direction could do without the DPO's word what it needs it for."""
    if after.loosens(before):
        return
    for level, size, use in product(Level, (1, 2), Use):
        group = [Member(f"p{i}", tuple(voice(s, level=level) for s in Scope)) for i in range(size)]
        matter = Matter(Nature.VOICE, "radio")
        if decide(matter, use, group, TODAY, after).allowed:
            assert decide(matter, use, group, TODAY, before).allowed


def test_the_default_is_the_strict_reading() -> None:
    assert Policy() == STRICT
    assert Policy(prior_permission=False).loosens(STRICT)
    assert Policy(signatures=Signatures.ONE_ALWAYS).loosens(STRICT)
    assert not Policy(signatures=Signatures.TWO_ALWAYS).loosens(STRICT)
