"""The process of a station on another machine: linked first, then a station like the others."""

import threading
from functools import partial
from pathlib import Path

from appliance.config import Config, StationConfig
from appliance.devices.board import read_board
from appliance.devices.ports import StationDevices
from appliance.domain.permissions import Nature
from appliance.satellite import bond as bonds
from appliance.satellite.clock import HubClock
from appliance.satellite.link import SatelliteLink
from appliance.satellite.pairing import PairingPanel
from appliance.station.program import Observer, StationProgram, ignore
from appliance.station.room_left import refusal
from appliance.vault.files import make_folder

CLOCK_NAME = "clock.json"


def run(
    config: Config,
    station: StationConfig,
    devices: StationDevices,
    stop: threading.Event,
    observer: Observer = ignore,
) -> None:
    """Serve until `stop`, which is also set when the hub cuts the station off.

    The service manager then starts the program again, and it asks for a code: what it had recorded stays
    sealed in its spool and leaves once it is linked again.
    """
    folder = config.spool(station.id)
    make_folder(folder)
    bond = bonds.load(folder) or PairingPanel(station.id, devices, folder, observer).run(stop)
    if bond is None:
        _close(devices)
        return
    clock = HubClock(folder / CLOCK_NAME)
    link = SatelliteLink(folder, bond, clock, stop.set, own_faults=partial(own_faults, folder))
    StationProgram(config, station, devices, clock, observer, link).run(stop)


def own_faults(folder: Path) -> tuple[str, ...]:
    """Return what this machine suffers from, in the words of docs/hub-socket.md: supply, heat, room."""
    full = refusal(folder, Nature.FILM)
    return (*read_board().faults(), *((full,) if full else ()))


def _close(devices: StationDevices) -> None:
    for button in devices.buttons.values():
        button.close()
    devices.light.close()
