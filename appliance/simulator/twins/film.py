"""A twin that films: what stands in front of the camera, encoded by the encoder of a Pi 5 (libx264)."""

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from appliance.devices.ports import DeviceError, Picture
from appliance.i18n import _

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

FILM_SIZE = (640, 480)
DESK = (196, 178, 150)
"""What is around a picture that has not the shape of a film."""
_MICROSECONDS = Fraction(1, 1_000_000)
_PATIENCE_SECONDS = 0.1
"""How often a camera that gives nothing looks whether it was closed."""

Look = Callable[[float, float], Image.Image]
"""What stands in front of the camera once a moment is past; DeviceError after a timeout."""


class TwinFilmStream:
    """Films from `start` to `close`, in a thread of its own, as an encoder does."""

    def __init__(
        self, look: Look, noise: Callable[[int], NDArray[np.int16]], pictures_per_second: int, bit_rate: int
    ) -> None:
        self._look = look
        self._noise = noise
        self._period = 1 / pictures_per_second
        self._encoder = _encoder(pictures_per_second, bit_rate)
        self._pictures: SimpleQueue[Picture | None] = SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin: the first picture is of what is seen after this call."""
        self._thread.start()

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, or None once closed; DeviceError after `timeout` seconds without one."""
        try:
            picture = self._pictures.get(timeout=timeout)
        except Empty:
            raise DeviceError(
                _("La caméra n’envoie plus d’image. Vérifiez sa nappe, puis redémarrez la station.")
            ) from None
        if picture is None:
            self._pictures.put(None)
        return picture

    def close(self) -> None:
        """Stop filming; what was filmed may be read."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pictures.put(None)

    def _run(self) -> None:
        due = time.monotonic()
        seen: Image.Image | None = None
        planes = np.zeros(0, np.uint8)
        count = 0
        while not self._closed.is_set():
            due = max(due + self._period, time.monotonic())
            try:
                picture = self._look(due, due - time.monotonic() + _PATIENCE_SECONDS)
            except DeviceError:
                continue
            moment = round(time.monotonic() * 1_000_000)
            if picture is not seen:
                seen, planes = picture, _planes(picture)
            self._film(_noisy(planes, self._noise(count)), moment)
            count += 1

    def _film(self, planes: NDArray[np.uint8], moment: int) -> None:
        import av

        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = moment, _MICROSECONDS
        for packet in self._encoder.encode(frame):
            self._pictures.put(Picture(bytes(packet), packet.pts or moment, packet.is_keyframe))


def _encoder(pictures_per_second: int, bit_rate: int) -> "VideoCodecContext":
    """The settings of picamera2's `LibavH264Encoder`, on the one thread that the real camera asks for."""
    import av

    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = FILM_SIZE
    encoder.pix_fmt = "yuv420p"
    encoder.framerate = Fraction(pictures_per_second)
    encoder.time_base = _MICROSECONDS
    encoder.bit_rate = bit_rate
    encoder.gop_size = pictures_per_second
    encoder.thread_count = 1
    encoder.options = {"preset": "superfast", "tune": "zerolatency", "profile": "main"}
    return encoder


def _planes(picture: Image.Image) -> NDArray[np.uint8]:
    """Return a picture as the rows of a yuv420p frame."""
    import av

    shown = ImageOps.pad(picture, FILM_SIZE, Image.Resampling.BILINEAR, color=DESK)
    frame = av.VideoFrame.from_ndarray(np.asarray(shown), format="rgb24")
    return frame.reformat(format="yuv420p").to_ndarray().astype(np.uint8)


def _noisy(planes: NDArray[np.uint8], noise: NDArray[np.int16]) -> NDArray[np.uint8]:
    width, height = FILM_SIZE
    noisy = planes.copy()
    luma = planes[:height] + noise.reshape(-1)[: width * height].reshape(height, width)
    noisy[:height] = np.clip(luma, 16, 235)
    return noisy
