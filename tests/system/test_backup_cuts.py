"""A backup and a restoration cut anywhere, or on a card that fails, go on from there.

Every third durable step is cut; `BOITE_CUT_STRIDE=1` cuts each of them.
"""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.hub import intake, voices
from appliance.hub.box import Box
from appliance.hub.retention import erasure
from appliance.jobs.restore_source import Refused
from appliance.station.levelling import level
from appliance.store import captures
from tests.system.backup_rig import DAY, new_box, rig_fixture
from tests.unit.backup_helpers import Rig, cut_before, tree_of
from tests.unit.hub_helpers import send
from tests.unit.voice_helpers import voice_wav

__all__ = ["rig_fixture"]

STRIDE = int(os.environ.get("BOITE_CUT_STRIDE", "3"))


def test_a_card_that_is_too_small_is_told_before_anything_is_written(
    rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(rig.box, lina)
    rig.backup()
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="trop petite"):
        rig.restore()
    assert list(rig.blank.data.iterdir()) == []


def test_a_card_that_fails_says_so_and_the_same_command_ends_it(
    rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(rig.box, lina)
    rig.backup()
    real = os.replace

    def failing(source: Path, target: Path) -> None:
        if "media" in str(target):
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(Refused, match="relancez la même commande"):
        rig.restore()
    monkeypatch.undo()
    assert rig.restore().inside["captures"] == {"voice": 1}


def steps(action: Callable[[], object], again: Callable[[int], None]) -> int:
    """Cut an action before its durable steps in turn, each followed by `again`; return how many they are."""
    step = 0
    while cut_before(step, action):
        again(step)
        step += STRIDE
    return step


def test_a_restoration_cut_anywhere_ends_the_same(rig: Rig, lina: str, open_box: Box) -> None:
    kept, erased = send(rig.box, lina), send(rig.box, lina)
    voices.save(open_box, f"pupil/{lina}", voice_wav(), level)
    rig.backup()
    older = rig.folder().snapshots()[-1].path.name
    rig.clock.pass_(DAY)
    erasure.erase(rig.box, erased, reason="deleted")
    rig.backup()
    rig.box.close()
    rig.restore(snapshot=older)
    wanted = settled(rig)
    assert any(kept.id in name for name in wanted)

    def again(_step: int) -> None:
        rig.restore(snapshot=older)
        assert settled(rig) == wanted
        shutil.rmtree(rig.blank.data)

    shutil.rmtree(rig.blank.data)
    assert steps(lambda: rig.restore(snapshot=older), again) > 20


def settled(rig: Rig) -> dict[str, object]:
    """What a restoration leaves: its files, and the rows that matter."""
    with new_box(rig) as new:
        rows = {
            table: sorted(map(str, new.database.db.execute(f"SELECT * FROM {table}").fetchall()))
            for table in ("captures", "tombstones", "pupils", "permissions", "voices", "outbox")
        }
    files = {name: data for name, data in tree_of(rig.blank.data).items() if not name.startswith("boite.db")}
    return {**files, **rows}


def test_a_backup_cut_anywhere_leaves_a_good_one_and_the_next_run_ends_it(rig: Rig, lina: str) -> None:
    first, erased = send(rig.box, lina), send(rig.box, lina)
    rig.backup()
    rig.clock.pass_(DAY)
    added = send(rig.box, lina)
    erasure.erase(rig.box, erased, reason="deleted")
    rig.box.close()
    start = rig.stick.with_name("start")
    shutil.copytree(rig.stick, start)

    def again(_step: int) -> None:
        rig.restore()
        with new_box(rig) as new:
            assert first.id in captures.ids(new.database)
            assert intake.reconcile(new)["missing"] == 0
        shutil.rmtree(rig.blank.data)
        assert rig.backup().fault is None
        assert rig.kept("media") == {first.id, added.id}
        assert not list(rig.stick.rglob(".*"))
        rig.restore()
        with new_box(rig) as new:
            assert captures.ids(new.database) == {first.id, added.id}
        shutil.rmtree(rig.blank.data)
        shutil.rmtree(rig.stick)
        shutil.copytree(start, rig.stick)

    assert steps(rig.backup, again) > 20
