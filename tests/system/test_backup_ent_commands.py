"""The copy at the ENT as an ERUN types it, and as the doctor and the page tell of it."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.hub import people
from appliance.hub.backups import TROUBLES
from appliance.hub.box import Box
from appliance.jobs import backup_files, checks_backup
from appliance.jobs.findings import Level
from appliance.jobs.restore_source import Refused
from appliance.store import captures
from appliance.vault.keys import KeyFolder
from tests.contract.ent_servers import PASSWORD, Server, plain
from tests.system.backup_rig import new_box
from tests.system.ent_backup_rig import FOLDER, EntRig, make_fixture
from tests.unit.hub_helpers import send
from web import findings_backup

__all__ = ["make_fixture", "plain"]

Make = Callable[[Server], EntRig]


def boite(rig: EntRig, *words: str, new: bool = False, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`boite …` on the old box or on the new one, as an ERUN types it."""
    box, ent = (rig.rig.blank if new else rig.config), rig.config.ent
    written = rig.rig.stick.parent / "typed.toml"
    written.write_text(
        f'[box]\ndata = "{box.data}"\nrun = "{box.run}"\n[backup]\nent_folder = "{FOLDER}"\n'
        f'[ent]\nkind = "webdav"\nurl = "{ent.url}"\nuser = "{ent.user}"\n'
        f'password_file = "{ent.password_file}"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "appliance", *words, "--config", str(written)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120, check=False)


def test_the_commands_of_a_night_and_of_a_new_box(
    make: Make, plain: Server, lina: str, open_box: Box
) -> None:
    ent = make(plain)
    capture = send(open_box, lina)
    open_box.close()
    made = boite(ent, "backup", "--ent")
    assert (made.returncode, made.stderr) == (0, "")
    assert "relue : 1 trace" in made.stdout.replace("\u00a0", " ")
    wrong = boite(ent, "restore", "--from", "ent:", new=True, typed="trois mots faux\n")
    assert (wrong.returncode, "sept mots" in wrong.stderr) == (69, True)
    words = f"{ent.rig.keys.secrets.passphrase}\n"
    listed = boite(ent, "restore", "--from", "ent:", "--list", new=True, typed=words)
    assert (listed.returncode, "voix" in listed.stdout, "Lina" in listed.stdout) == (0, True, False)
    assert not (ent.rig.blank.data / "keys").exists()
    done = boite(ent, "restore", "--from", f"ent:{ent.root.name}", new=True, typed=words)
    assert (done.returncode, done.stderr) == (0, "")
    with new_box(ent.rig) as new:
        assert captures.ids(new.database) == {capture.id}
    missing = boite(ent, "restore", "--from", "ent:boite-00000000", new=True, typed=words)
    assert (missing.returncode, "Aucune sauvegarde" in missing.stderr) == (69, True)
    assert PASSWORD not in "".join(one.stdout + one.stderr for one in (made, wrong, listed, done, missing))


def test_the_doctor_follows_the_copy_at_the_ent(make: Make, plain: Server, lina: str, open_box: Box) -> None:
    ent = make(plain)
    first = checks_backup.backup(ent.config, ent.rig.clock)
    assert (first.level, "première" in first.sentence) == (Level.GREEN, True)
    send(open_box, lina)
    ent.backup()
    assert checks_backup.backup(ent.config, ent.rig.clock).level is Level.GREEN
    ent.backup(ent=replace(ent.config.ent, url="http://127.0.0.1:9/"))
    away = checks_backup.backup(ent.config, ent.rig.clock)
    assert (away.level, TROUBLES["ent_away"][1]) == (Level.AMBER, away.remedy)
    box_with = Box(ent.config, ent.rig.clock)
    [finding] = findings_backup.backup(box_with)
    assert (finding.subject, TROUBLES["ent_away"][0] in finding.sentence) == ("Sauvegarde à l’ENT", True)
    box_with.close()


def test_a_box_with_a_class_is_never_written_over_from_the_ent(
    make: Make, plain: Server, lina: str, open_box: Box
) -> None:
    ent = make(plain)
    send(open_box, lina)
    ent.backup()
    inhabited = Box(ent.rig.blank, ent.rig.clock)
    KeyFolder(ent.rig.blank.data / "keys").create()
    people.add(inhabited, "Noé", pictogram="fox")
    inhabited.close()
    with pytest.raises(Refused, match="contient déjà une classe"):
        ent.restore()
    assert not list(ent.rig.blank.data.glob("restore*"))


def test_a_full_card_is_not_taken_for_a_full_ent(
    make: Make, plain: Server, lina: str, open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ent = make(plain)

    def full(*_arguments: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup_files, "seal", full)
    assert ent.backup().fault == "database"
