"""What a station finds missing of its own devices, without opening a stream (requirements R68, E13)."""

from collections.abc import Callable, Iterable

from appliance.devices.ports import BadgeReader, Camera, DeviceError, Loudspeaker, Microphone, StationDevices

Device = Microphone | Loudspeaker | Camera | BadgeReader


class SelfTest:
    """Looks at the devices of a panel while nobody uses it; remembers what it saw while somebody does."""

    def __init__(
        self,
        devices: StationDevices,
        is_idle: Callable[[], bool],
        others: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """`others` names what is wrong beside the devices: a stuck button, a satellite's own board."""
        named: dict[str, Device | None] = {
            "microphone": devices.microphone,
            "loudspeaker": devices.loudspeaker,
            "badge_camera": devices.badge_camera,
            "tray_camera": devices.tray_camera,
            "badge_reader": devices.badge_reader,
        }
        self._devices = {name: device for name, device in named.items() if device is not None}
        self._is_idle = is_idle
        self._others = others
        self._missing: tuple[str, ...] = ()

    def faults(self) -> tuple[str, ...]:
        """Return the names of what is missing, then of what else is wrong.

        A device is named as in `StationDevices`. One that is named here may work again at the next try:
        nothing refuses to use it on this word alone.
        """
        if self._is_idle():
            self._missing = tuple(name for name, device in self._devices.items() if not _is_there(device))
        return (*self._missing, *self._others())


def _is_there(device: Device) -> bool:
    try:
        device.check()
    except DeviceError:
        return False
    return True
