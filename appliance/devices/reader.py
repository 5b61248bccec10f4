"""A badge reader on USB (QR, barcode or NFC) that types what it reads, as a keyboard does.

Read straight from its event device, which is grabbed: what a badge says never reaches the console.
"""

import errno
import fcntl
import logging
import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from appliance.devices.keystrokes import NATIVE, Keystrokes
from appliance.devices.ports import DeviceError
from appliance.i18n import _

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h."""
LOOK_SECONDS = 1.0
"""How often an unplugged reader is looked for by its name: it comes back within 5 s (requirement E13)."""
_CLOSE_SECONDS = 2.0
_EVENTS_AT_ONCE = 64

_log = logging.getLogger(__name__)


class KeyboardReader:
    """The reader that udev calls `path`, which may be unplugged and plugged again at any time."""

    def __init__(self, path: Path, look_every: float = LOOK_SECONDS) -> None:
        """`path` is `/dev/input/by-id/…-event-kbd`, the same on every socket. Opens nothing."""
        self._path = path
        self._look_every = look_every
        self._callback: Callable[[str], None] | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._wake_in, self._wake_out = os.pipe()
        self._grabbed_by_another = False

    def when_read(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each text, from this reader's own thread, which the first call starts."""
        self._callback = callback
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="badge-reader", daemon=True)
            self._thread.start()

    def check(self) -> None:
        """Raise DeviceError when it is unplugged, not this account's to read, or in another's hands."""
        if not self._path.exists():
            raise DeviceError(_("Le lecteur de badges est débranché. Rebranchez-le."))
        if not os.access(self._path, os.R_OK):
            raise DeviceError(
                _(
                    "La station n’a pas le droit de lire le lecteur de badges ({path}). "
                    "Relancez image-build/install.sh, puis redémarrez la boîte."
                ).format(path=self._path)
            )
        if self._grabbed_by_another:
            raise DeviceError(_("Un autre programme se sert du lecteur de badges. Redémarrez la boîte."))

    def close(self) -> None:
        """Let the device go; texts that come afterwards are nobody's."""
        self._closing.set()
        os.write(self._wake_out, b"!")
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
        os.close(self._wake_out)
        os.close(self._wake_in)

    def _follow(self) -> None:
        while not self._closing.is_set():
            descriptor = self._opened()
            if descriptor is not None:
                try:
                    self._listen(descriptor)
                finally:
                    os.close(descriptor)
            self._closing.wait(self._look_every)

    def _opened(self) -> int | None:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.ioctl(descriptor, EVIOCGRAB, 1)
        except OSError as error:
            # ENOTTY: a pipe that stands for the device has nothing to grab.
            self._grabbed_by_another = error.errno == errno.EBUSY
            if error.errno != errno.ENOTTY:
                os.close(descriptor)
                return None
        self._grabbed_by_another = False
        _log.info("badge reader found")
        return descriptor

    def _listen(self, descriptor: int) -> None:
        """Tell what is typed until the device goes or this reader is closed."""
        keystrokes = Keystrokes()
        poller = select.poll()
        for watched in (descriptor, self._wake_in):
            poller.register(watched, select.POLLIN)
        while not self._closing.is_set():
            ready = dict(poller.poll())
            if self._closing.is_set():
                return
            data = b""
            if ready.get(descriptor, 0) & select.POLLIN:
                with suppress(OSError):  # ENODEV: pulled out between the two calls
                    data = os.read(descriptor, NATIVE.size * _EVENTS_AT_ONCE)
            if not data:
                _log.info("badge reader gone")
                return
            for text in keystrokes.feed(data, time.monotonic()):
                if self._callback is not None:
                    self._callback(text)
