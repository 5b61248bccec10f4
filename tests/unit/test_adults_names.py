"""The name of a grown-up who left stays as long as the journal names them, and no longer (law.md R7, R17)."""

from datetime import timedelta

import pytest

from appliance.domain.audit import KEPT, Role
from appliance.hub.box import Box
from appliance.hub.keys import adults
from appliance.hub.retention import purge_rest
from appliance.store import adults as rows
from tests.conftest import HandClock
from tests.unit.rotation_helpers import Class, under_former_keys


@pytest.fixture
def school(new_box: Box) -> Class:
    return Class(new_box)


def test_a_name_goes_six_months_after_its_owner_left(school: Class, clock: HandClock) -> None:
    box = school.box
    gone, _words = adults.add(box, "Mme Roux", Role.TEACHER)
    stays, _words = adults.add(box, "M. Petit", Role.TEACHER)
    adults.remove(box, gone)
    names = {gone: "Mme Roux", stays: "M. Petit"}
    for passed, left in ((KEPT, names), (timedelta(days=1), {**names, gone: ""})):
        clock.pass_(passed)
        purge_rest.erase(box, box.now())
        assert {a.id: a.name for a in adults.every(box) if a.id in names} == left
    # The row, without a name, goes on saying that somebody left; a change of keys leaves it so.
    school.rotate()
    assert under_former_keys(box) == []
    row = rows.find(box.database, gone)
    assert row is not None and row.sealed == b"" and row.disabled_at is not None
