"""What a certificate of erasure says of the keys: when, for what, and the same a year later."""

from datetime import date, timedelta

import pytest

from appliance.domain.audit import KEPT
from appliance.hub import review
from appliance.hub.box import Box
from appliance.hub.keys import rhythm
from appliance.hub.office import paper_facts
from appliance.hub.retention import year_end
from appliance.store import journal
from tests.conftest import HandClock
from tests.unit.rotation_helpers import Class


@pytest.fixture
def school(new_box: Box) -> Class:
    """A class of one pupil, with two traces."""
    return Class(new_box)


def test_the_certificate_of_a_year_keeps_the_day_its_key_died(school: Class, clock: HandClock) -> None:
    box = school.box
    year_end.close(box, lambda _done, _total: None)
    assert _closing_key(box) is None
    clock.pass_(timedelta(days=1))
    school.rotate()
    destroyed = box.today()
    assert _closing_key(box) == destroyed
    # Another change, for another period; and the journal forgets both after six months.
    clock.pass_(timedelta(days=60))
    school.rotate()
    clock.pass_(KEPT)
    journal.prune(box.database, box.now(), box.now())
    assert _closing_key(box) == destroyed


@pytest.mark.parametrize(
    "passed", [timedelta(days=1), timedelta(minutes=1)], ids=["the day before", "the same day"]
)
def test_a_change_begun_before_the_year_was_closed_makes_nothing_of_it_illegible(
    school: Class, clock: HandClock, passed: timedelta
) -> None:
    box = school.box
    school.rotate()
    clock.pass_(passed)
    year_end.close(box, lambda _done, _total: None)
    assert _closing_key(box) is None
    clock.pass_(timedelta(minutes=1))
    school.rotate()
    assert _closing_key(box) == box.today()


def test_what_was_erased_under_former_keys_is_illegible_the_rest_not_yet(
    school: Class, clock: HandClock
) -> None:
    box = school.box
    review.delete(box, school.captures[0])
    assert paper_facts.erasures(box).illegible_before is None
    clock.pass_(timedelta(days=1))
    school.rotate()
    assert paper_facts.erasures(box).illegible_before == box.today() == rhythm.since(box)


def test_the_journal_counts_no_further_than_it_remembers(school: Class, clock: HandClock) -> None:
    box = school.box
    assert paper_facts.erasures(box).pupils_since is None
    clock.pass_(timedelta(days=150))
    assert paper_facts.erasures(box).pupils_since == box.today() - KEPT


def _closing_key(box: Box) -> date | None:
    closing = paper_facts.closing(box)
    assert closing is not None
    return closing.key_destroyed_on
