"""Twin of a badge reader: it reads what is held in front of it."""

from collections.abc import Callable

from appliance.devices.ports import DeviceError
from appliance.i18n import _


class TwinReader:
    """Reads at once, without a mistake."""

    def __init__(self) -> None:
        self._plugged = True
        self._callback: Callable[[str], None] | None = None

    def present(self, text: str) -> None:
        """Hold a code in front of it; unplugged, it reads nothing."""
        if self._plugged and self._callback is not None:
            self._callback(text)

    def set_plugged(self, plugged: bool) -> None:
        """Pull the plug, or put it back."""
        self._plugged = plugged

    def when_read(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each text, from the thread of who holds it."""
        self._callback = callback

    def check(self) -> None:
        """Raise DeviceError when unplugged."""
        if not self._plugged:
            raise DeviceError(_("Le lecteur de badges est débranché. Rebranchez-le."))

    def close(self) -> None:
        """Read nothing any more."""
        self._callback = None
