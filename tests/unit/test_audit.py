"""The journal's words, its command and the copy that a DPO verifies."""

import ast
import csv
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.config import Config, ConfigError
from appliance.domain.audit import KEPT, START, Event, Line, Role
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import (
    audit,
    audit_words,
)
from appliance.hub.box import Box
from appliance.jobs import journal as journal_job
from appliance.store import journal
from appliance.store.database import FILE_NAME, open_database
from tests.conftest import HandClock
from tests.unit.audit_helpers import DEADLINE, command, intruder_fixture, written_fixture

__all__ = ["intruder_fixture", "written_fixture"]
ROOT = Path(__file__).parents[2]


def test_every_act_has_its_sentence_and_every_role_its_words() -> None:
    assert set(audit_words.SENTENCES) == set(Event)
    assert set(audit_words.ROLES) == set(Role)
    assert len(set(audit_words.SENTENCES.values())) == len(Event)


def test_every_detail_is_said_in_french(box: Box) -> None:
    reasons = {"deleted", "withdrawn", "last_day", "untrusted", "unset", "backwards", "leap", "mass"}
    assert {*PermissionState, *Nature, *Scope, *reasons} <= set(audit_words.WORDS)
    for event in (Event.PERMISSION_ANSWERED, Event.ERASED, Event.RETENTION_RUN, Event.RETENTION_HELD):
        assert "{detail}" in audit_words.SENTENCES[event]


def test_a_line_of_another_version_is_shown_as_such() -> None:
    line = Line(1, "", 0, "martian", "abducted", "", "")
    assert "ne connaît pas" in audit_words.sentence(line)
    assert audit_words.role(line) == "inconnu"


def mentions(path: Path) -> set[str]:
    """The events that a module writes."""
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Event"
    }


def test_every_act_of_the_vocabulary_is_written_somewhere() -> None:
    skipped = {"audit_words.py", "audit_reading.py"}
    sources = [*(ROOT / "appliance").rglob("*.py"), *(ROOT / "web").rglob("*.py")]
    named = set().union(*(mentions(path) for path in sources if path.name not in skipped))
    assert {event.name for event in Event} - named == set()


def test_every_act_goes_through_the_audit() -> None:
    sources = [*(ROOT / "appliance").rglob("*.py"), *(ROOT / "web").rglob("*.py")]
    direct = [path.name for path in sources if "journal.write(" in path.read_text()]
    assert direct == ["audit.py"]


def test_the_command_says_whether_the_journal_is_whole(
    written: Box, intruder: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = audit.witness(written.database)
    assert command(written.config, "--check", "--witness", witness) == 0
    said = capsys.readouterr().out
    assert "est entier" in said
    assert witness in said
    assert command(written.config, "--check", "--witness", "1-0000000000000000") == 1
    assert command(written.config, "--check", "--witness", "n’importe quoi") == 1
    intruder.execute("DELETE FROM journal WHERE id = 7")
    capsys.readouterr()
    assert command(written.config, "--check") == 1
    assert "La ligne 7 manque." in capsys.readouterr().out


def test_a_damaged_file_is_said_to_be_unreadable(written: Box, config: Config) -> None:
    written.database.close()
    (config.data / FILE_NAME).write_bytes(b"\0" * 8192)
    report = journal_job.check(config)
    assert not report.ok
    assert "illisible" in report.sentence


def test_without_a_journal_it_says_where_it_looked(config: Config) -> None:
    with pytest.raises(ConfigError, match="pas de journal"):
        journal_job.check(config)


def test_a_copy_can_be_verified_as_the_page_for_the_dpo_says(
    written: Box, clock: HandClock, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clock.pass_(KEPT + timedelta(days=1))
    audit.note(written, Event.BOX_STARTED)
    audit.tend(written, clock.now)
    assert command(written.config, "--export") == 0
    copy = tmp_path / "journal.csv"
    copy.write_text(capsys.readouterr().out, newline="")
    rows = list(csv.DictReader(copy.read_text().splitlines(), delimiter=";"))
    assert rows[-1]["evenement"] == "journal_exported"
    (recipe,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/journal.md").read_text(), flags=re.S)
    assert verdict(recipe, copy) == f"{len(rows)} lignes, la chaîne est entière\n"
    copy.write_text(copy.read_text().replace(";box_started;", ";class_opened;", 1), newline="")
    assert "ne suit pas" in verdict(recipe, copy)


def verdict(recipe: str, copy: Path) -> str:
    run = [sys.executable, "-c", recipe, str(copy)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=DEADLINE, check=False)
    return done.stdout + done.stderr


def test_a_database_from_before_its_first_line_starts_a_chain(tmp_path: Path, clock: HandClock) -> None:
    with closing(open_database(tmp_path, clock.now)) as database:
        assert journal.head(database) == START
        journal.write(database, journal.Act(Event.BOX_STARTED, Role.BOX), clock.now, doubtful=False)
        assert journal.head(database).number == 1
