"""Law sheet §2.3-2.4: the official dates as shipped, the three ends of a year, and a school's own file."""

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import calendar as shipped
from appliance.domain.school_calendar import FALLBACK, HOLIDAYS, CalendarError, parse
from appliance.hub.retention.school_years import shipped_calendar

RAW = json.loads(Path(shipped.__file__).with_name("calendrier.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("day", "name", "begins", "classes_end", "legal_end", "fallback"),
    [
        (date(2025, 11, 3), "2025-2026", date(2025, 9, 1), date(2026, 7, 3), date(2026, 8, 31), False),
        (date(2026, 8, 31), "2025-2026", date(2025, 9, 1), date(2026, 7, 3), date(2026, 8, 31), False),
        (date(2026, 9, 1), "2026-2027", date(2026, 9, 1), date(2027, 7, 2), date(2027, 8, 31), True),
        (date(2027, 8, 31), "2026-2027", date(2026, 9, 1), date(2027, 7, 2), date(2027, 8, 31), True),
        # Nobody has published this one: 31 August.
        (date(2027, 9, 1), "2027-2028", date(2027, 9, 1), date(2028, 8, 31), date(2028, 8, 31), True),
        (date(2025, 8, 31), "2024-2025", date(2024, 9, 1), date(2025, 8, 31), date(2025, 8, 31), True),
    ],
)
def test_three_ends_that_are_never_mixed(
    day: date, name: str, begins: date, classes_end: date, legal_end: date, fallback: bool
) -> None:
    year = shipped_calendar().year_of(day)
    assert (year.name, year.begins, year.classes_end, year.legal_end) == (
        name,
        begins,
        classes_end,
        legal_end,
    )
    assert year.end_is_fallback is fallback
    assert year.closing == (date(legal_end.year, 6, 15), classes_end)


@pytest.mark.parametrize(
    ("zone", "winter", "spring"),
    [
        ("A", (date(2027, 2, 13), date(2027, 3, 1)), (date(2027, 4, 10), date(2027, 4, 26))),
        ("B", (date(2027, 2, 20), date(2027, 3, 8)), (date(2027, 4, 17), date(2027, 5, 3))),
        ("C", (date(2027, 2, 6), date(2027, 2, 22)), (date(2027, 4, 3), date(2027, 4, 19))),
    ],
)
def test_each_zone_has_its_holidays(zone: str, winter: tuple[date, date], spring: tuple[date, date]) -> None:
    year = shipped_calendar().year_of(date(2027, 1, 12), zone)
    found = {holiday.name: (holiday.starts, holiday.back) for holiday in year.holidays}
    assert (found["hiver"], found["printemps"]) == (winter, spring)
    assert list(found) == [*HOLIDAYS, "ascension"]


def test_holidays_begin_on_a_saturday_and_class_is_back_on_a_monday() -> None:
    for name, raw in RAW["annees"].items():
        for zone in "ABC":
            for holiday in shipped_calendar().year_of(date.fromisoformat(raw["rentree"]), zone).holidays:
                if holiday.name != "ascension":
                    days = (holiday.starts.weekday(), holiday.back.weekday())
                    assert days == (5, 0), (name, zone, holiday.name)


def test_the_morning_of_the_return_is_a_day_of_class() -> None:
    year = shipped_calendar().year_of(date(2027, 1, 12), "B")
    holiday = year.holiday_on(date(2027, 3, 7))
    assert holiday is not None and holiday.name == "hiver"
    assert year.holiday_on(date(2027, 3, 8)) is None


@pytest.mark.parametrize(("academy", "zone"), [("Lyon", "A"), ("Rennes", "B"), ("Paris", "C"), ("Corse", "")])
def test_an_academie_has_its_zone_or_sets_its_own_dates(academy: str, zone: str) -> None:
    assert shipped_calendar().zone_of(academy) == zone


def test_thirty_academies_less_those_that_set_their_own_dates() -> None:
    assert len(shipped_calendar().academies()) == 24


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.sampled_from(["", "A", "B", "C"]))
def test_every_day_is_in_one_school_year_that_ends_by_31_august(day: date, zone: str) -> None:
    for calendar in (shipped_calendar(), FALLBACK):
        year = calendar.year_of(day, zone)
        assert year.begins <= day <= year.legal_end
        assert (year.legal_end.month, year.legal_end.day) <= (8, 31) or year.legal_end.month < 8
        assert year.legal_end - day < timedelta(days=366)
        assert year.closing[0] <= year.closing[1] <= year.legal_end


def test_an_earlier_rentree_ends_the_year_before_it() -> None:
    raw = copy.deepcopy(RAW)
    raw["annees"]["2026-2027"].update(ete="2027-07-03", fin_legale="2027-08-15")
    calendar = parse(raw)
    assert calendar.legal_end(date(2027, 8, 15)) == date(2027, 8, 15)
    assert calendar.legal_end(date(2027, 8, 16)) == date(2028, 8, 31)
    assert date(2027, 8, 15) in calendar.legal_ends()


def test_a_later_rentree_does_not_outlive_31_august() -> None:
    raw = copy.deepcopy(RAW)
    raw["annees"]["2026-2027"]["fin_legale"] = "2027-09-01"
    assert parse(raw).legal_end(date(2027, 1, 12)) == date(2027, 8, 31)
    assert parse(raw).legal_end(date(2027, 9, 1)) == date(2028, 8, 31)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "reason", "place"),
    [
        (lambda raw: raw.pop("annees"), "shape", "annees"),
        (lambda raw: raw["annees"].update({"2026-2027": []}), "shape", "2026-2027"),
        (lambda raw: raw["annees"]["2026-2027"].pop("ete"), "date", "2026-2027 > ete"),
        (lambda raw: raw["annees"]["2026-2027"].update(ete="3 juillet"), "date", "2026-2027 > ete"),
        (lambda raw: raw["annees"]["2026-2027"].update(rentree="0026-09-01"), "date", "2026-2027 > rentree"),
        (lambda raw: raw["annees"]["2026-2027"].update(ete="2026-07-03"), "order", "2026-2027 > ete"),
        (
            lambda raw: raw["annees"]["2026-2027"].update(fin_legale="2028-08-31"),
            "order",
            "2026-2027 > fin_legale",
        ),
        (
            lambda raw: raw["annees"]["2025-2026"].update(fin_legale="2026-09-05"),
            "order",
            "2025-2026 > fin_legale",
        ),
        (lambda raw: raw["annees"]["2026-2027"].update(noel="2026-12-19"), "shape", "2026-2027 > noel"),
        (
            lambda raw: raw["annees"]["2026-2027"].update(noel=["2027-01-04", "2026-12-19"]),
            "order",
            "2026-2027 > noel",
        ),
        (
            lambda raw: raw["annees"]["2026-2027"]["hiver"].update(A=["2027-02-13"]),
            "shape",
            "2026-2027 > hiver A",
        ),
        (lambda raw: raw.update(zones=["A"]), "shape", "zones"),
    ],
)
def test_a_wrong_file_says_what_and_where(change: Change, reason: str, place: str) -> None:
    raw = copy.deepcopy(RAW)
    change(raw)
    with pytest.raises(CalendarError) as raised:
        parse(raw)
    assert (raised.value.reason, raised.value.place) == (reason, place)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_nothing_but_its_own_error_comes_of_any_json(raw: object) -> None:
    for wrapped in (raw, {"annees": raw}, {"annees": {"x": raw}}):
        with pytest.raises(CalendarError):
            parse(wrapped)
