"""What has a last day besides captures, what never goes by date, and what an answer changes at once."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.domain.captures import Packing, Quarantine
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.domain.requests import Deadline, Kind, Outcome
from appliance.domain.retention import Rules
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.retention import carnet, durations, lasting, purge, purge_rest, school_years
from appliance.hub.rights import corrections, quarantine
from appliance.jobs import retention
from appliance.store import captures, exports, journal, outbox, pupils, requests, voices
from appliance.store.exports import ExportRow
from appliance.store.requests import RequestRow
from appliance.store.voices import VoiceRow
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import fill, on


def last_day(box: Box, capture: str) -> date:
    found = captures.find(box.database, capture)
    assert found is not None
    return found.last_day


def test_what_is_put_aside_is_never_erased_by_date(box: Box, lina: str, clock: HandClock) -> None:
    capture = send(box, lina)
    quarantine.put_aside(box, capture, Quarantine.PROTECTED)
    clock.now = on("2027-04-30")
    retention.run(box.config, clock)
    clock.now = on("2027-08-20")
    retention.run(box.config, clock)
    clock.now = on("2027-09-02")
    assert retention.run(box.config, clock).erased == 0
    assert captures.ids(box.database) == {capture.id}
    quarantine.bring_back(box, capture)
    assert retention.run(box.config, clock).erased == 1


def test_what_goes_is_asked_back_from_the_ent(box: Box, lina: str, clock: HandClock) -> None:
    capture = send(box, lina)
    outbox.ask_put(box.database, capture.code, clock.now)
    for action in outbox.pending(box.database):
        outbox.begin(box.database, action.id, clock.now)
        outbox.verified(box.database, action.id, clock.now)
    clock.now = on("2027-08-31", 23)
    assert purge.erase_due(box, clock.now.date()) == 0
    clock.now = on("2027-09-01")
    assert purge.erase_due(box, clock.now.date()) == 1
    assert [(a.code, a.verb) for a in outbox.pending(box.database)] == [(capture.code, "delete")]


def copy_for(box: Box, pupil: str, last: date, name: str) -> Path:
    path = exports.path_of(box.config.data, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"PK")
    exports.add(box.database, ExportRow(name, pupil, last - timedelta(days=7), last, 2))
    return path


def test_a_copy_for_a_family_goes_after_its_seven_days(box: Box, lina: str, clock: HandClock) -> None:
    today = clock.now.date()
    due = copy_for(box, lina, today - timedelta(days=1), "a1")
    waiting = copy_for(box, lina, today, "b2")
    stray = due.with_name("c3.zip.part")
    stray.write_bytes(b"PK")
    hours_ago = clock.now.timestamp() - 23 * 3600
    os.utime(stray, (hours_ago, hours_ago))
    retention.run(box.config, clock)
    assert [path.exists() for path in (due, waiting, stray)] == [False, True, True]
    assert [row.id for row in exports.every(box.database)] == ["b2"]
    assert journal.latest(box.database, "export_erased") is not None  # type: ignore[arg-type]
    clock.pass_(timedelta(hours=2))
    retention.run(box.config, clock)
    assert not stray.exists()


def test_an_answer_stays_one_year_after_its_school_year(box: Box, lina: str, clock: HandClock) -> None:
    # A trace that a person has to decide on keeps the pupil's row; without one the answers go with the row.
    quarantine.put_aside(box, send(box, lina), Quarantine.LIMITATION)
    clock.now = on("2028-08-31")
    purge_rest.erase(box, clock.now)
    assert pupils.permissions(box.database, [lina])[lina]
    clock.now = on("2028-09-01")
    purge_rest.erase(box, clock.now)
    assert pupils.permissions(box.database, [lina]).get(lina, []) == []
    assert [row.id for row in pupils.every(box.database)] == [lina]


@pytest.mark.parametrize(("answered", "left"), [(date(2026, 1, 12), 1), (date(2026, 1, 11), 0), (None, 1)])
def test_a_request_stays_one_year_once_it_is_closed(
    box: Box, lina: str, clock: HandClock, answered: date | None, left: int
) -> None:
    deadline = Deadline(date(2025, 12, 20), date(2026, 1, 20))
    outcome = next(iter(Outcome))
    row = RequestRow("r1", next(iter(Kind)), lina, deadline, answered, outcome, b"sealed")
    requests.put(box.database, row)
    purge_rest.erase(box, clock.now)
    assert len(requests.every(box.database)) == left


def test_a_grown_up_s_voice_stays_two_years(box: Box, clock: HandClock) -> None:
    folder = box.config.data / "voices"
    folder.mkdir(exist_ok=True)
    for key, recorded in (("prompt/hello", on("2025-01-11")), ("prompt/bye", on("2025-01-12"))):
        (folder / f"{key[7:]}.age").write_bytes(b"age")
        voices.put(box.database, VoiceRow(key, key[7:], 1_000, recorded))
    retention.run(box.config, clock)
    assert [row.key for row in voices.every(box.database)] == ["prompt/bye"]
    assert [path.name for path in folder.iterdir()] == ["bye.age"]


def test_files_of_what_was_erased_go_at_once_and_others_keep_theirs(
    box: Box, lina: str, clock: HandClock
) -> None:
    kept, gone = send(box, lina), send(box, lina)
    captures.bury(box.database, gone, on=clock.now.date(), reason="last_day")
    retention.run(box.config, clock)
    assert not box.shelf.media(gone.id, Packing.WHOLE).exists()
    assert box.shelf.media(kept.id, Packing.WHOLE).exists()


def test_an_answer_for_a_shorter_time_shortens_what_is_there(box: Box, lina: str) -> None:
    capture = send(box, lina)
    assert last_day(box, capture.id) == date(2027, 8, 31)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], until=date(2027, 3, 31))
    assert last_day(box, capture.id) == date(2027, 4, 14)
    assert last_day(box, send(box, lina).id) == date(2027, 4, 14)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], until=date(2027, 8, 31))
    assert last_day(box, capture.id) == date(2027, 8, 31)


def test_what_no_family_allows_any_more_waits_seven_days_for_an_answer(
    box: Box, lina: str, clock: HandClock
) -> None:
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], until=date(2027, 3, 31))
    capture = send(box, lina)
    with box.database.transaction() as db:
        db.execute("UPDATE permissions SET state = ?", [PermissionState.PENDING])
    lasting.recount_all(box)
    assert last_day(box, capture.id) == date(2027, 1, 19)
    clock.pass_(timedelta(days=5))
    lasting.recount_all(box)
    assert last_day(box, capture.id) == date(2027, 1, 19)


def test_longer_and_shorter_lives_are_counted_anew(box: Box, lina: str) -> None:
    essay, kept = send(box, lina, kept=False), send(box, lina)
    durations.choose(box, Rules(unsorted_days=60, short=True))
    assert (last_day(box, essay.id), last_day(box, kept.id)) == (date(2027, 3, 13), date(2027, 7, 14))
    durations.choose(box, Rules())
    assert (last_day(box, essay.id), last_day(box, kept.id)) == (date(2027, 2, 11), date(2027, 8, 31))
    with pytest.raises(ValueError, match="61"):
        durations.choose(box, Rules(unsorted_days=61))


def test_the_school_s_own_calendar_moves_the_end_of_the_year(box: Box, lina: str) -> None:
    capture = send(box, lina)
    official = school_years.calendar_file(box.config.data)
    durations.set_calendar(
        box, official.replace(b'"fin_legale": "2027-08-31"', b'"fin_legale": "2027-08-15"')
    )
    assert last_day(box, capture.id) == date(2027, 8, 15)
    with pytest.raises(ValueError, match="2026-2027 > ete"):
        durations.set_calendar(box, official.replace(b'"2027-07-03"', b'"juillet"'))
    assert last_day(box, capture.id) == date(2027, 8, 15)
    with pytest.raises(ValueError, match="JSON"):
        durations.set_calendar(box, b"\xff\xfe{")
    durations.drop_calendar(box)
    assert last_day(box, capture.id) == date(2027, 8, 31)


def test_a_damaged_calendar_leaves_the_official_one(box: Box) -> None:
    (box.config.data / school_years.CALENDAR_FILE).write_bytes(b"{")
    assert school_years.calendar(box.config.data) == school_years.shipped_calendar()


def cycle_1(box: Box, level: str) -> str:
    pupil = people.add(box, f"Ana{level}", level=level, pictogram="fish")
    people.answer(box, pupil, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    return pupil


def test_the_carnet_keeps_a_trace_to_the_end_of_gs(open_box: Box, clock: HandClock) -> None:
    ana = cycle_1(open_box, "MS")
    capture = send(open_box, ana)
    assert carnet.flag(open_box, capture, "  première phrase\ncomplète ") == date(2028, 8, 31)
    found = captures.find(open_box.database, capture.id)
    assert found is not None
    assert (found.carnet, found.last_day) == (True, date(2028, 8, 31))
    assert carnet.reason(open_box, found) == "première phrase complète"
    assert b"premi" not in open_box.database.path.read_bytes()
    people.answer(open_box, ana, Nature.VOICE, [Scope.CLASS])
    assert last_day(open_box, capture.id) == date(2028, 8, 31)
    carnet.unflag(open_box, found)
    assert last_day(open_box, capture.id) == date(2027, 8, 31)
    assert carnet.reason(open_box, found) == ""


@pytest.mark.parametrize(
    ("level", "in_carnet", "expected"), [("GS", True, date(2027, 8, 31)), ("CP", False, date(2027, 8, 31))]
)
def test_a_level_set_right_sets_the_carnet_right(
    open_box: Box, level: str, in_carnet: bool, expected: date
) -> None:
    ana = cycle_1(open_box, "PS")
    capture = send(open_box, ana)
    assert carnet.flag(open_box, capture, "comptine") == date(2029, 8, 31)
    pupil = people.find(open_box, ana)
    assert pupil is not None
    corrections.rename(open_box, pupil, "Ana", initial="", level=level, recall=False)
    found = captures.find(open_box.database, capture.id)
    assert found is not None and (found.carnet, found.last_day) == (in_carnet, expected)


def test_a_withdrawal_takes_the_carnet_too(open_box: Box) -> None:
    ana = cycle_1(open_box, "GS")
    capture = send(open_box, ana)
    carnet.flag(open_box, capture, "comptine")
    people.answer(open_box, ana, Nature.VOICE, [])
    assert captures.find(open_box.database, capture.id) is None


@pytest.mark.parametrize(
    ("level", "changes", "reason", "why"),
    [
        ("CP", {}, "comptine", "not_cycle_1"),
        ("", {}, "comptine", "not_cycle_1"),
        ("GS", {"kept": False}, "comptine", "not_kept"),
        ("GS", {"pupils": ()}, "comptine", "nobody"),
        ("GS", {}, "   ", "no_reason"),
        ("GS", {}, "x" * 201, "too_long"),
    ],
)
def test_what_does_not_enter_the_carnet(
    open_box: Box, level: str, changes: dict[str, object], reason: str, why: str
) -> None:
    capture = send(open_box, cycle_1(open_box, level), **changes)
    with pytest.raises(carnet.NotForCarnet) as raised:
        carnet.flag(open_box, capture, reason)
    assert raised.value.reason == why
    assert not captures.find(open_box.database, capture.id).carnet  # type: ignore[union-attr]


def test_a_run_leaves_nothing_overdue(box: Box, lina: str, clock: HandClock) -> None:
    days = [clock.now.date() - timedelta(days=days) for days in range(1, 6)]
    fill(box, [lina], [(day, 9) for day in days] + [(date(2027, 8, 31), 100)])
    assert retention.run(box.config, clock).erased == 45
    assert purge.held(box, clock.now.date()) is None
    assert len(captures.ids(box.database)) == 100


def test_nothing_past_its_last_day_is_there_once_the_class_opens(
    box: Box, lina: str, clock: HandClock, made_keys: MadeKeys
) -> None:
    capture = send(box, lina, kept=False)
    clock.now, clock.trusted = on("2027-03-01", 9), False
    access.let_in(box, made_keys.opener)
    assert captures.find(box.database, capture.id) is not None
    access.lock(box)
    clock.trusted = True
    access.let_in(box, made_keys.opener)
    assert captures.tombstone_of(box.database, capture=capture.id) == "last_day"
