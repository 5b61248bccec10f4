"""The journal: what is written, that nothing in it can change unseen, and that it goes after six months."""

import ast
import csv
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.config import Config, ConfigError, StationConfig
from appliance.domain.audit import KEPT, START, Anchor, Break, Damage, Event, Line, Role, chained, first_break
from appliance.domain.captures import Capture
from appliance.domain.pairing import FINGERPRINT_BYTES, SECRET_BYTES
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import (
    access,
    attribution,
    audit,
    audit_copy,
    audit_words,
    openings,
    parcels,
    people,
    review,
    satellites,
)
from appliance.hub.box import Box
from appliance.jobs import journal as journal_job
from appliance.jobs import retention
from appliance.store import journal, outbox, settings
from appliance.store.database import FILE_NAME, open_database
from appliance.vault.keys import WrongPassphrase
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import quick_unlock

__all__ = ["quick_unlock"]

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0


def lines(box: Box) -> list[Line]:
    return [line for line, _digest in journal.every(box.database)]


def acts(box: Box, since: int = 0) -> list[tuple[str, str, str]]:
    return [(line.event, line.role, line.subject) for line in lines(box) if line.number > since]


def length(box: Box) -> int:
    return journal.head(box.database).number


@pytest.fixture
def written(box: Box) -> Box:
    """A box whose journal has twelve lines and more."""
    for number in range(12):
        audit.note(box, Event.RETENTION_RUN, detail=str(number))
    return box


@pytest.fixture
def intruder(written: Box) -> Iterator[sqlite3.Connection]:
    """Somebody with `sqlite3` and the power to take the triggers away."""
    with closing(sqlite3.connect(written.config.data / FILE_NAME, isolation_level=None)) as connection:
        for name in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name[0]}")
        yield connection


def compute_anew(connection: sqlite3.Connection) -> None:
    """Give every line the print it would have, as one who knows how it is made could."""
    before = START
    for row in connection.execute(
        "SELECT id, at, doubtful, role, event, subject, detail FROM journal ORDER BY id"
    ).fetchall():
        line = Line(*row)
        before = Anchor(line.number, chained(before.digest, line))
        connection.execute("UPDATE journal SET digest = ? WHERE id = ?", [before.digest, line.number])
    connection.execute("UPDATE journal_head SET last = ?, digest = ?", [before.number, before.digest])


# The chain


def test_what_the_box_wrote_is_whole(written: Box) -> None:
    assert audit.check(written.database) is None
    report = journal_job.check(written.config)
    assert report.ok
    assert f"{length(written)} lignes" in report.sentence.replace("\u00a0", " ")


def test_an_empty_journal_is_whole(new_box: Box) -> None:
    assert audit.check(new_box.database) is None


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE journal SET subject = 'autre' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET at = '2027-01-01T00:00:00.000+00:00' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET role = 'teacher' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET event = 'heard' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET detail = '99' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET detail = CAST(x'ff' AS TEXT) WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET doubtful = 1 WHERE id = 7", Break(7, Damage.ALTERED)),
        ("UPDATE journal SET digest = 'ab' WHERE id = 7", Break(7, Damage.ALTERED)),
        ("DELETE FROM journal WHERE id = 7", Break(7, Damage.MISSING)),
        ("DELETE FROM journal WHERE id <= 3", Break(1, Damage.MISSING)),
        ("DELETE FROM journal WHERE id > 7", Break(8, Damage.CUT)),
        ("DELETE FROM journal", Break(1, Damage.CUT)),
        ("UPDATE journal SET id = id + 100 WHERE id > 7", Break(108, Damage.ADDED)),
        (
            "INSERT INTO journal SELECT last + 1, '2027-01-01', 0, 'box', 'heard', '', '', digest"
            " FROM journal_head",
            None,
        ),
        ("INSERT INTO journal SELECT 0, at, 0, role, event, '', '', digest FROM journal WHERE id = 1", None),
    ],
)
def test_tampering_shows_at_its_first_line(
    written: Box, intruder: sqlite3.Connection, tampering: str, found: Break | None
) -> None:
    added = 0 if "SELECT 0" in tampering else length(written) + 1
    intruder.execute(tampering)
    assert audit.check(written.database) == (found or Break(added, Damage.ADDED))
    report = journal_job.check(written.config)
    assert not report.ok
    assert str((found or Break(added, Damage.ADDED)).number) in report.sentence
    assert "prévenez l’ERUN" in report.sentence


