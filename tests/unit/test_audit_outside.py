"""The journal looked at from elsewhere: a copied folder, and a class whose keys have changed."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from pyrage import x25519

from appliance.domain.audit import Break, Damage, Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.store import journal
from appliance.vault.opening import Opener
from tests.conftest import MadeKeys
from tests.unit.audit_helpers import intruder_fixture, length, lines, unlock, written_fixture

__all__ = ["intruder_fixture", "written_fixture"]


def check(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "journal", "--check", "--data", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_copied_folder_is_checked_without_a_key_or_a_configuration(
    written: Box, made_keys: MadeKeys, tmp_path: Path
) -> None:
    unlock(written, made_keys)
    access.lock(written)
    witness, count = audit.witness(written.database), length(written)
    copy = tmp_path / "copy"
    shutil.copytree(written.config.data, copy)
    whole = check(copy, "--witness", witness)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert f"{count} lignes" in whole.stdout.replace("\u00a0", " ")
    database = sqlite3.connect(copy / "boite.db")
    for trigger in ("journal_stays_as_it_is", "journal_stays"):
        database.execute(f"DROP TRIGGER {trigger}")
    database.execute("UPDATE journal SET detail = 'autre' WHERE id = 3")
    database.commit()
    database.close()
    broken = check(copy)
    assert (broken.returncode, "La ligne 3 n’est plus" in broken.stdout) == (1, True)


def test_a_change_of_keys_seals_the_journal_anew(written: Box, made_keys: MadeKeys) -> None:
    unlock(written, made_keys)
    new = Opener(str(x25519.Identity.generate()))
    audit.reseal(written, new)
    assert audit.trouble(written.database, new) is None
    assert audit.trouble(written.database, made_keys.opener) == Break(length(written), Damage.REWRITTEN)
    assert audit.check(written.database) is None


def test_a_change_of_keys_hides_no_tampering(
    written: Box, intruder: sqlite3.Connection, made_keys: MadeKeys
) -> None:
    unlock(written, made_keys)
    last = length(written)
    intruder.execute("UPDATE journal SET digest = ? WHERE id = ?", ["0" * 64, last])
    audit.reseal(written, Opener(str(x25519.Identity.generate())))
    assert journal.last_detail(written.database, Event.JOURNAL_BROKEN) == f"{Damage.REWRITTEN}/{last}"
    assert lines(written)[-1].event == Event.JOURNAL_BROKEN
