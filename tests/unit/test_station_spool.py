"""Takes on the station's disk, cut at every step."""

import errno
import io
import shutil
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.domain.captures import Packing
from appliance.domain.permissions import Nature
from appliance.station import spool as spool_module
from appliance.station.spool import Spool, Stage, Take

TAKE = Take("0198", "A", "s1", Nature.VOICE, ("p1",), datetime(2027, 1, 12, 8, 40, tzinfo=UTC))


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


class Disk:
    """Lets some writes through, then is full until there is room again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1_000
        self._write = spool_module.write_durably
        monkeypatch.setattr(spool_module, "write_durably", self._write_if_room)

    def _write_if_room(self, path: Path, data: bytes) -> None:
        if self.room == 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        self.room -= 1
        self._write(path, data)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.mark.parametrize("kept", [True, False])
def test_a_fate_that_does_not_fit_on_the_disk_is_written_later(spool: Spool, disk: Disk, kept: bool) -> None:
    spool.begin(TAKE)
    finished = spool.finish(TAKE, b"sealed")
    disk.room = 0
    spool.let_go(finished, kept=kept)
    assert spool.leaving() == []
    disk.room = 1_000
    (leaving,) = spool.leaving()
    assert leaving.kept is kept
    spool.discard(TAKE.id)
    assert spool.leaving() == []


@pytest.mark.parametrize("room", range(8))
def test_a_full_disk_at_any_write_loses_no_part_that_was_written(
    spool: Spool, disk: Disk, tmp_path: Path, room: int
) -> None:
    """The take breaks off where the disk is full; even a restart on the full disk keeps what there is."""
    disk.room = room
    written = 0
    stopped = replace(TAKE, stage=Stage.STOPPED, duration_ms=1_500)
    try:
        spool.begin(TAKE)
        for index in range(3):
            spool.add_part(TAKE.id, index, 500, b"part")
            written += 500
        spool.save(stopped)
        spool.finish(stopped, b"sealed")
    except OSError as error:
        assert error.errno == errno.ENOSPC
        spool.rescue(TAKE.id)
    assert spool.leaving() == []
    again = Spool(tmp_path / "A")
    again.recover()
    disk.room = 1_000
    assert [take.duration_ms for take in again.leaving()] == ([written] if written else [])
    assert again.leaving() == spool.leaving()


def test_a_photo_cut_before_its_facts_were_written_is_kept(spool: Spool, tmp_path: Path) -> None:
    photo = replace(TAKE, nature=Nature.PRODUCTION)
    spool.begin(photo)
    (tmp_path / "A" / TAKE.id / "thumbnail.age").write_bytes(b"small")
    (tmp_path / "A" / TAKE.id / "media.age").write_bytes(b"photo")
    assert spool.recover() == 0
    (leaving,) = spool.leaving()
    assert (leaving.packing, leaving.cut) == (Packing.WHOLE, False)


def test_a_cut_in_the_middle_of_an_erasure_leaves_nothing_behind(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.begin(TAKE)
    spool.let_go(spool.finish(TAKE, b"sealed"), kept=True)
    with monkeypatch.context() as cut:
        cut.setattr(shutil, "rmtree", lambda *_args, **_options: None)
        spool.discard(TAKE.id)
    assert (tmp_path / "A" / TAKE.id / "media.age").exists()
    assert spool.leaving() == []
    spool.recover()
    assert list((tmp_path / "A").iterdir()) == []


@pytest.mark.parametrize("facts", [b"", b"{}", b'{"id": "0198", "from": "a later program"}'])
def test_a_voice_whose_facts_cannot_be_read_is_not_erased(spool: Spool, tmp_path: Path, facts: bytes) -> None:
    spool.begin(TAKE)
    spool.add_part(TAKE.id, 0, 500, b"un")
    (tmp_path / "A" / TAKE.id / "take.json").write_bytes(facts)
    assert spool.recover() == 0
    assert spool.leaving() == []
    assert "0198/parts/000000-0500.age" in names(tmp_path / "A")
