"""The real devices of one station, made from its configuration. The only place that picks them.

Nothing is imported before it is asked for: a box without a camera never loads picamera2.
"""

import os
from pathlib import Path

from appliance.config import Config, StationConfig
from appliance.devices.ports import (
    Button,
    ButtonName,
    Camera,
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
        badge_camera=camera(station.badge_camera),
        tray_camera=camera(station.tray_camera),
    )


def panel(own_folder: Path) -> tuple[dict[ButtonName, Button], Light]:
    """Claim the pins of the buttons and of the light; `own_folder` is this process's alone (lgpio's FIFO)."""
    from appliance.devices.gpio import GpioButton, GpioLight, load_pins, use_lgpio

    use_lgpio(own_folder)
    pins = load_pins()
    buttons: dict[ButtonName, Button] = {name: GpioButton(pin) for name, pin in pins.buttons.items()}
    return buttons, GpioLight(pins)


def microphone(station: StationConfig) -> Microphone | None:
    """Return the station's microphone, or None when it does not record voices."""
    if station.nature is not Nature.VOICE:
        return None
    from appliance.devices.sound import SoundCardMicrophone

    return SoundCardMicrophone(station.microphone)


def loudspeaker(station: StationConfig) -> Loudspeaker:
    """Return the station's loudspeaker."""
    from appliance.devices.sound import SoundCardLoudspeaker

    return SoundCardLoudspeaker(station.loudspeaker)


def camera(number: int | None) -> Camera | None:
    """Return a camera by its number, or None for none."""
    if number is None:
        return None
    from appliance.devices.camera import PiCamera

    return PiCamera(number)


def _own_folder(config: Config) -> Path:
    # systemd's RuntimeDirectory= is one station's alone; the run folder serves a station started by hand.
    return Path(os.environ.get("RUNTIME_DIRECTORY", config.run))
