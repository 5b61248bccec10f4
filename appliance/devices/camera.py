"""A Raspberry Pi camera, through picamera2, which only this module and `camera_film` import, to use a camera.

libcamera may stop answering (a loose ribbon cable, a stuck request) and its `stop` may then block for ever
(picamera2#1264): each native call is bounded by a `Deadline`, which ends the process.
"""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from types import ModuleType
from typing import Any

from appliance.devices.camera_film import PiFilmStream, film_configuration, silent
from appliance.devices.deadline import Deadline, end_process
from appliance.devices.ports import CameraStream, DeviceError, FilmStream, LumaFrame
from appliance.i18n import _

_MAIN_WIDTH = 2304
"""Width of a still: half of a Camera Module 3, its fastest mode, and a quarter of the memory."""
_LUMA_WIDTH = 1280
"""Reads a 21 mm sticker code at 20 cm with 4.5 pixels a module; narrower does not."""
_BUFFERS = 3
"""Few: contiguous memory runs out before anything else does (picamera2#972)."""
_NATIVE_SECONDS = 5.0
_FIRST_FRAME_SECONDS = 3.0
_MARGIN_SECONDS = 2.0

_log = logging.getLogger(__name__)


class PiCamera:
    """The camera that libcamera numbers `number`."""

    def __init__(self, number: int, on_hang: Callable[[str], None] = end_process) -> None:
        """Load picamera2, which takes seconds; `on_hang(call)` is called when libcamera does not return."""
        with suppress(DeviceError):  # told by `check` and `open`, which have somebody to tell it to
            _load()
        self._number = number
        self._on_hang = on_hang

    @contextmanager
    def open(self) -> Iterator[CameraStream]:
        """Start the camera when the context is entered, and wait for its first frame; else DeviceError."""
        camera = self._made()
        try:
            stream = self._started(camera)
            yield stream
        finally:
            with self._deadline("close", _NATIVE_SECONDS):
                camera.close()

    @contextmanager
    def film(self, pictures_per_second: int, bit_rate: int) -> Iterator[FilmStream]:
        """Start the camera when the context is entered, and wait for its first frame; else DeviceError."""
        camera = self._made()
        try:
            self._start(camera, lambda: film_configuration(camera, pictures_per_second))
            with closing(PiFilmStream(camera, self._deadline, pictures_per_second, bit_rate)) as stream:
                stream.look(_FIRST_FRAME_SECONDS)
                yield stream
        finally:
            with self._deadline("close", _NATIVE_SECONDS):
                camera.close()

    def check(self) -> None:
        """Raise DeviceError when the camera is not there. Opens no stream."""
        picamera2 = _load()
        with self._deadline("global_camera_info", _NATIVE_SECONDS):
            count = len(picamera2.Picamera2.global_camera_info())
        if self._number >= count:
            raise self._missing()

    def _made(self) -> Any:
        picamera2 = _load()
        with self._deadline("open", _NATIVE_SECONDS):
            try:
                return picamera2.Picamera2(self._number)
            except (IndexError, RuntimeError) as error:
                _log.warning("picamera2: %s", error)
                raise self._missing() from error

    def _started(self, camera: Any) -> "_PiCameraStream":
        self._start(camera, lambda: _configuration(camera))
        stream = _PiCameraStream(camera, self._deadline)
        stream.luma(_FIRST_FRAME_SECONDS)
        return stream

    def _start(self, camera: Any, configuration: Callable[[], dict[str, Any]]) -> None:
        with self._deadline("start", _NATIVE_SECONDS):
            try:
                camera.configure(configuration())
                if "AfMode" in camera.camera_controls:
                    from libcamera import controls

                    camera.set_controls({"AfMode": controls.AfModeEnum.Continuous})
                camera.start()
            except RuntimeError as error:
                _log.warning("picamera2: %s", error)
                raise DeviceError(
                    _("La caméra ne démarre pas. Vérifiez sa nappe, puis redémarrez la station.")
                ) from error

    def _deadline(self, call: str, seconds: float) -> Deadline:
        return Deadline(f"picamera2 {call} ({self._number})", seconds, self._on_hang)

    def _missing(self) -> DeviceError:
        return DeviceError(
            _(
                "La caméra {number} ne répond pas. "
                "Éteignez la boîte, vérifiez la nappe de la caméra, puis rallumez."
            ).format(number=self._number)
        )


class _PiCameraStream:
    """A running camera. After a frame that did not come it is dead: close it."""

    def __init__(self, camera: Any, deadline: Callable[[str, float], Deadline]) -> None:
        self._camera = camera
        self._deadline = deadline
        self._dead = False

    def luma(self, timeout: float) -> LumaFrame:
        """Return the newest small frame, or raise DeviceError after `timeout` seconds without one."""
        config = self._camera.stream_configuration("lores")
        (width, height), stride = config["size"], config["stride"]
        with self._frame(timeout, flush=None) as request:
            planes = memoryview(request.make_buffer("lores")).cast("B")
        if stride == width:
            return LumaFrame(width, height, bytes(planes[: width * height]))
        rows = (planes[row * stride : row * stride + width] for row in range(height))
        return LumaFrame(width, height, b"".join(rows))

    def still(self, timeout: float) -> bytes:
        """Return a JPEG of a frame that began after this call, or raise DeviceError."""
        file = io.BytesIO()
        with self._frame(timeout, flush=True) as request:
            request.save("main", file, format="jpeg")
        return file.getvalue()

    @contextmanager
    def _frame(self, timeout: float, flush: bool | None) -> Iterator[Any]:
        if self._dead:
            raise silent()
        with self._deadline("capture", timeout + _MARGIN_SECONDS):
            try:
                request = self._camera.capture_request(wait=timeout, flush=flush)
            except TimeoutError as error:
                # The request stays in picamera2's queue: a later one would only wait behind it.
                self._dead = True
                raise silent() from error
            try:
                yield request
            finally:
                request.release()


def _configuration(camera: Any) -> dict[str, Any]:
    """Stills and a small grey stream at once: no mode switch, so no memory taken twice."""
    sensor_width, sensor_height = camera.sensor_resolution
    main = _scaled(sensor_width, sensor_height, _MAIN_WIDTH)
    lores = _scaled(*main, _LUMA_WIDTH)
    configuration: dict[str, Any] = camera.create_still_configuration(
        main={"size": main},
        lores={"size": lores, "format": "YUV420"},
        raw=None,
        buffer_count=_BUFFERS,
    )
    return configuration


def _scaled(width: int, height: int, limit: int) -> tuple[int, int]:
    if width <= limit:
        return width, height
    # Even sizes: colour planes have half the rows and columns.
    return limit, round(height * limit / width / 2) * 2


def _load() -> ModuleType:
    try:
        import picamera2
    except ImportError as error:
        raise DeviceError(_("La caméra ne marche pas : installez le paquet python3-picamera2.")) from error
    module: ModuleType = picamera2
    return module
