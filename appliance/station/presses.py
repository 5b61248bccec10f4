"""The three buttons: presses as they come, and a contact that does not open any more (E37)."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from appliance.devices.ports import Button, ButtonName
from appliance.station.events import Freed, Stuck

STUCK_SECONDS = 10.0
"""A button that has been down for longer is stuck."""


class Presses:
    """Follows the buttons from the pin library's threads; judged by the main one."""

    def __init__(self, pressed: Callable[[ButtonName], None]) -> None:
        self._tell = pressed
        self._down: dict[ButtonName, float] = {}
        self._stuck = False
        self._turn = threading.Lock()

    def follow(self, buttons: Mapping[ButtonName, Button]) -> None:
        """Follow these buttons from now on."""
        for name, button in buttons.items():
            button.when_pressed(partial(self._pressed, name))
            button.when_released(partial(self._released, name))
            with self._turn:
                if button.is_pressed:
                    # Stuck since before this program began: nobody will see it go down.
                    self._down.setdefault(name, time.monotonic())

    def judge(self, now: float) -> list[Stuck | Freed]:
        """Return what changed since the last look, at `now` (monotonic seconds)."""
        with self._turn:
            stuck = any(now - since > STUCK_SECONDS for since in self._down.values())
        if stuck is self._stuck:
            return []
        self._stuck = stuck
        return [Stuck() if stuck else Freed()]

    def _pressed(self, name: ButtonName) -> None:
        with self._turn:
            self._down[name] = time.monotonic()
        self._tell(name)

    def _released(self, name: ButtonName) -> None:
        with self._turn:
            self._down.pop(name, None)
