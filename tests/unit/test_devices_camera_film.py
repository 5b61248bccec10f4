"""Filming through picamera2, against a fake with the names, arguments and habits of picamera2 0.3.38."""

import sys
import threading
from types import ModuleType
from typing import Any, ClassVar

import pytest

from appliance.devices.camera import PiCamera
from appliance.devices.ports import DeviceError, Picture

BOOTED_US = 7_000_000_000


class FakeOutput:
    def __init__(self, pts=None) -> None:
        self.recording = False

    def outputframe(self, frame, keyframe=True, timestamp=None, packet=None, audio=False) -> None:
        raise AssertionError("nobody keeps this picture")


class FakeEncoder:
    """What the encoders of a Pi 4 and of a Pi 5 have in common."""

    def __init__(self, *, bitrate, repeat, iperiod, framerate, profile) -> None:
        self.asked = (bitrate, repeat, iperiod, framerate, profile)
        self.output: Any = None
        self.running = False
        self.firsttimestamp: int | None = None
        self.held: list[bytes] = []

    def give(self, number: int, whole: bool = False) -> None:
        """Encode a picture taken at `number` twentieths of a second."""
        if self.firsttimestamp is None:
            self.firsttimestamp = BOOTED_US
        self.output.outputframe(memoryview(b"picture %d" % number), whole, number * 50_000, None, False)


class FakeSoftwareEncoder(FakeEncoder):
    threads = 0


class FakeRequest:
    def __init__(self, camera: "FakePicamera2") -> None:
        self.camera = camera

    def release(self) -> None:
        self.camera.held -= 1


class FakePicamera2:
    sensor_resolution = (4608, 2592)
    camera_controls: ClassVar = {"AfMode": (0, 2, 0)}
    made: ClassVar["list[FakePicamera2]"] = []
    refuses = False

    @staticmethod
    def global_camera_info() -> list[dict[str, object]]:
        return [{"Num": 0}]

    def __init__(self, camera_num=0, verbose_console=None, tuning=None, allocator=None) -> None:
        self.calls: list[str] = []
        self.captures: list[tuple[float, bool | None]] = []
        self.config: dict[str, Any] = {}
        self.encoder: Any = None
        self.held = 0
        self.silent = False
        FakePicamera2.made.append(self)

    def create_video_configuration(
        self, *, main, lores, raw, buffer_count, controls, sensor
    ) -> dict[str, Any]:
        assert (lores, raw) == (None, None), "memory for nothing"
        return {"main": main, "buffer_count": buffer_count, "controls": controls, "sensor": sensor}

    def configure(self, camera_config: dict[str, Any]) -> None:
        self.calls.append("configure")
        self.config = camera_config

    def set_controls(self, controls: dict[str, object]) -> None:
        pass

    def start(self) -> None:
        self.calls.append("start")

    def capture_request(self, wait=None, signal_function=None, flush=None) -> FakeRequest:
        self.captures.append((wait, flush))
        self.calls.append("capture")
        if self.silent:
            raise TimeoutError
        self.held += 1
        return FakeRequest(self)

    def start_encoder(self, encoder=None, output=None, pts=None, quality=None, name=None) -> None:
        assert isinstance(output, FakeOutput)
        encoder.running = True
        if self.refuses:
            raise RuntimeError("no /dev/video11")
        self.calls.append(f"start_encoder {name}")
        self.encoder, encoder.output = encoder, output

    def stop_encoder(self, encoders=None) -> None:
        assert encoders.running, "Encoder already stopped"
        self.calls.append("stop_encoder")
        encoders.running = False
        if encoders.firsttimestamp is not None:
            encoders.output.outputframe(b"the last one", False, 900_000, None, False)

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    picamera2, libcamera = ModuleType("picamera2"), ModuleType("libcamera")
    encoders, outputs = ModuleType("picamera2.encoders"), ModuleType("picamera2.outputs")
    picamera2.Picamera2 = FakePicamera2
    encoders.H264Encoder = FakeEncoder
    outputs.Output = FakeOutput
    libcamera.controls = ModuleType("controls")
    libcamera.controls.AfModeEnum = type("AfModeEnum", (), {"Continuous": "continuous"})
    for module in (picamera2, libcamera, encoders, outputs):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(FakePicamera2, "made", [])
    return FakePicamera2


