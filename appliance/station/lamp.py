"""The panel's light as rule 1 wants it: while a stream is open the light says so, whatever else is asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.devices.ports import Light, LightState


class Lamp:
    """Shared by the panel and by the threads that open streams."""

    def __init__(self, light: Light) -> None:
        self._light = light
        self._turn = threading.Lock()
        self._asked = LightState.OFF
        self._streams: list[LightState] = []
        self._attention = False
        self._closed = False

    def show(self, state: LightState) -> None:
        """Show a state; once the last stream is closed, if one is open."""
        with self._turn:
            self._asked = state
            self._refresh()

    @contextmanager
    def streaming(self, state: LightState) -> Iterator[None]:
        """Show `state` (`recording` or `looking`) as long as a stream may be open, then *attends*."""
        with self._turn:
            self._streams.append(state)
            self._asked = LightState.WAIT
            self._refresh()
        try:
            yield
        finally:
            with self._turn:
                self._streams.remove(state)
                self._attention = False
                self._refresh()

    def warn(self, *, attention: bool) -> None:
        """Say while a take is recorded that its sound is not good."""
        with self._turn:
            self._attention = attention
            self._refresh()

    def close(self) -> None:
        """Go dark and give the pins back."""
        with self._turn:
            self._closed = True
            self._light.close()

    def _refresh(self) -> None:
        if self._closed:
            return
        if LightState.RECORDING in self._streams:
            self._light.show(LightState.ATTENTION if self._attention else LightState.RECORDING)
        else:
            self._light.show(self._streams[-1] if self._streams else self._asked)
