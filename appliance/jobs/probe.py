"""`python -m appliance.jobs.probe <configuration> <station>`: the doctor's look at one station's devices.

A process of its own, because a frozen camera can only be left by ending the process. It writes one JSON line
for each device as it goes, so that the doctor knows which one froze.
"""

import json
import re
import sys
import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from appliance.config import StationConfig, load_config
from appliance.devices import real
from appliance.devices.ports import DeviceError
from appliance.domain.permissions import Nature
from appliance.i18n import _
from appliance.jobs.findings import Finding, green, red


def planned(station: StationConfig) -> dict[str, str]:
    """Return the devices that the configuration gives to a station: name in code, name in French."""
    devices = {"panel": _("boutons et lumière")}
    if station.nature is Nature.VOICE or station.microphone:
        devices["microphone"] = _("micro")
    devices["loudspeaker"] = _("haut-parleur")
    if station.badge_camera is not None:
        devices["badge_camera"] = _("caméra des badges")
    if station.tray_camera is not None:
        devices["tray_camera"] = _("caméra du plateau")
    if station.badge_reader:
        devices["badge_reader"] = _("lecteur de badges")
    return devices


def examine(station: StationConfig, device: str, words: str) -> Finding:
    """Look at one device; opens no stream."""
    name = f"station-{station.id}.{device}"
    title = _("Station {station}, {device}").format(station=station.id, device=words)
    try:
        _check(station, device)
    except DeviceError as error:
        if device == "panel" and _is_held(error):
            return green(name, title + _(" : la station s’en sert."))
        happened, remedy = told(error)
        return red(name, f"{title} : {happened}", remedy)
    return green(name, title + _(" : en place."))


def told(error: DeviceError) -> tuple[str, str]:
    """Split a device's words into what happened and what to do: two sentences, or one with a colon."""
    happened, _sign, remedy = str(error).partition(". ")
    if not remedy:
        happened, _sign, remedy = re.sub(r"\s:\s", ": ", happened).partition(": ")
    return happened.rstrip(".") + ".", remedy[:1].upper() + remedy[1:]


def _check(station: StationConfig, device: str) -> None:
    if device == "panel":
        _check_panel()
    elif device == "loudspeaker":
        real.loudspeaker(station).check()
    elif device == "microphone":
        if (microphone := real.microphone(station)) is not None:
            microphone.check()
    elif device == "badge_reader":
        if (reader := real.badge_reader(station)) is not None:
            with closing(reader):
                reader.check()
    elif (camera := real.camera(getattr(station, device))) is not None:
        camera.check()


def _check_panel() -> None:
    with tempfile.TemporaryDirectory(prefix="boite-probe-") as own_folder:
        buttons, light = real.panel(Path(own_folder))
        for button in buttons.values():
            button.close()
        light.close()


def _is_held(error: DeviceError) -> bool:
    return "busy" in str(error.__cause__).casefold()


def main() -> None:
    """Examine one station and write the findings."""
    path, station_id = sys.argv[1:]
    station = load_config(Path(path)).station(station_id)
    for device, words in planned(station).items():
        sys.stdout.write(json.dumps(asdict(examine(station, device, words))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
