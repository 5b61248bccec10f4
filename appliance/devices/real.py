"""The real devices of one station, made from its configuration. The only place that picks them.

Nothing is imported before it is asked for: a box without a camera never loads picamera2.
"""

import os
from pathlib import Path

from appliance.config import Config, StationConfig
from appliance.devices.ports import (
    BadgeReader,
    Button,
    ButtonName,
    FilmCamera,
    Light,
    Loudspeaker,
    Microphone,
    StationDevices,
)
from appliance.domain.permissions import Nature


def build_station_devices(config: Config, station: StationConfig) -> StationDevices:
    """Claim the pins and prepare the rest; no stream is opened. DeviceError says what is missing."""
    buttons, light = panel(_own_folder(config))
    return StationDevices(
        buttons=buttons,
        light=light,
        loudspeaker=loudspeaker(station),
        microphone=microphone(station),
        badge_camera=camera_in_turn(config, station, station.badge_camera),
        tray_camera=camera_in_turn(config, station, station.tray_camera),
        badge_reader=badge_reader(station),
    )


def panel(own_folder: Path) -> tuple[dict[ButtonName, Button], Light]:
    """Claim the pins of the buttons and of the light; `own_folder` is this process's alone (lgpio's FIFO)."""
    from appliance.devices.gpio import GpioButton, GpioLight, load_pins, use_lgpio

    use_lgpio(own_folder)
    pins = load_pins()
    buttons: dict[ButtonName, Button] = {name: GpioButton(pin) for name, pin in pins.buttons.items()}
    return buttons, GpioLight(pins)


def microphone(station: StationConfig) -> Microphone | None:
    """Return the station's microphone; a station for pictures has one when its configuration names it."""
    if station.nature is not Nature.VOICE and not station.microphone:
        return None
    from appliance.devices.sound import SoundCardMicrophone

    return SoundCardMicrophone(station.microphone)


def loudspeaker(station: StationConfig) -> Loudspeaker:
    """Return the station's loudspeaker."""
    from appliance.devices.sound import SoundCardLoudspeaker

    return SoundCardLoudspeaker(station.loudspeaker)


def camera(number: int | None) -> FilmCamera | None:
    """Return a camera by its number, or None for none."""
    if number is None:
        return None
    from appliance.devices.camera import PiCamera
    from appliance.devices.watched import WatchedCamera

    return WatchedCamera(PiCamera(number))


def badge_reader(station: StationConfig) -> BadgeReader | None:
    """Return the station's badge reader, or None for none."""
    if not station.badge_reader:
        return None
    from appliance.devices.reader import KeyboardReader

    return KeyboardReader(Path(station.badge_reader))


def camera_in_turn(config: Config, station: StationConfig, number: int | None) -> FilmCamera | None:
    """Return a camera, which waits for its turn when another station of this machine names it too."""
    found = camera(number)
    if found is None or number is None:
        return None
    here = [other for other in config.stations if other.satellite is station.satellite]
    if sum(number in (other.badge_camera, other.tray_camera) for other in here) < 2:
        return found
    from appliance.devices.sharing import SharedCamera, lock_file

    return SharedCamera(found, lock_file(config.run, number))


def _own_folder(config: Config) -> Path:
    # systemd's RuntimeDirectory= is one station's alone; the run folder serves a station started by hand.
    return Path(os.environ.get("RUNTIME_DIRECTORY", config.run))
