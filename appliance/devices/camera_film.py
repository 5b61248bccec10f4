"""Filming with a Raspberry Pi camera, through picamera2's encoders."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from appliance.devices.deadline import Deadline
from appliance.devices.ports import DeviceError, Picture
from appliance.i18n import _

_WIDTH, _HEIGHT = 1280, 720
"""The most of a film; its shape is the sensor's, so that it shows what a photo shows."""
_BUFFERS = 6
"""An encoder holds some while the sensor fills others."""
_WAITING_SECONDS = 5
"""A reader that is later than that loses pictures, up to the next whole one."""
_NATIVE_SECONDS = 5.0
_FRAME_SECONDS = 3.0
_MARGIN_SECONDS = 2.0

_log = logging.getLogger(__name__)


class PiFilmStream:
    """A running camera and, once started, its encoder: the board's own on a Pi 4, libx264 on a Pi 5.

    The encoder begins with the film, and is not asked for a whole picture: an encoder that begins has no
    other choice, and picamera2's way of asking (0.3.38) fails on the PyAV of a box.
    """

    def __init__(
        self, camera: Any, deadline: Callable[[str, float], Deadline], pictures_per_second: int, bit_rate: int
    ) -> None:
        self._camera = camera
        self._deadline = deadline
        self._rate = pictures_per_second
        # Made before the signal: on a Pi 5 it loads PyAV.
        self._encoder = _encoder(pictures_per_second, bit_rate)
        self._pictures: SimpleQueue[Picture | None] = SimpleQueue()
        self._filming = False
        self._late = False
        self._closed = False

    def look(self, timeout: float) -> None:
        """Return once the camera gave a frame that began after this call; DeviceError after `timeout` s."""
        with self._deadline("capture", timeout + _MARGIN_SECONDS):
            try:
                self._camera.capture_request(wait=timeout, flush=True).release()
            except TimeoutError as error:
                raise silent() from error

    def start(self) -> None:
        """Begin to encode, with a frame that began after this call."""
        self.look(_FRAME_SECONDS)
        with self._deadline("start_encoder", _NATIVE_SECONDS):
            try:
                self._camera.start_encoder(self._encoder, _sink(self._take_in), name="main")
                self._filming = True
            except (OSError, RuntimeError) as error:
                _log.warning("picamera2: %s", error)
                raise DeviceError(
                    _("La caméra ne peut pas filmer. Redémarrez la station ; les photos restent possibles.")
                ) from error

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, or None once closed; DeviceError after `timeout` seconds without one."""
        try:
            picture = self._pictures.get(timeout=timeout)
        except Empty:
            raise silent() from None
        if picture is None:
            self._pictures.put(None)
        return picture

    def close(self) -> None:
        """Stop the encoder, if it runs; what it still held may be read."""
        if self._closed:
            return
        self._closed = True
        if self._filming:
            with self._deadline("stop_encoder", _NATIVE_SECONDS):
                self._camera.stop_encoder(self._encoder)
        self._pictures.put(None)

    def _take_in(self, data: bytes, whole: bool, microseconds: int) -> None:
        """Keep a picture; called from the encoder's thread, which must not wait."""
        if self._pictures.qsize() >= _WAITING_SECONDS * self._rate:
            self._late = True
        elif whole:
            self._late = False
        if not self._late:
            # picamera2 counts from its first frame; the sensor's clock is that of `time.monotonic`.
            taken = int(self._encoder.firsttimestamp) + microseconds
            self._pictures.put(Picture(data, taken, whole))


def film_size(sensor: tuple[int, int]) -> tuple[int, int]:
    """Return the width and height of a film that shows all that a sensor of that size sees."""
    width, height = sensor
    scale = min(1.0, _WIDTH / width, _HEIGHT / height)
    # Encoders take rows of whole blocks.
    return round(width * scale / 32) * 32, round(height * scale / 2) * 2


def film_configuration(camera: Any, pictures_per_second: int) -> dict[str, Any]:
    """One stream, for the encoder, from the mode that sees what a photo sees.

    Left to choose for 1280 × 720, libcamera takes a faster mode that sees only the middle: half of each
    side is, on every Raspberry Pi camera but the smallest, the whole view.
    """
    width, height = camera.sensor_resolution
    period = 1_000_000 // pictures_per_second
    configuration: dict[str, Any] = camera.create_video_configuration(
        main={"size": film_size((width, height)), "format": "YUV420"},
        lores=None,
        raw=None,
        buffer_count=_BUFFERS,
        controls={"FrameDurationLimits": (period, period)},
        sensor={"output_size": (width // 2, height // 2)} if width // 2 >= _WIDTH else {},
    )
    return configuration


def silent() -> DeviceError:
    """Return what a camera that gives no more frame is told as."""
    return DeviceError(_("La caméra n’envoie plus d’image. Vérifiez sa nappe, puis redémarrez la station."))


def _encoder(pictures_per_second: int, bit_rate: int) -> Any:
    from picamera2.encoders import H264Encoder

    encoder = H264Encoder(
        bitrate=bit_rate,
        # Every whole picture comes with its parameter sets: a film may be cut anywhere.
        repeat=True,
        iperiod=pictures_per_second,
        framerate=pictures_per_second,
        profile="main",
    )
    if hasattr(encoder, "threads"):
        # libx264 on several threads holds as many pictures back; one is enough for this size.
        encoder.threads = 1
    return encoder


def _sink(take_in: Callable[[bytes, bool, int], None]) -> Any:
    from picamera2.outputs import Output

    class Sink(Output):  # type: ignore[misc]  # picamera2 has no types
        """Where picamera2 leaves each encoded picture."""

        def outputframe(self, frame: bytes, keyframe: bool = True, timestamp: int = 0, *_: Any) -> None:
            take_in(bytes(frame), keyframe, timestamp)

    return Sink()
