"""Who opens what: words, devices, the envelope, and what a change of keys leaves after a power cut."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.vault.keys import Changed, KeyFolder, ShortPassword, WrongPassphrase
from appliance.vault.opening import NotForThisKey, Opener
from tests.unit.key_helpers import PowerCut, cut_at


class School:
    """A key folder with two adults, and what their keys have to open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = KeyFolder(folder)
        made = self.keys.create()
        self.words, self.recovery = made.passphrase, made.recovery_identity
        self.opener = self.keys.unlock(self.words)
        self.trace = self.seal(b"avant")
        self.other = self.keys.add_adult(self.opener, "b")

    def seal(self, data: bytes) -> bytes:
        return self.keys.sealer().seal(data)

    def opens(self, words: str, *sealed: bytes) -> bool:
        try:
            opener = KeyFolder(self.folder).unlock(words)
        except WrongPassphrase:
            return False
        return all(can_open(opener, trace) for trace in sealed or (self.trace,))


def can_open(opener: Opener, sealed: bytes) -> bool:
    try:
        opener.open(sealed)
    except NotForThisKey:
        return False
    return True


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path / "keys")


def test_each_adult_opens_by_words_of_their_own(school: School) -> None:
    assert school.opens(school.words)
    assert school.opens(school.other.upper().replace(" ", "-"))
    assert not school.opens("ce ne sont pas les sept mots")
    assert school.keys.unlock(school.other).adult == "b"
    with pytest.raises(WrongPassphrase):
        school.keys.unlock(school.other, ["teacher"])


def test_a_device_needs_its_secret_and_its_password(school: School) -> None:
    with pytest.raises(ShortPassword):
        school.keys.trust_device(school.opener, "d1", "court")
    secret = school.keys.trust_device(school.opener, "d1", "soleil")
    assert len(secret) * 6 >= 256
    assert can_open(school.keys.unlock_device("d1", secret, "soleil"), school.trace)
    for wrong in (
        ("d1", secret, "lune!!"),
        ("d1", "", "soleil"),
        ("d2", secret, "soleil"),
        ("*", secret, "soleil"),
    ):
        with pytest.raises(WrongPassphrase):
            school.keys.unlock_device(*wrong)
    assert school.keys.forget_device("d1")
    assert not school.keys.forget_device("d1")
    with pytest.raises(WrongPassphrase):
        school.keys.unlock_device("d1", secret, "soleil")


def test_only_who_gave_their_words_trusts_a_device(school: School) -> None:
    with pytest.raises(LookupError):
        school.keys.trust_device(school.opener, "d1", "soleil", "c")
    fresh = school.keys.unlock(school.words)
    with pytest.raises(LookupError):
        school.keys.trust_device(fresh, "d1", "soleil", "b")
    fresh.welcome(school.keys.unlock(school.other))
    secret = school.keys.trust_device(fresh, "d1", "soleil", "b")
    assert school.keys.unlock_device("d1", secret, "soleil").adult == "b"


def test_other_words_close_the_former_and_forget_the_devices(school: School) -> None:
    secret = school.keys.trust_device(school.opener, "d1", "soleil")
    new = school.keys.change_words(school.opener, "teacher")
    assert school.opens(new)
    assert not school.opens(school.words)
    assert school.opens(school.other)
    with pytest.raises(WrongPassphrase):
        school.keys.unlock_device("d1", secret, "soleil")
    assert school.keys.trust_device(school.opener, "d2", "soleil")


def test_the_envelope_opens_however_it_is_typed_and_is_renewed(school: School) -> None:
    typed = " ".join(school.recovery.lower()[at : at + 4] for at in range(0, len(school.recovery), 4))
    opener = school.keys.unlock_recovery(typed)
    assert can_open(opener, school.trace)
    draft = school.keys.draft_recovery(opener, "teacher")
    assert school.opens(school.words), "nothing counts before it was shown"
    school.keys.commit(draft, opener)
    assert school.opens(draft.words["teacher"])
    assert not school.opens(school.words)
    assert can_open(school.keys.unlock_recovery(draft.recovery_identity), school.trace)
    for wrong in (school.recovery, "AGE-SECRET-KEY-1NON", ""):
        with pytest.raises(WrongPassphrase):
            school.keys.unlock_recovery(wrong)
    assert can_open(Opener(draft.recovery_identity), school.seal(b"ensuite"))
    assert not can_open(Opener(draft.recovery_identity), school.trace), "until the next rotation"


def test_an_adult_who_leaves_opens_nothing_that_comes(school: School) -> None:
    """law.md §7.4: the former wrap removed, a new class key for new captures, the others keep their words."""
    remembered = school.keys.unlock(school.other)
    school.keys.remove_adult(school.opener, "b")
    after = school.seal(b"ensuite")
    assert not school.opens(school.other)
    assert school.opens(school.words, school.trace, after)
    assert can_open(school.opener, after)
    assert not can_open(remembered, after)
    assert can_open(remembered, school.trace), "what they could hear they may remember"
    assert can_open(school.keys.unlock_recovery(school.recovery), after)
    with pytest.raises(ValueError, match="one adult"):
        school.keys.remove_adult(school.opener, "teacher")


