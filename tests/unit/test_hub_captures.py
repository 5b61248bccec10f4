"""A capture in the hub, from the station's hands to its last day."""

import io
import os
import shutil
import sqlite3
import tarfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.domain.captures import Packing
from appliance.domain.permissions import Nature, Scope
from appliance.hub import intake, mending, parcels, people, printing, review, traces
from appliance.hub.box import Box, Locked
from appliance.hub.keys import access
from appliance.hub.keys.throttle import FREE_TRIES, Throttle, TooManyTries
from appliance.hub.shelf import Mismatch
from appliance.jobs import retention
from appliance.store import captures, outbox, settings
from appliance.store import printing as print_queue
from appliance.vault.keys import WrongPassphrase
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import facts_of, send


def test_a_capture_is_taken_in_once(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    assert intake.take_in(box, facts, io.BytesIO(sealed)) is True
    assert intake.take_in(box, facts, io.BytesIO(sealed)) is False
    assert len(captures.ids(box.database)) == 1
    assert print_queue.waiting(box.database) == 1


def test_a_damaged_arrival_leaves_nothing(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    for body in (sealed[:-1], sealed[:-1] + b"x"):
        with pytest.raises(Mismatch):
            intake.take_in(box, facts, io.BytesIO(body))
    assert captures.ids(box.database) == set()
    assert [path for path in (box.config.data / "media").rglob("*") if path.is_file()] == []


def test_without_a_permission_nothing_is_kept(box: Box) -> None:
    sami = people.add(box, "Sami", pictogram="cat")
    sealed = box.sealer.seal(b"une voix")
    with pytest.raises(intake.NotAllowed):
        intake.take_in(box, facts_of(box, sami, sealed), io.BytesIO(sealed))
    assert [path for path in (box.config.data / "media").rglob("*") if path.is_file()] == []


def test_an_erased_capture_does_not_come_back(open_box: Box, lina: str) -> None:
    sealed = open_box.sealer.seal(b"une voix")
    facts = facts_of(open_box, lina, sealed)
    intake.take_in(open_box, facts, io.BytesIO(sealed))
    capture = captures.find(open_box.database, facts.id)
    assert capture is not None
    review.delete(open_box, capture)
    with pytest.raises(intake.Erased):
        intake.take_in(open_box, facts, io.BytesIO(sealed))


def test_a_day_is_listed_with_its_words_only_while_open(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    page = traces.of_day(open_box, open_box.now())
    assert [(t.title, t.names, t.may_go_home) for t in page.traces] == [("Lecture, page 12", ("Lina",), True)]
    access.lock(open_box)
    with pytest.raises(Locked):
        traces.of_day(open_box, open_box.now())
    assert open_box.names == {}


def test_a_changed_title_leaves_earlier_captures_theirs(open_box: Box, lina: str) -> None:
    from appliance.hub import stations

    send(open_box, lina)
    stations.set_title(open_box, "A", "Une poésie", "book")
    send(open_box, lina, scenario=intake.roster(open_box, "A").task.scenario)
    titles = {t.title for t in traces.of_day(open_box, open_box.now()).traces}
    assert titles == {"Lecture, page 12", "Une poésie"}


def test_namesakes_get_their_initial(open_box: Box, lina: str) -> None:
    people.add(open_box, "lina", initial="K", pictogram="cat")
    people.add(open_box, "Noé", initial="B", pictogram="fish")
    assert [p.shown for p in people.every(open_box)] == ["Lina D.", "lina K.", "Noé"]


def test_a_sticker_has_its_words_only_while_open(box: Box, lina: str, made_keys: MadeKeys) -> None:
    capture = send(box, lina)
    handed = printing.next_sticker(box, 0)
    assert handed is not None
    assert (handed.text.title, handed.text.first_name) == ("", "")
    assert handed.text.link.endswith(f"/e/{capture.code}")
    box.set_opener(made_keys.opener)
    again = printing.next_sticker(box, 0)
    assert again is not None
    assert (again.text.title, again.text.first_name) == ("Lecture, page 12", "Lina")
    assert again.attempt == 2
    print_queue.printed(box.database, again.job, box.now())
    assert printing.next_sticker(box, 0) is None


def test_an_unkept_take_prints_nothing_and_lives_30_days(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, kept=False)
    assert printing.next_sticker(open_box, 0) is None
    assert capture.last_day == date(2027, 2, 11)
    review.keep(open_box, capture)
    kept = captures.find(open_box.database, capture.id)
    assert kept is not None
    assert kept.last_day == date(2027, 8, 31)
    assert print_queue.waiting(open_box.database) == 1


def test_a_cut_take_is_made_whole_when_the_class_opens(box: Box, lina: str, made_keys: MadeKeys) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for index, part in enumerate((b"le debut ", b"et la suite")):
            data = box.sealer.seal(part)
            info = tarfile.TarInfo(f"{index:06d}-0500.age")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    body = buffer.getvalue()
    facts = replace(facts_of(box, lina, body), packing=Packing.PARTS, cut=True, kept=False)
    intake.take_in(box, facts, io.BytesIO(body))
    box.set_opener(made_keys.opener)
    mending.mend_all(box)
    capture = captures.find(box.database, facts.id)
    assert capture is not None
    assert capture.packing is Packing.WHOLE
    assert capture.cut
    assert traces.media(box, capture) == b"le debut et la suite"
    assert not box.shelf.media(capture.id, Packing.PARTS).exists()


def test_release_needs_a_kept_capture_and_a_family_permission(open_box: Box, lina: str) -> None:
    essay = send(open_box, lina, kept=False)
    with pytest.raises(review.CannotRelease, match="not_kept"):
        review.release(open_box, essay)
    kept = send(open_box, lina)
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS])
    with pytest.raises(review.CannotRelease, match="no_permission"):
        review.release(open_box, kept)
    assert parcels.plan(open_box) == ([], 0)


def test_nothing_leaves_without_the_teacher(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    assert parcels.plan(open_box) == ([], 0)


def test_a_parcel_waits_for_the_unlock_after_a_power_loss(
    open_box: Box, lina: str, made_keys: MadeKeys
) -> None:
    review.release(open_box, send(open_box, lina))
    config, clock = open_box.config, open_box.clock
    open_box.close()
    shutil.rmtree(config.run)
    rebooted = Box(config, clock)
    assert parcels.plan(rebooted) == ([], 1)
    rebooted.set_opener(made_keys.opener)
    parcels.stage_all(rebooted)
    actions, waiting = parcels.plan(rebooted)
    assert (len(actions), waiting) == (1, 0)
    assert parcels.fetch(rebooted, actions[0].id)
    rebooted.close()


def test_a_withdrawal_erases_here_and_asks_the_ent(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    review.release(open_box, capture)
    (action,), _ = parcels.plan(open_box)
    parcels.fetch(open_box, action.id)
    parcels.finish(open_box, action.id, 8)
    people.answer(open_box, lina, Nature.VOICE, [])
    assert captures.ids(open_box.database) == set()
    assert [(a.verb, a.code) for a in parcels.plan(open_box)[0]] == [("delete", capture.code)]
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.WITHDRAWN
    assert not open_box.shelf.media(capture.id, Packing.WHOLE).exists()


def test_a_withdrawal_for_home_keeps_the_class_copy(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    review.release(open_box, capture)
    (action,), _ = parcels.plan(open_box)
    parcels.fetch(open_box, action.id)
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS])
    assert captures.find(open_box.database, capture.id) is not None
    assert [a.verb for a in parcels.plan(open_box)[0]] == ["delete"]


def test_what_was_never_sent_asks_nothing_of_the_ent(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    review.release(open_box, capture)
    review.delete(open_box, capture)
    assert outbox.pending(open_box.database) == []


@pytest.mark.parametrize(
    ("open_class", "code", "expected"),
    [
        (True, "known", review.Opening.PLAYS),
        (True, "000000000000", review.Opening.UNKNOWN),
        (False, "known", review.Opening.CLOSED),
        (False, "000000000000", review.Opening.CLOSED),
    ],
)
def test_a_sticker_plays_in_an_open_class(
    open_box: Box, lina: str, open_class: bool, code: str, expected: review.Opening
) -> None:
    capture = send(open_box, lina)
    if not open_class:
        access.lock(open_box)
    assert review.open_sticker(open_box, capture.code if code == "known" else code)[0] is expected


def test_retention_erases_after_the_last_day(open_box: Box, lina: str, clock: HandClock) -> None:
    capture = send(open_box, lina)
    clock.now = clock.now.replace(month=8, day=31, hour=23)
    assert retention.run(open_box.config, clock).erased == 0
    clock.pass_(timedelta(hours=2))
    assert retention.run(open_box.config, clock).erased == 1
    assert captures.ids(open_box.database) == set()
    assert captures.tombstone_of(open_box.database, capture=capture.id) == "last_day"
    assert not open_box.shelf.media(capture.id, Packing.WHOLE).exists()


def test_retention_deletes_nothing_on_a_clock_in_doubt(open_box: Box, lina: str, clock: HandClock) -> None:
    send(open_box, lina)
    clock.now, clock.trusted = clock.now.replace(year=2035), False
    assert retention.run(open_box.config, clock).doubt == "untrusted"
    assert len(captures.ids(open_box.database)) == 1
    clock.trusted = True
    clock.now = clock.now.replace(year=1970)
    assert retention.run(open_box.config, clock).doubt == "unset"
    settings.raise_high_water(open_box.database, clock.now.replace(year=2028))
    clock.now = clock.now.replace(year=2027)
    assert retention.run(open_box.config, clock).doubt == "backwards"
    assert len(captures.ids(open_box.database)) == 1


@pytest.mark.parametrize("wrong_year", [1970, 2026, 2027])
def test_what_a_wrong_clock_dated_is_neither_lost_nor_kept_too_long(
    open_box: Box, lina: str, clock: HandClock, wrong_year: int
) -> None:
    right = clock.now.replace(month=9, day=2)
    clock.now, clock.trusted = clock.now.replace(year=wrong_year, month=7), False
    kept, essay = send(open_box, lina), send(open_box, lina, kept=False)
    clock.now, clock.trusted = right, True
    assert retention.run(open_box.config, clock).erased == 0
    days = {c: captures.find(open_box.database, c) for c in (kept.id, essay.id)}
    assert {c: found.last_day for c, found in days.items() if found} == {
        # Its permission ended on 31 August: seven days to ask the family.
        kept.id: date(2027, 9, 9),
        essay.id: date(2027, 9, 9),
    }


def test_a_file_that_nobody_claims_has_a_last_day_too(open_box: Box, clock: HandClock) -> None:
    stray = open_box.shelf.media(open_box.new_id(), Packing.WHOLE)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    os.utime(stray, (clock.now.timestamp(), clock.now.timestamp()))
    clock.pass_(timedelta(days=30))
    retention.run(open_box.config, clock)
    assert stray.exists()
    clock.pass_(timedelta(days=1))
    retention.run(open_box.config, clock)
    assert not stray.exists()


def test_nothing_typed_or_named_is_on_the_disk(open_box: Box, lina: str) -> None:
    review.release(open_box, send(open_box, lina, b"une voix en clair"))
    printing.next_sticker(open_box, 0)
    on_disk = b"".join(p.read_bytes() for p in open_box.config.data.rglob("*") if p.is_file())
    assert len(on_disk) > 10_000
    for secret in (b"Lina", b"Martin", b"Lecture", b"une voix en clair"):
        assert secret not in on_disk


def test_wrong_passphrases_are_slowed_down(box: Box, clock: HandClock, made_keys: MadeKeys) -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPassphrase):
            access.unlock(box, "non", throttle)
    with pytest.raises(TooManyTries):
        access.unlock(box, made_keys.secrets.passphrase, throttle)
    clock.pass_(timedelta(minutes=1))
    access.unlock(box, made_keys.secrets.passphrase, throttle)
    assert box.is_open


def test_boot_reports_what_files_and_rows_do_not_share(open_box: Box, lina: str) -> None:
    lost, gone = send(open_box, lina), send(open_box, lina)
    open_box.shelf.remove(lost.id)
    with open_box.database.transaction():
        captures.bury(open_box.database, gone, on=open_box.today(), reason="deleted")
    stray = Path(open_box.shelf.media(open_box.new_id(), Packing.WHOLE))
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    assert intake.reconcile(open_box) == {"missing": 1, "remains": 1, "unclaimed": 1}
    assert stray.exists()
    assert not open_box.shelf.media(gone.id, Packing.WHOLE).exists()


def test_a_newer_database_is_opened_read_only(box: Box, config: object, clock: HandClock) -> None:
    box.database.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('boite', 'm999_later', '')"
    )
    reopened = Box(box.config, clock)
    assert reopened.database.read_only
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        settings.put(reopened.database, "x", "y")
    reopened.close()
