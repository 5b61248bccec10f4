"""A bound on native calls that may never return.

A thread stuck inside a driver cannot be rescued from Python: the process ends, systemd starts it again,
and what was recorded is already on disk in sealed parts.
"""

import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from appliance.i18n import _

_log = logging.getLogger(__name__)


def end_process(call: str) -> None:
    """Log which call hangs, then end this process at once with EX_SOFTWARE (70)."""
    _log.critical(_("%s ne répond plus. Le programme de la station redémarre."), call)
    logging.shutdown()
    os._exit(os.EX_SOFTWARE)


class Deadline:
    """A context that calls `on_expiry(call)` from another thread when its body outlives `seconds`.

    The watching thread needs the interpreter's lock: a call that keeps it is for systemd's WatchdogSec.
    """

    def __init__(self, call: str, seconds: float, on_expiry: Callable[[str], None] = end_process) -> None:
        self._timer = threading.Timer(seconds, on_expiry, [call])
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