def test_a_way_in_is_closed_without_the_key(school: School) -> None:
    school.keys.shut_out("b")
    assert not school.opens(school.other)
    assert school.keys.leaving() == ["b"]
    assert school.keys.adults() == ["teacher"]
    school.keys.remove_adult(school.opener, "b")
    assert school.keys.leaving() == []
    with pytest.raises(ValueError, match="one adult"):
        school.keys.shut_out("teacher")


def test_rotation_makes_everything_new_in_two_steps(school: School) -> None:
    secret = school.keys.trust_device(school.opener, "d1", "soleil")
    draft = school.keys.draft_rotation(school.opener, ["teacher", "b"])
    school.keys.commit(draft, school.opener)
    after = school.seal(b"ensuite")
    assert school.keys.is_rotating()
    for adult in ("teacher", "b"):
        assert school.opens(draft.words[adult], school.trace, after)
    for closed in (school.words, school.other):
        assert not school.opens(closed)
    with pytest.raises(WrongPassphrase):
        school.keys.unlock_device("d1", secret, "soleil")
    with pytest.raises(WrongPassphrase):
        school.keys.unlock_recovery(school.recovery)
    with pytest.raises(Changed):
        school.keys.end_rotation(school.opener, school.opener.public_keys[1])
    school.keys.end_rotation(school.opener, school.opener.public_key)
    assert not school.keys.is_rotating()
    for opener in (school.opener, school.keys.unlock(draft.words["b"])):
        assert can_open(opener, after)
        assert not can_open(opener, school.trace)


def test_a_draft_counts_only_on_the_keys_it_was_made_from(school: School) -> None:
    draft = school.keys.draft_words(school.opener, "teacher")
    school.keys.remove_adult(school.opener, "b")
    with pytest.raises(Changed):
        school.keys.commit(draft, school.opener)


def test_a_backup_carries_every_way_in_but_the_devices(school: School, tmp_path: Path) -> None:
    school.keys.trust_device(school.opener, "d1", "soleil")
    for path in school.keys.files():
        target = tmp_path / "copy" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(school.folder / path, target)
    assert not (tmp_path / "copy" / "devices").exists()
    assert can_open(KeyFolder(tmp_path / "copy").unlock(school.words), school.trace)


@pytest.mark.parametrize("part", ["class.pub", "recovery.pub", "adults", "class"])
def test_a_lost_part_is_known_without_opening(school: School, part: str) -> None:
    assert school.keys.lost() == []
    path = school.folder / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert school.keys.lost()


def _add(keys: KeyFolder, opener: Opener, _words: list[str]) -> None:
    keys.add_adult(opener, "c")


def _remove(keys: KeyFolder, opener: Opener, _words: list[str]) -> None:
    keys.remove_adult(opener, "b")


def _draft(keys: KeyFolder, opener: Opener, words: list[str], *, rotate: bool) -> None:
    draft = keys.draft_rotation(opener, ["teacher"]) if rotate else keys.draft_recovery(opener, "teacher")
    # Shown, and copied on paper, before it counts.
    words.append(draft.words["teacher"])
    keys.commit(draft, opener)


def _recover(keys: KeyFolder, opener: Opener, words: list[str]) -> None:
    _draft(keys, opener, words, rotate=False)


def _rotate(keys: KeyFolder, opener: Opener, words: list[str]) -> None:
    _draft(keys, opener, words, rotate=True)


@pytest.mark.parametrize("change", [_add, _remove, _recover, _rotate])
def test_the_power_goes_at_every_step_of_a_change(
    tmp_path: Path, change: Callable[[KeyFolder, Opener, list[str]], None]
) -> None:
    """The folder opens with the former words or with the new ones, and never with both or none."""
    whole = School(tmp_path / "whole" / "keys")
    step, done, seen = 0, False, set()
    while not done:
        folder = tmp_path / str(step) / "keys"
        shutil.copytree(whole.folder, folder)
        words = [whole.words]
        with cut_at(step):
            try:
                change(KeyFolder(folder), KeyFolder(folder).unlock(whole.words), words)
                done = True
            except PowerCut:
                pass
        after = KeyFolder(folder)
        after.settle()
        ways = [each for each in words if School.opens(_at(whole, folder), each)]
        assert len(ways) == 1, (step, ways)
        opener = after.unlock(ways[0])
        assert can_open(opener, whole.trace)
        assert can_open(opener, after.sealer().seal(b"ensuite"))
        assert sorted(path.name for path in folder.parent.iterdir()) == ["keys"]
        seen.add(words.index(ways[0]))
        step += 1
    assert step > 15
    assert seen == ({0} if change in (_add, _remove) else {0, 1})


def _at(school: School, folder: Path) -> School:
    moved = School.__new__(School)
    moved.__dict__ = {**school.__dict__, "folder": folder}
    return moved