def test_two_lines_that_change_places_show(written: Box, intruder: sqlite3.Connection) -> None:
    for before, after in ((5, -1), (9, 5), (-1, 9)):
        intruder.execute("UPDATE journal SET id = ? WHERE id = ?", [after, before])
    assert audit.check(written.database) == Break(5, Damage.ALTERED)


def test_a_cut_end_stays_visible_when_the_box_writes_on(written: Box, intruder: sqlite3.Connection) -> None:
    last = length(written)
    intruder.execute("DELETE FROM journal WHERE id > 7")
    audit.note(written, Event.BOX_STARTED)
    assert length(written) == last + 1
    assert audit.check(written.database) == Break(8, Damage.MISSING)


def test_the_print_of_a_line_is_pinned() -> None:
    """A verification written elsewhere (docs/journal.md) has to go on giving the same."""
    line = Line(1, "2027-01-12T07:40:00.000+00:00", 0, "teacher", "class_opened", "", "granted/voice")
    expected = "f3d781f0bf0006f64e399a218dd1b1d3117cbb85a0ee8c58c5e25a159125bff6"
    assert chained(START.digest, line) == expected
    assert first_break([(line, expected)], START, Anchor(1, expected)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET subject = 'autre' WHERE id = 7",
        "DELETE FROM journal WHERE id = 7",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT id, at, 0, role, event, 'autre', '', digest FROM journal"
        " WHERE id = 7",
        "INSERT INTO journal SELECT last + 2, 'a', 0, 'b', 'c', '', '', 'd' FROM journal_head",
        "UPDATE journal_head SET last = last - 1",
        "UPDATE journal_head SET pruned = last + 1",
        "DELETE FROM journal_head",
    ],
)
def test_the_tables_refuse_everything_but_a_line_at_the_end(written: Box, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        written.database.db.execute(statement)
    assert audit.check(written.database) is None


# The seal and the witness


def unlock(box: Box, made_keys: MadeKeys) -> None:
    access.unlock(box, made_keys.secrets.passphrase, access.Throttle())


def test_a_journal_rewritten_while_the_class_was_locked_shows_at_the_next_opening(
    written: Box, intruder: sqlite3.Connection, quick_unlock: None, made_keys: MadeKeys
) -> None:
    unlock(written, made_keys)
    access.lock(written)
    intruder.execute("UPDATE journal SET detail = '99' WHERE id = 7")
    compute_anew(intruder)
    sealed = length(written)
    assert audit.check(written.database) == Break(sealed, Damage.REWRITTEN)
    unlock(written, made_keys)
    (noted,) = (line for line in lines(written) if line.event == Event.JOURNAL_BROKEN)
    assert noted.detail == f"rewritten/{sealed}"
    # What was found stays written, although the new seal agrees with the chain.
    assert audit.check(written.database) is None
    access.lock(written)
    unlock(written, made_keys)
    assert len([line for line in lines(written) if line.event == Event.JOURNAL_BROKEN]) == 1


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE settings SET value = (SELECT last || '/' || digest FROM journal_head) || ' ' || 'ab'"
        " WHERE name = 'journal_seal'",
        "DELETE FROM settings WHERE name = 'journal_seal'",
        "UPDATE settings SET value = 'rien' WHERE name = 'journal_seal'",
    ],
)
def test_a_seal_cannot_be_made_without_the_key(
    written: Box, intruder: sqlite3.Connection, quick_unlock: None, made_keys: MadeKeys, forgery: str
) -> None:
    unlock(written, made_keys)
    access.lock(written)
    assert audit.trouble(written.database, made_keys.opener) is None
    intruder.execute(forgery)
    assert audit.trouble(written.database, made_keys.opener) is not None
    unlock(written, made_keys)
    assert journal.latest(written.database, Event.JOURNAL_BROKEN)


def test_an_end_cut_back_before_the_seal_shows(
    written: Box, intruder: sqlite3.Connection, quick_unlock: None, made_keys: MadeKeys
) -> None:
    unlock(written, made_keys)
    access.lock(written)
    intruder.execute("DELETE FROM journal WHERE id > 7")
    compute_anew(intruder)
    assert audit.check(written.database) == Break(8, Damage.CUT)


