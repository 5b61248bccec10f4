"""Starts the box's processes and starts again those that die, as systemd does on a real box."""

import logging
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_WAIT = 2.0
"""Seconds before a process that keeps dying is tried again."""
STOP_SECONDS = 4.0
"""How long a process may take to stop before it is killed."""
_QUICK_DEATH = 5.0
_FIRST_WAIT = 0.1
_LARGEST_LOG = 1_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    log: Path


@dataclass
class _Child:
    job: Job
    process: subprocess.Popen[bytes] | None = None
    pidfd: int = -1
    started: float = 0.0
    due: float = 0.0
    """When to start it, in monotonic seconds; meaningless while it runs."""
    quick_deaths: int = 0
    restarts: int = 0


@dataclass(frozen=True)
class ProcessState:
    """What is known of one process; `pid` is None between two lives."""

    pid: int | None
    restarts: int


@dataclass
class Supervisor:
    """Keeps processes alive while `run` runs. Children die with the thread that calls `run`."""

    jobs: Sequence[Job]
    changed: Callable[[], None] = lambda: None
    """Called after each birth and death, from the thread of `run`."""
    _children: dict[str, _Child] = field(init=False)

    def __post_init__(self) -> None:
        self._children = {job.name: _Child(job) for job in self.jobs}
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        self._stop = threading.Event()

    def run(self) -> None:
        """Start everything, restart what dies, until `stop`; then end everything."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_in, selectors.EVENT_READ)
            try:
                while not self._stop.is_set():
                    self._start_due(selector)
                    for key, _events in selector.select(self._next_due()):
                        if key.fd == self._wake_in:
                            os.read(self._wake_in, 64)
                        else:
                            self._bury(selector, key.data)
            finally:
                self._end_all()

    def stop(self) -> None:
        """Ask `run` to end; from any thread."""
        self._stop.set()
        os.write(self._wake_out, b"!")

    def kill(self, name: str) -> bool:
        """Pull the plug of one process (SIGKILL); False when it is not running, KeyError when unknown."""
        process = self._children[name].process
        if process is None or process.poll() is not None:
            return False
        process.kill()
        return True

    def states(self) -> dict[str, ProcessState]:
        """Return each process's state by name."""
        return {
            name: ProcessState(child.process.pid if child.process else None, child.restarts)
            for name, child in self._children.items()
        }

    def _start_due(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.process is None and child.due <= now:
                child.process = _start(child.job)
                child.started = now
                child.pidfd = os.pidfd_open(child.process.pid)
                selector.register(child.pidfd, selectors.EVENT_READ, child)
                self.changed()

    def _next_due(self) -> float | None:
        waits = [child.due for child in self._children.values() if child.process is None]
        return max(0.0, min(waits) - time.monotonic()) if waits else None

    def _bury(self, selector: selectors.BaseSelector, child: _Child) -> None:
        assert child.process is not None
        code = child.process.wait()
        selector.unregister(child.pidfd)
        os.close(child.pidfd)
        now = time.monotonic()
        quick = now - child.started < _QUICK_DEATH
        child.quick_deaths = child.quick_deaths + 1 if quick else 0
        child.due = now + wait_before_restart(child.quick_deaths)
        child.process = None
        child.restarts += 1
        _log.warning("%s ended (%s), restarting", child.job.name, code)
        self.changed()

    def _end_all(self) -> None:
        alive = [child.process for child in self._children.values() if child.process is not None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("%s did not stop, killing it", process.args)
                process.kill()
                process.wait()


def wait_before_restart(quick_deaths: int) -> float:
    """Return the seconds to wait: none after a first death, up to LONGEST_WAIT when it keeps dying."""
    if quick_deaths <= 1:
        return 0.0
    return min(LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (quick_deaths - 2))


def _start(job: Job) -> subprocess.Popen[bytes]:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    if job.log.is_file() and job.log.stat().st_size > _LARGEST_LOG:
        job.log.replace(job.log.with_suffix(".1.log"))
    with job.log.open("ab") as log:
        # setpriv, and not preexec_fn: this process has threads. A session of its own keeps Ctrl-C for us.
        return subprocess.Popen(
            ["/usr/bin/setpriv", "--pdeathsig=KILL", "--", *job.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
