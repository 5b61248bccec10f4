"""Long pieces of work that a page starts: one at a time, in a thread of the hub, with their real progress.

In memory only: what an errand does can be stopped anywhere and begun again, so that a power cut loses nothing
but the progress shown.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

log = logging.getLogger(__name__)

Report = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are."""
Work = Callable[[Report], None]


class Busy(Exception):
    """Another errand is under way: this one waits for its end. Its text is the other's name."""


@dataclass(frozen=True)
class Errand:
    """How far a piece of work is."""

    name: str
    done: int = 0
    total: int = 0
    ended: bool = False
    failed: bool = False

    @property
    def percent(self) -> int:
        """How much is done, of a hundred."""
        return 100 if self.ended and not self.failed else self.done * 100 // self.total if self.total else 0


class Errands:
    """The one errand of a hub, and the last one of each name."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last: dict[str, Errand] = {}
        self._thread: threading.Thread | None = None

    def begin(self, name: str, work: Work) -> None:
        """Start a piece of work; Busy while another is under way."""
        with self._guard:
            under_way = self.under_way()
            if under_way is not None:
                raise Busy(under_way.name)
            self._last[name] = Errand(name)
            self._thread = threading.Thread(target=self._run, args=(name, work), daemon=True)
            self._thread.start()

    def of(self, name: str) -> Errand | None:
        """Return the last errand of a name, under way or ended."""
        return self._last.get(name)

    def under_way(self) -> Errand | None:
        """Return the errand that is being done, or None."""
        return next((errand for errand in list(self._last.values()) if not errand.ended), None)

    def join(self) -> None:
        """Wait for the end of the errand under way."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, name: str, work: Work) -> None:
        failed = True
        try:
            work(lambda done, total: self._report(name, done, total))
            failed = False
        except Exception as error:  # noqa: BLE001
            # Its text may quote what a person typed.
            log.error("the errand %s stopped: %s", name, type(error).__name__)  # noqa: TRY400
        finally:
            self._last[name] = replace(self._last[name], ended=True, failed=failed)

    def _report(self, name: str, done: int, total: int) -> None:
        self._last[name] = replace(self._last[name], done=done, total=total)