def test_an_older_data_folder_put_back_shows_on_paper_alone(
    written: Box, intruder: sqlite3.Connection
) -> None:
    kept = audit.witness(written.database)
    audit.note(written, Event.BOX_STARTED)
    later = audit.witness(written.database)
    assert audit.compare(written.database, f" {kept.lower()} ") is None
    intruder.execute("DELETE FROM journal WHERE id > ?", [length(written) - 1])
    compute_anew(intruder)
    assert audit.check(written.database) is None
    assert audit.compare(written.database, kept) is None
    assert audit.compare(written.database, later) == Break(length(written) + 1, Damage.CUT)
    audit.note(written, Event.WRONG_PASSPHRASE)
    assert audit.compare(written.database, later) == Break(length(written), Damage.REWRITTEN)


# Six months


def test_lines_go_after_six_months_and_the_rest_stays_verifiable(
    written: Box, clock: HandClock, config: Config
) -> None:
    old = length(written)
    clock.pass_(KEPT - timedelta(hours=1))
    retention.run(config, clock)
    assert len(lines(written)) == length(written)
    witness = audit.witness(written.database)
    clock.pass_(timedelta(hours=2))
    retention.run(config, clock)
    kept = lines(written)
    assert kept[0].number == old + 1
    (checkpoint,) = (line for line in kept if line.event == Event.JOURNAL_PRUNED)
    assert Anchor.parse(checkpoint.detail).number == old
    assert audit.check(written.database) is None
    assert audit.compare(written.database, witness) is None
    # The line that says so goes too one day, once another one has taken its place.
    clock.pass_(KEPT + timedelta(days=1))
    retention.run(config, clock)
    assert checkpoint.number < lines(written)[0].number
    assert audit.check(written.database) is None
    with pytest.raises(audit.Pruned):
        audit.compare(written.database, witness)


def test_what_was_taken_away_without_retention_shows_after_it_too(
    written: Box, intruder: sqlite3.Connection, clock: HandClock
) -> None:
    old = length(written)
    clock.pass_(KEPT + timedelta(days=1))
    audit.note(written, Event.BOX_STARTED)
    audit.tend(written, clock.now)
    intruder.execute("DELETE FROM journal WHERE id = ?", [old + 1])
    assert audit.check(written.database) == Break(old + 1, Damage.MISSING)
    intruder.execute("UPDATE journal SET detail = '1/ab' WHERE event = 'journal_pruned'")
    assert audit.check(written.database) is not None
    intruder.execute("UPDATE journal SET detail = 'rien' WHERE event = 'journal_pruned'")
    assert audit.check(written.database) is not None


@pytest.mark.parametrize(("years", "trusted"), [(5, False), (-5, True)])
def test_a_doubtful_clock_takes_no_line_away(
    written: Box, clock: HandClock, config: Config, years: int, trusted: bool
) -> None:
    settings.raise_high_water(written.database, clock.now)
    clock.now, clock.trusted = clock.now.replace(year=clock.now.year + years), trusted
    retention.run(config, clock)
    assert lines(written)[0].number == 1
    assert lines(written)[-1].doubtful == 1


def test_lines_of_a_doubtful_clock_go_with_their_neighbours(written: Box, clock: HandClock) -> None:
    start = clock.now
    settings.raise_high_water(written.database, start)
    clock.trusted, clock.now = False, start.replace(year=1970)
    audit.note(written, Event.BOX_STARTED)
    doubtful = length(written)
    clock.trusted, clock.now = True, start + timedelta(days=1)
    audit.note(written, Event.BOX_STARTED)
    journal.prune(written.database, start + timedelta(hours=1), clock.now)
    assert [line.number for line in lines(written)][:2] == [doubtful, doubtful + 1]
    journal.prune(written.database, clock.now + timedelta(hours=1), clock.now + timedelta(days=2))
    assert lines(written)[0].number > doubtful + 1
    assert audit.check(written.database) is None


def test_the_nightly_look_writes_down_once_what_was_tampered_with(
    written: Box, intruder: sqlite3.Connection, clock: HandClock, config: Config
) -> None:
    intruder.execute("DELETE FROM journal WHERE id = 7")
    for _night in range(2):
        retention.run(config, clock)
        clock.pass_(timedelta(days=1))
    assert [line.detail for line in lines(written) if line.event == Event.JOURNAL_BROKEN] == ["missing/7"]


# Several writers, and a power cut

WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from appliance.domain.audit import Event, Role
from appliance.store import journal
from appliance.store.database import open_database

