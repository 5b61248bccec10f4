"""What could live past its right, or go too early: acts that change a last day after it was given."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature, Policy, Scope
from appliance.hub import parcels, people, review
from appliance.hub.box import Box
from appliance.hub.retention import durations, lasting, purge, school_years
from appliance.hub.rights import anonymity, departures, policies, projects, quarantine
from appliance.hub.rights.projects import Project
from appliance.jobs import retention
from appliance.store import captures, outbox, settings
from appliance.store import lasting as stored
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import fill, on, school_file

YEAR_END = date(2027, 8, 31)
TODAY = date(2027, 1, 12)
ASKED_WITHIN = TODAY + timedelta(days=7)
RADIO = Project(
    "", "Radio", "", "", (Nature.VOICE,), (Scope.CLASS,), date(2026, 9, 1), date(2027, 6, 30), "1", None
)


def last_day(box: Box, capture: Capture | str) -> date:
    found = captures.find(box.database, capture if isinstance(capture, str) else capture.id)
    assert found is not None
    return found.last_day


def test_a_project_that_ends_sooner_takes_its_traces_with_it(open_box: Box, lina: str) -> None:
    radio = projects.save(open_box, RADIO, is_new=True)
    with open_box.database.transaction() as db:
        db.execute("UPDATE scenarios SET project = ? WHERE station = 'A'", [radio])
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS], project=radio)
    capture = send(open_box, lina)
    assert last_day(open_box, capture) == date(2027, 7, 14)
    projects.save(open_box, replace(RADIO, id=radio, until=date(2027, 1, 31)))
    assert last_day(open_box, capture) == date(2027, 2, 14)
    projects.save(open_box, replace(RADIO, id=radio))
    assert last_day(open_box, capture) == date(2027, 7, 14)


def test_a_word_taken_back_leaves_seven_days_to_ask_the_family(box: Box, lina: str, clock: HandClock) -> None:
    quiet = people.add(box, "Tom", pictogram="fish")
    (capture,) = (captures.find(box.database, i) for i in fill(box, [quiet], [(YEAR_END, 1)]))
    assert capture is not None
    anonymity.certify(box, capture)
    assert last_day(box, capture) == YEAR_END
    anonymity.undo(box, capture)
    assert last_day(box, capture) == ASKED_WITHIN
    clock.pass_(timedelta(days=3))
    lasting.recount_all(box)
    assert last_day(box, capture) == ASKED_WITHIN
    people.answer(box, quiet, Nature.VOICE, [Scope.CLASS])
    assert last_day(box, capture) == YEAR_END


def test_what_a_family_took_back_while_it_was_aside_does_not_come_back_to_stay(
    box: Box, lina: str, clock: HandClock
) -> None:
    capture = send(box, lina)
    quarantine.put_aside(box, capture, Quarantine.LIMITATION)
    people.answer(box, lina, Nature.VOICE, [])
    clock.pass_(timedelta(days=30))
    assert retention.run(box.config, clock).erased == 0
    quarantine.bring_back(box, capture)
    assert last_day(box, capture) <= ASKED_WITHIN
    assert retention.run(box.config, clock).erased == 1


def test_a_no_said_once_more_takes_what_came_back_meanwhile(box: Box, lina: str) -> None:
    capture = send(box, lina)
    quarantine.put_aside(box, capture, Quarantine.LIMITATION)
    people.answer(box, lina, Nature.VOICE, [])
    quarantine.bring_back(box, capture)
    people.answer(box, lina, Nature.VOICE, [])
    assert captures.tombstone_of(box.database, capture=capture.id) == "withdrawn"


def test_a_stricter_policy_leaves_seven_days_to_ask(box: Box) -> None:
    instruction = policies.Instruction("DPO", TODAY, "n° 12")
    box.set_opener(None)
    policies.choose(box, Policy(prior_permission=False), instruction)
    nobody_asked = people.add(box, "Tom", pictogram="fish")
    capture = send(box, nobody_asked)
    assert last_day(box, capture) == YEAR_END
    policies.choose(box, Policy())
    assert last_day(box, capture) == ASKED_WITHIN


def test_a_calendar_that_ends_the_year_yesterday_asks_first(box: Box, lina: str, clock: HandClock) -> None:
    retention.run(box.config, clock)
    for _ in range(60):
        send(box, lina)
    clock.pass_(timedelta(days=3))
    durations.set_calendar(box, school_file(box, "2027-01-14", summer="2027-01-13"))
    assert retention.run(box.config, clock).held == 60
    clock.pass_(timedelta(days=30))
    assert retention.run(box.config, clock).held == 60
    durations.drop_calendar(box)
    assert retention.run(box.config, clock).held == 0
    assert stored.total(box.database) == 60


def test_a_calendar_put_in_time_announces_its_end(box: Box, lina: str, clock: HandClock) -> None:
    retention.run(box.config, clock)
    for _ in range(60):
        send(box, lina)
    durations.set_calendar(box, school_file(box, "2027-07-20"))
    clock.now = on("2027-05-01")
    retention.run(box.config, clock)
    clock.now = on("2027-07-21")
    assert retention.run(box.config, clock).erased == 60


def test_a_word_given_is_used_once(box: Box, lina: str, clock: HandClock) -> None:
    fill(box, [lina], [(date(2027, 1, 5), 60)])
    assert purge.confirm(box) == 60
    # Restored from a backup, or moved by another calendar: not what was agreed to.
    fill(box, [lina], [(date(2027, 1, 4), 60)], codes_from=100)
    assert retention.run(box.config, clock).held == 60


def test_a_recount_that_the_power_cut_is_done_by_the_next_run(
    box: Box, lina: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention.run(box.config, clock)
    capture = send(box, lina, kept=False)

    def cut(*_arguments: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lasting, "recount_all", cut)
        with pytest.raises(KeyboardInterrupt):
            durations.choose(box, replace(lasting.rules(box), unsorted_days=60))
    assert last_day(box, capture) == date(2027, 2, 11)
    retention.run(box.config, clock)
    assert last_day(box, capture) == date(2027, 3, 13)


def test_a_calendar_put_in_the_folder_by_hand_counts_from_the_next_run(
    box: Box, lina: str, clock: HandClock
) -> None:
    capture = send(box, lina)
    (box.config.data / school_years.CALENDAR_FILE).write_bytes(school_file(box, "2027-08-15"))
    retention.run(box.config, clock)
    assert last_day(box, capture) == date(2027, 8, 15)
    # Damaged by the card: nothing lives longer for it.
    (box.config.data / school_years.CALENDAR_FILE).write_bytes(b"{")
    retention.run(box.config, clock)
    assert last_day(box, capture) == date(2027, 8, 15)
    assert school_years.is_damaged(box.config.data)


def test_a_recount_never_undoes_what_a_family_says_meanwhile(
    box: Box, lina: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = fill(box, [lina], [(YEAR_END, 3)])
    monkeypatch.setattr(stored, "PAGE", 1)
    pages = stored.page

    def read(*arguments: object) -> list[Capture]:
        found = pages(*arguments, limit=1)  # type: ignore[arg-type, misc]
        if found and found[0].id == sorted(some)[1]:
            box.database.db.execute("UPDATE permissions SET until = '2027-03-31'")
        return found

    monkeypatch.setattr(stored, "page", read)
    lasting.recount_all(box)
    assert last_day(box, sorted(some)[2]) == date(2027, 4, 14)


def test_nothing_past_its_last_day_leaves_for_the_ent(open_box: Box, lina: str, clock: HandClock) -> None:
    capture = send(open_box, lina)
    review.release(open_box, capture)
    stored.set_last_day(open_box.database, capture.id, TODAY)
    (action,) = outbox.pending(open_box.database)
    assert parcels.fetch(open_box, action.id)
    clock.pass_(timedelta(days=1))
    with pytest.raises(parcels.NoLonger):
        parcels.fetch(open_box, action.id)


def test_what_was_seen_gone_at_the_ent_is_known_for_a_year(box: Box, lina: str, clock: HandClock) -> None:
    capture = send(box, lina)
    outbox.ask_put(box.database, capture.code, clock.now)
    for _ in ("put", "delete"):
        (action,) = outbox.pending(box.database)
        outbox.begin(box.database, action.id, clock.now)
        outbox.verified(box.database, action.id, clock.now)
        outbox.ask_delete(box.database, capture.code, clock.now)
    clock.now = on("2027-05-01")
    assert retention.run(box.config, clock).ok
    clock.now = on("2027-08-01")
    retention.run(box.config, clock)
    assert outbox.deletion_of(box.database, capture.code) == "verified"
    settings.confirm_date(box.database, on("2028-01-12"))
    clock.now = on("2028-01-14")
    retention.run(box.config, clock)
    assert outbox.deletion_of(box.database, capture.code) is None


def test_what_is_put_aside_at_the_last_moment_is_not_erased_with_its_pupil(
    box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(box, lina)
    departures.leave(box, lina)
    real = captures.of_pupil

    def aside_meanwhile(*arguments: object) -> list[Capture]:
        found = real(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(captures, "of_pupil", real)
        quarantine.put_aside(box, capture, Quarantine.PROTECTED)
        return found

    monkeypatch.setattr(captures, "of_pupil", aside_meanwhile)
    assert not departures.forget(box, lina)
    assert captures.find(box.database, capture.id) is not None


def test_a_project_that_is_made_to_end_long_ago_asks_first(box: Box, lina: str, clock: HandClock) -> None:
    radio = projects.save(box, RADIO, is_new=True)
    fill(box, [lina], [(date(2026, 12, 31), 60)])
    clock.pass_(timedelta(days=30))
    projects.save(box, replace(RADIO, id=radio, until=date(2026, 12, 17)))
    assert retention.run(box.config, clock).held == 60
    clock.pass_(timedelta(hours=1))
    projects.save(box, replace(RADIO, id=radio, until=date(2027, 6, 30)))
    assert retention.run(box.config, clock).held == 60
