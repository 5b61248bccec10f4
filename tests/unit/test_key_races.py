"""The very second in which keys change: nobody slips in, and nothing is sealed to a key that is lost."""

import io
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.domain.captures import Packing
from appliance.hub import audit, mending
from appliance.hub.box import Box, Locked
from appliance.hub.keys import first_start, resealing, rotation
from appliance.hub.retention import blank
from appliance.store import sealed
from appliance.vault import wraps
from appliance.vault.files import write_durably
from appliance.vault.keys import FIRST_ADULT, AlreadyCreated, Changed, KeyFolder, WrongPassphrase
from appliance.vault.sealing import Sealer
from tests.unit.rotation_helpers import Class, is_heard, sha256


@pytest.fixture
def school(new_box: Box) -> Class:
    return Class(new_box)


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something while words are being tried, which takes a second on a real box."""
    really = wraps.unwrap

    def unwrap(wrapped: bytes, secret: str) -> str:
        found = really(wrapped, secret)
        act()
        return found

    monkeypatch.setattr(wraps, "unwrap", unwrap)


def test_words_changed_while_they_are_tried_open_nothing(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, opener = school.box.keys, school.box.opener
    _meanwhile(monkeypatch, lambda: keys.change_words(opener, FIRST_ADULT))
    with pytest.raises(WrongPassphrase):
        keys.unlock(school.keys.passphrase)


def test_a_device_forgotten_while_its_password_is_tried_opens_nothing(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = school.box.keys
    secret = keys.trust_device(school.box.opener, "tablet", "soleil")
    _meanwhile(monkeypatch, lambda: keys.forget_device("tablet"))
    with pytest.raises(WrongPassphrase):
        keys.unlock_device("tablet", secret, "soleil")


def test_who_comes_in_while_a_class_key_is_made_knows_it(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, opener = school.box.keys, school.box.opener
    keys.add_adult(opener, "paul")

    def leave() -> None:
        if "paul" in keys.adults():
            keys.remove_adult(opener, "paul")

    _meanwhile(monkeypatch, leave)
    assert keys.unlock(school.keys.passphrase, [FIRST_ADULT]).public_key == opener.public_key


def test_a_change_of_keys_that_the_database_could_not_follow_is_tried_again(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, draft = school.box, rotation.draft(school.box)

    def full(_box: Box, _opener: object) -> None:
        raise OSError("no space left")

    before = box.sealer.recipients
    with monkeypatch.context() as patched:
        patched.setattr(audit, "reseal", full)
        with pytest.raises(OSError, match="space"):
            rotation.begin(box, draft)
    assert box.sealer.recipients != before
    assert box.sealer.recipients == box.keys.sealer().recipients
    rotation.begin(box, draft)
    assert box.keys.unlock(draft.words[FIRST_ADULT]).adult == FIRST_ADULT


def test_keys_read_just_before_they_changed_are_not_kept(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, really, read = school.box, KeyFolder.sealer, 0

    def sealer(keys: KeyFolder) -> Sealer:
        nonlocal read
        read += 1
        found = really(keys)
        if read == 1:
            changing = threading.Thread(target=box.keys_changed)
            changing.start()
            changing.join(0.2)
        return found

    box.keys_changed()
    monkeypatch.setattr(KeyFolder, "sealer", sealer)
    _stale = box.sealer
    while any(thread.name.endswith("(keys_changed)") for thread in threading.enumerate()):
        pass
    _fresh = box.sealer
    assert read == 2


def test_only_the_present_class_key_ends_a_change(school: Class) -> None:
    keys = school.box.keys
    former = keys.unlock(school.keys.passphrase)
    keys.commit(keys.draft_rotation(school.box.opener, [FIRST_ADULT]), school.box.opener)
    before = sorted(path.name for path in (school.box.config.data / "keys" / "class").iterdir())
    with pytest.raises(Changed):
        keys.end_rotation(former, former.public_key)
    assert sorted(path.name for path in (school.box.config.data / "keys" / "class").iterdir()) == before


def test_no_key_comes_back_once_the_box_is_put_out_of_service(school: Class) -> None:
    box, opener = school.box, school.box.opener
    box.keys.commit(box.keys.draft_rotation(opener, [FIRST_ADULT]), opener)
    new, data = first_start.Draft(school.keys, KeyFolder(box.config.data / "other").draft()), box.config.data
    for leftover in ("keys.former", "keys.making"):
        (data / leftover).mkdir()
        (data / leftover / "class.pub").write_text("x")
    blank.condemn(box)
    with pytest.raises(Changed):
        box.keys.end_rotation(opener, opener.public_key)
    with pytest.raises(AlreadyCreated):
        first_start.adopt(box, new)
    assert [path.name for path in data.iterdir() if path.name.startswith("keys")] == []


def test_a_file_written_anew_meanwhile_is_not_undone(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    box, path = school.box, school.box.config.data / "voices" / "one.age"
    box.keys.commit(rotation.draft(box), box.opener)
    box.keys_changed()
    really, newer = write_durably, box.sealer.seal(b"une autre voix")

    def prepare(target: Path, data: bytes, *, mode: int = 0o640) -> None:
        really(target, data, mode=mode)
        if target.name == path.name:
            really(path, newer)

    monkeypatch.setattr("appliance.hub.keys.resealing.write_durably", prepare)
    resealing.reseal_all(box, box.opener, lambda _done, _total: None)
    assert path.read_bytes() == newer


def test_parts_left_beside_their_whole_do_not_take_its_digest(school: Class) -> None:
    box, capture = school.box, school.captures[0]
    with tarfile.open(box.shelf.media(capture.id, Packing.PARTS), "w") as tar:
        part = box.sealer.seal(b"un morceau")
        member = tarfile.TarInfo("0")
        member.size = len(part)
        tar.addfile(member, io.BytesIO(part))
    school.rotate()
    assert sealed.digest(box.database, capture.id) == sha256(box.shelf.media(capture.id, Packing.WHOLE))
    assert is_heard(box, capture)


def test_locked_and_opened_at_once_it_goes_on(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    box, really, calls = school.box, mending.mend_all, 0

    def mend(of: Box) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            # Locked as it looked; and open again before its thread could end.
            raise Locked
        really(of)

    monkeypatch.setattr(mending, "mend_all", mend)
    school.rotate()
    assert not box.keys.is_rotating()
    assert calls > 1
