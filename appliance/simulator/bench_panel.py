"""One panel in this process, over its twins and without a hub: presses timed to the microsecond."""

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from pyrage import x25519

from appliance.clock import SystemClock
from appliance.config import Config, StationConfig
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import SAMPLE_RATE, ButtonName, Light, LightState, StationDevices
from appliance.domain.permissions import Nature
from appliance.domain.roster import Roster, RosterPupil
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station.program import StationProgram
from appliance.station.prompts import sound
from appliance.stickers.badges import badge_image

BADGE = "B0NJ0VR1"
WAIT_SECONDS = 20.0


class TimedLight:
    """The panel's light, which remembers when it was asked to change."""

    def __init__(self, light: Light, tell: "Moments") -> None:
        self._light = light
        self._tell = tell

    def show(self, state: LightState) -> None:
        """Show a state, then note the moment."""
        self._light.show(state)
        self._tell.note(f"light {state}")

    def close(self) -> None:
        """Go dark."""
        self._light.close()


class Moments:
    """When things last happened, in monotonic seconds."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._changed = threading.Condition()

    def note(self, name: str) -> None:
        """Note that something happens now."""
        with self._changed:
            self._at[name] = time.monotonic()
            self._changed.notify_all()

    def after(self, name: str, moment: float) -> float:
        """Return when something happened after a moment, waiting for it; TimeoutError otherwise."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._at.get(name, 0) > moment, WAIT_SECONDS):
                raise TimeoutError(name)
            return self._at[name]


class BenchPanel:
    """A panel to press."""

    def __init__(self, folder: Path) -> None:
        station = StationConfig("A", Nature.VOICE, microphone="twin", badge_camera=0)
        config = Config(folder / "boite.toml", folder / "data", folder / "run", stations=(station,))
        self.moments = Moments()
        self._pins = mock_panel_pins()
        self._camera = TwinCamera()
        _write_roster(config.spool("A"))
        self.program = StationProgram(config, station, self._devices(), SystemClock(), self._observe)

    def press(self, name: ButtonName) -> float:
        """Press a button and return the moment."""
        moment = time.monotonic()
        self._pins.press(name, 1)
        return moment

    def show_badge(self) -> None:
        """Hold the pupil's badge in front of the camera."""
        scene = Image.new("RGB", (1280, 960), "#b9b2a6")
        card = badge_image(BADGE, "turtle").convert("RGB")
        card.thumbnail((760, 560))
        scene.paste(card, (260, 200))
        buffer = io.BytesIO()
        scene.save(buffer, "PNG")
        self._camera.show(buffer.getvalue())

    def _devices(self) -> StationDevices:
        pins, room = load_pins(), Room()
        return StationDevices(
            buttons={name: GpioButton(pins.buttons[name]) for name in ButtonName},
            light=TimedLight(GpioLight(pins), self.moments),
            loudspeaker=TwinLoudspeaker(room),
            microphone=TwinMicrophone(room),
            badge_camera=self._camera,
            tray_camera=None,
        )

    def _observe(self, event: str, facts: dict[str, Any]) -> None:
        self.moments.note(f"panel {facts['state']}" if event == "panel" else f"prompt {facts['name']}")


@contextmanager
def bench_panel(folder: Path) -> Iterator[BenchPanel]:
    """Yield a running panel."""
    panel = BenchPanel(folder)
    stop = threading.Event()
    thread = threading.Thread(target=panel.program.run, args=(stop,))
    thread.start()
    panel.moments.after("panel ready", 0)
    try:
        yield panel
    finally:
        stop.set()
        thread.join()


def time_one_take(panel: BenchPanel) -> tuple[float, float, float]:
    """Make one take with the badge already in view, and return milliseconds.

    From red to the light that answers; from red to the first kept sample, which holds the camera's start, two
    readings of the badge and the signal; and from the end of the signal to the first kept sample.
    """
    pressed = panel.press(ButtonName.RED)
    light = panel.moments.after("light looking", pressed)
    recording = panel.moments.after("panel recording", pressed)
    signal = panel.moments.after("prompt start", pressed) + len(sound("start")) / 2 / SAMPLE_RATE
    time.sleep(1)
    stopped = panel.press(ButtonName.RED)
    panel.moments.after("panel review", stopped)
    panel.press(ButtonName.BLUE)
    panel.moments.after("panel ready", stopped)
    return (light - pressed) * 1000, (recording - pressed) * 1000, (recording - signal) * 1000


def _write_roster(spool: Path) -> None:
    spool.mkdir(parents=True)
    key = str(x25519.Identity.generate().to_public())
    pupil = RosterPupil("pupil", BADGE, frozenset({Nature.VOICE}))
    roster = Roster(SystemClock().read().now, "A", Nature.VOICE, "s", True, (key,), (pupil,))
    (spool / "roster.json").write_text(json.dumps(roster.to_json()))
