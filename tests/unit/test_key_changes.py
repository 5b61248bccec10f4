"""law.md §8.4: when the class is told that its keys are older than it wants them."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from appliance.clock import PARIS
from appliance.domain.audit import Event, Role
from appliance.domain.key_changes import Rhythm, is_due
from appliance.domain.school_calendar import FALLBACK
from appliance.hub import audit_words
from appliance.hub.box import Box
from appliance.hub.keys import rhythm
from appliance.hub.retention.school_years import ZONE, shipped_calendar
from appliance.store import journal, settings
from tests.conftest import HandClock
from tests.unit.rotation_helpers import Class
from tests.unit.web_helpers import Browser, app, said, seat, teacher

__all__ = ["app", "teacher"]

A_CARD_OF_SEPTEMBER = date(2026, 9, 3)


@pytest.mark.parametrize(
    ("rhythm_", "since", "today", "due", "why"),
    [
        (Rhythm.YEAR, A_CARD_OF_SEPTEMBER, date(2027, 8, 31), False, "the year they were made in"),
        (Rhythm.YEAR, A_CARD_OF_SEPTEMBER, date(2027, 9, 1), True, "another year has begun"),
        (Rhythm.YEAR, date(2026, 7, 2), date(2026, 9, 1), False, "made while closing the year before"),
        (Rhythm.YEAR, date(2026, 6, 14), date(2026, 9, 1), True, "before the year could be closed"),
        (Rhythm.PERIOD, A_CARD_OF_SEPTEMBER, date(2026, 11, 1), False, "still the first period's holidays"),
        (Rhythm.PERIOD, A_CARD_OF_SEPTEMBER, date(2026, 11, 2), True, "the second period"),
        (Rhythm.PERIOD, date(2026, 10, 17), date(2026, 11, 2), False, "made in the holidays before it"),
        (Rhythm.PERIOD, date(2026, 10, 16), date(2026, 11, 2), True, "made on the last day of the first"),
        (Rhythm.PERIOD, date(2026, 11, 2), date(2027, 1, 3), False, "the second period, to its end"),
        (Rhythm.PERIOD, date(2026, 11, 2), date(2027, 1, 4), True, "the third"),
        (Rhythm.PERIOD, date(2027, 1, 5), date(2027, 2, 28), False, "zone A: still the third"),
        (Rhythm.PERIOD, date(2027, 1, 5), date(2027, 3, 1), True, "zone A: the fourth"),
        (Rhythm.PERIOD, date(2027, 3, 2), date(2027, 4, 26), True, "zone A: the fifth"),
        (Rhythm.PERIOD, date(2027, 4, 27), date(2027, 5, 10), False, "Ascension begins no period"),
        (Rhythm.PERIOD, date(2027, 4, 27), date(2027, 9, 1), True, "the first of another year"),
        (Rhythm.PERIOD, date(2026, 8, 30), date(2026, 10, 1), False, "made just before the rentrée"),
    ],
)
def test_when_the_keys_are_too_old(rhythm_: Rhythm, since: date, today: date, due: bool, why: str) -> None:
    assert is_due(rhythm_, since, today, shipped_calendar().year_of(today, "A")) is due, why


def test_each_zone_has_its_periods() -> None:
    """Zone C is back from winter on 22 February, zone A a week later."""
    today, since = date(2027, 2, 22), date(2027, 1, 5)
    due = {
        zone: is_due(Rhythm.PERIOD, since, today, shipped_calendar().year_of(today, zone)) for zone in "AC"
    }
    assert due == {"A": False, "C": True}


def test_a_year_that_no_file_knows_still_has_its_start() -> None:
    year = FALLBACK.year_of(date(2031, 1, 5))
    assert is_due(Rhythm.PERIOD, date(2030, 6, 1), date(2031, 1, 5), year)
    assert not is_due(Rhythm.PERIOD, date(2030, 9, 1), date(2031, 1, 5), year)


def test_keys_count_from_the_day_they_are_made(new_box: Box, clock: HandClock) -> None:
    assert rhythm.since(new_box) is None
    assert not rhythm.is_due(new_box)
    school = Class(new_box)
    assert rhythm.since(new_box) == date(2027, 1, 12)
    clock.pass_(timedelta(days=30))
    school.rotate()
    assert rhythm.since(new_box) == date(2027, 2, 11)


class TestOnThePages:
    @pytest.fixture
    def old(self, box: Box, clock: HandClock) -> Box:
        """A class of zone A whose keys are of September, in its second period."""
        settings.put(box.database, ZONE, "A")
        clock.now = datetime(2026, 9, 3, 8, 40, tzinfo=PARIS)
        rhythm.begin(box)
        clock.now = datetime(2026, 11, 3, 8, 40, tzinfo=PARIS)
        return box

    def test_every_year_until_the_class_chooses_every_period(self, old: Box, teacher: Browser) -> None:
        told = "Une nouvelle période a commencé : il est temps de changer les clés."
        pages = ("/tout-va-bien", "/aujourdhui", "/cles")
        assert not any(told in said(teacher.get(page)) for page in pages)
        assert "Les clés de la classe datent du 3 septembre 2026." in said(teacher.get("/tout-va-bien"))
        assert 'value="every_year" checked' in teacher.get("/cles").text
        assert teacher.post("/cles/rythme", {"rythme": "every_period"}).location == "/cles"
        assert 'value="every_period" checked' in teacher.get("/cles").text
        for page in pages:
            assert said(teacher.get(page)).count(told) == 1, page
        for page in pages[:2]:
            assert 'href="/cles"' in teacher.get(page).text, page

    @pytest.mark.parametrize(("zone", "known"), [("A", True), ("", False)])
    def test_the_periods_that_no_zone_tells_are_said_to_be_missing(
        self, old: Box, teacher: Browser, zone: str, *, known: bool
    ) -> None:
        settings.put(old.database, ZONE, zone)
        missing = "La boîte ne connaît pas toutes les vacances de cette année"
        assert missing not in said(teacher.get("/cles"))
        rhythm.set_rhythm(old, Rhythm.PERIOD)
        assert (missing not in said(teacher.get("/cles"))) is known

    def test_the_choice_is_in_the_journal(self, old: Box, teacher: Browser) -> None:
        teacher.post("/cles/rythme", {"rythme": "every_period"})
        lines = [line for line, _digest in journal.every(old.database) if line.event == Event.POLICY_SET]
        assert lines[-1].role == Role.TEACHER
        assert audit_words.sentence(lines[-1]).endswith("changer les clés, à chaque période")

    def test_what_is_no_choice_changes_nothing(self, old: Box, teacher: Browser) -> None:
        teacher.post("/cles/rythme", {"rythme": "jamais"})
        assert rhythm.rhythm(old) is Rhythm.YEAR

    def test_only_who_changes_keys_chooses_and_is_led_there(self, app: Flask, old: Box) -> None:
        rhythm.set_rhythm(old, Rhythm.PERIOD)
        direction = seat(app, Role.DIRECTION, "dir")
        page = direction.get("/tout-va-bien")
        assert "il est temps de changer les clés" in said(page)
        assert 'href="/cles"' not in page.text
        assert direction.post("/cles/rythme", {"rythme": "every_year"}).status_code == 403
        assert rhythm.rhythm(old) is Rhythm.PERIOD
