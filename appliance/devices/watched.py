"""A camera that remembers how it last behaved, so that asking for it is cheap and a frozen one is told.

libcamera lists a camera whose ribbon cable is loose; only a picture that does not come gives it away. And its
library is heavy and may hang: it is asked when the kernel's camera devices change, and now and then.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from appliance.devices.ports import CameraStream, DeviceError, FilmCamera, FilmStream, LumaFrame, Picture

ASK_SECONDS = 30.0
"""How often the library is asked when nothing changed."""


def camera_nodes() -> frozenset[str]:
    """Return the kernel's camera devices; they come and go with a USB camera's plug."""
    return frozenset(name for name in os.listdir("/dev") if name.startswith(("media", "video")))


class WatchedCamera:
    """A camera and what is known of it."""

    def __init__(
        self,
        camera: FilmCamera,
        nodes: Callable[[], frozenset[str]] = camera_nodes,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._nodes = nodes
        self._monotonic = monotonic
        self._seen: frozenset[str] | None = None
        self._asked_at = float("-inf")
        self._absent: DeviceError | None = None
        self._failed: DeviceError | None = None

    @contextmanager
    def open(self) -> Iterator[CameraStream]:
        """Start the camera as it does; what goes wrong is remembered until a picture comes."""
        with ExitStack() as stack:
            with self._noted():
                stream = stack.enter_context(self._camera.open())
            yield _WatchedStream(stream, self._noted)

    @contextmanager
    def film(self, pictures_per_second: int, bit_rate: int) -> Iterator[FilmStream]:
        """Be ready to film as the camera does; what goes wrong is remembered until a picture comes."""
        with ExitStack() as stack:
            with self._noted():
                stream = stack.enter_context(self._camera.film(pictures_per_second, bit_rate))
            yield _WatchedFilm(stream, self._noted)

    def check(self) -> None:
        """Raise DeviceError when the camera is not there, or when it failed the last time it was used.

        One that failed may work again: the next use tells. Opens no stream.
        """
        nodes = self._nodes()
        if nodes != self._seen:
            self._seen, self._failed = nodes, None
            self._asked_at = float("-inf")
        if self._failed is not None:
            raise DeviceError(*self._failed.args)
        if self._monotonic() - self._asked_at > ASK_SECONDS:
            self._ask()
        if self._absent is not None:
            raise DeviceError(*self._absent.args)

    def _ask(self) -> None:
        self._absent = None
        try:
            self._camera.check()
        except DeviceError as error:
            self._absent = error
        self._asked_at = self._monotonic()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except DeviceError as error:
            self._failed = error
            raise
        self._failed = self._absent = None


_Noted = Callable[[], AbstractContextManager[None]]


class _WatchedStream:
    def __init__(self, stream: CameraStream, noted: _Noted) -> None:
        self._stream = stream
        self._noted = noted

    def luma(self, timeout: float) -> LumaFrame:
        with self._noted():
            return self._stream.luma(timeout)

    def still(self, timeout: float) -> bytes:
        with self._noted():
            return self._stream.still(timeout)


class _WatchedFilm:
    def __init__(self, stream: FilmStream, noted: _Noted) -> None:
        self._stream = stream
        self._noted = noted

    def start(self) -> None:
        with self._noted():
            self._stream.start()

    def read(self, timeout: float) -> Picture | None:
        with self._noted():
            return self._stream.read(timeout)

    def close(self) -> None:
        self._stream.close()
