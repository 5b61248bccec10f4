"""What a class leaves behind has a last day too: projects that are over, groups that nobody is in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest

from appliance.domain.audit import Event, Role
from appliance.domain.permissions import YEAR_PROJECT, Nature, Scope
from appliance.hub import groups, people, stations
from appliance.hub.box import Box
from appliance.hub.retention import carnet
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from appliance.jobs import retention
from appliance.store import groups as stored_groups
from appliance.store import journal
from appliance.store import projects as stored_projects
from appliance.store.database import Database
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import on

UNTIL_THE_END: Sequence[str] = ("2027-05-01", "2027-08-20", "2027-12-10", "2028-04-01", "2028-07-15")


def nights(box: Box, clock: HandClock, *days: str) -> None:
    for day in days:
        clock.now = on(day)
        assert retention.run(box.config, clock).ok


def webradio(box: Box) -> str:
    end = date(2027, 4, 30)
    made = Project("", "Webradio", "Parler", "", (Nature.VOICE,), (Scope.CLASS,), box.today(), end)
    return projects.save(box, made, is_new=True)


def work_for(box: Box, project: str, *invited: str) -> None:
    row = stations.scenario(box, "A")
    stations.save(box, replace(row, project=project, groups=invited), stations.Words("La radio"), is_new=True)


def known(box: Box) -> set[str]:
    return {row.id for row in stored_projects.every(box.database)}


def test_a_project_goes_a_year_after_the_end_of_its_own(open_box: Box, clock: HandClock) -> None:
    projects.save(open_box, replace(projects.every(open_box)[0], title="Nos ateliers"))
    project = webradio(open_box)
    nights(open_box, clock, *UNTIL_THE_END, "2028-08-31")
    assert known(open_box) == {YEAR_PROJECT, project}
    nights(open_box, clock, "2028-09-01")
    assert known(open_box) == {YEAR_PROJECT}
    assert [line.role for line in journal.about(open_box.database, project, [Event.PROJECT_FORGOTTEN])] == [
        Role.RETENTION
    ]


def test_a_project_that_a_station_still_works_for_stays_until_it_does_not(
    open_box: Box, clock: HandClock
) -> None:
    project = webradio(open_box)
    work_for(open_box, project)
    nights(open_box, clock, *UNTIL_THE_END, "2028-09-01")
    assert known(open_box) == {project}
    work_for(open_box, YEAR_PROJECT)
    nights(open_box, clock, "2028-09-02")
    assert known(open_box) == set()


def test_a_project_stays_as_long_as_a_trace_of_it(open_box: Box, clock: HandClock) -> None:
    project = webradio(open_box)
    work_for(open_box, project)
    small = people.add(open_box, "Ana", level="PS", pictogram="fish")
    people.answer(open_box, small, Nature.VOICE, [Scope.CLASS], project=project)
    carnet.flag(open_box, send(open_box, small), "comptine")
    work_for(open_box, YEAR_PROJECT)
    nights(open_box, clock, *UNTIL_THE_END, "2028-09-01")
    assert known(open_box) == {project}


@pytest.mark.parametrize(("last_night", "stays"), [("2027-08-31", True), ("2027-09-01", False)])
def test_a_group_that_its_class_left_empty_goes_with_it(
    open_box: Box, lina: str, clock: HandClock, last_night: str, *, stays: bool
) -> None:
    full = groups.save(open_box, "", "Les Bleus", "moon", [lina])
    alone = groups.save(open_box, "", "Les Verts", "tree", [])
    nights(open_box, clock, "2027-05-01", "2027-08-10")
    clock.now = on("2027-08-20")
    coming = groups.save(open_box, "", "Les Rouges", "star", [])
    nights(open_box, clock, last_night)
    left = {row.id for row in stored_groups.every(open_box.database)}
    assert left == ({full, alone, coming} if stays else {coming})


def test_a_group_that_a_station_invites_stays_or_the_whole_class_could_come(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    first, second = (groups.save(open_box, "", name, "moon", []) for name in ("Les Bleus", "Les Verts"))
    before = groups.save(open_box, "", "Les Rouges", "star", [])
    work_for(open_box, YEAR_PROJECT, before)
    work_for(open_box, YEAR_PROJECT, first, second)
    nights(open_box, clock, "2027-05-01", "2027-08-20", "2027-09-01")
    assert stored_groups.empty(open_box.database) == {}
    assert {row.id for row in stored_groups.every(open_box.database)} == {first, second}
    assert stations.who_may_come(open_box, stations.scenario(open_box, "A")) == []
    work_for(open_box, YEAR_PROJECT)
    nights(open_box, clock, "2027-09-02")
    assert stored_groups.every(open_box.database) == []


@pytest.mark.parametrize("store", [stored_groups, stored_projects], ids=["groups", "projects"])
def test_nobody_comes_in_between_the_look_and_the_erasure(
    open_box: Box, clock: HandClock, monkeypatch: pytest.MonkeyPatch, store: ModuleType
) -> None:
    looks = {stored_groups: "empty", stored_projects: "unused"}
    look, alone = getattr(store, looks[store]), list[bool]()

    def watched(database: Database) -> object:
        alone.append(database.db.conn.in_transaction)
        return look(database)

    monkeypatch.setattr(store, looks[store], watched)
    nights(open_box, clock, "2027-05-01")
    assert alone == [True]
