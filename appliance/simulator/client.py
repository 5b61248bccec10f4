"""Starting a demo and driving it through its JSON interface, as the bench and the tests do."""

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.station.manners import DOUBLE_PRESS

START_SECONDS = 60.0
POLL_SECONDS = 0.02
_SKIPPED = ("gathering", "briefing", "welcome")
_BEGUN = ("starting", "recording", "finishing", "review")


class DemoFailed(Exception):
    """The demo did not start, or did not come to the state that was waited for."""


class DemoClient:
    """A demo in a process of its own, and the hands of whoever plays with it."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_ports(5)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "DemoClient":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The demo's own process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *options: str) -> float:
        """Start and wait until the class is ready; returns the seconds it took. DemoFailed otherwise."""
        began = time.monotonic()
        command = [sys.executable, "-m", "appliance", "demo", "--no-browser", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--data", str(self.data), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                return time.monotonic() - began
        self._process.wait()
        self._process.stdout.close()
        self._process = None
        raise DemoFailed("".join(said))

    def stop(self) -> None:
        """End the demo and every process of it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def pull_the_plug(self) -> None:
        """Kill the demo at once; its children die with it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def call(self, method: str, path: str, body: bytes | dict[str, Any] | None = None) -> bytes:
        """Send one request; urllib.error.HTTPError when it is refused."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        if isinstance(body, dict):
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=70) as answer:  # noqa: S310
            return bytes(answer.read())

    def state(self) -> dict[str, Any]:
        """Return the whole state."""
        state: dict[str, Any] = json.loads(self.call("GET", "/sim/state"))
        return state

    def press(self, station: str, button: str, ms: int = 80) -> None:
        """Press a button and let it go."""
        self.call("POST", f"/sim/stations/{station}/press", {"button": button, "ms": ms})

    def show_badge(self, station: str, code: str | None) -> None:
        """Hold a badge in front of the camera, or take it away."""
        self.call("POST", f"/sim/stations/{station}/badge", {"code": code})

    def show_badges(self, station: str, *codes: str) -> None:
        """Hold several badges in front of the camera at once."""
        self.call("POST", f"/sim/stations/{station}/badge", {"codes": list(codes)})

    def show_sticker(self, station: str, n: int | None = None) -> None:
        """Hold a sticker in front of the camera: the `n`th, or the last that was printed."""
        self.call("POST", f"/sim/stations/{station}/sticker", {} if n is None else {"n": n})

    def read_badge(self, station: str, code: str) -> None:
        """Hold a badge before the badge reader."""
        self.call("POST", f"/sim/stations/{station}/reader", {"code": code})

    def set_faults(self, faults: dict[str, str]) -> None:
        """Break or mend things, as `POST /sim/faults` names them."""
        self.call("POST", "/sim/faults", faults)

    def begin_take(self, station: str, *codes: str) -> dict[str, Any]:
        """Press red, show badges, and go on like a child who knows: no wait for others, no consigne.

        Returns the state in which the take has begun; DemoFailed when the station refuses.
        """
        self.wait_station(station, "ready")
        self.press(station, "red")
        self.show_badges(station, *codes)
        state = self.wait_station(station, *_SKIPPED, *_BEGUN, "cannot")["stations"][station]
        if state["state"] == "cannot":
            raise DemoFailed(f"station {station} refused: {state['last_prompt']}")
        self.skip(station)
        return self.wait_station(station, *_BEGUN)

    def skip(self, station: str) -> None:
        """Press red until nobody is waited for and nothing is explained any more."""
        while True:
            # The panel takes an earlier press for the echo of the last one.
            time.sleep(DOUBLE_PRESS)
            now = self.state()["stations"][station]["state"]
            if now not in _SKIPPED:
                return
            self.press(station, "red")
            self._wait_to_leave(station, now)

    def _wait_to_leave(self, station: str, left: str) -> None:
        self.wait(lambda state: state["stations"][station]["state"] != left)

    def wait(
        self, wanted: Callable[[dict[str, Any]], bool], seconds: float = START_SECONDS
    ) -> dict[str, Any]:
        """Return the first state that is wanted; DemoFailed when none comes in time."""
        deadline = time.monotonic() + seconds
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                state = self.state()
                if wanted(state):
                    return state
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                state = {"stations": "no answer"}
            time.sleep(POLL_SECONDS)
        raise DemoFailed(f"waited {seconds:.0f} s; last seen: {json.dumps(state.get('stations'))}")

    def wait_station(self, station: str, *wanted: str) -> dict[str, Any]:
        """Return the first state in which a station is in one of these."""
        return self.wait(lambda state: state["stations"][station]["state"] in wanted)


def free_ports(count: int) -> int:
    """Return the first of `count` ports in a row that are free on 127.0.0.1."""
    # At random, so that two demos that start together do not choose the same.
    for _ in range(1000):
        first = 20_000 + secrets.randbelow(12_000)
        if all(_is_free(first + offset) for offset in range(count)):
            return first
    raise DemoFailed("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0 and _can_bind(port)


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