now = datetime.now(timezone.utc)
database = open_database(Path(sys.argv[1]), now)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    act = journal.Act(Event.RETENTION_RUN, Role.RETENTION, detail=str(number))
    journal.write(database, act, now, doubtful=False)
database.close()
"""


def writer(folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_processes_and_threads_that_write_at_once_make_one_chain(box: Box) -> None:
    before = length(box)
    processes = [writer(box.config.data, 60) for _each in range(2)]
    thread = threading.Thread(target=lambda: [audit.note(box, Event.BOX_STARTED) for _each in range(60)])
    for process in processes:
        go(process)
    thread.start()
    for process in processes:
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
    thread.join(DEADLINE)
    assert length(box) == before + 180
    assert audit.check(box.database) is None


def test_a_writer_killed_in_the_middle_leaves_a_whole_chain(box: Box) -> None:
    before = length(box)
    process = writer(box.config.data, 1_000_000)
    go(process)
    until = time.monotonic() + DEADLINE
    while length(box) < before + 20:
        assert time.monotonic() < until, "nothing was written"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    written = length(box)
    assert audit.check(box.database) is None
    audit.note(box, Event.BOX_STARTED)
    assert (length(box), audit.check(box.database)) == (written + 1, None)


def test_an_act_that_is_undone_leaves_no_line(box: Box) -> None:
    before = length(box)
    with pytest.raises(LookupError), box.database.transaction():
        audit.note(box, Event.BOX_STARTED)
        raise LookupError
    assert length(box) == before
    assert audit.check(box.database) is None


# What is written


@pytest.fixture
def capture(open_box: Box, lina: str) -> Capture:
    return send(open_box, lina)


def carried(box: Box, capture: Capture) -> None:
    review.release(box, capture)
    (action,) = outbox.pending(box.database)
    parcels.finish(box, action.id, 10)


def erased_everywhere(box: Box, capture: Capture) -> None:
    carried(box, capture)
    review.delete(box, capture)
    (action,) = outbox.pending(box.database)
    parcels.finish(box, action.id, None)


ACTS: dict[str, tuple[Callable[[Box, Capture], object], str, Role]] = {
    "released": (review.release, Event.RELEASED, Role.TEACHER),
    "reprinted": (review.reprint, Event.REPRINTED, Role.TEACHER),
    "erased": (review.delete, Event.ERASED, Role.TEACHER),
    "sent": (carried, Event.SENT, Role.SYNC),
    "erased at the ENT": (erased_everywhere, Event.ERASED_AT_ENT, Role.SYNC),
    "heard at a station": (
        lambda box, capture: review.hear_at_station(box, capture.code, ""),
        Event.HEARD,
        Role.STATION,
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_a_capture_has_its_line(open_box: Box, capture: Capture, name: str) -> None:
    act, event, role = ACTS[name]
    before = length(open_box)
    act(open_box, capture)
    assert acts(open_box, before).count((event, role, capture.id)) == 1


def test_taking_in_giving_and_keeping_have_their_lines(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    people.answer(open_box, tom, Nature.VOICE, [Scope.CLASS])
    before = length(open_box)
    capture = send(open_box, lina, kept=False)
    review.keep(open_box, capture)
    attribution.give(open_box, capture, [tom])
    assert acts(open_box, before) == [
        ("taken_in", "station", capture.id),
        ("kept", "teacher", capture.id),
        ("taken_back", "teacher", capture.id),
        ("given", "teacher", capture.id),
    ]


def test_each_answer_of_a_family_has_its_line(box: Box, lina: str) -> None:
    before = length(box)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS])
    (line,) = lines(box)[before:]
    assert (line.event, line.subject, line.detail) == (
        "permission_answered",
        lina,
        "withdrawn/voice/family",
    )
    said = "Autorisation notée : autorisation retirée, voix, à la maison"
    assert audit_words.sentence(line).replace("\u00a0", " ") == said


def test_opening_locking_and_guessing_have_their_lines(
    box: Box, quick_unlock: None, made_keys: MadeKeys
) -> None:
    before = length(box)
    with pytest.raises(WrongPassphrase):
        access.unlock(box, "sept faux mots", access.Throttle())
    unlock(box, made_keys)
    access.lock(box)
    access.lock(box)
    unlock(box, made_keys)
    access.lock(box, Role.BOX)
    assert [(event, role) for event, role, _subject in acts(box, before)] == [
        ("wrong_passphrase", "visitor"),
        ("class_opened", "teacher"),
        ("class_locked", "teacher"),
        ("class_opened", "teacher"),
        ("class_locked", "box"),
    ]


def test_stations_and_badges_have_their_lines(box: Box, lina: str) -> None:
    before = length(box)
    openings.open_now(box, ["A"])
    openings.close_now(box, ["A"])
    people.replace_badge(box, lina)
    assert acts(box, before) == [
        ("station_opened", "teacher", "A"),
        ("station_closed", "teacher", "A"),
        ("badge_replaced", "teacher", lina),
    ]


def test_a_satellite_has_its_lines(box: Box) -> None:
    far = StationConfig("C", Nature.VOICE, satellite=True)
    box.config = replace(box.config, stations=(*box.config.stations, far))
    before = length(box)
    code = satellites.invite(box, "C", "192.168.4.1", 443, bytes(FINGERPRINT_BYTES))
    satellites.link(box, "C", code.one_time, bytes(SECRET_BYTES))
    satellites.cut_off(box, "C")
    assert acts(box, before) == [
        ("satellite_invited", "teacher", "C"),
        ("satellite_linked", "station", "C"),
        ("satellite_cut_off", "teacher", "C"),
    ]


def test_what_retention_erases_is_not_the_teachers_act(
    open_box: Box, capture: Capture, clock: HandClock, config: Config
) -> None:
    clock.pass_(timedelta(days=300))
    before = length(open_box)
    retention.run(config, clock)
    assert ("erased", "retention", capture.id) in acts(open_box, before)
    clock.trusted = False
    retention.run(config, clock)
    last = lines(open_box)[-1]
    assert (last.event, last.detail, last.doubtful) == ("retention_held", "untrusted", 1)


def test_hearing_has_one_line_a_day_for_each_role(open_box: Box, capture: Capture, clock: HandClock) -> None:
    before = length(open_box)
    for _time in range(3):
        for role in (Role.TEACHER, Role.STATION, Role.VISITOR):
            audit.note_heard(open_box, capture, role)
    clock.pass_(timedelta(days=1))
    audit.note_heard(open_box, capture, Role.STATION)
    heard = [(role, subject) for event, role, subject in acts(open_box, before) if event == Event.HEARD]
    assert heard == [(role, capture.id) for role in ("teacher", "station", "visitor", "station")]


def test_a_sound_fetched_by_several_requests_at_once_has_one_line(open_box: Box, capture: Capture) -> None:
    before = length(open_box)
    start = threading.Barrier(4)

    def fetch() -> None:
        start.wait(DEADLINE)
        audit.note_heard(open_box, capture, Role.TEACHER)

    threads = [threading.Thread(target=fetch) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert acts(open_box, before) == [("heard", "teacher", capture.id)]


def test_what_may_only_be_read_is_heard_all_the_same(open_box: Box, capture: Capture, config: Config) -> None:
    open_box.database.db.execute("PRAGMA query_only = ON")
    before = length(open_box)
    content, _type = review.hear_at_station(open_box, capture.code, "")
    assert (content, length(open_box)) == (b"une voix", before)


def test_no_line_holds_a_name_a_title_or_a_code(open_box: Box, lina: str, made_keys: MadeKeys) -> None:
    capture = send(open_box, lina)
    erased_everywhere(open_box, capture)
    out = io.StringIO()
    audit_copy.write_csv(open_box.database, out)
    assert len(out.getvalue().splitlines()) == length(open_box) + 1
    for secret in ("Lina", "Lecture", "CP de", capture.code):
        assert secret not in out.getvalue()


# The vocabulary


def test_every_act_has_its_sentence_and_every_role_its_words() -> None:
    assert set(audit_words.SENTENCES) == set(Event)
    assert set(audit_words.ROLES) == set(Role)
    assert len(set(audit_words.SENTENCES.values())) == len(Event)


def test_every_detail_is_said_in_french(box: Box) -> None:
    reasons = {"deleted", "withdrawn", "last_day", "untrusted", "unset", "backwards"}
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


# The command


def command(config: Config, *words: str) -> int:
    stations = "".join(
        f'[[stations]]\nid = "{station.id}"\nnature = "{station.nature}"\n' for station in config.stations
    )
    config.path.write_text(f'[box]\ndata = "{config.data}"\nrun = "{config.run}"\n{stations}')
    return main(["journal", "--config", str(config.path), *words])


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
