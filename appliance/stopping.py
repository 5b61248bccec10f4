"""How a process is asked to end: SIGTERM from a service manager, SIGINT from a keyboard."""

import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue


def when_asked_to_stop(callback: Callable[[], object]) -> None:
    """Call `callback` once, from a thread of its own, at the first SIGTERM or SIGINT.

    Call this from the main thread. A handler that set a `threading.Event` itself could wait for ever for
    the lock that the interrupted thread holds in `Event.wait`; `SimpleQueue.put` may be interrupted by
    itself (Python library reference, `queue`).
    """
    asked: SimpleQueue[int] = SimpleQueue()

    def wait() -> None:
        asked.get()
        callback()

    threading.Thread(target=wait, name="stopping", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: asked.put(received))


def asked_to_stop() -> threading.Event:
    """Return an event that is set at the first SIGTERM or SIGINT."""
    stop = threading.Event()
    when_asked_to_stop(stop.set)
    return stop
