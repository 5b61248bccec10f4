"""A camera that freezes: the station says so, closes it, opens it again, and feeds its watchdog meanwhile."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.devices.ports import ButtonName
from appliance.devices.sharing import SharedCamera, lock_file
from appliance.hub.box import Box
from appliance.simulator.twins.camera import TwinCamera
from tests.system.station_rig import Rig, serving

RED = ButtonName.RED

HANGING = """
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from appliance.devices.deadline import Deadline
from appliance.devices.sharing import SharedCamera

class Hanging:
    @contextmanager
    def open(self):
        try:
            yield None
        finally:
            with Deadline("picamera2 close (0)", 0.1):
                Event().wait()

with SharedCamera(Hanging(), Path(sys.argv[1])).open():
    print("open", flush=True)
"""


class Manager:
    """The service manager's end of the watchdog."""

    def __init__(self, address: str) -> None:
        self.end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.end.bind(address)
        self.pings = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def wait_for_pings(self, count: int) -> None:
        """Wait for that many more."""
        with self._changed:
            wanted = self.pings + count
            assert self._changed.wait_for(lambda: self.pings >= wanted, 20)

    def _receive(self) -> None:
        while said := self.end.recv(64):
            with self._changed:
                self.pings += said == b"WATCHDOG=1"
                self._changed.notify_all()

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", self.end.getsockname())
        self._thread.join()
        self.end.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    address = str(tmp_path / "notify")
    manager = Manager(address)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    yield manager
    manager.close()


@pytest.fixture
def rig(open_box: Box, lina: str, manager: Manager) -> Iterator[Rig]:
    with serving(open_box):
        rig = Rig(open_box.config, open_box.config.station("A"), open_box.clock)
        rig.start()
        rig.wait_state("ready")
        yield rig
        rig.stop()


def test_a_frozen_camera_is_told_let_go_and_opened_again(rig: Rig, manager: Manager) -> None:
    rig.badge_camera.freeze()
    rig.press(RED)
    rig.wait_state("looking")
    manager.wait_for_pings(1)
    rig.wait_state("cannot")
    assert rig.prompts[-1] == "eye_unplugged"
    manager.wait_for_pings(1)
    rig.wait_state("ready")
    assert rig.streams["badge_camera"] == [1, 0]
    rig.badge_camera.freeze(False)
    rig.press(RED)
    rig.wait_state("looking")
    deadline = time.monotonic() + 10
    while rig.streams["badge_camera"] != [2, 1]:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_a_camera_that_cannot_be_closed_ends_its_process_and_frees_the_neighbours_look(
    tmp_path: Path,
) -> None:
    """EX_SOFTWARE: systemd starts the station again (Restart=always)."""
    lock = lock_file(tmp_path, 0)
    done = subprocess.run(
        [sys.executable, "-c", HANGING, lock], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("open\n", os.EX_SOFTWARE)
    with SharedCamera(TwinCamera(), lock, wait_seconds=0).open() as stream:
        assert stream.luma(2.0).data
