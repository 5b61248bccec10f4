"""An incident's sheet has a last day like everything: told beforehand, kept by no clock and no old copy."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from appliance.domain.audit import Role
from appliance.hub import audit_words
from appliance.hub.box import Box
from appliance.hub.office import incidents
from appliance.hub.retention.forecast import forecast
from appliance.jobs import retention
from appliance.papers.facts import IncidentKind
from appliance.store import incidents as rows
from appliance.store import journal, settings
from tests.conftest import HandClock, MadeKeys
from tests.unit.backup_helpers import Rig, make_rig
from tests.unit.retention_helpers import on
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]

LAST = date(2028, 8, 31)
"""Of what is noted in January 2027."""
KEPT_UNTIL = "31 août 2028 ; la direction garde le papier"


def note(box: Box, noticed: datetime | None = None) -> str:
    return incidents.note(box, IncidentKind.LOSS, noticed or box.now(), None, "L’étagère est vide.")


def kept(box: Box) -> list[str]:
    return [row.id for row in rows.every(box.database)]


def nights(box: Box, clock: HandClock, *days: str) -> None:
    """Let the retention run on these days: no leap between two is longer than a summer."""
    for day in days:
        clock.now = on(day)
        assert retention.run(box.config, clock).ok


QUARTERS: Sequence[str] = ("2027-05-01", "2027-08-20", "2027-12-10", "2028-04-01", "2028-07-15")


def test_a_sheet_goes_after_the_end_of_the_next_school_year(box: Box, clock: HandClock) -> None:
    made = note(box)
    nights(box, clock, *QUARTERS, "2028-08-31")
    assert kept(box) == [made]
    nights(box, clock, "2028-09-01")
    assert kept(box) == []
    lines = [line for line, _digest in journal.every(box.database) if line.event == "incident_forgotten"]
    assert [(line.role, line.subject, line.detail) for line in lines] == [(Role.RETENTION, made, "")]
    assert "Fiche d’incident effacée" in audit_words.sentence(lines[0])


def test_it_counts_from_the_day_it_was_noted_however_long_ago_it_was_noticed(
    box: Box, clock: HandClock
) -> None:
    made = note(box, datetime(2026, 3, 2, 9, tzinfo=clock.now.tzinfo))
    nights(box, clock, *QUARTERS, "2028-08-31")
    assert kept(box) == [made]


def test_no_clock_in_doubt_erases_it(box: Box, clock: HandClock) -> None:
    made = note(box)
    nights(box, clock, "2027-01-13")
    clock.now = on("2035-01-01")
    assert not retention.run(box.config, clock).ok
    assert kept(box) == [made]


@pytest.mark.parametrize("wrong", ["2026-01-12", "2026-12-31", "2035-06-01"])
def test_one_noted_on_a_clock_in_doubt_counts_from_the_day_it_is_not(
    box: Box, clock: HandClock, wrong: str
) -> None:
    retention.run(box.config, clock)
    before, clock.now, clock.trusted = clock.now, on(wrong, 9), False
    made = note(box)
    clock.now, clock.trusted = before + timedelta(days=1), True
    nights(box, clock, "2027-01-14")
    assert [(row.id, row.noted_on) for row in rows.every(box.database)] == [(made, date(2027, 1, 14))]
    assert forecast(box, clock.now.date()).incidents == {LAST: 1}


def test_the_pages_tell_its_last_day(teacher: Browser, box: Box) -> None:
    made = note(box)
    for page in ("/incidents", f"/incidents/{made}"):
        assert KEPT_UNTIL in said(teacher.get(page))
    assert "31 août 2028 : 1 fiche" in said(teacher.get("/effacements"))


def test_the_register_tells_how_long(teacher: Browser) -> None:
    register = said(teacher.get("/papiers/registre"))
    assert "Fiche d’incident, dans la boîte" in register
    assert "un an après la fin de l’année scolaire ; la direction garde le papier" in register


@pytest.fixture(name="rig")
def rig_fixture(box: Box, clock: HandClock, made_keys: MadeKeys, tmp_path: Path) -> Rig:
    return make_rig(box, clock, made_keys, tmp_path)


@pytest.fixture
def old_copy(rig: Rig, clock: HandClock) -> str:
    """The name of a backup that holds a sheet which the box has erased since."""
    made = note(rig.box)
    nights(rig.box, clock, *QUARTERS, "2028-08-31")
    assert kept(rig.box) == [made]
    assert rig.backup().ok
    [snapshot] = rig.folder().snapshots()
    return snapshot.path.name


@pytest.mark.parametrize("trusted", [True, False])
def test_an_old_copy_does_not_bring_it_back(rig: Rig, clock: HandClock, old_copy: str, trusted: bool) -> None:
    nights(rig.box, clock, "2028-09-01")
    assert rig.backup().ok
    # Without a clock the new box erases nothing by date: what was erased stays erased all the same.
    clock.trusted = trusted
    rig.restore(snapshot=old_copy)
    assert restored(rig) == []


def test_one_past_its_day_goes_before_anybody_sees_it(rig: Rig, clock: HandClock, old_copy: str) -> None:
    clock.now = on("2028-09-03")
    rig.restore(snapshot=old_copy)
    assert restored(rig) == []


def restored(rig: Rig) -> list[str]:
    new = Box(rig.blank, rig.clock)
    try:
        assert settings.get(new.database, "backup_box")
        return kept(new)
    finally:
        new.close()
