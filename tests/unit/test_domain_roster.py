from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from appliance.domain.opening import Opening, Slot
from appliance.domain.permissions import Nature
from appliance.domain.roster import LIFETIME, Refusal, Roster, RosterPupil, Task

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)
LINA = RosterPupil("1", "AAAAAAAA", frozenset({Nature.VOICE}), "turtle", language="pt", slow=True)
SAMI = RosterPupil("2", "BBBBBBBB", frozenset())
TOM = RosterPupil("3", "CCCCCCCC", frozenset({Nature.VOICE, Nature.FILM}))
AWAY = RosterPupil("4", "DDDDDDDD", frozenset({Nature.VOICE}), invited=False)
TASK = Task("s", Nature.VOICE, 180, group_max=2)
ROSTER = Roster(NOW, "A", TASK, ("age1…",), (LINA, SAMI, TOM, AWAY))


@pytest.mark.parametrize(("pupils", "who"), [(["1"], (LINA,)), (["3", "1"], (LINA, TOM))])
def test_permitted_pupils_are_admitted_alone_or_together(
    pupils: list[str], who: tuple[RosterPupil, ...]
) -> None:
    assert ROSTER.admit(pupils, NOW) == who


@pytest.mark.parametrize(
    ("roster", "pupils", "now", "reason"),
    [
        (ROSTER, ["2"], NOW, "no_permission"),
        (ROSTER, ["1", "2"], NOW, "no_permission"),
        (ROSTER, ["9"], NOW, "unknown_badge"),
        (ROSTER, ["1", "9"], NOW, "unknown_badge"),
        (ROSTER, ["4"], NOW, "not_in_group"),
        (replace(ROSTER, task=replace(TASK, group_max=1)), ["1", "3"], NOW, "too_many"),
        (replace(ROSTER, task=replace(TASK, scenario="")), ["1"], NOW, "closed"),
        (replace(ROSTER, opening=Opening(said_at=NOW)), ["1"], NOW, "closed"),
        (ROSTER, ["1"], NOW + LIFETIME + timedelta(seconds=1), "stale_roster"),
        (ROSTER, ["1"], NOW - timedelta(days=1), "stale_roster"),
        (replace(ROSTER, task=replace(TASK, nature=Nature.PRODUCTION)), ["1"], NOW, "no_permission"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    roster: Roster, pupils: list[str], now: datetime, reason: str
) -> None:
    assert roster.admit(pupils, now) == Refusal(reason)


def test_nobody_known_is_admitted_only_where_all_who_may_come_are_permitted() -> None:
    assert ROSTER.admit([], NOW) == Refusal("no_permission")
    assert replace(ROSTER, pupils=(LINA, TOM, AWAY)).admit([], NOW) == ()
    # Who is not invited does not decide, and where nobody is invited nobody has allowed anything.
    silent = replace(AWAY, natures=frozenset[Nature]())
    assert replace(ROSTER, pupils=(LINA, silent)).admit([], NOW) == ()
    assert replace(ROSTER, pupils=(AWAY,)).admit([], NOW) == Refusal("no_permission")


def test_a_badge_that_is_not_in_the_class_is_nobody() -> None:
    assert ROSTER.known("AAAAAAAA") == LINA
    assert ROSTER.known("ZZZZZZZZ") is None


def test_what_a_station_writes_does_not_say_how_it_speaks_to_whom() -> None:
    kept = ROSTER.for_disk()
    assert {(pupil.language, pupil.slow) for pupil in kept.pupils} == {("fr", False)}
    assert replace(kept, pupils=ROSTER.pupils) == ROSTER
    assert kept.admit(["1"], NOW) == (kept.pupils[0],)


def test_a_roster_travels_whole() -> None:
    opening = Opening((Slot(1, time(8, 30), time(11, 45)),), NOW, NOW + timedelta(minutes=40))
    sent = replace(ROSTER, opening=opening)
    assert Roster.from_json(sent.to_json()) == sent
