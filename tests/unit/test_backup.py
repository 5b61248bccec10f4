"""The nightly copy: what it carries, what it erases, what it keeps, and what stops it."""

import errno
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from pyrage import decrypt, x25519

from appliance.config import BackupConfig
from appliance.domain.captures import Packing
from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, backups, people, voices
from appliance.hub.box import Box
from appliance.hub.retention import erasure
from appliance.jobs import backup, backup_files, checks_backup
from appliance.jobs.backup_names import Content, content_of, name_of
from appliance.jobs.findings import Level
from appliance.station.levelling import level
from appliance.store import owners
from tests.conftest import HandClock, MadeKeys
from tests.unit.backup_helpers import Rig, make_rig, tree_of
from tests.unit.hub_helpers import send
from tests.unit.voice_helpers import voice_wav
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]

DAY = timedelta(days=1)


@pytest.fixture
def rig(box: Box, clock: HandClock, made_keys: MadeKeys, tmp_path: Path) -> Rig:
    return make_rig(box, clock, made_keys, tmp_path)


def test_a_name_is_the_same_on_the_shelf_and_on_the_stick(rig: Rig) -> None:
    id_, shelf, data = rig.box.new_id(), rig.box.shelf, rig.config.data
    for kind, path in {
        "media": shelf.media(id_, Packing.WHOLE),
        "parts": shelf.media(id_, Packing.PARTS),
        "thumbnail": shelf.thumbnail(id_),
        "caption": shelf.caption(id_),
        "voice": data / "voices" / f"{id_}.age",
    }.items():
        name = path.relative_to(data).as_posix()
        assert name_of(Content(id_, kind)) == name
        assert content_of(name) == Content(id_, kind)
    for other in ("media/13/../../x.age", f"voices/../{id_}.age", f"media/13/.{id_}.age.new", "boite.db"):
        assert content_of(other) is None


