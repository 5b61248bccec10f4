from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.permissions import (
    Nature,
    Permission,
    PermissionState,
    Scope,
    decide,
    natures_to_record,
)

TODAY = date(2027, 1, 12)
END = date(2027, 8, 31)


def allowing(nature: Nature, scope: Scope, state: PermissionState = PermissionState.GRANTED) -> Permission:
    return Permission(nature, scope, state, END)


@pytest.mark.parametrize("nature", Nature)
@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("state", PermissionState)
def test_only_a_grant_for_that_nature_and_that_scope_allows(
    nature: Nature, scope: Scope, state: PermissionState
) -> None:
    permissions = [allowing(Nature.VOICE, Scope.CLASS, state)]
    expected = state is PermissionState.GRANTED and nature is Nature.VOICE and scope is Scope.CLASS
    assert decide(nature, scope, [("lina", permissions)], TODAY).allowed is expected


def test_nobody_and_nothing_is_a_no() -> None:
    assert not decide(Nature.VOICE, Scope.CLASS, [], TODAY).allowed
    assert not decide(Nature.VOICE, Scope.CLASS, [("lina", [])], TODAY).allowed


def test_a_permission_ends_after_its_last_day() -> None:
    permission = [("lina", [allowing(Nature.VOICE, Scope.CLASS)])]
    assert decide(Nature.VOICE, Scope.CLASS, permission, END).allowed
    assert not decide(Nature.VOICE, Scope.CLASS, permission, END + timedelta(days=1)).allowed


@given(st.lists(st.sampled_from(PermissionState), min_size=1, max_size=5))
def test_a_group_has_the_least_of_its_members(states: list[PermissionState]) -> None:
    group = [(f"p{i}", [allowing(Nature.VOICE, Scope.FAMILY, state)]) for i, state in enumerate(states)]
    decision = decide(Nature.VOICE, Scope.FAMILY, group, TODAY)
    assert decision.allowed is all(state is PermissionState.GRANTED for state in states)
    assert decision.lacking == tuple(
        f"p{i}" for i, state in enumerate(states) if state is not PermissionState.GRANTED
    )


def test_home_alone_does_not_open_the_microphone() -> None:
    assert natures_to_record([allowing(Nature.VOICE, Scope.FAMILY)], TODAY) == frozenset()
    assert natures_to_record([allowing(Nature.VOICE, Scope.CLASS)], TODAY) == {Nature.VOICE}
