"""The calendar that the direction corrected comes back with its class: last days are counted by it."""

from datetime import date
from pathlib import Path

import pytest
from pyrage import decrypt, x25519

from appliance.hub.box import Box
from appliance.hub.retention import durations, school_years
from appliance.jobs import retention
from appliance.store import captures
from tests.conftest import HandClock
from tests.contract.ent_servers import Server, plain
from tests.system.backup_rig import rig_fixture
from tests.system.ent_backup_rig import EntRig, at
from tests.unit.backup_helpers import Rig, tree_of
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import school_file

__all__ = ["plain", "rig_fixture"]

EARLY = "2027-08-15"
"""The end of the year in the school's own calendar."""


@pytest.fixture
def own(rig: Rig, clock: HandClock) -> bytes:
    """The school's own calendar, which the box has counted by."""
    content = school_file(rig.box, EARLY)
    durations.set_calendar(rig.box, content)
    assert retention.run(rig.box.config, clock).ok
    return content


def last_days(rig: Rig) -> set[date]:
    """The last days of what came back, as the first retention left them."""
    new = Box(rig.blank, rig.clock)
    try:
        every = [captures.find(new.database, capture) for capture in captures.ids(new.database)]
        return {found.last_day for found in every if found is not None}
    finally:
        new.close()


def test_it_comes_back_and_every_last_day_stays(rig: Rig, lina: str, own: bytes) -> None:
    send(rig.box, lina)
    rig.backup()
    rig.restore()
    assert school_years.calendar_file(rig.blank.data) == own
    assert last_days(rig) == {date.fromisoformat(EARLY)}


def test_it_lies_sealed_on_the_stick(rig: Rig, lina: str, own: bytes) -> None:
    rig.backup()
    [snapshot] = rig.folder().snapshots()
    sealed = (snapshot.path / "calendrier.json.age").read_bytes()
    identity = x25519.Identity.from_str(rig.keys.secrets.recovery_identity)
    assert decrypt(sealed, [identity]) == own
    assert b"fin_legale" not in b"\0".join(tree_of(rig.stick).values())


def test_a_spoilt_one_is_found_before_anything_is_written(rig: Rig, lina: str, own: bytes) -> None:
    rig.backup()
    [snapshot] = rig.folder().snapshots()
    path = snapshot.path / "calendrier.json.age"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert not snapshot.is_whole()


def test_a_backup_without_one_leaves_the_official_calendar(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    rig.backup()
    rig.restore()
    assert not school_years.has_own_calendar(rig.blank.data)
    assert last_days(rig) == {date(2027, 8, 31)}


def test_it_comes_back_from_the_ent(rig: Rig, lina: str, own: bytes, plain: Server, tmp_path: Path) -> None:
    send(rig.box, lina)
    ent = EntRig(rig, plain, at(rig.config, plain, tmp_path))
    assert ent.backup().fault is None
    assert b"fin_legale" not in b"\0".join(ent.there().values())
    ent.restore()
    assert school_years.calendar_file(rig.blank.data) == own
    assert last_days(rig) == {date.fromisoformat(EARLY)}
