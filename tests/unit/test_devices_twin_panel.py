from collections.abc import Iterator

import pytest
from gpiozero import Device

from appliance.devices.gpio import GpioLight, load_pins
from appliance.devices.ports import LightState
from appliance.simulator.twins.panel import MockPanelPins, mock_panel_pins


@pytest.fixture
def pins() -> Iterator[MockPanelPins]:
    yield mock_panel_pins()
    Device.pin_factory.close()
    Device.pin_factory = None


def test_a_light_that_breathes_for_days_takes_no_memory(pins: MockPanelPins) -> None:
    light = GpioLight(load_pins())
    for _ in range(50):
        light.show(LightState.RECORDING)
        light.show(LightState.KEPT)
    assert pins.light_rgb() == (0, 0, 1)
    assert {len(Device.pin_factory.pin(number).states) for number in load_pins().light} == {1}
    light.close()
