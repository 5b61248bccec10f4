from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero import Device

from appliance.devices.gpio import GpioLight, load_pins, use_lgpio
from appliance.devices.ports import Light, LightState
from appliance.simulator.twins.panel import mock_panel_pins

Colour = tuple[float, float, float]

LOOKS = {
    LightState.READY: ("white", "breathing"),
    LightState.LOOKING: ("white", "blinking"),
    LightState.RECORDING: ("red", "steady"),
    LightState.ATTENTION: ("red", "flashing"),
    LightState.HELLO: ("white", "steady"),
    LightState.CHOOSING: ("blue", "breathing"),
    LightState.REVIEW: ("green", "breathing"),
    LightState.KEPT: ("blue", "steady"),
    LightState.WAIT: ("amber", "breathing"),
    LightState.CANNOT: ("amber", "blinking"),
    LightState.OFF: ("dark", "steady"),
}


@dataclass
class Bench:
    light: Light
    seen: Callable[[], Colour] | None


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "twin":
        pins = mock_panel_pins()
        light = GpioLight(load_pins())
        yield Bench(light, pins.light_rgb)
    else:
        request.getfixturevalue("real_stations")
        use_lgpio(tmp_path)
        light = GpioLight(load_pins())
        yield Bench(light, None)
    light.close()
    Device.pin_factory.close()
    Device.pin_factory = None


def hue(rgb: Colour) -> str:
    red, green, blue = (round(level / max(rgb), 1) if max(rgb) else 0 for level in rgb)
    names = {(1, 1, 1): "white", (1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (0, 0, 0): "dark"}
    return names.get(
        (red, green, blue), "amber" if red == 1 and 0.3 <= green <= 0.6 and blue == 0 else "other"
    )


@pytest.mark.parametrize("state", list(LightState))
def test_each_state_has_its_colour_and_its_movement(
    bench: Bench, until: Callable[[Callable[[], bool]], None], state: LightState
) -> None:
    bench.light.show(LightState.RECORDING if state is LightState.OFF else LightState.OFF)
    bench.light.show(state)
    if bench.seen is None:
        pytest.skip("needs an eye")
    colour, movement = LOOKS[state]
    look = bench.seen
    if movement == "steady":
        assert hue(look()) == colour
        assert max(look()) in (0, 1)
    elif movement == "blinking":
        for _ in range(2):
            until(lambda: hue(look()) == colour and max(look()) == 1)
            until(lambda: hue(look()) == "dark")
    elif movement == "flashing":
        for other in ("amber", colour, "amber", colour):
            until(lambda other=other: hue(look()) == other)
            assert look()[0] == 1, "it says all along that it records"
    else:
        until(lambda: max(look()) > 0.7 and hue(look()) == colour)
        until(lambda: 0 < max(look()) < 0.3)
        until(lambda: max(look()) > 0.7)


def test_a_new_state_replaces_the_movement_of_the_one_before(bench: Bench) -> None:
    bench.light.show(LightState.CANNOT)
    bench.light.show(LightState.RECORDING)
    if bench.seen is not None:
        assert bench.seen() == (1, 0, 0)


def test_a_closed_light_is_dark(bench: Bench) -> None:
    bench.light.show(LightState.RECORDING)
    bench.light.close()
    if bench.seen is not None:
        assert bench.seen() == (0, 0, 0)