def test_everything_sealed_is_carried_once(rig: Rig, lina: str, open_box: Box) -> None:
    voice = send(rig.box, lina)
    photo = send(rig.box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    rig.box.shelf.write_thumbnail(photo.id, rig.box.sealer.seal(b"petite"))
    rig.box.database.db.execute("UPDATE captures SET has_thumbnail = 1 WHERE id = ?", [photo.id])
    row = voices.save(open_box, f"pupil/{lina}", voice_wav(), level)
    report = rig.backup()
    assert (report.fault, report.done.captures, report.done.carried) == (None, 2, 4)
    assert rig.kept("media") == {voice.id, photo.id}
    assert (rig.kept("thumbnail"), rig.kept("voice")) == ({photo.id}, {row.file})
    again = rig.backup()
    assert (again.fault, again.done.captures, again.done.carried) == (None, 2, 0)
    # Verbatim: what is on the stick is what the box sealed.
    name = name_of(Content(voice.id, "media"))
    assert (rig.folder().root / name).read_bytes() == (rig.config.data / name).read_bytes()


def test_the_ordinary_tools_check_it_and_open_it(rig: Rig, lina: str) -> None:
    capture = send(rig.box, lina, b"une voix")
    rig.backup()
    root = rig.folder().root
    snapshot = rig.folder().snapshots()[-1].path
    for folder, sums in ((root, "files.sha256"), (snapshot, "SHA256SUMS")):
        checked = subprocess.run(["sha256sum", "--check", sums], cwd=folder, capture_output=True, timeout=30)
        assert checked.returncode == 0, checked.stderr
    identity = x25519.Identity.from_str(rig.keys.secrets.recovery_identity)
    sealed = (root / name_of(Content(capture.id, "media"))).read_bytes()
    assert decrypt(sealed, [identity]) == b"une voix"
    assert decrypt((snapshot / "boite.db.age").read_bytes(), [identity]).startswith(b"SQLite format 3")


def test_the_stick_tells_no_name_no_title_and_no_open_key(rig: Rig, lina: str, open_box: Box) -> None:
    capture = send(rig.box, lina, b"Lina lit la page 12")
    rig.backup()
    erasure.erase(rig.box, capture, reason="deleted")
    rig.backup()
    everything = b"\0".join(name.encode() + data for name, data in tree_of(rig.stick).items())
    for word in ("Lina", "Lecture", "Martin", "turtle", capture.code, lina, "AGE-SECRET-KEY", "SQLite"):
        assert word.encode() not in everything, word


def test_the_database_waits_for_its_sealing_in_no_other_place_than_beside_itself(rig: Rig) -> None:
    before = set(rig.config.data.iterdir())
    assert rig.backup().ok
    assert set(rig.config.data.iterdir()) == before


def test_what_is_erased_leaves_the_stick_at_the_next_run_whatever_the_clock(rig: Rig, lina: str) -> None:
    doomed, kept = send(rig.box, lina), send(rig.box, lina)
    rig.backup()
    erasure.erase(rig.box, doomed, reason="deleted")
    rig.clock.trusted = False
    report = rig.backup()
    assert (report.done.erased, rig.on_stick(doomed.id)) == (1, [])
    assert doomed.id not in (rig.folder().root / "files.sha256").read_text()
    assert rig.kept("media") == {kept.id}


def test_a_withdrawn_caption_and_a_forgotten_voice_leave_the_stick(
    rig: Rig, lina: str, open_box: Box
) -> None:
    photo = send(rig.box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    rig.box.shelf.write_caption(photo.id, rig.box.sealer.seal(b"ma tour"))
    rig.box.database.db.execute("UPDATE captures SET caption_ms = 900 WHERE id = ?", [photo.id])
    voices.save(open_box, f"pupil/{lina}", voice_wav(), level)
    rig.backup()
    assert rig.kept("caption") == {photo.id}
    people.answer(rig.box, lina, Nature.VOICE, [])
    voices.forget(rig.box, f"pupil/{lina}")
    assert rig.backup().done.erased == 2
    assert (rig.kept("caption"), rig.kept("voice"), rig.kept("media")) == (set(), set(), {photo.id})


def test_a_box_that_loses_its_card_does_not_erase_its_backup(rig: Rig, lina: str) -> None:
    capture = send(rig.box, lina)
    rig.backup()
    rig.box.shelf.media(capture.id, Packing.WHOLE).unlink()
    assert rig.backup().ok
    assert rig.kept("media") == {capture.id}


def test_a_file_that_the_card_has_spoilt_never_replaces_the_good_copy(rig: Rig, lina: str) -> None:
    capture, other = send(rig.box, lina), send(rig.box, lina)
    rig.backup()
    for id_ in (capture.id, other.id):
        path = rig.box.shelf.media(id_, Packing.WHOLE)
        path.write_bytes(path.read_bytes()[:-1] + b"?!")
    good = {name: (rig.folder().root / name).read_bytes() for name in rig.folder().names()}
    report = rig.backup()
    assert (report.fault, report.done.damaged) == (None, 2)
    assert {name: (rig.folder().root / name).read_bytes() for name in rig.folder().names()} == good
    assert "abîmés" in report.sentence()


def test_what_the_stick_forgets_is_copied_again(rig: Rig, lina: str) -> None:
    captures_ = [send(rig.box, lina) for _ in range(3)]
    rig.backup()
    for capture in captures_:
        [path] = rig.on_stick(capture.id)
        path.write_bytes(b"?" * path.stat().st_size)
    for _ in range(7):
        rig.backup()
    for capture in captures_:
        [path] = rig.on_stick(capture.id)
        assert path.read_bytes() == rig.box.shelf.media(capture.id, Packing.WHOLE).read_bytes()


def test_a_stick_that_gives_back_something_else_is_told(
    rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(rig.box, lina)
    monkeypatch.setattr(backup_files, "digest_of", lambda _path: "0" * 64)
    assert rig.backup().fault == "unreliable"
    monkeypatch.undo()
    assert rig.folder_is_empty()
    assert rig.backup().fault is None


def dates(rig: Rig) -> list[str]:
    return [snapshot.made_at.date().isoformat() for snapshot in rig.folder().snapshots()]


def test_a_snapshot_a_day_for_a_week_then_a_week_for_35_days(rig: Rig) -> None:
    for _ in range(45):
        assert rig.backup().ok
        rig.clock.pass_(DAY / 2)
        if rig.clock.now.day % 9 == 0:
            assert rig.backup().ok
        rig.clock.pass_(DAY / 2)
    last = rig.clock.now.date() - DAY
    ages = [(last - snapshot.made_at.date()).days for snapshot in rig.folder().snapshots()]
    assert ages[-7:] == [6, 5, 4, 3, 2, 1, 0]
    assert max(ages) <= 35
    assert 3 <= len(ages) - 7 <= 6
    assert len(set(dates(rig))) == len(dates(rig))


def test_a_clock_in_doubt_drops_no_snapshot(rig: Rig) -> None:
    rig.backup()
    rig.clock.pass_(40 * DAY)
    rig.clock.trusted = False
    rig.backup()
    assert len(dates(rig)) == 2
    rig.clock.trusted = True
    rig.backup()
    assert len(dates(rig)) == 1


def test_the_newest_is_the_last_made_even_when_the_clock_went_back(rig: Rig, lina: str) -> None:
    rig.backup()
    rig.clock.now -= 900 * DAY
    send(rig.box, lina)
    rig.backup()
    assert [snapshot.number for snapshot in rig.folder().snapshots()] == [1, 2]
    assert rig.restore().inside["captures"] == {"voice": 1}


def test_a_new_class_key_takes_the_old_wraps_away_and_copies_again(rig: Rig, lina: str) -> None:
    capture = send(rig.box, lina)
    rig.backup()
    old = (rig.config.data / "keys" / "class.pub").read_bytes()
    new = x25519.Identity.generate().to_public()
    (rig.config.data / "keys" / "class.pub").write_text(str(new))
    [path] = rig.on_stick(capture.id)
    path.write_bytes(b"?" * path.stat().st_size)
    assert rig.backup().done.carried == 1
    assert [snapshot.key() for snapshot in rig.folder().snapshots()] == [str(new).encode()]
    assert all(data != old for data in tree_of(rig.stick).values())


def test_a_snapshot_that_lost_its_key_takes_no_other_with_it(rig: Rig) -> None:
    rig.backup()
    rig.clock.pass_(DAY)
    rig.backup()
    (rig.folder().snapshots()[-1].path / "class.pub").unlink()
    rig.clock.pass_(DAY)
    assert rig.backup().done.carried == 0
    assert len(dates(rig)) == 3


def test_two_classes_share_a_stick(rig: Rig, lina: str, tmp_path: Path) -> None:
    send(rig.box, lina)
    rig.backup()
    before = tree_of(rig.stick)
    neighbour = replace(rig.config, data=tmp_path / "neighbour" / "data", run=tmp_path / "neighbour" / "run")
    other = Box(neighbour, rig.clock)
    other.close()
    shutil.copytree(rig.config.data / "keys", neighbour.data / "keys", dirs_exist_ok=True)
    assert backup.run(neighbour, rig.clock).ok
    assert before.items() <= tree_of(rig.stick).items()
    assert len(list(rig.stick.iterdir())) == 2


def test_a_file_that_no_row_knows_goes_after_35_days_on_a_believed_clock(rig: Rig, lina: str) -> None:
    """As after the return to an older snapshot: without its row a trace has no last day any more."""
    orphan = rig.box.new_id()
    name = name_of(Content(orphan, "media"))
    send(rig.box, lina)
    rig.backup()
    path = rig.folder().root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"sealed")
    copied = rig.clock.now.timestamp()
    os.utime(path, (copied, copied))
    for days, trusted, left in ((30, True, True), (6, False, True), (0, True, False)):
        rig.clock.pass_(days * DAY)
        rig.clock.trusted = trusted
        assert rig.backup().ok
        assert path.exists() is left


def test_a_run_that_meets_another_leaves_it_alone(rig: Rig) -> None:
    rig.backup()
    with rig.folder().alone():
        report = rig.backup()
    assert (report.fault, report.ok) == ("busy", True)
    assert len(rig.folder().snapshots()) == 1


@pytest.mark.parametrize(
    ("number", "fault"), [(errno.ENOSPC, "full"), (errno.EIO, "unwritable"), (errno.EROFS, "unwritable")]
)
def test_a_stick_that_fails_half_way_is_told_and_the_next_run_ends_it(
    rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch, number: int, fault: str
) -> None:
    send(rig.box, lina)
    rig.backup()
    added = send(rig.box, lina)
    real = os.replace

    def failing(source: Path, target: Path) -> None:
        if str(target).startswith(str(rig.stick)):
            raise OSError(number, os.strerror(number))
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    report = rig.backup()
    assert (report.fault, report.ok) == (fault, False)
    assert report.sentence() == " ".join(backups.TROUBLES[fault])
    monkeypatch.undo()
    assert rig.backup().fault is None
    assert added.id in rig.kept("media")
    assert not list(rig.stick.rglob(".*"))


@pytest.mark.parametrize("size", [100, 4096, 300_000])
def test_sealing_on_a_full_stick_says_full(rig: Rig, tmp_path: Path, size: int) -> None:
    """pyrage tells in words only, or not at all, what happened to the file it writes to."""
    source, target = tmp_path / "boite.db", tmp_path / "boite.db.age"
    source.write_bytes(os.urandom(size))
    backup_files.hidden(target).symlink_to("/dev/full")
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as raised:
        backup_files.seal(rig.box.sealer, source, target)
    assert raised.value.errno == errno.ENOSPC
    assert not target.exists()


def test_what_is_erased_leaves_even_a_full_stick(
    rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is room for nothing new until an erased file has gone."""
    doomed = send(rig.box, lina)
    rig.backup()
    erasure.erase(rig.box, doomed, reason="deleted")
    real = backup_files._flush

    def full_until_it_goes(file: BinaryIO) -> None:
        if rig.on_stick(doomed.id):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    monkeypatch.setattr(backup_files, "_flush", full_until_it_goes)
    report = rig.backup()
    assert (report.fault, rig.on_stick(doomed.id)) == (None, [])
    monkeypatch.undo()
    assert rig.restore().inside["captures"] == {}


def test_a_stick_that_stays_full_is_told(rig: Rig, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup_files, "_flush", full)
    assert rig.backup().fault == "full"


def test_a_folder_of_another_disk_is_taken(rig: Rig) -> None:
    if not Path("/dev/shm").is_dir() or Path("/dev/shm").stat().st_dev == rig.config.data.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        assert backup.run(replace(rig.config, backup=BackupConfig(Path(other))), rig.clock).fault is None
        assert list(Path(other).glob("boite-*/0*"))


def test_no_stick_is_a_finding_and_no_error(rig: Rig, clock: HandClock) -> None:
    gone = replace(rig.config, backup=BackupConfig(rig.stick / "gone"))
    same = replace(rig.config, backup=BackupConfig(rig.stick))
    for config, fault in ((gone, "absent"), (same, "same_disk")):
        report = backup.run(config, clock)
        assert (report.fault, report.ok) == (fault, False)
        found = checks_backup.backup(config, clock)
        assert (found.level, bool(found.remedy)) == (Level.AMBER, True)
    assert list(rig.stick.iterdir()) == []
    assert backup.run(replace(rig.config, backup=BackupConfig()), clock).fault == "unset"


def test_a_box_without_a_class_has_nothing_to_back_up(
    new_box: Box, clock: HandClock, made_keys: MadeKeys, tmp_path: Path
) -> None:
    rig = make_rig(new_box, clock, made_keys, tmp_path)
    assert rig.backup().fault == "blank"
    assert list(rig.stick.iterdir()) == []


def test_the_doctor_follows_the_backup(rig: Rig, lina: str) -> None:
    def level_now() -> Level:
        return checks_backup.backup(rig.config, rig.clock).level

    assert level_now() is Level.GREEN
    send(rig.box, lina)
    rig.backup()
    assert "Dernière sauvegarde" in checks_backup.backup(rig.config, rig.clock).sentence
    assert level_now() is Level.GREEN
    rig.clock.pass_(5 * DAY)
    assert level_now() is Level.AMBER
    rig.box.shelf.media(send(rig.box, lina).id, Packing.WHOLE).write_bytes(b"?")
    rig.backup()
    assert level_now() is Level.RED
    unset = replace(rig.config, backup=BackupConfig())
    assert "Aucune sauvegarde" in checks_backup.backup(unset, rig.clock).sentence


def test_the_page_follows_the_backup(rig: Rig, teacher: Browser, lina: str) -> None:
    def page() -> str:
        return said(teacher.get("/tout-va-bien"))

    assert "Aucune sauvegarde n’est réglée" in page()
    rig.box.config = rig.config
    assert "La première sauvegarde se fera cette nuit" in page()
    send(rig.box, lina)
    rig.backup()
    assert "Dernière sauvegarde : mardi 12 janvier, 8 h 40. 1 trace dedans." in page()
    backup.run(replace(rig.config, backup=BackupConfig(rig.stick / "gone")), rig.clock)
    assert "n’a pas trouvé la clé USB" in page()
    assert "Dernière sauvegarde : mardi 12 janvier, 8 h 40." in page()
    rig.backup()
    rig.clock.pass_(5 * DAY)
    teacher.post("/ouvrir", {"mots": rig.keys.secrets.passphrase})
    assert "Laissez la boîte allumée une nuit" in page()


def test_what_a_run_did_is_remembered_through_a_fault(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    rig.backup()
    rig.clock.pass_(DAY)
    backup.run(replace(rig.config, backup=BackupConfig(rig.stick / "gone")), rig.clock)
    state = backups.last(rig.box.database)
    assert state is not None
    assert (state.fault, state.captures, state.at - state.done_at) == ("absent", 1, DAY)  # type: ignore[operator]


def test_a_reattributed_capture_is_in_the_list_of_what_must_not_come_back(
    rig: Rig, lina: str, open_box: Box
) -> None:
    capture = send(rig.box, lina)
    other = people.add(rig.box, "Sacha", pictogram="fox")
    people.answer(rig.box, other, Nature.VOICE, [Scope.CLASS])
    attribution.give(open_box, capture, [other])
    rig.backup()
    opened = rig.keys.opener.open((rig.folder().root / "since.age").read_bytes())
    with closing(sqlite3.connect(":memory:")) as since:
        since.deserialize(opened)
        assert since.execute("SELECT code FROM cancelled_codes").fetchall() == [(capture.code,)]
    assert owners.is_cancelled(rig.box.database, capture.code)
