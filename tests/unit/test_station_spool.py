"""Takes on the station's disk, cut at every step."""

import io
import shutil
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.domain.captures import Packing
from appliance.domain.permissions import Nature
from appliance.station.spool import Spool, Stage, Take

TAKE = Take("0198", "A", "s1", Nature.VOICE, "p1", datetime(2027, 1, 12, 8, 40, tzinfo=UTC))


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "A")


def test_a_kept_take_leaves_whole(spool: Spool, tmp_path: Path) -> None:
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"part")
    finished = spool.finish(replace(TAKE, stage=Stage.STOPPED, duration_ms=500), b"sealed")
    assert spool.leaving() == []
    spool.let_go(finished, kept=True)
    (leaving,) = spool.leaving()
    facts = spool.facts(leaving)
    assert (facts.kept, facts.cut, facts.packing, facts.duration_ms, facts.size) == (
        True,
        False,
        Packing.WHOLE,
        500,
        6,
    )
    assert names(tmp_path / "A") == {"0198/take.json", "0198/media.age"}
    spool.discard(TAKE.id)
    assert names(tmp_path / "A") == set()


def test_an_interrupted_take_leaves_in_parts_as_cut(spool: Spool) -> None:
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"un")
    spool.add_part(TAKE.id, 1, 480, b"deux")
    assert spool.recover() == 1
    (leaving,) = spool.leaving()
    facts = spool.facts(leaving)
    assert (facts.kept, facts.cut, facts.packing, facts.duration_ms) == (False, True, Packing.PARTS, 980)
    with tarfile.open(fileobj=io.BytesIO(spool.media(leaving).read_bytes())) as tar:
        assert tar.getnames() == ["000000-0500.age", "000001-0480.age"]


def test_a_take_stopped_but_not_encoded_is_not_called_cut(spool: Spool) -> None:
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"un")
    spool.save(replace(TAKE, stage=Stage.STOPPED))
    spool.recover()
    (leaving,) = spool.leaving()
    assert not leaving.cut


def test_a_finished_take_that_nobody_kept_leaves_as_an_essay(spool: Spool) -> None:
    spool.begin(TAKE)
    spool.finish(TAKE, b"sealed")
    assert spool.recover() == 0
    (leaving,) = spool.leaving()
    assert (leaving.kept, leaving.cut, leaving.packing) == (False, False, Packing.WHOLE)


def test_a_take_without_a_sample_is_nothing(spool: Spool, tmp_path: Path) -> None:
    spool.begin(TAKE)
    (tmp_path / "A/rest").mkdir()
    assert spool.recover() == 0
    assert spool.leaving() == []
    assert list((tmp_path / "A").iterdir()) == []


def test_recovering_twice_changes_nothing(spool: Spool) -> None:
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"un")
    spool.recover()
    before = spool.leaving()
    assert spool.recover() == 0
    assert spool.leaving() == before


def test_a_cut_at_any_write_of_a_finish_loses_nothing(spool: Spool, tmp_path: Path) -> None:
    """Replays `finish` up to each of its files, as if the plug was pulled there."""
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"un")
    folder = tmp_path / "A" / TAKE.id
    for cut_after in ("before", "media", "facts"):
        copy = tmp_path / cut_after
        shutil.copytree(folder, copy / TAKE.id)
        other = Spool(copy)
        if cut_after != "before":
            (copy / TAKE.id / "media.age").write_bytes(b"sealed")
        if cut_after == "facts":
            other.save(replace(TAKE, stage=Stage.FINISHED))
        other.recover()
        (leaving,) = other.leaving()
        assert other.media(leaving).stat().st_size > 0
