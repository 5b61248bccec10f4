"""Too much at once, on a date that nobody announced: the box waits for a person (law.md §2.5)."""

from datetime import date, timedelta

import pytest

from appliance.domain.permissions import Nature, Scope
from appliance.domain.retention import unannounced
from appliance.hub.box import Box
from appliance.hub.retention import purge
from appliance.jobs import retention
from appliance.store import journal, projects
from appliance.store import lasting as stored
from appliance.store.projects import ProjectRow
from tests.conftest import HandClock
from tests.unit.retention_helpers import fill, on

DAY, YEAR_END = date(2027, 1, 20), date(2027, 8, 31)


@pytest.mark.parametrize(
    ("row", "due", "total", "announced", "held"),
    [
        ("50 d’un coup : jamais trop", {DAY: 50}, 50, (), False),
        ("51 sur 170 : 30 % tout juste", {DAY: 51}, 170, (), False),
        ("51 sur 169 : plus de 30 %", {DAY: 51}, 169, (), True),
        ("142 sur 400", {DAY: 142}, 400, (), True),
        ("142 sur 1 000 : un mois d’essais", {DAY: 142}, 1000, (), False),
        ("toutes au 31 août", {YEAR_END: 900}, 900, (), False),
        ("toutes à une fin de projet annoncée", {DAY: 142}, 142, (DAY,), False),
        ("deux jours ensemble", {DAY: 40, DAY + timedelta(1): 40}, 100, (), True),
        ("rien", {}, 0, (), False),
    ],
)
def test_when_the_brake_holds(
    row: str, due: dict[date, int], total: int, announced: tuple[date, ...], held: bool
) -> None:
    assert bool(unannounced(due, total, announced)) is held, row


def test_the_teacher_is_asked_and_one_tap_lets_them_go(box: Box, lina: str, clock: HandClock) -> None:
    fill(box, [lina], [(DAY, 142), (date(2026, 8, 31), 5), (YEAR_END, 100)])
    clock.now = on("2027-01-21")
    report = retention.run(box.config, clock)
    # What the end of a year takes is not held up.
    assert (report.erased, report.held, report.ok) == (5, 142, True)
    assert "142 traces partiraient d’un coup" in report.sentence()
    assert journal.last_detail(box.database, "retention_held") == "mass/142"  # type: ignore[arg-type]
    assert stored.total(box.database) == 242
    assert purge.confirm(box) == 142
    assert journal.last_detail(box.database, "mass_erasure_confirmed") == "142"  # type: ignore[arg-type]
    assert (purge.held(box, clock.now.date()), stored.total(box.database)) == (None, 100)
    assert purge.confirm(box) == 0


def test_a_word_given_once_does_not_let_the_next_ones_go(box: Box, lina: str, clock: HandClock) -> None:
    fill(box, [lina], [(DAY, 60), (DAY + timedelta(days=9), 60), (YEAR_END, 10)])
    clock.now = on("2027-01-21")
    assert purge.confirm(box) == 60
    clock.now = on("2027-01-30")
    assert retention.run(box.config, clock).held == 60


def test_what_is_too_many_for_a_page_goes_in_the_next_run(
    box: Box, lina: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "MOST_AT_ONCE", 100)
    fill(box, [lina], [(DAY, 142)])
    clock.now = on("2027-01-21")
    assert purge.confirm(box) == 0
    assert stored.total(box.database) == 142
    assert retention.run(box.config, clock).erased == 142


def test_nothing_goes_by_a_word_on_a_clock_in_doubt(box: Box, lina: str, clock: HandClock) -> None:
    fill(box, [lina], [(DAY, 142)])
    clock.now, clock.trusted = on("2027-01-21"), False
    assert purge.confirm(box) == 0
    clock.trusted = True
    assert retention.run(box.config, clock).held == 142


def test_the_end_of_a_project_was_announced(box: Box, lina: str, clock: HandClock) -> None:
    ends = date(2027, 1, 6)
    row = ProjectRow("radio", date(2026, 9, 1), ends, (Nature.VOICE,), (Scope.CLASS,), "1", None, b"sealed")
    projects.put(box.database, row, clock.now)
    fill(box, [lina], [(ends + timedelta(days=14), 142)])
    clock.now = on("2027-01-21")
    assert retention.run(box.config, clock).erased == 142
