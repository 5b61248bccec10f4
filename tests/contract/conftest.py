"""Every case runs on the twin and, with `pytest -m hardware` on a box, on the real device."""

import threading
import time
from collections.abc import Callable

import pytest

from appliance.config import StationConfig, find_config, load_config
from appliance.devices.ports import SAMPLE_RATE
from tests.contract.ent_servers import plain, server  # noqa: F401  fixtures of the ENT tests


@pytest.fixture
def real_stations(request: pytest.FixtureRequest) -> tuple[StationConfig, ...]:
    """The stations of this box; skips the case anywhere else."""
    if "hardware" not in request.config.getoption("markexpr"):
        pytest.skip("needs a box with its devices plugged in: run pytest -m hardware there")
    return load_config(find_config()).stations


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition, ten seconds at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "the condition never came"
            threading.Event().wait(0.005)

    return wait


@pytest.fixture
def sound() -> Callable[[float], bytes]:
    """Make that many seconds of a quiet 1 kHz square wave."""

    def make(seconds: float) -> bytes:
        period = b"\x00\x04" * 12 + b"\x00\xfc" * 12
        return (period * (round(seconds * SAMPLE_RATE) // 24 + 1))[: round(seconds * SAMPLE_RATE) * 2]

    return make
