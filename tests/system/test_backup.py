"""A box is lost and its class comes back on another, without what was erased."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from appliance.domain.captures import Capture, Packing
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import attribution, intake, mending, people, review, traces, voices
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.retention import erasure
from appliance.jobs import backup, restore
from appliance.jobs.backup_names import Content, name_of
from appliance.jobs.restore_source import Refused, find
from appliance.station.levelling import level
from appliance.store import captures, database, outbox, printing, satellites
from appliance.vault.keys import KeyFolder
from tests.system.backup_rig import DAY, new_box, rig_fixture
from tests.unit.backup_helpers import Rig, tree_of
from tests.unit.hub_helpers import facts_of, send
from tests.unit.voice_helpers import voice_wav

__all__ = ["rig_fixture"]


def command(rig: Rig, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`boite …` on the new box, as an ERUN types it."""
    settings = rig.blank.path.with_name("new.toml")
    settings.write_text(f'[box]\ndata = "{rig.blank.data}"\nrun = "{rig.blank.run}"\n')
    return subprocess.run(
        [sys.executable, "-m", "appliance", *words, "--config", str(settings)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_class_comes_back_by_its_seven_words(rig: Rig, lina: str, open_box: Box) -> None:
    voice = send(rig.box, lina, b"une voix")
    photo = send(rig.box, lina, b"une photo", nature=Nature.PRODUCTION, station="B", duration_ms=0)
    row = voices.save(open_box, f"pupil/{lina}", voice_wav(), level)
    erased_before = send(rig.box, lina)
    erasure.erase(rig.box, erased_before, reason="deleted")
    rig.backup()
    erased_after = send(rig.box, lina)
    rig.backup()
    erasure.erase(rig.box, erased_after, reason="deleted")
    assert rig.backup().ok
    rig.box.close()

    done = command(rig, "restore", "--from", str(rig.stick), typed=rig.keys.secrets.passphrase.upper() + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace("\u00a0", " ") == (
        "La classe est revenue, comme elle était le 12 janvier 2027 : 1 élève, 2 traces.\n"
    )
    new = Box(rig.blank, rig.clock)
    access.unlock(new, rig.keys.secrets.passphrase, access.Throttle())
    assert [pupil.shown for pupil in people.every(new)] == ["Lina"]
    for capture, content in ((voice, b"une voix"), (photo, b"une photo")):
        back = captures.find_by_code(new.database, capture.code)
        assert back is not None
        assert back.id == capture.id
        assert new.opener.open(new.shelf.media(back.id, Packing.WHOLE).read_bytes()) == content
    assert captures.buried(new.database) == {erased_before.id, erased_after.id}
    for gone in (erased_before, erased_after):
        assert captures.find_by_code(new.database, gone.code) is None
        assert not list(rig.blank.data.rglob(f"{gone.id}*"))
    assert voices.versions(new)[f"pupil/{lina}"] == row.file
    assert voices.pcm(new, f"pupil/{lina}")
    assert intake.reconcile(new) == {"missing": 0, "remains": 0, "unclaimed": 0}
    assert "Lecture, page 12" in {trace.title for trace in traces.of_day(new, new.now()).traces}
    # And it goes on: its next backup goes to the same place.
    new.close()
    assert backup.run(rig.blank, rig.clock).done.carried == 0
    assert len(list(rig.stick.iterdir())) == 1


def test_the_list_says_what_a_stolen_box_held_and_names_nobody(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    send(rig.box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    rig.backup()
    key = rig.stick.with_name("recovery.txt")
    key.write_text(f"# created: 2026\n{rig.keys.secrets.recovery_identity}\n")
    said = command(rig, "restore", "--from", str(rig.stick), "--recovery", str(key), "--list")
    assert said.returncode == 0, said.stderr
    for words in ("1 élève, 2 traces", "voix : 1", "12 janvier 2027"):
        assert words in said.stdout.replace("\u00a0", " ")
    assert "Lina" not in said.stdout
    assert list(rig.blank.data.iterdir()) == []


def test_wrong_words_change_nothing(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    rig.backup()
    other = rig.stick.with_name("other.txt")
    other.write_text(KeyFolder(rig.stick.with_name("other")).create().recovery_identity)
    nonsense = rig.stick.with_name("nonsense.txt")
    nonsense.write_text("bonjour")
    for words, typed, why in (
        ((), "un deux trois quatre cinq six sept\n", "Ce ne sont pas les sept mots"),
        (("--recovery", str(other)), "", "n’ouvre pas cette sauvegarde"),
        (("--recovery", str(nonsense)), "", "pas une clé de secours"),
        (("--recovery", str(rig.stick / "nowhere")), "", "ne se lit pas"),
    ):
        refused = command(rig, "restore", "--from", str(rig.stick), *words, typed=typed)
        assert (refused.returncode, refused.stdout) == (69, "")
        assert why in refused.stderr
        assert "Traceback" not in refused.stderr
        assert list(rig.blank.data.iterdir()) == []


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_damaged_backup_is_refused_and_the_rest_can_come_back(rig: Rig, lina: str) -> None:
    good, spoilt = send(rig.box, lina, b"bonne"), send(rig.box, lina)
    rig.backup()
    damage(rig.folder().root / name_of(Content(spoilt.id, "media")))
    with pytest.raises(Refused, match=r"1 fichier est abîmé.*--partial"):
        rig.restore()
    assert list(rig.blank.data.iterdir()) == []
    report = rig.restore(partial=True)
    assert report.lost == 1
    assert "1 trace n’a plus son fichier" in report.sentence()
    with new_box(rig) as new:
        assert new.opener.open(new.shelf.media(good.id, Packing.WHOLE).read_bytes()) == b"bonne"
        assert intake.reconcile(new)["missing"] == 1


@pytest.mark.parametrize("name", ["boite.db.age", "adults/teacher.age", "SHA256SUMS"])
def test_a_damaged_snapshot_is_refused_and_an_older_one_is_good(rig: Rig, lina: str, name: str) -> None:
    kept, erased = send(rig.box, lina), send(rig.box, lina)
    rig.backup()
    rig.clock.pass_(DAY)
    erasure.erase(rig.box, erased, reason="deleted")
    rig.backup()
    older, newest = rig.folder().snapshots()
    damage(newest.path / name)
    with pytest.raises(Refused, match=f"abîmée.*{older.path.name}"):
        rig.restore()
    assert list(rig.blank.data.iterdir()) == []
    # The older one still knew the trace that was erased since.
    assert rig.restore(snapshot=older.path.name).inside["captures"] == {"voice": 1}
    with new_box(rig) as new:
        assert captures.ids(new.database) == {kept.id}
        assert captures.tombstone_of(new.database, capture=erased.id) == "deleted"


def test_a_damaged_list_of_files_loses_nothing_silently(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    rig.backup()
    (rig.folder().root / "files.sha256").write_bytes(b"?")
    with pytest.raises(Refused, match="1 trace n’a plus son fichier"):
        rig.restore()


def test_without_the_list_of_what_was_erased_nothing_comes_back_by_itself(rig: Rig, lina: str) -> None:
    send(rig.box, lina)
    rig.backup()
    damage(rig.folder().root / "since.age")
    with pytest.raises(Refused, match="des traces effacées pourraient revenir"):
        rig.restore()
    assert rig.restore(partial=True).inside["captures"] == {"voice": 1}


def test_an_older_snapshot_undoes_no_withdrawal_and_no_cancelled_sticker(
    rig: Rig, lina: str, open_box: Box
) -> None:
    sacha = people.add(rig.box, "Sacha", pictogram="fox")
    people.answer(rig.box, sacha, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    given = send(rig.box, lina, b"la voix de Sacha")
    photo = send(rig.box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    rig.backup()
    older = rig.folder().snapshots()[-1].path.name
    rig.clock.pass_(DAY)
    attribution.give(open_box, given, [sacha])
    people.answer(rig.box, lina, Nature.PRODUCTION, [])
    rig.backup()
    rig.restore(snapshot=older)
    with new_box(rig) as new:
        assert captures.find(new.database, photo.id) is None
        states = {pupil.id: pupil.state(Nature.PRODUCTION, Scope.CLASS) for pupil in people.every(new)}
        assert states[lina] is PermissionState.WITHDRAWN
        # Lina's family has the old sticker: it opens nothing. The teacher says again whose it is.
        assert captures.find_by_code(new.database, given.code) is None
        back = captures.find(new.database, given.id)
        assert back is not None
        assert (back.pupils, back.released_at) == ((), None)
        assert printing.waiting(new.database) == 0


@pytest.mark.parametrize("released_before", [True, False])
def test_a_sent_trace_that_was_erased_since_is_taken_back_from_the_ent(
    rig: Rig, lina: str, open_box: Box, released_before: bool
) -> None:
    capture = send(rig.box, lina)
    if released_before:
        send_home(rig, capture)
    rig.backup()
    older = rig.folder().snapshots()[-1].path.name
    rig.clock.pass_(DAY)
    if not released_before:
        send_home(rig, capture)
    erasure.erase(rig.box, capture, reason="deleted")
    rig.backup()
    rig.restore(snapshot=older)
    with new_box(rig) as new:
        left = [(action.verb, action.code) for action in outbox.pending(new.database)]
        assert left == [("delete", capture.code)]


def test_an_older_snapshot_still_knows_what_the_ent_holds(rig: Rig, lina: str, open_box: Box) -> None:
    capture = send(rig.box, lina)
    rig.backup()
    older = rig.folder().snapshots()[-1].path.name
    rig.clock.pass_(DAY)
    send_home(rig, capture)
    rig.backup()
    rig.restore(snapshot=older)
    with new_box(rig) as new:
        back = captures.find(new.database, capture.id)
        assert back is not None
        assert back.released_at is not None
        erasure.erase(new, back, reason="deleted")
        assert [action.verb for action in outbox.pending(new.database)] == ["delete"]


def send_home(rig: Rig, capture: Capture) -> None:
    """Release a capture, and let the sync begin: the ENT may hold it from now on."""
    review.release(rig.box, capture)
    [action] = outbox.pending(rig.box.database)
    outbox.begin(rig.box.database, action.id, rig.box.now())


def test_a_cut_take_made_whole_since_comes_back_whole(rig: Rig, lina: str, open_box: Box) -> None:
    tape = io.BytesIO()
    with tarfile.open(fileobj=tape, mode="w") as tar:
        part = rig.box.sealer.seal(b"\x00\x01" * 12_000)
        entry = tarfile.TarInfo("0001.age")
        entry.size = len(part)
        tar.addfile(entry, io.BytesIO(part))
    rig.box.set_opener(None)
    sealed = tape.getvalue()
    facts = facts_of(
        rig.box, lina, sealed, packing=Packing.PARTS, cut=True, sha256=hashlib.sha256(sealed).hexdigest()
    )
    intake.take_in(rig.box, facts, io.BytesIO(sealed))
    rig.backup()
    older = rig.folder().snapshots()[-1].path.name
    rig.clock.pass_(DAY)
    rig.box.set_opener(rig.keys.opener)
    mending.mend_all(rig.box)
    rig.backup()
    assert rig.kept("parts") == set()
    assert rig.restore(snapshot=older).lost == 0
    with new_box(rig) as new:
        back = captures.find(new.database, facts.id)
        assert back is not None
        assert back.packing is Packing.WHOLE
        media = new.shelf.media(back.id, Packing.WHOLE).read_bytes()
        assert (len(media), new.opener.open(media) != b"") == (back.size, True)


def test_what_lived_its_last_day_while_the_box_was_away_does_not_come_back(rig: Rig, lina: str) -> None:
    essay = send(rig.box, lina, kept=False)
    rig.backup()
    rig.clock.pass_(34 * DAY)
    rig.restore()
    with new_box(rig) as new:
        assert captures.tombstone_of(new.database, capture=essay.id) == "last_day"
        assert not new.shelf.media(essay.id, Packing.WHOLE).exists()


def test_stations_linked_to_the_former_box_are_to_be_linked_again(rig: Rig) -> None:
    satellites.invite(rig.box.database, "A", "0" * 64, rig.clock.now)
    satellites.link(rig.box.database, "A", "1" * 64, rig.clock.now)
    rig.backup()
    rig.restore()
    with new_box(rig) as new:
        assert satellites.find(new.database, "A") is None


def test_a_box_with_a_class_is_never_written_over(rig: Rig, lina: str) -> None:
    capture = send(rig.box, lina)
    rig.backup()
    before = tree_of(rig.config.data)
    assert restore.run(rig.config, rig.stick, rig.recovery, clock=rig.clock).already
    inhabited = Box(rig.blank, rig.clock)
    KeyFolder(rig.blank.data / "keys").create()
    people.add(inhabited, "Noé", pictogram="fox")
    inhabited.close()
    with pytest.raises(Refused, match="contient déjà une classe"):
        rig.restore()
    assert {name: data for name, data in tree_of(rig.config.data).items() if "boite.db" not in name} == {
        name: data for name, data in before.items() if "boite.db" not in name
    }
    assert captures.ids(rig.box.database) == {capture.id}


def test_a_box_that_was_only_turned_on_is_blank(rig: Rig, lina: str) -> None:
    capture = send(rig.box, lina)
    rig.backup()
    hub = Box(rig.blank, rig.clock)
    rig.restore()
    # Even under a hub that runs: it sees the class at once.
    assert hub.is_set_up
    assert captures.ids(hub.database) == {capture.id}
    hub.close()


def test_which_backup_is_said_when_there_are_several_or_none(rig: Rig, lina: str) -> None:
    with pytest.raises(Refused, match="Aucune sauvegarde dans"):
        rig.restore()
    with pytest.raises(Refused, match="Aucune sauvegarde dans"):
        find(rig.stick / "nowhere")
    rig.backup()
    [root] = rig.stick.iterdir()
    with pytest.raises(Refused, match=r"Il n’y a pas de sauvegarde de ce nom.*000001-"):
        rig.restore(snapshot="hier")
    shutil.copytree(root, root.with_name("boite-00000000"))
    with pytest.raises(Refused, match=r"plusieurs sauvegardes.*boite-00000000"):
        rig.restore()
    assert find(root)[0].root == root


def test_a_snapshot_of_a_newer_version_is_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.box.database.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('boite', 'm999', '2030')"
    )
    monkeypatch.setattr(database, "_is_newer", lambda _db: False)
    assert rig.backup().ok
    monkeypatch.undo()
    with pytest.raises(Refused, match="version plus récente"):
        rig.restore()
    assert list(rig.blank.data.iterdir()) == []
