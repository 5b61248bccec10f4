"""The header of a panel: gpiozero's mock pins under the real button and light classes."""

import threading

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin, PinState

from appliance.devices.gpio import Colour, load_pins
from appliance.devices.ports import ButtonName


class _ForgetfulPin(MockPWMPin):  # type: ignore[misc]
    """A mock pin without the history of its states: a breathing light adds 25 of them a second."""

    def _change_state(self, value: float) -> bool:
        changed: bool = super()._change_state(value)
        self.states = [PinState(0.0, value)]
        return changed


class MockPanelPins:
    """A finger for the buttons and an eye for the light."""

    def __init__(self, factory: MockFactory) -> None:
        self._factory = factory
        self._pins = load_pins()

    def press(self, name: ButtonName, ms: int) -> None:
        """Hold a button down for `ms` milliseconds, then let it go."""
        self.hold(name, True)
        threading.Event().wait(ms / 1000)
        self.hold(name, False)

    def hold(self, name: ButtonName, down: bool) -> None:
        """Push a button down and leave it there, or let it go."""
        pin = self._factory.pin(self._pins.buttons[name])
        if down:
            pin.drive_low()
        else:
            pin.drive_high()

    def light_rgb(self) -> Colour:
        """Return what the light shows at this instant."""
        red, green, blue = (float(self._factory.pin(number).state) for number in self._pins.light)
        return red, green, blue


def mock_panel_pins() -> MockPanelPins:
    """Give this process the header of one panel, simulated; call it before making buttons and light."""
    factory = MockFactory(pin_class=_ForgetfulPin)
    Device.pin_factory = factory
    return MockPanelPins(factory)
