"""The picamera2 adapter against a fake with the names, arguments and errors of picamera2 0.3.38.

picamera2 needs libcamera, which only a Pi's system has; the contract suite runs the adapter there.
"""

import io
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest

from appliance.devices.camera import PiCamera
from appliance.devices.ports import DeviceError


class FakeRequest:
    def __init__(self, camera: "FakePicamera2") -> None:
        self.camera = camera

    def make_buffer(self, name: str) -> np.ndarray:
        config = self.camera.camera_config[name]
        (width, height), stride = config["size"], config["stride"]
        planes = np.full(stride * height * 3 // 2, 99, np.uint8)
        luma = planes[: stride * height].reshape(height, stride)
        luma[:, :width] = np.arange(height)[:, None] % 90
        return planes

    def save(self, name: str, file_output: io.BytesIO, format: str | None = None, exif_data=None) -> None:
        assert (name, format) == ("main", "jpeg")
        file_output.write(b"\xff\xd8still\xff\xd9")

    def release(self) -> None:
        self.camera.held -= 1


class FakePicamera2:
    cameras = 1
    sensor_resolution = (4608, 2592)
    camera_controls: ClassVar = {"AfMode": (0, 2, 0)}
    padding = 0
    made: ClassVar["list[FakePicamera2]"] = []

    @staticmethod
    def global_camera_info() -> list[dict[str, object]]:
        return [{"Num": number, "Model": "imx708"} for number in range(FakePicamera2.cameras)]

    def __init__(self, camera_num=0, verbose_console=None, tuning=None, allocator=None) -> None:
        self.global_camera_info()[camera_num]
        self.calls: list[str] = []
        self.captures: list[tuple[float, bool | None]] = []
        self.controls: dict[str, object] = {}
        self.camera_config: dict[str, dict[str, object]] = {}
        self.held = 0
        self.silent = False
        FakePicamera2.made.append(self)

    def create_still_configuration(self, *, main, lores, raw, buffer_count) -> dict[str, object]:
        assert raw is None, "a raw stream is memory for nothing"
        return {"main": main, "lores": lores, "buffer_count": buffer_count}

    def configure(self, camera_config: dict[str, dict[str, object]]) -> None:
        self.calls.append("configure")
        lores = camera_config["lores"]
        lores["stride"] = lores["size"][0] + self.padding
        self.camera_config = camera_config

    def set_controls(self, controls: dict[str, object]) -> None:
        self.controls = controls

    def start(self) -> None:
        self.calls.append("start")

    def stream_configuration(self, name: str = "main") -> dict[str, object]:
        return self.camera_config[name]

    def capture_request(self, wait=None, signal_function=None, flush=None) -> FakeRequest:
        self.captures.append((wait, flush))
        if self.silent:
            raise TimeoutError
        self.held += 1
        return FakeRequest(self)

    def close(self) -> None:
        self.calls.append("close")


class FakeAfModeEnum:
    Continuous = "continuous"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    picamera2, libcamera = ModuleType("picamera2"), ModuleType("libcamera")
    picamera2.Picamera2 = type("Picamera2", (FakePicamera2,), {})
    libcamera.controls = ModuleType("controls")
    libcamera.controls.AfModeEnum = FakeAfModeEnum
    monkeypatch.setitem(sys.modules, "picamera2", picamera2)
    monkeypatch.setitem(sys.modules, "libcamera", libcamera)
    monkeypatch.setattr(FakePicamera2, "made", [])
    return FakePicamera2


def test_one_configuration_serves_stills_and_badges(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).open():
        camera = fake.made[0]
        assert camera.camera_config["main"]["size"] == (2304, 1296)
        assert camera.camera_config["lores"] == {"size": (1280, 720), "format": "YUV420", "stride": 1280}
        assert camera.camera_config["buffer_count"] == 3
        assert camera.controls == {"AfMode": "continuous"}
        assert camera.calls == ["configure", "start"]
    assert camera.calls[-1] == "close"


def test_a_small_sensor_is_used_whole(fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "sensor_resolution", (1024, 768))
    monkeypatch.setattr(fake, "camera_controls", {})
    with PiCamera(0).open() as stream:
        assert (stream.luma(1).width, stream.luma(1).height) == (1024, 768)
        assert fake.made[0].controls == {}


@pytest.mark.parametrize("padding", [0, 64])
def test_luma_is_the_y_plane_without_padding_or_colour(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch, padding: int
) -> None:
    monkeypatch.setattr(fake, "padding", padding)
    with PiCamera(0).open() as stream:
        frame = stream.luma(1.5)
    rows = np.frombuffer(frame.data, np.uint8).reshape(720, 1280)
    assert (rows == np.arange(720)[:, None] % 90).all()


def test_a_still_is_of_a_frame_that_begins_after_the_call(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).open() as stream:
        assert stream.still(2.5) == b"\xff\xd8still\xff\xd9"
    assert fake.made[0].captures[-1] == (2.5, True)


def test_every_frame_is_given_back(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).open() as stream:
        stream.luma(1)
        stream.still(1)
        assert fake.made[0].held == 0


def test_a_frame_that_does_not_come_ends_the_stream(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).open() as stream:
        fake.made[0].silent = True
        with pytest.raises(DeviceError, match="nappe"):
            stream.luma(0.5)
        fake.made[0].silent = False
        before = len(fake.made[0].captures)
        with pytest.raises(DeviceError, match="nappe"):
            stream.still(0.5)
        assert len(fake.made[0].captures) == before, "it would wait behind the request that never came"
    assert fake.made[0].calls[-1] == "close"


def test_a_camera_that_starts_without_a_frame_is_closed(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(self: FakePicamera2) -> None:
        self.silent = True

    monkeypatch.setattr(fake, "start", silent)
    with pytest.raises(DeviceError, match="nappe"), PiCamera(0).open():
        pass
    assert fake.made[0].calls == ["configure", "close"]


def test_a_camera_that_refuses_to_start_is_closed(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: FakePicamera2) -> None:
        raise RuntimeError("Failed to start camera: Device or resource busy")

    monkeypatch.setattr(fake, "start", busy)
    with pytest.raises(DeviceError, match="ne démarre pas"), PiCamera(0).open():
        pass
    assert fake.made[0].calls == ["configure", "close"]


def test_a_missing_camera_says_so(fake: type[FakePicamera2]) -> None:
    PiCamera(0).check()
    with pytest.raises(DeviceError, match="caméra 1"):
        PiCamera(1).check()
    with pytest.raises(DeviceError, match="caméra 1"), PiCamera(1).open():
        pass
    assert fake.made == []


def test_checking_opens_nothing(fake: type[FakePicamera2]) -> None:
    PiCamera(0).check()
    assert fake.made == []


def test_without_picamera2_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    camera = PiCamera(0)
    with pytest.raises(DeviceError, match="python3-picamera2"):
        camera.check()
    with pytest.raises(DeviceError, match="python3-picamera2"), camera.open():
        pass


@pytest.mark.parametrize("call", ["start", "close"])
def test_a_native_call_that_hangs_is_told(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """In place of `end_process`, the hang is told and let go."""
    told: list[str] = []
    hung = threading.Event()

    def let_go(what: str) -> None:
        told.append(what)
        hung.set()

    original: Callable[[FakePicamera2], None] = getattr(fake, call)

    def hang(self: FakePicamera2) -> None:
        assert hung.wait(10), "nobody watched this call"
        original(self)

    monkeypatch.setattr(fake, call, hang)
    monkeypatch.setattr("appliance.devices.camera._NATIVE_SECONDS", 0.05)
    with PiCamera(0, on_hang=let_go).open():
        pass
    assert told == [f"picamera2 {call} (0)"]
