"""A journal with a few acts in it, and somebody who tampers with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from appliance.cli import main
from appliance.config import Config
from appliance.domain.audit import Event, Line
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.keys.throttle import Throttle
from appliance.store import journal
from appliance.store.database import FILE_NAME
from tests.conftest import MadeKeys

DEADLINE = 60.0


def lines(box: Box) -> list[Line]:
    return [line for line, _digest in journal.every(box.database)]


def length(box: Box) -> int:
    return journal.head(box.database).number


@pytest.fixture(name="written")
def written_fixture(box: Box) -> Box:
    """A box whose journal has twelve lines and more."""
    for number in range(12):
        audit.note(box, Event.RETENTION_RUN, detail=str(number))
    return box


@pytest.fixture(name="intruder")
def intruder_fixture(written: Box) -> Iterator[sqlite3.Connection]:
    """Somebody with `sqlite3` and the power to take the triggers away."""
    with closing(sqlite3.connect(written.config.data / FILE_NAME, isolation_level=None)) as connection:
        for name in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name[0]}")
        yield connection


def unlock(box: Box, made_keys: MadeKeys) -> None:
    access.unlock(box, made_keys.secrets.passphrase, Throttle())


def command(config: Config, *words: str) -> int:
    stations = "".join(
        f'[[stations]]\nid = "{station.id}"\nnature = "{station.nature}"\n' for station in config.stations
    )
    config.path.write_text(f'[box]\ndata = "{config.data}"\nrun = "{config.run}"\n{stations}')
    return main(["journal", "--config", str(config.path), *words])
