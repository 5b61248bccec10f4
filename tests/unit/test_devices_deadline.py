import os
import subprocess
import sys
import threading

from appliance.devices.deadline import Deadline


def test_a_call_that_outlives_its_bound_is_told() -> None:
    told = []
    expired = threading.Event()
    with Deadline("stop", 0.01, lambda call: (told.append(call), expired.set())):
        assert expired.wait(5)
    assert told == ["stop"]


def test_a_call_that_returns_is_left_alone() -> None:
    told = []
    deadline = Deadline("stop", 0.05, told.append)
    with deadline:
        pass
    deadline._timer.join(5)
    assert told == []


def test_by_default_the_process_ends_and_says_why() -> None:
    script = (
        "import logging, threading; from appliance.devices.deadline import Deadline\n"
        "logging.basicConfig()\n"
        "with Deadline('picamera2 close (0)', 0.05): threading.Event().wait()\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.returncode == os.EX_SOFTWARE
    assert "picamera2 close (0) ne répond plus" in result.stderr
