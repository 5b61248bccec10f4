"""A whole station over its twins, and the hub's real socket, in one process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from appliance.config import Config, StationConfig
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import SAMPLE_RATE, ButtonName, LightState, StationDevices
from appliance.hub.box import Box
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station.program import StationProgram
from web.doors import Door, unix_socket
from web.sockets import station_app


def humming(seconds: float) -> bytes:
    """Return somebody who hums: a take in which nobody is heard is another story."""
    time_ = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time_)
    return bytes((0.3 * syllables * np.sin(2 * np.pi * 220 * time_) * 32767).astype("<i2").tobytes())


class Rig:
    """One panel that a test presses, shows badges to and speaks to."""

    def __init__(self, config: Config, station: StationConfig, clock: Any) -> None:
        self.pins = mock_panel_pins()
        self.streams: dict[str, list[int]] = {}
        room = Room()
        self.microphone = TwinMicrophone(room, self._count("microphone"))
        self.microphone.set_clip(humming(60))
        self.badge_camera = TwinCamera(self._count("badge_camera"))
        self.tray = TwinCamera(self._count("tray"))
        pins = load_pins()
        self._light = GpioLight(pins)
        self.devices = StationDevices(
            buttons={name: GpioButton(pins.buttons[name]) for name in ButtonName},
            light=self._light,
            loudspeaker=TwinLoudspeaker(room),
            microphone=self.microphone if station.microphone else None,
            badge_camera=self.badge_camera,
            tray_camera=self.tray if station.tray_camera is not None else None,
        )
        self.state = ""
        self.prompts: list[str] = []
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self.program = StationProgram(config, station, self.devices, clock, self._observe)
        self._thread = threading.Thread(target=self.program.run, args=(self._stop,))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive()

    @property
    def light(self) -> LightState:
        return self._light._state

    def press(self, name: ButtonName) -> None:
        self.pins.press(name, 20)

    def wait_state(self, *wanted: str, timeout: float = 20) -> str:
        with self._changed:
            assert self._changed.wait_for(lambda: self.state in wanted, timeout), (self.state, wanted)
            return self.state

    def wait_on_roster(self, pupil: str) -> None:
        """Wait until the station knows a pupil; its own thread asks, so that no older answer comes after."""
        uplink = self.program._uplink
        deadline = time.monotonic() + 20
        while uplink.roster is None or pupil not in {known.id for known in uplink.roster.pupils}:
            assert time.monotonic() < deadline
            uplink.wake()
            threading.Event().wait(0.02)

    def _observe(self, event: str, facts: dict[str, Any]) -> None:
        with self._changed:
            if event == "panel":
                self.state = facts["state"]
            else:
                self.prompts.append(facts["name"])
            self._changed.notify_all()

    def _count(self, device: str) -> Any:
        counts = self.streams.setdefault(device, [0, 0])

        def count(event: str, _facts: dict[str, object]) -> None:
            opened = event.endswith(".opened")
            counts[0] += opened
            counts[1] += 1 if opened else -1

        return count


@contextmanager
def serving(box: Box) -> Iterator[Path]:
    """Serve the stations' socket of a box."""
    path = box.config.socket("station")
    door = Door(unix_socket(path), station_app(box), 2)
    door.open()
    try:
        yield path
    finally:
        door.stop()
