"""Power cuts between two writes, disks that are full, locks and clocks in the middle of something."""

import sqlite3
from datetime import date, timedelta

import pytest

from appliance.domain.captures import Capture, Packing
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import days, intake, parcels, people, printing, review
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.keys.throttle import FREE_TRIES, Throttle, TooManyTries
from appliance.hub.retention import erasure
from appliance.hub.rights import permits
from appliance.hub.shelf import Shelf
from appliance.jobs import retention
from appliance.store import captures, outbox, settings
from appliance.store import lasting as stored
from appliance.vault.keys import KeyFolder
from appliance.vault.opening import NotForThisKey, Opener
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import facts_of, send
from tests.unit.race_helpers import media_files, take_in


def damage(box: Box, capture: Capture) -> None:
    box.shelf.media(capture.id, Packing.WHOLE).write_bytes(b"rien qui s'ouvre")


def test_files_go_only_after_the_tombstone_is_written(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(open_box, lina)

    def cut(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "remove_files", cut)
    with pytest.raises(KeyboardInterrupt):
        people.answer(open_box, lina, Nature.VOICE, [])
    assert captures.tombstone_of(open_box.database, capture=capture.id) == "withdrawn"
    assert intake.reconcile(open_box)["remains"] == 1
    assert media_files(open_box) == []


def test_what_a_power_cut_left_half_written_goes_at_boot(open_box: Box, lina: str) -> None:
    kept = open_box.shelf.media(send(open_box, lina).id, Packing.WHOLE)
    kept.with_name(f".{kept.name}.new").write_bytes(b"la moitie")
    assert intake.reconcile(open_box) == {"missing": 0, "remains": 0, "unclaimed": 0}
    assert media_files(open_box) == [kept]


def test_what_retention_erases_during_the_boot_is_not_missing(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(open_box, lina)
    stored = open_box.shelf.stored

    def stored_after_retention() -> object:
        review.delete(open_box, capture)
        return stored()

    monkeypatch.setattr(open_box.shelf, "stored", stored_after_retention)
    assert intake.reconcile(open_box) == {"missing": 0, "remains": 0, "unclaimed": 0}


def test_a_damaged_trace_is_not_released_and_holds_up_no_other(open_box: Box, lina: str) -> None:
    damaged, whole = send(open_box, lina), send(open_box, lina)
    damage(open_box, damaged)
    with pytest.raises(NotForThisKey):
        review.release(open_box, damaged)
    assert outbox.pending(open_box.database) == []
    assert days.release_all(open_box, open_box.today(), [damaged.id, whole.id]) == 1
    assert [action.code for action in parcels.plan(open_box)[0]] == [whole.code]


def test_a_take_kept_while_retention_runs_is_not_erased(
    open_box: Box, lina: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    essay = send(open_box, lina, kept=False)
    clock.pass_(timedelta(days=40))
    due = stored.due_days

    def due_then_kept(*arguments: object) -> dict[date, int]:
        found = due(*arguments)  # type: ignore[arg-type]
        review.keep(open_box, essay)
        return found

    monkeypatch.setattr(stored, "due_days", due_then_kept)
    assert retention.run(open_box.config, clock).erased == 0
    assert captures.ids(open_box.database) == {essay.id}


def test_rows_erased_on_their_last_day_are_not_left_in_the_log(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    capture = send(open_box, lina, kept=False)
    clock.pass_(timedelta(days=40))
    log = open_box.database.path.with_name(f"{open_box.database.path.name}-wal")
    assert capture.code.encode() in log.read_bytes()
    assert retention.run(open_box.config, clock).erased == 1
    assert log.read_bytes() == b""


def test_a_new_school_year_s_answer_counts(open_box: Box, lina: str, clock: HandClock) -> None:
    clock.now = clock.now.replace(month=9, day=2)
    (pupil,) = people.every(open_box)
    assert pupil.state(Nature.VOICE, Scope.CLASS) is PermissionState.PENDING
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS])
    assert permits.to_record(open_box, [lina], "", Nature.VOICE).allowed


def test_a_clock_set_back_does_not_lengthen_the_wait(box: Box, clock: HandClock) -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        throttle.fail(clock.now)
    clock.pass_(timedelta(days=-400))
    with pytest.raises(TooManyTries) as refused:
        throttle.check(clock.now)
    assert refused.value.wait <= timedelta(seconds=2)
    clock.pass_(timedelta(seconds=3))
    throttle.check(clock.now)


def test_a_class_opens_and_locks_when_nothing_can_be_written(
    box: Box, lina: str, made_keys: MadeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyFolder, "unlock", lambda _folder, _typed: made_keys.opener)
    box.database.db.execute("PRAGMA query_only=ON")
    access.unlock(box, "les sept mots", Throttle())
    assert box.is_open
    access.lock(box)
    assert not box.is_open


def test_names_opened_during_a_lock_are_forgotten(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opener.open_json

    def opened_then_locked(opener: Opener, sealed: bytes) -> object:
        value = opened(opener, sealed)
        access.lock(open_box)
        return value

    monkeypatch.setattr(Opener, "open_json", opened_then_locked)
    people.every(open_box)
    assert open_box.names == {}


def test_a_sticker_is_printed_without_words_when_the_class_locks_meanwhile(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(open_box, lina)
    # As after an opening: the stations have not asked for anything yet.
    open_box.names = {}
    opened = Opener.open_json

    def locked_then_opened(opener: Opener, sealed: bytes) -> object:
        access.lock(open_box)
        return opened(opener, sealed)

    monkeypatch.setattr(Opener, "open_json", locked_then_opened)
    handed = printing.next_sticker(open_box, 0)
    assert handed is not None
    assert (handed.text.title, handed.attempt) == ("", 1)


def test_a_commit_that_fails_does_not_keep_the_write_lock(box: Box, lina: str) -> None:
    capture = send(box, lina)
    with pytest.raises(sqlite3.IntegrityError), box.database.transaction() as db:
        db.execute("PRAGMA defer_foreign_keys=ON")
        db.execute("UPDATE captures SET scenario = 'nowhere' WHERE id = ?", [capture.id])
    assert not box.database.db.conn.in_transaction
    settings.put(box.database, "x", "y")


def test_a_newer_database_erases_nothing_and_says_so(box: Box, clock: HandClock) -> None:
    box.database.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('boite', 'm999_later', '')"
    )
    report = retention.run(box.config, clock)
    assert (report.erased, report.ok) == (0, False)
    assert "version plus récente" in report.sentence()


def test_a_run_key_is_whole_or_not_there(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    (box.config.run / "parcels.key").unlink()

    def cut(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", cut)
        with pytest.raises(KeyboardInterrupt):
            Box(box.config, box.clock)
    assert not (box.config.run / "parcels.key").exists()
    Box(box.config, box.clock).close()


def test_a_dropped_arrival_leaves_no_file(box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Shelf, "adopt", full)
    sealed = box.sealer.seal(b"une voix")
    with pytest.raises(OSError, match="No space"):
        take_in(box, facts_of(box, lina, sealed), sealed)
    assert (media_files(box), captures.ids(box.database)) == ([], set())
