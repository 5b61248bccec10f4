"""A box that the doctor examines."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.config import Config, HubConfig
from appliance.domain.retention import ClockReading

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)


class FixedClock:
    def __init__(self, now: datetime = NOW, *, trusted: bool = True) -> None:
        self._reading = ClockReading(now, trusted)

    def read(self) -> ClockReading:
        return self._reading


@pytest.fixture(name="config")
def config_fixture(tmp_path: Path) -> Config:
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    return Config(
        path=tmp_path / "boite.toml",
        data=tmp_path / "data",
        run=tmp_path / "run",
        hub=HubConfig(bind="127.0.0.1", https_port=1, announce=False),
    )


@contextmanager
def answering(family: int, address: object, reply: bytes) -> Iterator[list[bytes]]:
    """A server that gives one canned reply; yields what it was asked."""
    asked: list[bytes] = []
    with socket.socket(family) as listening:
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen()
        listening.settimeout(10)

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                asked.append(peer.recv(4096))
                peer.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join(timeout=10)
