"""The copy of the box in a folder of the ENT, on real WebDAV servers: carried, cut, thinned out, and back."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.config import BackupConfig
from appliance.domain.captures import Packing
from appliance.ent.connection import Connection
from appliance.ent.locker import Locker
from appliance.ent.ports import EntAway
from appliance.hub import audit_words, backups, intake, people, voices
from appliance.hub.backups import TROUBLES, Where
from appliance.hub.box import Box
from appliance.hub.retention import erasure
from appliance.jobs import backup, backup_locker
from appliance.jobs.restore_source import Refused
from appliance.station.levelling import level
from appliance.store import captures
from tests.contract.ent_servers import PASSWORD, Proxy, Server, plain, server
from tests.system.backup_rig import new_box
from tests.system.ent_backup_rig import FOLDER, EntRig, at, make_fixture
from tests.unit.hub_helpers import send
from tests.unit.voice_helpers import voice_wav

__all__ = ["make_fixture", "plain", "server"]

DAY = timedelta(days=1)
Make = Callable[[Server], EntRig]


def test_a_class_comes_back_from_the_ent(make: Make, server: Server, lina: str, open_box: Box) -> None:
    ent = make(server)
    kept, erased = send(open_box, lina, b"bonne"), send(open_box, lina)
    voices.save(open_box, f"pupil/{lina}", voice_wav(), level)
    report = ent.backup()
    assert (report.fault, report.done.captures, report.done.carried) == (None, 2, 3)
    ent.rig.clock.pass_(DAY)
    erasure.erase(open_box, erased, reason="deleted")
    added = send(open_box, lina)
    again = ent.backup()
    assert (again.fault, again.done.carried, again.done.erased) == (None, 1, 1)
    assert len(ent.snapshots()) == 2
    # Nothing of what was erased is left, the trash included, and nothing half sent.
    everything = [
        path.name for path in server.root.parent.rglob("*") if ent.rig.config.data not in path.parents
    ]
    assert not [name for name in everything if erased.id in name or name.startswith("boite-envoi-")]
    report_back = ent.restore()
    assert (report_back.inside["captures"], report_back.lost) == ({"voice": 2}, 0)
    with new_box(ent.rig) as new:
        assert captures.ids(new.database) == {kept.id, added.id}
        assert intake.reconcile(new)["missing"] == 0
        assert new.opener.open(new.shelf.media(kept.id, Packing.WHOLE).read_bytes()) == b"bonne"
        # A sticker of the old box is one of the new box.
        found = captures.find_by_code(new.database, kept.code)
        assert found is not None
        assert found.id == kept.id
        assert captures.tombstone_of(new.database, capture=erased.id) == "deleted"
        assert [pupil.first_name for pupil in people.every(new)] == ["Lina"]
    assert not list(ent.rig.blank.data.glob("restore*"))


def test_the_ent_reads_no_name_no_title_and_no_key(
    make: Make, plain: Server, lina: str, open_box: Box
) -> None:
    ent = make(plain)
    capture = send(open_box, lina, b"Lina lit la page 12")
    ent.backup()
    everything = b"\0".join(name.encode() + data for name, data in ent.there().items())
    for word in ("Lina", "Lecture", "Martin", "turtle", capture.code, lina, "AGE-SECRET-KEY", "SQLite"):
        assert word.encode() not in everything, word
    assert not list(ent.config.data.glob("backup-ent.new/*"))


def requests_of(run: Callable[[], object], monkeypatch: pytest.MonkeyPatch, cut_at: int = -1) -> int:
    """Run with the power cut before one of its requests; return how many it made."""
    real, made, is_cut = Connection.request, 0, False

    def counted(self: Connection, *arguments: object, **named: object) -> object:
        nonlocal made, is_cut
        if is_cut:
            raise EntAway
        if made == cut_at:
            is_cut = True
            raise SystemExit
        made += 1
        return real(self, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "request", counted)
        try:
            run()
        except SystemExit:
            return made
    return made


def test_a_copy_cut_before_any_request_leaves_a_good_one_and_the_next_run_ends_it(
    make: Make, plain: Server, lina: str, open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ent = make(plain)
    first, erased = send(open_box, lina), send(open_box, lina)
    ent.backup()
    ent.rig.clock.pass_(DAY)
    added = send(open_box, lina)
    erasure.erase(open_box, erased, reason="deleted")
    start = plain.root.with_name("start")
    shutil.copytree(plain.root, start)
    # `BOITE_CUT_STRIDE=1` cuts before each of them.
    step, stride = 1, int(os.environ.get("BOITE_CUT_STRIDE", "11"))
    while requests_of(ent.backup, monkeypatch, cut_at=step) == step:
        ent.restore()
        with new_box(ent.rig) as new:
            assert first.id in captures.ids(new.database)
            assert intake.reconcile(new)["missing"] == 0
        shutil.rmtree(ent.rig.blank.data)
        ent.rig.blank.data.mkdir()
        assert ent.backup().fault is None
        media = {path.stem for path in (ent.root / "media").iterdir()}
        assert media == {first.id, added.id}
        assert len(list(ent.root.glob("since-*"))) == len(list(ent.root.glob("files-*"))) == 1
        assert {path.name for path in ent.root.glob("0*.sha256")} == {f"{n}.sha256" for n in ent.snapshots()}
        shutil.rmtree(plain.root)
        shutil.copytree(start, plain.root)
        step += stride
    assert step > 30


@pytest.mark.parametrize("fault", ["request cut", "answer lost"])
def test_a_line_cut_in_the_middle_of_a_file_is_taken_up_again(
    make: Make, plain: Server, lina: str, open_box: Box, fault: str
) -> None:
    ent = make(plain)
    capture = send(open_box, lina, bytes(range(256)) * 400)
    line = Proxy(plain.port, "PUT", fault)
    try:
        through = at(ent.config, plain, ent.rig.stick.parent, line.port)
        first = ent.backup(ent=through.ent)
        assert line.played == 1
        assert first.fault in (None, "ent_away")
    finally:
        line.close()
    assert ent.backup().fault is None
    assert ent.restore().inside["captures"] == {"voice": 1}
    with new_box(ent.rig) as new:
        assert new.opener.open(new.shelf.media(capture.id, Packing.WHOLE).read_bytes()) != b""


def test_a_restoration_cut_anywhere_ends_the_same(
    make: Make, plain: Server, lina: str, open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ent = make(plain)
    kept = {send(open_box, lina).id for _ in range(2)}
    ent.backup()
    step = 1
    while requests_of(ent.restore, monkeypatch, cut_at=step) == step:
        step += 1
    with new_box(ent.rig) as new:
        assert captures.ids(new.database) == kept
        assert intake.reconcile(new)["missing"] == 0
    assert step > 10
    assert ent.restore().already


def test_what_the_server_spoils_is_found_and_sent_again(
    make: Make, plain: Server, lina: str, open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ent = make(plain)
    capture = send(open_box, lina)
    ent.backup()
    path = ent.root / "media" / f"{capture.id}.age"
    good = path.read_bytes()
    path.write_bytes(b"?" * len(good))
    with pytest.raises(Refused, match="n’a plus son fichier"):
        ent.restore()
    monkeypatch.setattr(backup_locker.BackupLocker, "recheck_runs", 1)
    assert ent.backup().done.carried == 1
    assert path.read_bytes() == good


def test_35_days_and_no_more_stay_at_the_ent(make: Make, plain: Server, lina: str) -> None:
    ent = make(plain)
    for _ in range(12):
        assert ent.backup().fault is None
        ent.rig.clock.pass_(4 * DAY)
    ages = [12 * 4 - 4 - 4 * index for index in range(12)]
    assert 4 <= len(ent.snapshots()) <= 7
    assert max(ages) > 35
    oldest = int(ent.snapshots()[0][:6])
    assert (12 - oldest) * 4 <= 35
    ent.rig.clock.trusted = False
    ent.rig.clock.pass_(60 * DAY)
    before = ent.snapshots()
    assert ent.backup().fault is None
    assert set(before) <= set(ent.snapshots())


def test_a_full_space_is_told_before_anything_new_is_sent(
    make: Make, plain: Server, lina: str, open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ent = make(plain)
    doomed = send(open_box, lina)
    ent.backup()
    erasure.erase(open_box, doomed, reason="deleted")
    added = send(open_box, lina)
    monkeypatch.setattr(Locker, "room", lambda _self: 100)
    assert ent.backup().fault == "ent_full"
    names = " ".join(ent.there())
    assert added.id not in names
    assert doomed.id not in names, "what is erased leaves even a full space"
    state = backups.last(open_box.database, Where.ENT)
    assert state is not None
    assert (state.fault, state.done_at is not None) == ("ent_full", True)


def test_what_stops_it_is_said_in_french_and_kept_from_the_stick(make: Make, plain: Server) -> None:
    ent = make(plain)
    wrong = ent.rig.stick.parent / "wrong"
    wrong.write_text("autre chose")
    for changed, fault in (
        ({"password_file": wrong}, "ent_refused"),
        ({"password_file": wrong.with_name("none")}, "ent_setup"),
        ({"url": "http://127.0.0.1:9/"}, "ent_away"),
        ({"url": f"http://127.0.0.1:{plain.port}/rien/"}, "ent_setup"),
    ):
        report = ent.backup(ent=replace(ent.config.ent, **changed))  # type: ignore[arg-type]
        assert report.fault == fault
        assert report.sentence() == " ".join(TROUBLES[fault])
        assert PASSWORD not in report.sentence()
        assert audit_words.WORDS[fault]
    assert backups.last(ent.box.database, Where.STICK) is None
    assert ent.backup(backup=BackupConfig()).fault == "unset"
    assert not (plain.root / FOLDER).exists()


def test_two_runs_never_meet(make: Make, plain: Server, lina: str, open_box: Box) -> None:
    ent = make(plain)
    send(open_box, lina)
    met: list[str | None] = []
    report = backup.run_ent(ent.config, ent.rig.clock, lambda _seconds: met.append(ent.backup().fault))
    assert (report.fault, set(met)) == (None, {"busy"})
