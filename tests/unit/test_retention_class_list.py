"""The class list of a year that nobody closed: it goes then, and the new class stays (law.md §7.3)."""

from datetime import date, timedelta

import pytest

from appliance.domain.audit import Event, Role
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.domain.retention import class_list_last_day
from appliance.domain.school_calendar import FALLBACK
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.office.checklist import Step
from appliance.hub.retention import carnet, durations, lasting
from appliance.hub.retention.school_years import shipped_calendar
from appliance.hub.rights import departures, quarantine
from appliance.jobs import retention
from appliance.store import captures, exports, journal, pupils, settings
from appliance.store.exports import ExportRow
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import on, school_file


@pytest.mark.parametrize(
    ("row", "added", "expected"),
    [
        ("à la rentrée", date(2026, 9, 1), date(2027, 8, 31)),
        ("en cours d’année", date(2027, 4, 6), date(2027, 8, 31)),
        ("le 29 février", date(2028, 2, 29), date(2028, 8, 31)),
        ("juste avant le 15 août", date(2027, 8, 14), date(2027, 8, 31)),
        ("le 15 août : la classe à venir", date(2027, 8, 15), date(2028, 8, 31)),
        ("le 31 août : la classe à venir", date(2027, 8, 31), date(2028, 8, 31)),
        ("le 15 août, année inconnue", date(2031, 8, 15), date(2032, 8, 31)),
    ],
)
def test_the_last_day_of_a_row(row: str, added: date, expected: date) -> None:
    assert class_list_last_day(added, shipped_calendar()) == expected, row
    assert class_list_last_day(added, FALLBACK) == expected, row


def test_a_class_that_nobody_closed_is_forgotten_with_its_year(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    box = open_box
    carnet_s = people.add(box, "Ana", level="PS", pictogram="fish")
    people.answer(box, carnet_s, Nature.VOICE, [Scope.CLASS])
    carnet.flag(box, send(box, carnet_s), "comptine")
    protected = people.add(box, "Tom", pictogram="fish")
    people.answer(box, protected, Nature.VOICE, [Scope.CLASS])
    quarantine.put_aside(box, send(box, protected), Quarantine.PROTECTED)
    with_copy = people.add(box, "Zoé", pictogram="fish")
    exports.add(box.database, ExportRow("a1", with_copy, date(2027, 8, 28), date(2027, 9, 4), 2))
    send(box, lina)
    clock.now = on("2027-04-30")
    retention.run(box.config, clock)
    clock.now = on("2027-08-10")
    retention.run(box.config, clock)
    clock.now = on("2027-08-14")
    summer = people.add(box, "Été", pictogram="fish")
    clock.now = on("2027-08-15")
    new = people.add(box, "Mila", pictogram="fish")
    clock.now = on("2027-08-31", 23)
    retention.run(box.config, clock)
    assert known(box) == {lina, carnet_s, protected, with_copy, summer, new}
    clock.now = on("2027-09-01")
    retention.run(box.config, clock)
    assert known(box) == {carnet_s, protected, with_copy, new}
    assert [line.detail for line in journal.about(box.database, lina, [Event.PUPIL_FORGOTTEN])] == [
        "year_over"
    ]
    assert lina not in pupils.permissions(box.database)
    clock.now = on("2027-09-06")
    retention.run(box.config, clock)
    assert known(box) == {carnet_s, protected, new}


def test_a_class_typed_in_on_a_wrong_clock_is_not_last_year_s(box: Box, clock: HandClock) -> None:
    retention.run(box.config, clock)
    clock.now, clock.trusted = on("2027-01-13"), False
    mila = people.add(box, "Mila", pictogram="fish")
    clock.now, clock.trusted = on("2027-05-01"), True
    settings.confirm_date(box.database, on("2027-08-30"))
    clock.now = on("2027-09-01")
    assert retention.run(box.config, clock).ok
    assert known(box) == {mila}
    for month in range(10, 13):
        clock.now = on(f"2027-{month}-01")
        retention.run(box.config, clock)
    assert departures.outgrown(box, on("2028-08-31").date(), lasting.rules(box).calendar) == {}
    assert mila in departures.outgrown(box, on("2028-09-01").date(), lasting.rules(box).calendar)


def test_a_class_list_does_not_go_by_a_year_that_ended_yesterday(
    box: Box, lina: str, clock: HandClock
) -> None:
    retention.run(box.config, clock)
    clock.pass_(timedelta(days=30))
    durations.set_calendar(box, school_file(box, "2027-02-10", summer="2027-01-30"))
    assert retention.run(box.config, clock).ok
    assert known(box) == {lina}
    assert lina in departures.outgrown(box, clock.now.date(), lasting.rules(box).calendar)


@pytest.mark.parametrize(
    ("row", "given", "kept"),
    [
        ("donnée à la rentrée de l’année finie", date(2026, 9, 3), False),
        ("donnée en juin, à la classe qui finit", date(2027, 6, 20), False),
        ("donnée le 20 août à la classe qui vient", date(2027, 8, 20), True),
    ],
)
def test_the_families_of_the_next_class_have_not_had_their_notice(
    box: Box, lina: str, clock: HandClock, row: str, given: date, kept: bool
) -> None:
    checklist.tick(box, Step.NOTICE, given, "carnet de liaison")
    for day in ("2027-04-30", "2027-08-15", "2027-08-31"):
        clock.now = on(day)
        retention.run(box.config, clock)
    assert checklist.is_real(box)
    clock.now = on("2027-09-01")
    retention.run(box.config, clock)
    assert known(box) == set()
    assert checklist.missing(box.database) == ([] if kept else [Step.NOTICE]), row
    ticks = [line for line, _digest in journal.every(box.database) if line.event == Event.CHECKLIST_TICKED]
    by_itself = [(line.role, line.detail) for line in ticks if line.role != Role.TEACHER]
    assert by_itself == ([] if kept else [(Role.RETENTION, "notice/undone")])


def test_a_pupil_who_goes_late_leaves_the_new_class_its_notice(box: Box, lina: str, clock: HandClock) -> None:
    quarantine.put_aside(box, send(box, lina), Quarantine.PROTECTED)
    ana = people.add(box, "Ana", pictogram="fish")
    for day in ("2027-04-30", "2027-08-15", "2027-09-01"):
        clock.now = on(day)
        retention.run(box.config, clock)
    assert (known(box), checklist.missing(box.database)) == ({lina}, [Step.NOTICE])
    assert ana not in known(box)
    checklist.tick(box, Step.NOTICE, date(2027, 9, 6), "carnet de liaison")
    quarantine.bring_back(box, captures.of_pupil(box.database, lina)[0])
    clock.now = on("2027-10-01")
    retention.run(box.config, clock)
    assert (known(box), checklist.is_real(box)) == (set(), True)


def test_a_year_that_goes_on_keeps_its_notice(box: Box, lina: str, clock: HandClock) -> None:
    checklist.tick(box, Step.NOTICE, date(2026, 6, 20), "à l’inscription, en juin")
    retention.run(box.config, clock)
    assert checklist.is_real(box)


def known(box: Box) -> set[str]:
    return {row.id for row in pupils.every(box.database)}
