"""One camera for two stations of the same box: each takes it in turn, for as long as a look lasts.

libcamera gives a camera to one process at a time and says to the other that it is broken. A lock on a file
tells *taken* from *broken*, and dies with its process.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.devices.ports import CameraStream, DeviceBusy, DeviceError, FilmCamera, FilmStream
from appliance.i18n import _

WAIT_SECONDS = 3.0
"""How long a press waits for the neighbour at most."""
_RETRY_SECONDS = 0.05
FOLDER = "cameras"
"""Below the run folder; the stations alone write there (systemd/boite.tmpfiles.conf)."""


def lock_file(run: Path, number: int) -> Path:
    """Where the lock of the camera that libcamera numbers `number` lies."""
    return run / FOLDER / f"camera-{number}.lock"


class SharedCamera:
    """A camera that waits for its turn."""

    def __init__(self, camera: FilmCamera, lock: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        """`lock` is the same file for all who share the camera; its folder is made when it is not there."""
        self._camera = camera
        self._lock = lock
        self._wait_seconds = wait_seconds

    @contextmanager
    def open(self) -> Iterator[CameraStream]:
        """Start the camera once it is free, or raise DeviceBusy; DeviceError as the camera itself does."""
        with self._turn(), self._camera.open() as stream:
            yield stream

    @contextmanager
    def film(self, pictures_per_second: int, bit_rate: int) -> Iterator[FilmStream]:
        """Be ready to film once the camera is free, or raise DeviceBusy; DeviceError as the camera does."""
        with self._turn(), self._camera.film(pictures_per_second, bit_rate) as stream:
            yield stream

    def check(self) -> None:
        """Raise DeviceError when the camera is not there; one in use is there."""
        self._camera.check()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        descriptor = self._lock_descriptor()
        deadline = time.monotonic() + self._wait_seconds
        try:
            while not _locked(descriptor):
                if time.monotonic() >= deadline:
                    raise DeviceBusy(
                        _("La caméra sert à l’autre station. Attendez qu’elle ait fini, puis réessayez.")
                    )
                threading.Event().wait(_RETRY_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def _lock_descriptor(self) -> int:
        try:
            self._lock.parent.mkdir(exist_ok=True)
            return os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DeviceError(
                _(
                    "La caméra partagée a besoin d’écrire dans {folder}. "
                    "Relancez image-build/install.sh, puis redémarrez la boîte."
                ).format(folder=self._lock.parent)
            ) from error


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
