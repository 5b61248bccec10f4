"""Twin of a camera: it sees the last picture put in front of it, with a sensor's noise."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from appliance.devices.ports import CameraStream, DeviceError, FilmStream, LumaFrame
from appliance.i18n import _
from appliance.simulator.twins.film import DESK, TwinFilmStream
from appliance.simulator.twins.observer import Observer, nobody

FRAME_SIZE = (1280, 960)
STILL_SIZE = (2304, 1728)
"""Largest still, in pixels; a smaller picture keeps its size."""
FRAME_SECONDS = 0.1
"""Between two frames of a stream."""
_NOISE_LEVELS = 2.0


class TwinCamera:
    """Shows a bare desk until a picture is put in front of it."""

    def __init__(self, observer: Observer = nobody) -> None:
        self._observer = observer
        self._change = threading.Condition()
        self._plugged = True
        self._frozen = False
        self._noise = _noise()
        self._picture = Image.new("RGB", FRAME_SIZE, DESK)
        self._luma = _luma_of(self._picture)

    def show(self, picture: bytes) -> None:
        """Put a JPEG or PNG in front of the camera, the right way up; ValueError when it is neither."""
        decoded = _decode(picture)
        luma = _luma_of(decoded)
        with self._change:
            self._picture, self._luma = decoded, luma

    def set_plugged(self, plugged: bool) -> None:
        """Pull the plug, or put it back."""
        with self._change:
            self._plugged = plugged
            self._change.notify_all()

    def freeze(self, frozen: bool = True) -> None:
        """Stop giving frames without a word, as a loose ribbon cable does."""
        with self._change:
            self._frozen = frozen
            self._change.notify_all()

    @contextmanager
    def open(self) -> Iterator[CameraStream]:
        """Start the camera when the context is entered, or raise DeviceError."""
        self.check()
        self._observer("camera.opened", {})
        try:
            yield _TwinCameraStream(self)
        finally:
            self._observer("camera.closed", {})

    @contextmanager
    def film(self, pictures_per_second: int, bit_rate: int) -> Iterator[FilmStream]:
        """Be ready to film when the context is entered, or raise DeviceError."""
        self.check()
        stream = TwinFilmStream(self._look, self.noise, pictures_per_second, bit_rate)
        self._observer("camera.opened", {})
        try:
            yield stream
        finally:
            stream.close()
            self._observer("camera.closed", {})

    def check(self) -> None:
        """Raise DeviceError when unplugged."""
        if not self._plugged:
            raise DeviceError(_("La caméra est débranchée. Vérifiez sa nappe, puis redémarrez la station."))

    def seen(self, due: float, timeout: float) -> tuple[Image.Image, NDArray[np.uint8]]:
        """Return the picture and its luma once the moment `due` is past; DeviceError after `timeout` s."""
        deadline = time.monotonic() + timeout
        with self._change:
            while True:
                now = time.monotonic()
                alive = self._plugged and not self._frozen
                if alive and now >= due:
                    return self._picture, self._luma
                if now >= deadline:
                    raise DeviceError(
                        _("La caméra n’envoie plus d’image. Vérifiez sa nappe, puis redémarrez la station.")
                    )
                self._change.wait((min(due, deadline) if alive else deadline) - now)

    def _look(self, due: float, timeout: float) -> Image.Image:
        return self.seen(due, timeout)[0]

    def noise(self, number: int) -> NDArray[np.int16]:
        """Return the noise of the `number`th frame."""
        return np.roll(self._noise, number * 7919 % self._noise.size)


class _TwinCameraStream:
    def __init__(self, camera: TwinCamera) -> None:
        self._camera = camera
        self._next = time.monotonic() + FRAME_SECONDS
        self._count = 0

    def luma(self, timeout: float) -> LumaFrame:
        """Return a frame, at most ten a second."""
        _picture, luma = self._frame(timeout)
        noisy = np.clip(luma + self._camera.noise(self._count), 0, 255).astype(np.uint8)
        return LumaFrame(*FRAME_SIZE, noisy.tobytes())

    def still(self, timeout: float) -> bytes:
        """Return a JPEG with all that a camera writes into it, place and model included."""
        picture, _luma = self._frame(timeout)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90, exif=_exif())
        return file.getvalue()

    def _frame(self, timeout: float) -> tuple[Image.Image, NDArray[np.uint8]]:
        frame = self._camera.seen(self._next, timeout)
        self._next = time.monotonic() + FRAME_SECONDS
        self._count += 1
        return frame


def _decode(picture: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(_("Cette image est illisible. Envoyez une photo JPEG ou PNG.")) from error
    upright.thumbnail(STILL_SIZE)
    return upright


def _luma_of(picture: Image.Image) -> NDArray[np.uint8]:
    framed = ImageOps.pad(picture, FRAME_SIZE, color=DESK)
    return np.asarray(framed.convert("L"))


def _noise() -> NDArray[np.int16]:
    width, height = FRAME_SIZE
    return np.random.default_rng(4).normal(0, _NOISE_LEVELS, (height, width)).astype(np.int16)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Raspberry Pi"
    exif[ExifTags.Base.Model] = "imx708"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 24.0)
    place[ExifTags.GPS.GPSLongitudeRef] = "E"
    place[ExifTags.GPS.GPSLongitude] = (2.0, 21.0, 7.0)
    return exif
