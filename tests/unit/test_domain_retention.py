from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.retention import ClockReading, doubt, first_day, is_due, last_day, school_year_end

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)

TODAY = date(2027, 1, 12)


@pytest.mark.parametrize(
    ("taken", "kept", "expected"),
    [
        (date(2026, 9, 1), True, date(2027, 8, 31)),
        (date(2027, 8, 31), True, date(2027, 8, 31)),
        (date(2027, 1, 12), False, date(2027, 2, 11)),
        (date(2027, 8, 20), False, date(2027, 8, 31)),
    ],
)
def test_every_capture_has_a_last_day(taken: date, kept: bool, expected: date) -> None:
    assert last_day(taken, kept=kept) == expected


@pytest.mark.parametrize(
    ("taken", "attributed", "empty", "expected"),
    [
        (date(2027, 1, 12), False, False, date(2027, 1, 19)),
        (date(2027, 8, 28), False, False, date(2027, 8, 31)),
        (date(2027, 1, 12), True, True, date(2027, 1, 12)),
        (date(2027, 1, 12), False, True, date(2027, 1, 12)),
    ],
)
def test_what_is_nobody_s_or_empty_goes_sooner(
    taken: date, attributed: bool, empty: bool, expected: date
) -> None:
    for kept in (True, False):
        assert last_day(taken, kept=kept, attributed=attributed, empty=empty) == expected


@given(st.dates(date(2025, 9, 1), date(2100, 1, 1)), st.booleans(), st.booleans(), st.booleans())
def test_no_capture_outlives_its_school_year(taken: date, kept: bool, attributed: bool, empty: bool) -> None:
    end = last_day(taken, kept=kept, attributed=attributed, empty=empty)
    assert taken <= end <= school_year_end(taken)
    assert (school_year_end(taken).month, school_year_end(taken).day) == (8, 31)
    assert not is_due(end, end)
    assert is_due(end, end + timedelta(days=1))


@pytest.mark.parametrize(
    ("now", "trusted", "high_water", "expected"),
    [
        (NOW, True, None, None),
        (NOW, True, NOW - timedelta(days=60), None),
        (NOW, False, None, "untrusted"),
        (datetime(1970, 1, 1, tzinfo=UTC), True, None, "unset"),
        (NOW, True, NOW + timedelta(days=90), "backwards"),
        (NOW, True, NOW + timedelta(hours=1), None),
    ],
)
def test_nothing_is_deleted_by_a_clock_in_doubt(
    now: datetime, trusted: bool, high_water: datetime | None, expected: str | None
) -> None:
    assert doubt(ClockReading(now, trusted), high_water) == expected


@pytest.mark.parametrize(
    ("taken", "life", "expected"),
    [
        (date(2027, 1, 4), {"kept": True}, date(2027, 1, 4)),
        (date(2027, 1, 12), {"kept": True}, date(2027, 1, 12)),
        (date(2027, 1, 13), {"kept": True}, TODAY),
        (date(2026, 8, 31), {"kept": True}, TODAY),
        (date(2026, 12, 13), {"kept": False}, date(2026, 12, 13)),
        (date(2026, 12, 12), {"kept": False}, TODAY),
        (date(2027, 1, 5), {"kept": True, "attributed": False}, date(2027, 1, 5)),
        (date(2027, 1, 4), {"kept": True, "attributed": False}, TODAY),
        (date(2027, 1, 11), {"kept": True, "empty": True}, TODAY),
        (date(1970, 1, 1), {"kept": True}, TODAY),
    ],
)
def test_a_life_is_counted_from_a_day_that_can_be_true(
    taken: date, life: dict[str, bool], expected: date
) -> None:
    assert first_day(taken, TODAY, **{"attributed": True, "empty": False, **life}) == expected
