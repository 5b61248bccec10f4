"""One panel in this process, over its twins and without a hub: presses timed to the microsecond."""

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pyrage import x25519

from appliance.clock import SystemClock
from appliance.config import Config, StationConfig
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import ButtonName, Light, LightState, StationDevices
from appliance.devices.wav import read_wav
from appliance.domain.permissions import Nature
from appliance.domain.roster import Roster, RosterPupil, Task
from appliance.simulator.twins.camera import FRAME_SECONDS, TwinCamera
from appliance.simulator.twins.card import CardMicrophone
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station.badges import ENOUGH
from appliance.station.manners import DOUBLE_PRESS
from appliance.station.program import StationProgram
from appliance.stickers.badges import badge_image

BADGE = "B0NJ0VR1"
WAIT_SECONDS = 20.0
SPEAKING_SECONDS = 1.5
"""Long enough for somebody to be heard."""
_VOICE = Path(__file__).parent / "panel/voices/chat.wav"
_REPEATED = 6
"""So that she still speaks after half a minute."""


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
    """When things happened, in monotonic seconds."""

    def __init__(self) -> None:
        self._at: dict[str, list[float]] = {}
        self._changed = threading.Condition()

    def note(self, name: str) -> None:
        """Note that something happens now."""
        with self._changed:
            self._at.setdefault(name, []).append(time.monotonic())
            self._changed.notify_all()

    def after(self, name: str, moment: float) -> float:
        """Return when something first happened after a moment, waiting for it; TimeoutError otherwise."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._first(name, moment) is not None, WAIT_SECONDS):
                raise TimeoutError(name)
            return self._first(name, moment) or 0.0

    def _first(self, name: str, moment: float) -> float | None:
        return next((at for at in self._at.get(name, ()) if at > moment), None)


@dataclass(frozen=True)
class Turn:
    """One pupil's turn, in milliseconds."""

    light: float
    """From red to the light that answers."""
    greeting: float
    """From red, the badge already there, to *Bonjour*, without the camera's own two frames."""
    kept: float
    """From the end of the start signal to the end of the first block that is kept."""
    replay: float
    """From green to the first sound of the replay."""


class BenchPanel:
    """A panel to press."""

    def __init__(self, folder: Path) -> None:
        station = StationConfig("A", Nature.VOICE, microphone="twin", badge_camera=0)
        config = Config(folder / "boite.toml", folder / "data", folder / "run", stations=(station,))
        self.moments = Moments()
        self._pins = mock_panel_pins()
        self._camera = TwinCamera()
        room = Room()
        voice = TwinMicrophone(room)
        voice.set_clip(read_wav(_VOICE.read_bytes()) * _REPEATED)
        self.microphone = CardMicrophone(voice)
        self._loudspeaker = TwinLoudspeaker(room, self._sounded)
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
        pins = load_pins()
        return StationDevices(
            buttons={name: GpioButton(pins.buttons[name]) for name in ButtonName},
            light=TimedLight(GpioLight(pins), self.moments),
            loudspeaker=self._loudspeaker,
            microphone=self.microphone,
            badge_camera=self._camera,
            tray_camera=None,
        )

    def _observe(self, event: str, facts: dict[str, Any]) -> None:
        if event == "panel":
            self.moments.note(f"panel {facts['state']}")

    def _sounded(self, event: str, facts: dict[str, object]) -> None:
        self.moments.note(f"{event} {facts['name']}")


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


def record(panel: BenchPanel, seconds: float) -> tuple[float, float]:
    """Make a take of that length, the badge already in view; returns when red was pressed first and last."""
    pressed = panel.press(ButtonName.RED)
    panel.moments.after("panel recording", pressed)
    time.sleep(seconds)
    stopped = panel.press(ButtonName.RED)
    panel.moments.after("panel review", stopped)
    return pressed, stopped


def time_one_turn(panel: BenchPanel) -> Turn:
    """Record, listen and keep, with the badge already in view."""
    panel.show_badge()
    pressed, _stopped = record(panel, SPEAKING_SECONDS)
    after = panel.moments.after
    listened = panel.press(ButtonName.GREEN)
    replay = after("sound.started take", listened)
    # Before that the panel takes it for another finger on another button.
    time.sleep(DOUBLE_PRESS)
    kept = panel.press(ButtonName.BLUE)
    after("panel ready", after("panel kept", kept))
    return Turn(
        light=(after("light looking", pressed) - pressed) * 1000,
        greeting=(after("sound.started bonjour", pressed) - pressed - ENOUGH * FRAME_SECONDS) * 1000,
        kept=(after("panel recording", pressed) - after("sound.ended start", pressed)) * 1000,
        replay=(replay - listened) * 1000,
    )


def _write_roster(spool: Path) -> None:
    spool.mkdir(parents=True)
    key = str(x25519.Identity.generate().to_public())
    pupil = RosterPupil("pupil", BADGE, frozenset({Nature.VOICE}))
    task = Task("scenario", Nature.VOICE, limit_seconds=180)
    roster = Roster(SystemClock().read().now, "A", task, (key,), (pupil,))
    (spool / "roster.json").write_text(json.dumps(roster.to_json()))
