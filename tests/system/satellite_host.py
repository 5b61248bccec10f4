"""The process of a satellite over twins: `python -m tests.system.satellite_host --config FILE --station C`.

It reads one order a line: `press` presses red, `see FILE` puts a picture before its badge camera.
It writes one line per thing that a person would see or hear: `panel <state>`, `prompt <name>`.
"""

import argparse
import logging
import sys
import threading
from pathlib import Path
from typing import Any

from appliance.config import load_config
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import ButtonName, StationDevices
from appliance.satellite import patience, program
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.stopping import asked_to_stop

LONGEST_WAIT = 3.0
"""Seconds: a satellite of the test leaves an absent hub in peace for less long than a real one."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--station", required=True)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    patience.LONGEST_SECONDS = LONGEST_WAIT
    config = load_config(asked.config)
    pressed, camera, room, pins = mock_panel_pins(), TwinCamera(), Room(), load_pins()
    devices = StationDevices(
        buttons={name: GpioButton(pins.buttons[name]) for name in ButtonName},
        light=GpioLight(pins),
        loudspeaker=TwinLoudspeaker(room),
        microphone=TwinMicrophone(room),
        badge_camera=camera,
        tray_camera=None,
    )

    def obey() -> None:
        for line in sys.stdin:
            order, _space, argument = line.strip().partition(" ")
            if order == "see":
                camera.show(Path(argument).read_bytes())
            else:
                pressed.press(ButtonName.RED, 30)

    def observe(event: str, facts: dict[str, Any]) -> None:
        sys.stdout.write(f"{event} {' '.join(map(str, facts.values()))}\n")
        sys.stdout.flush()

    threading.Thread(target=obey, daemon=True).start()
    program.run(config, config.station(asked.station), devices, asked_to_stop(), observe)


if __name__ == "__main__":
    main()
