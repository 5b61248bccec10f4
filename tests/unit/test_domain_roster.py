from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.permissions import Nature
from appliance.domain.roster import LIFETIME, Refusal, Roster, RosterPupil

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)
LINA = RosterPupil("1", "AAAAAAAA", frozenset({Nature.VOICE}))
SAMI = RosterPupil("2", "BBBBBBBB", frozenset())
ROSTER = Roster(NOW, "A", Nature.VOICE, "s", True, ("age1…",), (LINA, SAMI))


def test_a_permitted_badge_is_admitted() -> None:
    assert ROSTER.admit("AAAAAAAA", NOW) == LINA


@pytest.mark.parametrize(
    ("roster", "badge", "now", "reason"),
    [
        (ROSTER, "BBBBBBBB", NOW, "no_permission"),
        (ROSTER, "CCCCCCCC", NOW, "unknown_badge"),
        (replace(ROSTER, open=False), "AAAAAAAA", NOW, "closed"),
        (ROSTER, "AAAAAAAA", NOW + LIFETIME + timedelta(seconds=1), "stale_roster"),
        (ROSTER, "AAAAAAAA", NOW - timedelta(days=1), "stale_roster"),
        (replace(ROSTER, nature=Nature.PRODUCTION), "AAAAAAAA", NOW, "no_permission"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    roster: Roster, badge: str, now: datetime, reason: str
) -> None:
    assert roster.admit(badge, now) == Refusal(reason)


def test_a_roster_travels_whole() -> None:
    assert Roster.from_json(ROSTER.to_json()) == ROSTER
