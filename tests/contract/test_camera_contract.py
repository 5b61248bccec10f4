import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from appliance.config import StationConfig
from appliance.devices.camera import PiCamera
from appliance.devices.ports import Camera, DeviceError
from appliance.devices.sharing import SharedCamera, lock_file
from appliance.devices.watched import WatchedCamera
from appliance.simulator.twins.camera import TwinCamera


@dataclass
class Bench:
    camera: Camera
    set_plugged: Callable[[bool], None] | None

    def plug(self, plugged: bool) -> None:
        if self.set_plugged is None:
            pytest.skip("needs a hand on the ribbon cable")
        self.set_plugged(plugged)


class Nodes:
    """The kernel's camera devices: one more or one less at each hand on a USB camera's plug."""

    def __init__(self, twin: TwinCamera) -> None:
        self._twin = twin
        self.seen = frozenset({"video0"})

    def plug(self, plugged: bool) -> None:
        self._twin.set_plugged(plugged)
        self.seen = frozenset({"video0"} if plugged else ())


@pytest.fixture(params=["twin", "watched", "shared", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    twin = TwinCamera()
    if request.param == "twin":
        return Bench(twin, twin.set_plugged)
    if request.param == "watched":
        nodes = Nodes(twin)
        return Bench(WatchedCamera(twin, lambda: nodes.seen), nodes.plug)
    if request.param == "shared":
        return Bench(SharedCamera(twin, lock_file(tmp_path, 0)), twin.set_plugged)
    stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
    numbers = [station.badge_camera for station in stations if station.badge_camera is not None]
    if not numbers:
        pytest.skip("no station of this box has a camera")
    return Bench(PiCamera(numbers[0]), None)


def test_a_luma_frame_is_wide_enough_for_a_badge_and_has_its_bytes(bench: Bench) -> None:
    with bench.camera.open() as stream:
        frame = stream.luma(2.0)
    assert frame.width == 1280
    assert frame.height >= 720
    assert len(frame.data) == frame.width * frame.height


def test_each_frame_is_a_new_one(bench: Bench) -> None:
    with bench.camera.open() as stream:
        assert stream.luma(2.0).data != stream.luma(2.0).data


def test_a_still_is_a_jpeg(bench: Bench) -> None:
    with bench.camera.open() as stream:
        picture = Image.open(io.BytesIO(stream.still(3.0)))
    assert picture.format == "JPEG"
    picture.load()
    assert min(picture.size) >= 720


def test_stills_and_frames_may_alternate(bench: Bench) -> None:
    with bench.camera.open() as stream:
        stream.luma(2.0)
        stream.still(3.0)
        stream.luma(2.0)


def test_it_opens_again(bench: Bench) -> None:
    for _ in range(2):
        with bench.camera.open() as stream:
            assert stream.luma(2.0).data


def test_it_is_there(bench: Bench) -> None:
    bench.camera.check()


def test_unplugged_while_open_it_says_so_within_its_timeout(bench: Bench) -> None:
    with bench.camera.open() as stream:
        stream.luma(2.0)
        bench.plug(False)
        begun = time.monotonic()
        with pytest.raises(DeviceError, match="nappe"):
            stream.luma(1.0)
        with pytest.raises(DeviceError, match="nappe"):
            stream.still(1.0)
        assert time.monotonic() - begun < 5


def test_unplugged_it_does_not_open_until_it_is_plugged_again(bench: Bench) -> None:
    bench.plug(False)
    with pytest.raises(DeviceError, match="nappe"):
        bench.camera.check()
    with pytest.raises(DeviceError, match="nappe"), bench.camera.open():
        pass
    bench.plug(True)
    bench.camera.check()
    with bench.camera.open() as stream:
        assert stream.luma(2.0).data