@pytest.mark.parametrize(
    ("sensor", "film", "mode"),
    [
        ((4608, 2592), (1280, 720), {"output_size": (2304, 1296)}),
        ((3280, 2464), (960, 720), {"output_size": (1640, 1232)}),
        ((4056, 3040), (960, 720), {"output_size": (2028, 1520)}),
        ((1456, 1088), (960, 720), {}),
    ],
    ids=["module 3", "module 2", "high quality", "global shutter"],
)
def test_a_film_shows_the_whole_view(
    fake: type[FakePicamera2],
    monkeypatch: pytest.MonkeyPatch,
    sensor: tuple[int, int],
    film: tuple[int, int],
    mode: dict[str, object],
) -> None:
    monkeypatch.setattr(fake, "sensor_resolution", sensor)
    with PiCamera(0).film(20, 1_500_000):
        config = fake.made[0].config
    assert config["main"] == {"size": film, "format": "YUV420"}
    assert config["sensor"] == mode
    assert config["controls"] == {"FrameDurationLimits": (50_000, 50_000)}


def test_nothing_is_encoded_before_start_and_the_first_frame_begins_after_it(
    fake: type[FakePicamera2],
) -> None:
    with PiCamera(0).film(20, 1_500_000) as stream:
        camera = fake.made[0]
        assert camera.calls == ["configure", "start", "capture"]
        stream.start()
        assert camera.calls[3:] == ["capture", "start_encoder main"]
        assert camera.captures[-1][1] is True, "a frame that began before the call will not do"
        assert camera.encoder.asked == (1_500_000, True, 20, 20, "main")
        assert camera.held == 0
    assert camera.calls[5:] == ["stop_encoder", "close"]


def test_a_software_encoder_works_on_one_thread(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["picamera2.encoders"], "H264Encoder", FakeSoftwareEncoder)
    with PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
        assert fake.made[0].encoder.threads == 1


def test_pictures_bear_the_time_of_their_exposure(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
        fake.made[0].encoder.give(0, whole=True)
        fake.made[0].encoder.give(1)
        assert stream.read(1) == Picture(b"picture 0", BOOTED_US, True)
        assert stream.read(1) == Picture(b"picture 1", BOOTED_US + 50_000, False)


def test_what_the_encoder_held_is_read_after_close(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
        fake.made[0].encoder.give(0, whole=True)
        stream.close()
        read = [stream.read(1), stream.read(1)]
        assert [picture.data for picture in read if picture] == [b"picture 0", b"the last one"]
        assert stream.read(1) is None
        assert stream.read(1) is None
    assert fake.made[0].calls.count("stop_encoder") == 1


def test_a_reader_that_is_too_late_loses_pictures_up_to_a_whole_one(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
        encoder = fake.made[0].encoder
        for number in range(130):
            encoder.give(number, whole=number % 20 == 0)
        kept = [stream.read(1) for _ in range(100)]
        assert [picture.data for picture in kept if picture][-1] == b"picture 99"
        encoder.give(130)
        encoder.give(140, whole=True)
        encoder.give(141)
        after = [stream.read(1), stream.read(1)]
        assert [picture.data for picture in after if picture] == [b"picture 140", b"picture 141"]


def test_a_camera_that_stops_giving_pictures_is_told(fake: type[FakePicamera2]) -> None:
    with PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
        with pytest.raises(DeviceError, match="nappe"):
            stream.read(0.01)


def test_a_camera_that_gives_no_frame_is_closed(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "start", lambda camera: setattr(camera, "silent", True))
    with pytest.raises(DeviceError, match="nappe"), PiCamera(0).film(20, 1_500_000):
        pass
    assert fake.made[0].calls[-1] == "close"


def test_an_encoder_that_refuses_is_told_and_the_camera_closed(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "refuses", True)
    with pytest.raises(DeviceError, match="filmer"), PiCamera(0).film(20, 1_500_000) as stream:
        stream.start()
    assert fake.made[0].calls[-1] == "close"
    assert "stop_encoder" not in fake.made[0].calls


@pytest.mark.parametrize("call", ["start_encoder", "stop_encoder"])
def test_an_encoder_that_hangs_is_told(
    fake: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    told: list[str] = []
    hung = threading.Event()

    def let_go(what: str) -> None:
        told.append(what)
        hung.set()

    original = getattr(fake, call)

    def hang(self: FakePicamera2, *words: Any, **named: Any) -> None:
        assert hung.wait(10), "nobody watched this call"
        original(self, *words, **named)

    monkeypatch.setattr(fake, call, hang)
    monkeypatch.setattr("appliance.devices.camera_film._NATIVE_SECONDS", 0.05)
    with PiCamera(0, on_hang=let_go).film(20, 1_500_000) as stream:
        stream.start()
    assert told == [f"picamera2 {call} (0)"]
