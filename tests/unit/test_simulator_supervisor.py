"""Processes that die come back; they die with their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.simulator.supervisor import LONGEST_WAIT, Job, Supervisor, wait_before_restart

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()",
]


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def running(supervisor: Supervisor) -> Iterator[Supervisor]:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join()


def pid_of(supervisor: Supervisor, name: str) -> int:
    wait_for(lambda: supervisor.states()[name].pid is not None)
    pid = supervisor.states()[name].pid
    assert pid is not None
    return pid


def test_a_killed_process_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    jobs = [Job(name, SLEEPER, tmp_path / f"{name}.log") for name in ("one", "two")]
    with running(Supervisor(jobs)) as supervisor:
        one, two = pid_of(supervisor, "one"), pid_of(supervisor, "two")
        os.kill(one, signal.SIGKILL)
        wait_for(lambda: supervisor.states()["one"].restarts == 1)
        again = pid_of(supervisor, "one")
        assert again != one
        assert supervisor.states()["two"].pid == two
        assert supervisor.kill("two")
        wait_for(lambda: supervisor.states()["two"].restarts == 1)
        last = pid_of(supervisor, "two")
    assert not is_alive(again)
    assert not is_alive(last)


def test_each_birth_and_death_is_told(tmp_path: Path) -> None:
    told = threading.Semaphore(0)
    with running(Supervisor([Job("one", SLEEPER, tmp_path / "log")], told.release)) as supervisor:
        pid = pid_of(supervisor, "one")
        assert told.acquire(timeout=10)
        os.kill(pid, signal.SIGKILL)
        assert told.acquire(timeout=10)
        assert told.acquire(timeout=10)


def test_an_unknown_process_cannot_be_killed(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Supervisor([Job("one", SLEEPER, tmp_path / "log")]).kill("two")


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.simulator.supervisor.STOP_SECONDS", 0.2)
    log = tmp_path / "log"
    with running(Supervisor([Job("one", STUBBORN, log)])) as supervisor:
        pid = pid_of(supervisor, "one")
        wait_for(lambda: log.exists() and "up" in log.read_text())
    assert not is_alive(pid)


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from appliance.simulator.supervisor import *\n"
        f"Supervisor([Job('one', {SLEEPER!r}, Path({str(tmp_path / 'log')!r}))],"
        " ).run()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    wait_for(lambda: children.read_text().strip() != "")
    child = int(children.read_text().split()[0])
    # Until exec, the child is a copy of its parent that has not asked for anything yet.
    started = "\0".join([*SLEEPER, ""]).encode()
    wait_for(lambda: Path(f"/proc/{child}/cmdline").read_bytes() == started)
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_alive(child))


def test_what_keeps_dying_is_tried_less_and_less_often_but_never_given_up() -> None:
    waits = [wait_before_restart(deaths) for deaths in range(1, 12)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
