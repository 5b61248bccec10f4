"""What a station finds missing of its own devices, without opening a stream (requirement R68, E13)."""

import time
from collections.abc import Callable, Mapping

from appliance.devices.ports import Camera, DeviceError, Loudspeaker, Microphone, StationDevices

CAMERA_SECONDS = 30.0
"""How often cameras are asked for: unlike a sound card's, their library is heavy and may hang."""

Devices = Mapping[str, Microphone | Loudspeaker | Camera | None]


class SelfTest:
    """Looks at the devices of a panel while nobody uses it; remembers what it saw while somebody does."""

    def __init__(self, devices: StationDevices, is_idle: Callable[[], bool]) -> None:
        self._sound: Devices = {"microphone": devices.microphone, "loudspeaker": devices.loudspeaker}
        self._cameras: Devices = {"badge_camera": devices.badge_camera, "tray_camera": devices.tray_camera}
        self._is_idle = is_idle
        self._cameras_at = float("-inf")
        self._missing: dict[str, bool] = {}

    def faults(self) -> tuple[str, ...]:
        """Return the names of what is missing: `microphone`, `loudspeaker`, `badge_camera`, `tray_camera`."""
        if self._is_idle():
            self._look(self._sound)
            if time.monotonic() - self._cameras_at > CAMERA_SECONDS:
                self._look(self._cameras)
                self._cameras_at = time.monotonic()
        return tuple(name for name, missing in self._missing.items() if missing)

    def _look(self, devices: Devices) -> None:
        for name, device in devices.items():
            if device is not None:
                self._missing[name] = not _is_there(device)


def _is_there(device: Microphone | Loudspeaker | Camera) -> bool:
    try:
        device.check()
    except DeviceError:
        return False
    return True
