"""Clocks that are wrong, and boxes that slept: nothing goes before the date is believed (R167, E20).

In each row the box last ran on 12 January 2027, and a trace was due on 20 January.
"""

from datetime import date, timedelta

import pytest

from appliance.clock import ConfirmedClock
from appliance.hub.box import Box
from appliance.hub.retention import lasting
from appliance.jobs import retention
from appliance.store import captures, journal, settings
from appliance.store import lasting as stored
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import fill, on

DUE = date(2027, 1, 20)


@pytest.mark.parametrize(
    ("row", "now", "trusted", "why", "one_tap"),
    [
        ("à l’heure", "2027-01-21", True, None, None),
        ("1970, pile de l’horloge morte", "1970-01-01", False, "untrusted", False),
        ("1970, que le réseau confirmerait", "1970-01-01", True, "unset", False),
        ("2035, rien ne confirme", "2035-01-12", False, "untrusted", True),
        ("2035, confirmé par une horloge fausse", "2035-01-12", True, "leap", True),
        ("trois mois en arrière", "2026-10-12", True, "backwards", True),
        ("horloge matérielle morte, bonne date", "2027-01-21", False, "untrusted", True),
        ("121 jours sans courant", "2027-05-13", True, "leap", True),
        ("119 jours sans courant", "2027-05-11", True, None, None),
        ("deux mois d’été sans courant", "2027-03-12", True, None, None),
    ],
)
def test_nothing_goes_on_a_clock_in_doubt_and_one_tap_settles_it(
    box: Box, lina: str, clock: HandClock, row: str, now: str, trusted: bool, why: str | None, one_tap: bool
) -> None:
    fill(box, [lina], [(DUE, 1), (date(2027, 8, 31), 1)])
    assert retention.run(box.config, clock).ok
    clock.now, clock.trusted = on(now, 9), trusted
    seconds = [0.0]
    vouched = ConfirmedClock(clock, box.config.run, lambda: seconds[0])
    due = sum(stored.due_days(box.database, clock.now.date()).values())
    report = retention.run(box.config, vouched)
    assert (report.doubt, report.erased) == (why, 0 if why else due), row
    if one_tap is None:
        return
    if not now.startswith("1970"):
        confirm(box, vouched, seconds)
        assert retention.run(box.config, vouched).erased == due, row
    else:
        with pytest.raises(ValueError, match="réseau de l’école"):
            confirm(box, vouched, seconds)
        assert not retention.run(box.config, vouched).ok, row


def confirm(box: Box, clock: ConfirmedClock, seconds: list[float]) -> None:
    """As the page does it, with the seconds since the boot told by hand."""
    holder = type("Holder", (), {"config": box.config, "database": box.database, "clock": clock})()
    before = lasting.vouch
    lasting.vouch = lambda run, now: before(run, now, lambda: seconds[0])  # type: ignore[assignment]
    try:
        lasting.confirm_date(holder)
    finally:
        lasting.vouch = before


def test_the_teacher_s_word_holds_until_the_clock_is_set_or_the_power_goes(
    box: Box, clock: HandClock
) -> None:
    clock.trusted = False
    seconds = [100.0]
    vouched = ConfirmedClock(clock, box.config.run, lambda: seconds[0])
    confirm(box, vouched, seconds)
    assert vouched.read().trusted
    clock.pass_(timedelta(hours=5))
    seconds[0] += 5 * 3600
    assert vouched.read().trusted
    clock.pass_(timedelta(days=1))
    assert not vouched.read().trusted
    clock.pass_(-timedelta(days=1))
    seconds[0] = 3.0
    assert not vouched.read().trusted


def test_what_comes_during_a_leap_is_counted_from_the_day_that_is_confirmed(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    retention.run(open_box.config, clock)
    right = clock.now + timedelta(days=2)
    clock.now = on("2027-07-01", 9)
    essay = send(open_box, lina, kept=False)
    clock.now = right
    retention.run(open_box.config, clock)
    found = captures.find(open_box.database, essay.id)
    assert found is not None and found.last_day == right.date() + timedelta(days=30)


def test_a_clock_set_back_gives_no_life_back(box: Box, lina: str, clock: HandClock) -> None:
    fill(box, [lina], [(DUE, 1)])
    clock.now = on("2027-01-21")
    assert retention.run(box.config, clock).erased == 1
    clock.now = on("2027-01-12")
    assert box.today() == date(2027, 1, 21)
    assert retention.run(box.config, clock).doubt == "backwards"
    held = journal.last_detail(box.database, "retention_held")  # type: ignore[arg-type]
    assert held == "backwards"
    settings.confirm_date(box.database, clock.now)
    assert retention.run(box.config, clock).ok
