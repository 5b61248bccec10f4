from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero import Device

from appliance.config import StationConfig
from appliance.devices.gpio import GpioButton, load_pins, use_lgpio
from appliance.devices.ports import Button, ButtonName
from appliance.simulator.twins.panel import mock_panel_pins


@dataclass
class Bench:
    make: Callable[[ButtonName], Button]
    press: Callable[[ButtonName, int], None] | None
    hold: Callable[[ButtonName, bool], None] | None


def make(name: ButtonName) -> Button:
    return GpioButton(load_pins().buttons[name])


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "twin":
        pins = mock_panel_pins()
        yield Bench(make, pins.press, pins.hold)
    else:
        stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
        assert stations
        use_lgpio(tmp_path)
        yield Bench(make, None, None)
    Device.pin_factory.close()
    Device.pin_factory = None


@pytest.mark.parametrize("name", list(ButtonName))
def test_each_press_calls_once_when_the_button_goes_down(bench: Bench, name: ButtonName) -> None:
    if bench.press is None:
        pytest.skip("needs a finger")
    button = bench.make(name)
    calls = []
    button.when_pressed(lambda: calls.append(name))
    bench.press(name, 5)
    assert calls == [name]
    bench.press(name, 5)
    assert calls == [name, name]


def test_a_button_hears_only_its_own_pin(bench: Bench) -> None:
    if bench.press is None:
        pytest.skip("needs a finger")
    heard = []
    buttons = {name: bench.make(name) for name in ButtonName}
    for name, button in buttons.items():
        button.when_pressed(lambda name=name: heard.append(name))
    bench.press(ButtonName.BLUE, 5)
    bench.press(ButtonName.RED, 5)
    assert heard == [ButtonName.BLUE, ButtonName.RED]


@pytest.mark.parametrize("name", list(ButtonName))
def test_a_release_is_told_after_its_press(bench: Bench, name: ButtonName) -> None:
    if bench.press is None:
        pytest.skip("needs a finger")
    button = bench.make(name)
    told: list[tuple[str, bool]] = []
    button.when_pressed(lambda: told.append(("down", button.is_pressed)))
    button.when_released(lambda: told.append(("up", button.is_pressed)))
    bench.press(name, 5)
    bench.press(name, 5)
    assert told == [("down", True), ("up", False)] * 2


def test_a_contact_closed_since_before_is_seen_though_no_press_is_told(bench: Bench) -> None:
    if bench.hold is None:
        pytest.skip("needs a finger")
    button = bench.make(ButtonName.GREEN)
    bench.hold(ButtonName.GREEN, True)
    told: list[str] = []
    button.when_pressed(lambda: told.append("down"))
    button.when_released(lambda: told.append("up"))
    assert button.is_pressed
    bench.hold(ButtonName.GREEN, False)
    assert not button.is_pressed
    assert told == ["up"]


def test_a_button_at_rest_is_up(bench: Bench) -> None:
    for name in ButtonName:
        button = bench.make(name)
        assert not button.is_pressed
        button.close()


def test_a_closed_button_gives_its_pin_back(bench: Bench) -> None:
    first = bench.make(ButtonName.RED)
    first.when_pressed(lambda: None)
    first.close()
    bench.make(ButtonName.RED).close()
