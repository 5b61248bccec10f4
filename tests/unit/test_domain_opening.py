"""A station's week, and the teacher's word over it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.opening import Opening, Slot

TUESDAY = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)
MORNING = Slot(1, time(8, 30), time(11, 45))
AFTERNOON = Slot(1, time(13, 30), time(16, 30))
WEEK = Opening((MORNING, AFTERNOON))


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return TUESDAY.replace(hour=hour, minute=minute) + timedelta(days=days)


@pytest.mark.parametrize(
    ("now", "is_open", "closes"),
    [
        (at(8, 29), False, None),
        (at(8, 30), True, at(11, 45)),
        (at(11, 45), False, None),
        (at(13, 30), True, at(16, 30)),
        (at(9, days=1), False, None),
        (at(9, days=7), True, at(11, 45, days=7)),
    ],
)
def test_hours_open_and_close_on_the_minute(now: datetime, is_open: bool, closes: datetime | None) -> None:
    assert (WEEK.is_open(now), WEEK.closes_at(now)) == (is_open, closes)


def test_a_station_nobody_set_is_open() -> None:
    assert Opening().is_open(TUESDAY)
    assert Opening().closes_at(TUESDAY) is None


def test_opened_by_hand_it_closes_when_that_was_said() -> None:
    said = Opening((), at(10), at(10, 40))
    assert (said.is_open(at(10, 39)), said.closes_at(at(10, 39))) == (True, at(10, 40))
    assert not said.is_open(at(10, 40))


def test_closed_by_hand_it_stays_so_until_the_next_hours_begin() -> None:
    said = Opening(WEEK.slots, said_at=at(9))
    assert [said.is_open(now) for now in (at(9), at(11, 44), at(13, 29), at(13, 30))] == [
        False,
        False,
        False,
        True,
    ]


def test_the_end_of_the_workshop_is_not_undone_by_the_hours_that_run() -> None:
    ended = Opening(WEEK.slots, at(9, 15), at(9, 16))
    assert ended.is_open(at(9, 15))
    assert not ended.is_open(at(9, 16))
    assert ended.is_open(at(13, 30))


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 22)), max_size=4),
    st.none() | st.integers(0, 20_000),
    st.none() | st.integers(0, 400),
    st.integers(0, 20_000),
)
def test_an_opening_travels_whole_and_never_closes_in_the_past(
    hours: list[tuple[int, int]], said: int | None, length: int | None, later: int
) -> None:
    said_at = TUESDAY + timedelta(minutes=said) if said is not None else None
    until = said_at + timedelta(minutes=length) if said_at and length is not None else None
    opening = Opening(tuple(Slot(day, time(h), time(h + 1)) for day, h in hours), said_at, until)
    assert Opening.from_json(opening.to_json()) == opening
    now = TUESDAY + timedelta(minutes=later)
    closes = opening.closes_at(now)
    assert closes is None or (opening.is_open(now) and closes > now)
