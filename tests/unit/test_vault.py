import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.vault.files import make_folder, remove_durably, write_durably
from appliance.vault.keys import AlreadyCreated, KeyFolder, WrongPassphrase
from appliance.vault.opening import NotForThisKey, Opener
from appliance.vault.passphrase import make_passphrase, tidy, word_list
from appliance.vault.sealing import Sealer
from tests.conftest import MadeKeys


def test_seven_words_are_worth_80_bits_and_can_be_typed_in_class() -> None:
    words = word_list()
    assert len(set(words)) ** 7 >= 2**80
    assert all(re.fullmatch("[a-z]{4,8}", word) for word in words)
    assert not any(word + suffix in words for word in words for suffix in ("s", "e"))


@given(st.lists(st.integers(0, 4095), min_size=7, max_size=7))
def test_a_passphrase_is_read_however_it_is_typed(numbers: list[int]) -> None:
    draws = iter(numbers)
    passphrase = make_passphrase(lambda bound: next(draws) % bound)
    assert len(passphrase.split()) == 7
    assert tidy(f"  {passphrase.upper().replace(' ', '-  ')} ") == passphrase


def test_only_the_seven_words_open_the_class(made_keys: MadeKeys) -> None:
    keys = KeyFolder(made_keys.folder)
    with pytest.raises(WrongPassphrase):
        keys.unlock("ce ne sont pas les sept mots")
    assert keys.unlock(made_keys.secrets.passphrase.upper()).public_key == made_keys.opener.public_key


def test_what_is_sealed_opens_with_the_class_and_with_recovery(made_keys: MadeKeys) -> None:
    sealed = KeyFolder(made_keys.folder).sealer().seal_json({"first_name": "Lina"})
    assert b"Lina" not in sealed
    assert made_keys.opener.open_json(sealed) == {"first_name": "Lina"}
    assert Opener(made_keys.secrets.recovery_identity).open_json(sealed) == {"first_name": "Lina"}


def test_no_secret_stays_on_the_disk(made_keys: MadeKeys) -> None:
    on_disk = b"".join(path.read_bytes() for path in made_keys.folder.rglob("*") if path.is_file())
    assert b"AGE-SECRET-KEY" not in on_disk
    for word in made_keys.secrets.passphrase.split():
        assert word.encode() not in on_disk


def test_a_class_key_is_made_once(made_keys: MadeKeys) -> None:
    with pytest.raises(AlreadyCreated):
        KeyFolder(made_keys.folder).create()


def test_a_damaged_file_says_so(made_keys: MadeKeys) -> None:
    sealed = bytearray(KeyFolder(made_keys.folder).sealer().seal(b"une voix"))
    sealed[-1] ^= 1
    with pytest.raises(NotForThisKey):
        made_keys.opener.open(bytes(sealed))


def test_keys_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Sealer([])
    with pytest.raises(ValueError, match="public key"):
        Sealer(["age1nothing"])
    with pytest.raises(ValueError, match="identity"):
        Opener("AGE-SECRET-KEY-1NOTHING")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    write_durably(folder / "x", b"un")
    write_durably(folder / "x", b"deux", mode=0o600)
    assert (folder / "x").read_bytes() == b"deux"
    assert (folder / "x").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["x"]
    assert remove_durably(folder / "x")
    assert not remove_durably(folder / "x")
