"""A purge of many traces: killed anywhere it ends the same, it is small, and it holds nobody up.

In every run 400 of 2,000 are due. `BOITE_RETENTION_SIZE=100000` plays the size of a full box (20,000 due):
minutes, and a figure to write down. `BOITE_KILLS` plays more of them.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.config import Config
from appliance.hub import people
from appliance.hub.box import Box
from appliance.jobs import retention
from appliance.store import lasting as stored
from appliance.store import outbox, settings
from tests.conftest import HandClock, MadeKeys
from tests.system.retention_child import Told, config_of
from tests.unit.retention_helpers import end_state, fill, on

SIZE = int(os.environ.get("BOITE_RETENTION_SIZE", "2000"))
DUE = SIZE // 5
KILLS = int(os.environ.get("BOITE_KILLS", "3"))
MOST_RSS = 150_000_000
NOW = on("2027-09-01", 0)
CHILD = Path(__file__).with_name("retention_child.py")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, made_keys: MadeKeys) -> Path:
    """A closed box with all its traces, one in five past the end of its year, half of those at the ENT."""
    folder = tmp_path_factory.mktemp("full")
    config = replace(config_of(folder), stations=())
    clock = HandClock()
    box = Box(config, clock)
    shutil.copytree(made_keys.folder, config.data / "keys", dirs_exist_ok=True)
    scenario(box)
    pupils = [people.add(box, f"Élève {number}", pictogram="fish") for number in range(20)]
    fill(box, pupils, [(on("2027-08-31").date(), DUE), (on("2028-08-31").date(), SIZE - DUE)])
    with box.database.transaction() as db:
        codes = [row[0] for row in db.execute("SELECT code FROM captures ORDER BY id LIMIT ?", [DUE // 2])]
        for code in codes:
            outbox.ask_put(box.database, code, clock.now)
        db.execute("UPDATE outbox SET attempts = 1, state = 'verified'")
    settings.raise_high_water(box.database, on("2027-07-05"))
    box.close()
    return folder


def scenario(box: Box) -> None:
    with box.database.transaction() as db:
        db.execute(
            "INSERT INTO scenarios (id, station, pictogram, nature, limit_seconds, group_max, draft, caption,"
            " wish, created_at, sealed) VALUES ('s', 'A', 'book', 'voice', 60, 1, 0, 0, 0, '', '')"
        )


@pytest.fixture
def folder(full: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "box"
    shutil.copytree(full, copy, copy_function=os.link)
    # Rows are written in place: only files that are never changed may be shared.
    for path in (full / "data").glob("boite.db*"):
        (copy / "data" / path.name).unlink()
        shutil.copy(path, copy / "data" / path.name)
    return copy


def start(folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, str(CHILD), str(folder), NOW.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)


def state_of(folder: Path) -> dict[str, Any]:
    box = Box(config_of(folder), Told(NOW))
    try:
        assert box.database.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return end_state(box)
    finally:
        box.close()


@pytest.fixture(scope="module")
def wanted(full: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], float]]:
    """What an undisturbed run leaves, and the seconds that it takes."""
    copy = tmp_path_factory.mktemp("whole") / "box"
    shutil.copytree(full, copy)
    began = time.monotonic()
    assert start(copy).communicate(timeout=3600)[0].strip() == str(DUE)
    took = time.monotonic() - began
    state = state_of(copy)
    assert (len(state["tombstones"]), len(state["files"])) == (DUE, SIZE - DUE)
    assert len(state["outbox"]) == DUE // 2
    yield state, took


def test_killed_at_any_moment_it_ends_the_same(folder: Path, wanted: tuple[dict[str, Any], float]) -> None:
    state, took = wanted
    chance = random.Random(20270901)
    for _ in range(KILLS):
        child = start(folder)
        time.sleep(chance.uniform(0.2, 1.0) * took)
        child.kill()
        child.communicate()
    child = start(folder)
    child.communicate(timeout=3600)
    assert child.returncode == 0
    assert state_of(folder) == state


class Cut(BaseException):
    """The power goes."""


def test_cut_before_each_kind_of_step_it_ends_the_same(
    folder: Path, wanted: tuple[dict[str, Any], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row, tombstone, ENT, proof, commit, files, journal: each is cut at its first and at a later time."""
    steps = (
        "appliance.store.outbox.ask_delete",
        "appliance.store.captures.bury",
        "appliance.hub.audit.note",
        "appliance.hub.shelf.Shelf.remove_many",
        "appliance.hub.shelf.Shelf.remove_parcels",
        "appliance.hub.shelf.flush_folder",
        "appliance.hub.retention.purge_rest.erase",
        "appliance.hub.audit.tend",
        "appliance.store.database.Database.forget_deleted_rows",
        "appliance.store.settings.raise_high_water",
    )
    cut = 0
    for step in steps:
        for after in (0, 7):
            cut += run_cut(folder, monkeypatch, step, after)
    assert cut >= len(steps)
    retention.run(config_of(folder), Told(NOW))
    assert state_of(folder) == wanted[0]


def run_cut(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: int) -> bool:
    """Run until the step was done so many times, and stop there for good; whether it came to that."""
    left = [after]

    def cutting(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise Cut(step)
            left[0] -= 1
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        owner, _dot, name = step.rpartition(".")
        target = resolve(owner)
        patch.setattr(target, name, cutting(getattr(target, name)))
        try:
            retention.run(config_of(folder), Told(NOW))
        except Cut:
            return True
    return False


def resolve(path: str) -> Any:
    import importlib

    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _dot, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)


def test_it_is_small_and_others_write_and_read_meanwhile(folder: Path) -> None:
    config: Config = config_of(folder)
    box = Box(config, Told(NOW))
    child = start(folder)
    waits: list[float] = []
    peak = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], resident(child.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    while child.poll() is None:
        before = time.monotonic()
        settings.put(box.database, "x", datetime.now(UTC).isoformat())
        stored.total(box.database)
        waits.append(time.monotonic() - before)
        time.sleep(0.01)
    done.set()
    watcher.join()
    erased = child.communicate()[0].strip()
    box.close()
    assert erased == str(DUE)
    waits.sort()
    figures = {
        "size": SIZE,
        "due": DUE,
        "seconds": round(time.monotonic() - began, 1),
        "peak_mb": peak[0] // 1_000_000,
        "writes": len(waits),
        "wait_ms_p50": round(waits[len(waits) // 2] * 1000),
        "wait_ms_p95": round(waits[int(len(waits) * 0.95)] * 1000),
        "wait_ms_max": round(waits[-1] * 1000),
    }
    sys.stdout.write(f"{figures}\n")
    assert peak[0] < MOST_RSS
    assert waits[int(len(waits) * 0.95)] < 1.0, figures


def resident(pid: int) -> int:
    """The child's resident memory, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def test_a_lock_held_by_another_does_not_stop_it(folder: Path) -> None:
    """A page that writes for a second is waited for."""
    other = sqlite3.connect(config_of(folder).data / "boite.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    child = start(folder)
    time.sleep(1)
    other.execute("COMMIT")
    other.close()
    assert child.communicate(timeout=3600)[0].strip() == str(DUE)
