"""Two stations, one camera: they take turns, and one that dies lets it go. The neighbour is a process."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.config import Config, StationConfig
from appliance.devices import real
from appliance.devices.ports import DeviceBusy, DeviceError
from appliance.devices.sharing import SharedCamera, lock_file
from appliance.devices.watched import WatchedCamera
from appliance.domain.permissions import Nature
from appliance.simulator.twins.camera import TwinCamera

NEIGHBOUR = """
import sys
from pathlib import Path
from appliance.devices.sharing import SharedCamera
from appliance.simulator.twins.camera import TwinCamera
with SharedCamera(TwinCamera(), Path(sys.argv[1])).open():
    print("open", flush=True)
    sys.stdin.readline()
print("closed", flush=True)
sys.stdin.readline()
"""


@contextmanager
def neighbour(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Another station's process, with the camera open."""
    with subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def when_waiting(lock: Path, act: Callable[[], None]) -> threading.Thread:
    """Act once this process waits for the camera: it holds the lock's file open."""
    ours = Path("/proc/self/fd")

    def watch() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if any(link.exists() and link.resolve() == lock for link in ours.iterdir()):
                break
            threading.Event().wait(0.005)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return lock_file(tmp_path, 0)


def test_a_camera_that_the_neighbour_uses_is_busy_and_not_broken(lock: Path) -> None:
    with neighbour(lock):
        shared = SharedCamera(TwinCamera(), lock, wait_seconds=0.2)
        shared.check()
        with pytest.raises(DeviceBusy, match="autre station"), shared.open():
            pass


def test_it_opens_as_soon_as_the_neighbour_has_finished(lock: Path) -> None:
    with neighbour(lock) as process:
        thread = when_waiting(lock, lambda: say(process))
        with SharedCamera(TwinCamera(), lock, wait_seconds=30).open() as stream:
            assert stream.luma(2.0).data
        thread.join()


def test_a_neighbour_that_dies_lets_it_go(lock: Path) -> None:
    with neighbour(lock) as process:
        thread = when_waiting(lock, process.kill)
        with SharedCamera(TwinCamera(), lock, wait_seconds=30).open() as stream:
            assert stream.luma(2.0).data
        thread.join()


def test_it_is_free_again_after_each_use_and_after_a_fault(lock: Path) -> None:
    twin = TwinCamera()
    shared = SharedCamera(twin, lock, wait_seconds=0)
    for _ in range(2):
        with shared.open() as stream:
            stream.luma(2.0)
    twin.set_plugged(False)
    with pytest.raises(DeviceError, match="débranchée"), shared.open():
        pass
    twin.set_plugged(True)
    with shared.open() as stream:
        stream.luma(2.0)


def test_a_film_waits_for_its_turn_too(lock: Path) -> None:
    with neighbour(lock) as process:
        with pytest.raises(DeviceBusy), SharedCamera(TwinCamera(), lock, wait_seconds=0).film(10, 1_000_000):
            pass
        thread = when_waiting(lock, lambda: say(process))
        with SharedCamera(TwinCamera(), lock, wait_seconds=30).film(10, 1_000_000):
            pass
        thread.join()


def test_two_cameras_are_two_locks(tmp_path: Path) -> None:
    with neighbour(lock_file(tmp_path, 0)), SharedCamera(TwinCamera(), lock_file(tmp_path, 1), 0).open():
        pass


def test_without_a_place_for_the_lock_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "cameras").write_text("in the way")
    with (
        pytest.raises(DeviceError, match=r"install\.sh"),
        SharedCamera(TwinCamera(), lock_file(tmp_path, 0)).open(),
    ):
        pass


@pytest.mark.parametrize(("neighbours_camera", "kind"), [(0, SharedCamera), (1, WatchedCamera)])
def test_only_a_camera_that_two_stations_name_is_waited_for(
    tmp_path: Path, neighbours_camera: int, kind: type
) -> None:
    ours = StationConfig("A", Nature.VOICE, badge_camera=0)
    theirs = StationConfig("B", Nature.PRODUCTION, tray_camera=neighbours_camera)
    elsewhere = StationConfig("C", Nature.VOICE, badge_camera=0, satellite=True)
    config = Config(tmp_path / "boite.toml", tmp_path, tmp_path, stations=(ours, theirs, elsewhere))
    assert type(real.camera_in_turn(config, ours, 0)) is kind
    assert real.camera_in_turn(config, ours, None) is None
