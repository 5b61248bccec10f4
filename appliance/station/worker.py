"""One job at a time in a thread of its own."""

import threading
from collections.abc import Callable

CLOSE_SECONDS = 1.0


class Stop(threading.Event):
    """Asks a job to stop; `cancelled` also asks it to leave nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled = False

    def cancel(self) -> None:
        """Ask to stop and to leave nothing behind."""
        self.cancelled = True
        self.set()


class Worker:
    """At most one thread at a time for one kind of job."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stop = Stop()

    def start(self, job: Callable[[Stop], None]) -> bool:
        """Begin a job; False when the one before does not end."""
        if not self.stop():
            return False
        self._stop = Stop()
        self._thread = threading.Thread(target=job, args=(self._stop,), daemon=True)
        self._thread.start()
        return True

    def ask_to_stop(self) -> None:
        """Ask the job to stop, without waiting for it."""
        self._stop.set()

    def cancel(self) -> None:
        """Ask the job to stop and to leave nothing behind, without waiting for it."""
        self._stop.cancel()

    def stop(self) -> bool:
        """Ask the job to stop and wait a little; whether it has ended."""
        self._stop.set()
        if self._thread is None:
            return True
        self._thread.join(CLOSE_SECONDS)
        return not self._thread.is_alive()
