"""A whole station over its twins, and the hub's real socket, in one process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.config import Config, StationConfig
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import SAMPLE_RATE, ButtonName, LightState, StationDevices
from appliance.domain.roster import Roster
from appliance.hub.box import Box
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.observer import Observer
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.reader import TwinReader
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station import moves, panel
from appliance.station.program import StationProgram, _Said
from appliance.store import captures
from tests.system.station_class import PATIENCE, badges_in_view, humming
from web.doors import Door, unix_socket
from web.sockets import station_app


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each press count, for tests press faster than fingers do, and keep no light longer than needed."""
    monkeypatch.setattr(panel, "DOUBLE_PRESS", 0.0)
    monkeypatch.setattr(moves, "KEPT_SECONDS", 0.2)


def until(is_so: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Wait for a condition that nothing announces."""
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


class HastyLoudspeaker(TwinLoudspeaker):
    """Says the beginning of everything: a test that is not about sounds need not wait for them."""

    def __init__(self, room: Room, observer: Observer, longest: float) -> None:
        super().__init__(room, observer)
        self._longest = round(longest * SAMPLE_RATE) * 2

    def play(self, pcm: bytes, name: str) -> None:
        super().play(pcm[: self._longest], name)


class Rig:
    """One panel that a test presses, shows badges to and speaks to."""

    def __init__(
        self,
        config: Config,
        station: StationConfig,
        clock: Any,
        *,
        reader: bool = False,
        longest_sound: float = 60.0,
    ) -> None:
        """`longest_sound` cuts what the loudspeaker says, in seconds."""
        self.pins = mock_panel_pins()
        self.streams: dict[str, list[int]] = {}
        """Device to how often it was opened, and how many of its streams are open."""
        self.station = station.id
        self.spool = config.spool(station.id)
        room = Room()
        self.microphone = TwinMicrophone(room, self._count("microphone"))
        self.microphone.set_clip(humming(60))
        self.badge_camera = TwinCamera(self._count("badge_camera"))
        self.tray = TwinCamera(self._count("tray"))
        self.reader = TwinReader()
        self.sounds: list[str] = []
        """What the loudspeaker was given, a replay being `take`."""
        self.cut: list[str] = []
        """What of it did not come to its end."""
        self.states: list[str] = []
        self.prompts: list[str] = []
        self._reached = 0
        self._changed = threading.Condition()
        pins = load_pins()
        self._light = GpioLight(pins)
        self.devices = StationDevices(
            buttons={name: GpioButton(pins.buttons[name]) for name in ButtonName},
            light=self._light,
            loudspeaker=HastyLoudspeaker(room, self._sound, longest_sound),
            microphone=self.microphone if station.microphone else None,
            badge_camera=self.badge_camera if station.badge_camera is not None else None,
            tray_camera=self.tray if station.tray_camera is not None else None,
            badge_reader=self.reader if reader else None,
        )
        self._stop = threading.Event()
        self.program = StationProgram(config, station, self.devices, clock, self._observe)
        self._thread = threading.Thread(target=self.program.run, args=(self._stop,))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        # A code that means nothing: the program need not wait for its next heartbeat.
        self.program._said.put(_Said(None, code=""))
        self._thread.join(15)
        assert not self._thread.is_alive()

    @property
    def state(self) -> str:
        return self.states[-1] if self.states else ""

    @property
    def light(self) -> LightState:
        return self._light._state

    def press(self, name: ButtonName) -> None:
        self.pins.press(name, 20)

    def wait_state(self, *wanted: str, timeout: float = PATIENCE) -> str:
        """Wait until the panel is in one of these states."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.state in wanted, timeout), (self.state, wanted)
            self._reached = len(self.states)
            return self.state

    def reach(self, *wanted: str, timeout: float = PATIENCE) -> None:
        """Wait until the panel has come through these states, one after the other, since the last wait."""
        for state in wanted:
            with self._changed:
                found = self._changed.wait_for(
                    lambda state=state: state in self.states[self._reached :], timeout
                )
                assert found, (state, self.states, self.prompts)
                self._reached = self.states.index(state, self._reached) + 1

    def _came_through(self, state: str) -> bool:
        return state in self.states[self._reached :]

    def wait_prompt(self, name: str, timeout: float = PATIENCE) -> None:
        """Wait until something was said, since ever."""
        with self._changed:
            assert self._changed.wait_for(lambda: name in self.prompts, timeout), (name, self.prompts)

    def wait_light(self, light: LightState) -> None:
        """Wait until the light shows something."""
        until(lambda: self.light is light)

    def wait_roster(self, is_so: Callable[[Roster], bool]) -> None:
        """Wait until the station knows something; its own thread asks: no older answer comes after."""
        uplink = self.program._uplink

        def knows() -> bool:
            uplink.wake()
            return uplink.roster is not None and is_so(uplink.roster)

        until(knows)

    def wait_on_roster(self, pupil: str) -> None:
        """Wait until the station knows a pupil."""
        self.wait_roster(lambda roster: pupil in {known.id for known in roster.pupils})

    def wait_report(self, box: Box, *faults: str) -> None:
        """Wait until the hub was told of these faults and no other."""

        def told() -> bool:
            self.program._uplink.wake()
            return box.reports.get(f"station:{self.station}", {}).get("faults") == faults

        until(told)

    def takes(self) -> list[Path]:
        """Return the folders of the takes that are in the spool."""
        return sorted(path for path in self.spool.iterdir() if path.is_dir())

    def wait_parts(self, count: int) -> None:
        """Wait until the take in progress has so many parts, of half a second each, on the disk."""
        until(lambda: len([*self.spool.rglob("parts/*.age")]) >= count)

    def come(self, *codes: str) -> None:
        """Press red and hold badges before the camera until a take has begun."""
        self.badge_camera.show(badges_in_view(*codes))
        self.press(ButtonName.RED)
        self.reach("looking", "recording")

    def record(self, *codes: str) -> None:
        """Come, speak for half a second at least, stop."""
        self.come(*codes)
        self.finish()

    def finish(self) -> None:
        """Speak for half a second at least, then stop."""
        self.wait_parts(1)
        self.press(ButtonName.RED)
        self.reach("review")

    def _observe(self, event: str, facts: dict[str, Any]) -> None:
        with self._changed:
            if event == "panel":
                self.states.append(facts["state"])
            else:
                self.prompts.append(facts["name"])
            self._changed.notify_all()

    def _sound(self, event: str, facts: dict[str, Any]) -> None:
        with self._changed:
            if event == "sound.started":
                self.sounds.append(facts["name"])
            elif facts["cut"]:
                self.cut.append(facts["name"])
            self._changed.notify_all()

    def wait_sound(self, name: str) -> None:
        """Wait until the loudspeaker was given something, since ever."""
        with self._changed:
            assert self._changed.wait_for(lambda: name in self.sounds, PATIENCE), (name, self.sounds)

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


@contextmanager
def working(
    box: Box,
    station: str = "A",
    *,
    reader: bool = False,
    camera: bool = True,
    longest_sound: float = 0.05,
) -> Iterator[Rig]:
    """Serve a box and run one of its stations, which says but the beginning of everything."""
    found = box.config.station(station)
    devices = found if camera else replace(found, badge_camera=None)
    with serving(box):
        rig = Rig(box.config, devices, box.clock, reader=reader, longest_sound=longest_sound)
        rig.program._uplink.refresh()
        rig.start()
        try:
            rig.wait_state("ready", "off")
            yield rig
        finally:
            rig.stop()


def nothing_came(box: Box, rig: Rig) -> bool:
    """Whether neither the spool nor the hub holds anything of anybody."""
    return not rig.takes() and not captures.ids(box.database)
