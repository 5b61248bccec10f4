"""A powered-off data folder, seen with `strings`, `sqlite3` and `age`: pseudonymous ids, dates and sizes."""

import shutil
import sqlite3
import subprocess
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from appliance.config import Config, StationConfig
from appliance.domain.permissions import Nature
from appliance.hub.box import Box
from tests.conftest import HandClock
from tests.system.full_class import TYPED, add_adult_and_device, files, fill, lock
from tests.unit.key_helpers import start


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a full class, locked, with its write-ahead log as the plug leaves it."""
    folder = tmp_path_factory.mktemp("stolen")
    stations = (StationConfig("A", Nature.VOICE, microphone="twin", badge_camera=0),)
    box = Box(Config(folder / "boite.toml", folder / "data", folder / "run", stations=stations), HandClock())
    start(box)
    fill(box)
    add_adult_and_device(box)
    lock(box)
    copy = folder / "copy"
    shutil.copytree(box.config.data, copy)
    box.close()
    assert (copy / "boite.db-wal").stat().st_size > 0
    return copy


def spellings(text: str) -> set[bytes]:
    """Return how a text could lie on a disk."""
    forms = {unicodedata.normalize(form, each) for form in ("NFC", "NFD") for each in (text, text.casefold())}
    escaped = {text.encode("unicode_escape").decode(), text.encode("ascii", "xmlcharrefreplace").decode()}
    return {
        form.encode(encoding)
        for form in forms | escaped
        for encoding in ("utf-8", "utf-16-le", "latin-1")
        if _fits(form, encoding)
    }


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_no_file_and_no_name_of_a_file_tells_anything(stolen: Path) -> None:
    found = []
    for path in files(stolen):
        content = path.read_bytes() + path.relative_to(stolen).as_posix().encode()
        found += [
            (path.name, what) for what, text in TYPED.items() if any(s in content for s in spellings(text))
        ]
    assert found == []
    names = {path.relative_to(stolen).parts[0] for path in files(stolen)}
    assert {"boite.db", "boite.db-wal", "keys", "media", "spool", "exports"} <= names


def test_strings_finds_no_private_key_and_no_word(stolen: Path) -> None:
    said = subprocess.run(
        ["strings", "-n", "4", "--", *map(str, files(stolen))], capture_output=True, text=True, check=True
    ).stdout
    assert "AGE-SECRET-KEY" not in said
    for text in TYPED.values():
        assert text not in said


def test_the_database_holds_ids_dates_sizes_and_closed_words(stolen: Path) -> None:
    """Every text of every row, in the eyes of whoever opens it with SQLite."""
    with closing(sqlite3.connect(f"{(stolen / 'boite.db').as_uri()}?mode=ro", uri=True)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        texts = [
            value
            for table in tables
            for row in database.execute(f"SELECT * FROM [{table}]")
            for value in row
            if isinstance(value, str)
        ]
        blobs = [
            value
            for table in tables
            for row in database.execute(f"SELECT * FROM [{table}]")
            for value in row
            if isinstance(value, bytes)
        ]
    assert len(texts) > 100
    for text in texts:
        assert not any(typed.casefold() in text.casefold() for typed in TYPED.values())
    assert blobs
    assert all(blob.startswith(b"age-encryption.org/v1\n") for blob in blobs)


def test_age_opens_nothing_with_a_key_of_one_s_own(stolen: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    subprocess.run(["age-keygen", "-o", str(own)], check=True, capture_output=True)
    sealed = [path for path in files(stolen) if path.suffix == ".age" and path.parts[-2] != "adults"]
    assert len(sealed) > 5
    for path in sealed:
        tried = subprocess.run(["age", "-d", "-i", str(own), str(path)], capture_output=True, check=False)
        assert tried.returncode != 0
        assert tried.stdout == b""
