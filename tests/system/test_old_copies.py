"""Copies of the data folder from before a change of keys: no key that still exists opens them.

From the outside: the ordinary `age`, with every private key that the box and its people have afterwards.
"""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from pyrage import DecryptError, passphrase

from appliance.hub.box import Box
from appliance.hub.keys import adults, rotation
from appliance.vault import wraps
from appliance.vault.ring import Draft
from tests.system.full_class import TYPED, files, fill
from tests.unit.key_helpers import start


def sealed_to_a_key(path: Path) -> bool:
    return path.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")


def every_sealed_file(data: Path, folder: Path) -> list[Path]:
    """The sealed files of a copy, and each sealed value of its database as a file of its own."""
    found = [path for path in files(data) if sealed_to_a_key(path)]
    with closing(sqlite3.connect(data / "boite.db")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [
            value
            for table in tables
            for row in database.execute(f"SELECT * FROM [{table}]")
            for value in row
            if isinstance(value, bytes)
        ]
    for number, value in enumerate(values):
        path = folder / f"{number}.age"
        path.write_bytes(value)
        found.append(path)
    return found


def opens(identities: Path, path: Path) -> bytes | None:
    done = subprocess.run(["age", "-d", "-i", str(identities), str(path)], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def keys_that_exist(box: Box, draft: Draft, folder: Path) -> Path:
    """Every private key there is after the change, as an identity file of `age`."""
    opener = box.opener
    own = filter(None, (opener.own_identity(adult) for adult in draft.words))
    path = folder / "keys.txt"
    path.write_text("\n".join([*opener.class_identities(), *own, draft.recovery_identity]) + "\n")
    return path


def change_keys(box: Box) -> Draft:
    draft = rotation.draft(box)
    rotation.begin(box, draft)
    rotation.give_up_waiting(box)
    assert rotation.join(box, 60)
    assert not box.keys.is_rotating()
    return draft


def test_no_key_that_exists_opens_a_copy_from_before(new_box: Box, tmp_path: Path) -> None:
    former = start(new_box).keys
    fill(new_box)
    data, old = new_box.config.data, tmp_path / "old"
    shutil.copytree(data, old)
    draft = change_keys(new_box)
    keys = keys_that_exist(new_box, draft, tmp_path)
    pieces = tmp_path / "pieces"
    pieces.mkdir()

    before = every_sealed_file(old, pieces)
    assert len(before) > 20
    assert [path for path in before if opens(keys, path) is not None] == []
    for wrapped in (old / "keys" / "adults").glob("*.age"):
        for words in draft.words.values():
            refused(wrapped.read_bytes(), words)

    # The same copy did open with the former words; and the box of today opens with today's keys.
    teacher = passphrase.decrypt((old / "keys" / "adults" / "teacher.age").read_bytes(), former.passphrase)
    own = tmp_path / "former.txt"
    own.write_bytes(teacher)
    [class_key] = [path for path in (old / "keys" / "class").glob("*.age") if opens(own, path)]
    own.write_bytes(opens(own, class_key) or b"")
    assert all(opens(own, path) is not None for path in before if path.parent.name != "class")
    media = list((data / "media").rglob("*.age"))
    assert all(TYPED["voice"].encode() in (opens(keys, path) or b"") for path in media)
    assert all(opens(own, path) is None for path in media)


def test_one_who_left_opens_nothing_of_what_came_after(new_box: Box, tmp_path: Path) -> None:
    """law.md §7.4, Teacher changes: they may have kept their words, and a copy of the folder."""
    start(new_box)
    gone, words = adults.add(new_box, "Rosalinde", adults.Role.TEACHER)
    copy = tmp_path / "theirs"
    shutil.copytree(new_box.config.data, copy)
    adults.remove(new_box, gone)
    fill(new_box)
    own = tmp_path / "theirs.txt"
    own.write_text(wraps.unwrap((copy / "keys" / "adults" / f"{gone}.age").read_bytes(), words))
    known = [opens(own, path) for path in (copy / "keys" / "class").glob("*.age")]
    own.write_bytes(b"".join(filter(None, [own.read_bytes() + b"\n", *known])))
    assert len(list(filter(None, known))) == 1
    media = list((new_box.config.data / "media").rglob("*.age"))
    assert len(media) > 2
    assert [path for path in media if opens(own, path) is not None] == []


def refused(wrapped: bytes, words: str) -> None:
    try:
        passphrase.decrypt(wrapped, words)
    except DecryptError:
        return
    raise AssertionError("new words open a former wrap")
