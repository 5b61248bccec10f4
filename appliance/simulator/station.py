"""The process of one simulated station: the box's own program over twins that the simulator drives.

`python -m appliance.simulator.station --config FILE --station A --link SOCKET`
"""

import argparse
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.config import Config, StationConfig, load_config
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import ButtonName, Light, LightState, StationDevices
from appliance.devices.wav import read_wav
from appliance.simulator.link import Message, Wire, call, packed, unpacked
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.observer import Observer
from appliance.simulator.twins.panel import MockPanelPins, mock_panel_pins
from appliance.simulator.twins.reader import TwinReader
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station.program import StationProgram
from appliance.stopping import asked_to_stop

_COLOUR_SECONDS = 0.2

_log = logging.getLogger("station")


class WatchedLight:
    """The real light on mock pins, which also says on the wire what it was asked to show."""

    def __init__(self, light: Light, wire: Wire) -> None:
        self._light = light
        self._wire = wire

    def show(self, state: LightState) -> None:
        """Show a state, then tell it."""
        self._light.show(state)
        self._wire.send("light", state=state.value)

    def close(self) -> None:
        """Go dark."""
        self._light.close()


class Twins:
    """The devices of one station, driven by messages."""

    def __init__(self, station: StationConfig, wire: Wire) -> None:
        self._wire = wire
        self._pins = mock_panel_pins()
        room = Room()
        self._microphone = TwinMicrophone(room, self._streams("microphone")) if station.microphone else None
        self._loudspeaker = TwinLoudspeaker(room, self._sounds)
        self._cameras: dict[str, TwinCamera] = {}
        for name, number in (("badge_camera", station.badge_camera), ("camera", station.tray_camera)):
            if number is not None:
                self._cameras[name] = TwinCamera(self._streams(name))
        self._reader = TwinReader() if station.badge_reader else None
        self._stuck: set[ButtonName] = set()

    def devices(self) -> StationDevices:
        """Return them as the station's program takes them."""
        pins = load_pins()
        buttons = {name: GpioButton(pins.buttons[name]) for name in ButtonName}
        for name in self._stuck:
            # Claiming a pin pulls it up.
            self._pins.hold(name, True)
        return StationDevices(
            buttons=buttons,
            light=WatchedLight(GpioLight(pins), self._wire),
            loudspeaker=self._loudspeaker,
            microphone=self._microphone,
            badge_camera=self._cameras.get("badge_camera"),
            tray_camera=self._cameras.get("camera"),
            badge_reader=self._reader,
        )

    def obey(self, message: Message) -> None:
        """Do what a message asks; a press lasts in a thread of its own."""
        match message["kind"]:
            case "press":
                threading.Thread(target=self._press, args=(message,), daemon=True).start()
            case "see":
                self._cameras[message["camera"]].show(unpacked(message["image"]))
            case "hear" if self._microphone is not None:
                self._microphone.set_clip(read_wav(unpacked(message["wav"])))
            case "plug":
                self._plug(message["device"], message["plugged"])
            case "freeze":
                self._cameras[message["device"]].freeze(message["frozen"])
            case "read" if self._reader is not None:
                self._reader.present(message["text"])
            case "hold":
                self._hold(ButtonName(message["button"]), down=message["down"])

    def tell_colours(self, stop: threading.Event) -> None:
        """Tell what the light's pins show, until `stop`."""
        last: object = None
        while not stop.wait(_COLOUR_SECONDS):
            colour = [round(level, 2) for level in _colour(self._pins)]
            if colour != last:
                self._wire.send("colour", rgb=colour)
                last = colour

    def _press(self, message: Message) -> None:
        name = ButtonName(message["button"])
        if name in self._stuck:
            threading.Event().wait(message["ms"] / 1000)
        else:
            self._pins.press(name, message["ms"])
        self._wire.send("pressed", id=message["id"])

    def _hold(self, name: ButtonName, *, down: bool) -> None:
        (self._stuck.add if down else self._stuck.discard)(name)
        self._pins.hold(name, down)

    def _plug(self, device: str, plugged: bool) -> None:
        twin: TwinMicrophone | TwinLoudspeaker | TwinCamera | TwinReader | None = {
            "microphone": self._microphone,
            "loudspeaker": self._loudspeaker,
            "badge_reader": self._reader,
            **self._cameras,
        }.get(device)
        if twin is not None:
            twin.set_plugged(plugged)

    def _streams(self, device: str) -> Observer:
        def tell(event: str, _facts: dict[str, object]) -> None:
            self._wire.send("stream", device=device, open=event.endswith(".opened"))

        return tell

    def _sounds(self, event: str, facts: dict[str, object]) -> None:
        if event == "sound.started":
            self._wire.send("sound", name=facts["name"], pcm=packed(self._loudspeaker.last_pcm))
        else:
            self._wire.send("silence", cut=facts["cut"])


def main(arguments: list[str] | None = None) -> int:
    """Run one station until SIGTERM, or until the simulator hangs up."""
    parser = argparse.ArgumentParser(prog="station")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--station", required=True)
    parser.add_argument("--link", type=Path, required=True)
    asked = parser.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    config = load_config(asked.config)
    station = config.station(asked.station)
    stop = asked_to_stop()
    wire = call(asked.link)
    wire.send("hello", station=station.id)
    _run(config, station, wire, stop)
    wire.close()
    return 0


def _run(config: Config, station: StationConfig, wire: Wire, stop: threading.Event) -> None:
    twins = Twins(station, wire)
    given = threading.Event()
    listener = threading.Thread(target=_listen, args=(wire, twins.obey, given, stop), daemon=True)
    listener.start()
    given.wait()
    if stop.is_set():
        return
    threading.Thread(target=twins.tell_colours, args=(stop,), daemon=True).start()

    def observe(event: str, facts: dict[str, Any]) -> None:
        wire.send(event, **facts)

    StationProgram(config, station, twins.devices(), config.clock(), observe).run(stop)


def _listen(
    wire: Wire, obey: Callable[[Message], None], given: threading.Event, stop: threading.Event
) -> None:
    for message in wire.messages():
        if message["kind"] == "begin":
            given.set()
        else:
            obey(message)
    if not stop.is_set():
        _log.warning("the simulator hung up")
    stop.set()
    given.set()


def _colour(pins: MockPanelPins) -> tuple[float, float, float]:
    try:
        return pins.light_rgb()
    except AttributeError:
        # The light has given its pins back: the station is stopping.
        return (0.0, 0.0, 0.0)


if __name__ == "__main__":
    sys.exit(main())
