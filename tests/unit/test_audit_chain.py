"""The journal's chain: nothing in it changes unseen, and it goes after six months."""

import sqlite3
from datetime import timedelta

import pytest

from appliance.config import Config
from appliance.domain.audit import KEPT, START, Anchor, Break, Damage, Event, Line, chained, first_break
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.jobs import journal as journal_job
from appliance.jobs import retention
from appliance.store import journal, settings
from tests.conftest import HandClock, MadeKeys
from tests.unit.audit_helpers import intruder_fixture, length, lines, unlock, written_fixture

__all__ = ["intruder_fixture", "written_fixture"]


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


def test_a_journal_rewritten_while_the_class_was_locked_shows_at_the_next_opening(
    written: Box, intruder: sqlite3.Connection, made_keys: MadeKeys
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
    written: Box, intruder: sqlite3.Connection, made_keys: MadeKeys, forgery: str
) -> None:
    unlock(written, made_keys)
    access.lock(written)
    assert audit.trouble(written.database, made_keys.opener) is None
    intruder.execute(forgery)
    assert audit.trouble(written.database, made_keys.opener) is not None
    unlock(written, made_keys)
    assert journal.latest(written.database, Event.JOURNAL_BROKEN)


def test_an_end_cut_back_before_the_seal_shows(
    written: Box, intruder: sqlite3.Connection, made_keys: MadeKeys
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
    for _half in range(2):
        clock.pass_(KEPT / 2 + timedelta(days=1))
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
