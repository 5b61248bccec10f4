"""Changing the keys: everything that stays is sealed anew, then the former class key is destroyed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import BackupConfig, Config
from appliance.domain.audit import Event, Role
from appliance.domain.captures import Packing
from appliance.hub import audit, people
from appliance.hub.backups import Where
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, devices, rotation
from appliance.hub.keys.rotation import State
from appliance.hub.keys.throttle import Throttle
from appliance.jobs import backup
from appliance.jobs.backup import WORK
from appliance.store import captures, journal
from appliance.vault.keys import FIRST_ADULT, WrongPassphrase
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.key_helpers import PowerCut, cut_at
from tests.unit.rotation_helpers import VOICE, Class, confirm, is_heard, opened, under_former_keys


@pytest.fixture
def school(new_box: Box) -> Class:
    return Class(new_box)


def test_everything_that_stays_is_under_the_new_keys_alone(school: Class) -> None:
    box = school.box
    adult, theirs = adults.add(box, "Aïcha", Role.TEACHER)
    trusted = devices.trust(box, "Tablette", "soleil")
    former = box.opener.class_identities()
    draft = school.rotate()
    assert rotation.progress(box).state is State.NONE
    assert under_former_keys(box) == []
    assert not set(box.opener.class_identities()) & set(former)
    assert all(is_heard(box, capture) for capture in school.captures)
    assert people.class_name(box) == "CP de Mme Martin"
    access.lock(box)
    for words in (school.keys.passphrase, theirs):
        with pytest.raises(WrongPassphrase):
            access.unlock(box, words, Throttle())
    with pytest.raises(devices.Forgotten):
        devices.unlock(box, trusted, "soleil", Throttle())
    with pytest.raises(WrongPassphrase):
        access.recover(box, school.keys.recovery_identity, Throttle())
    assert access.unlock(box, draft.words[adult], Throttle()).adult == adult
    assert [adults_name.name for adults_name in adults.every(box)] == ["", "Aïcha"]
    events = [line.event for line, _digest in journal.every(box.database)]
    assert events.count(Event.KEY_ROTATED) == 1
    assert Event.JOURNAL_BROKEN not in events


def test_nothing_counts_before_the_new_words_were_shown(school: Class) -> None:
    rotation.draft(school.box)
    access.lock(school.box)
    access.unlock(school.box, school.keys.passphrase, Throttle())
    assert rotation.progress(school.box).state is State.NONE


def test_who_may_not_come_in_any_more_gets_no_new_words(school: Class, clock: HandClock) -> None:
    gone, _words = adults.add(school.box, "Paul", Role.SUBSTITUTE, until=clock.now.date())
    clock.now = clock.now.replace(day=clock.now.day + 1)
    assert list(rotation.draft(school.box).words) == [FIRST_ADULT]
    assert gone in school.box.keys.adults()


class TestStationsThatHoldTakes:
    def test_the_former_key_stays_until_each_has_said_to_hold_nothing(self, school: Class) -> None:
        box, former = school.box, school.box.sealer
        rotation.begin(box, rotation.draft(box))
        assert rotation.join(box, 0.3) is False
        late = box.sealer
        assert late.recipients[0] != former.recipients[0]
        key = late.recipients[0]
        rotation.heard(box, "A", former.recipients[0], 0)
        rotation.heard(box, "A", key, 0)
        rotation.heard(box, "A", key, 1)
        rotation.heard(box, "B", key, 0)
        rotation.heard(box, "B", key, 0)
        assert waits_for(box, "A")
        # A take sealed to the former key arrives, and is sealed anew with the others.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(box, "_sealer", former)
            capture = send(box, school.pupil, VOICE)
        rotation.heard(box, "A", key, 0)
        assert rotation.join(box, 30)
        assert rotation.progress(box).state is State.NONE
        assert is_heard(box, capture)
        assert under_former_keys(box) == []

    def test_what_they_said_of_a_key_says_nothing_of_the_next(self, school: Class) -> None:
        """Somebody leaves while the keys are changed: the class key changes once more."""
        box = school.box
        gone, _words = adults.add(box, "Paul", Role.TEACHER)
        rotation.begin(box, rotation.draft(box))
        key = box.sealer.recipients[0]
        for station in ("A", "A", "B"):
            rotation.heard(box, station, key, 0)
        assert waits_for(box, "B")
        adults.remove(box, gone)
        rotation.heard(box, "B", key, 0)
        assert rotation.progress(box).state is not State.NONE
        assert waits_for(box, "A", "B")
        confirm(box)
        assert rotation.join(box, 30)
        assert under_former_keys(box) == []
        assert len(box.opener.class_identities()) == 1
        assert all(is_heard(box, capture) for capture in school.captures)

    def test_one_that_never_answers_is_given_up_by_hand(self, school: Class) -> None:
        box = school.box
        rotation.begin(box, rotation.draft(box))
        assert waits_for(box, "A", "B")
        rotation.give_up_waiting(box)
        assert rotation.join(box, 30)
        assert not box.keys.is_rotating()
        with pytest.raises(rotation.NotRotating):
            rotation.give_up_waiting(box)

    def test_it_says_so_with_each_request(self, school: Class) -> None:
        from web.sockets import station_app

        box = school.box
        rotation.begin(box, rotation.draft(box))
        client = station_app(box).test_client()
        headers = {"X-Boite-Key": box.sealer.recipients[0], "X-Boite-Held": "0"}
        for station in ("A", "B") * 2:
            assert client.get(f"/roster/{station}", headers=headers).status_code == 200
        assert rotation.join(box, 30)
        assert not box.keys.is_rotating()


def waits_for(box: Box, *stations: str) -> bool:
    for _look in range(300):
        progress = rotation.progress(box)
        if progress.state is State.WAITING and progress.waiting == stations:
            return True
        rotation.join(box, 0.02)
    return False


def test_locking_stops_it_and_the_next_opening_goes_on(school: Class, config: Config) -> None:
    box = school.box
    draft = rotation.draft(box)
    rotation.begin(box, draft)
    access.lock(box)
    assert rotation.join(box, 30), "the key does not outlive the lock"
    assert rotation.progress(box).state is State.LOCKED
    access.unlock(box, draft.words[FIRST_ADULT], Throttle())
    confirm(box)
    assert rotation.join(box, 30)
    assert rotation.progress(box).state is State.NONE
    assert under_former_keys(box) == []


def test_a_trace_erased_meanwhile_does_not_come_back(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    box, (doomed, other) = school.box, school.captures
    path = box.shelf.media(doomed.id, Packing.WHOLE)
    monkeypatch.setattr(rotation, "resume", lambda _box: None)
    rotation.begin(box, rotation.draft(box))
    sealer = box.sealer
    before = sealer.seal

    def seal(data: bytes) -> bytes:
        if data == VOICE and path.exists():
            captures.bury(box.database, doomed, on=box.today(), reason="deleted")
            box.shelf.remove(doomed.id)
        return before(data)

    monkeypatch.setattr(sealer, "seal", seal)
    rotation.give_up_waiting(box)
    rotation.work(box)
    assert not path.exists()
    assert is_heard(box, other)


def test_what_was_damaged_stays_and_stops_nothing(school: Class) -> None:
    box, (damaged, other) = school.box, school.captures
    path = box.shelf.media(damaged.id, Packing.WHOLE)
    path.write_bytes(path.read_bytes()[:-1])
    school.rotate()
    assert rotation.progress(box) == rotation.Progress(State.NONE)
    assert path.exists()
    assert is_heard(box, other)


def test_copies_made_before_a_migration_go_too(school: Class) -> None:
    copy = school.box.config.data / "boite.db.20260901-080000.copy"
    copy.write_bytes(b"former rows")
    school.rotate()
    assert not copy.exists()


def test_what_a_power_cut_left_of_a_backup_goes_too(school: Class, config: Config, tmp_path: Path) -> None:
    leftovers = [config.data / name / "copies" for name in WORK.values()]
    for folder in leftovers:
        folder.mkdir(parents=True)
        (folder / "boite.db").write_bytes(b"former rows")
    school.rotate()
    assert not any(folder.exists() for folder in leftovers)
    (config.data / WORK[Where.STICK]).mkdir()
    away = replace(config, backup=BackupConfig(tmp_path / "no stick"))
    assert backup.run(away, school.box.clock).fault == "absent"
    assert not (config.data / WORK[Where.STICK]).exists()


def test_the_power_goes_at_every_step(
    tmp_path: Path, config: Config, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the class opens with the new words, goes on, and ends with the same content."""
    monkeypatch.setattr(rotation, "resume", lambda _box: None)
    box = Box(config, clock)
    school = Class(box)
    draft = rotation.draft(box)
    rotation.begin(box, draft)
    box.close()
    whole, data = tmp_path / "whole", config.data
    shutil.copytree(data, whole)
    step, done = 0, False
    while not done:
        shutil.rmtree(data)
        shutil.copytree(whole, data)
        with opened(config, clock, draft) as box, cut_at(step):
            try:
                rotation.work(box)
                done = True
            except PowerCut:
                pass
        with opened(config, clock, draft) as box:
            rotation.work(box)
            assert not box.keys.is_rotating()
            assert under_former_keys(box) == []
            assert all(is_heard(box, capture) for capture in school.captures)
            assert audit.check(box.database) is None
        step += 3
    assert step > 60


def test_no_backup_carries_the_former_key_for_the_new_words(
    school: Class, config: Config, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with_stick = replace(config, backup=BackupConfig(stick, same_disk=True))
    rotation.begin(school.box, rotation.draft(school.box))
    assert backup.run(with_stick, school.box.clock).fault == "busy"
    assert list(stick.iterdir()) == []
    rotation.give_up_waiting(school.box)
    assert rotation.join(school.box, 30)
    assert backup.run(with_stick, school.box.clock).ok
    [class_key] = stick.rglob("class/*.age")
    assert class_key.stem == school.box.sealer.recipients[0]
