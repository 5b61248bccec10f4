"""The pins in the code, in the table and in the drawing are the same, and they exist on the boards."""

import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import pytest
from gpiozero.pins.pi import PiBoardInfo

REPO = Path(__file__).parents[2]
PI_4B, PI_5B = 0xC03111, 0xC04170


@pytest.fixture(scope="module")
def wiring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_wiring", REPO / "hardware" / "draw_wiring.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["draw_wiring"] = module
    spec.loader.exec_module(module)
    return module


def test_drawing_and_table_come_from_the_pins_in_force(wiring: ModuleType) -> None:
    pins = wiring.read_pins()
    assert (REPO / "hardware" / "wiring.svg").read_text(encoding="utf-8") == wiring.drawing(pins)
    assert (REPO / "hardware" / "wiring.md").read_text(encoding="utf-8") == wiring.page(pins)


def test_every_pin_in_use_is_written_in_both(wiring: ModuleType) -> None:
    pins = wiring.read_pins()
    table = (REPO / "hardware" / "wiring.md").read_text(encoding="utf-8")
    drawing = ElementTree.parse(REPO / "hardware" / "wiring.svg")
    words = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    for bcm in [*pins.buttons.values(), *pins.light.values()]:
        pin = wiring.PHYSICAL[bcm]
        assert f"| {pin} | {bcm} |" in table
        assert f"{pin} · GPIO {bcm}" in words


def test_a_moved_pin_moves_the_table_and_the_drawing(wiring: ModuleType) -> None:
    pins = wiring.read_pins()
    moved = wiring.Pins(buttons={**pins.buttons, "red": 23}, light=pins.light)
    assert "| 16 | 23 |" in wiring.table(moved)
    assert "16 · GPIO 23" in wiring.drawing(moved)


@pytest.mark.parametrize("revision", [PI_4B, PI_5B])
def test_the_header_is_the_boards(wiring: ModuleType, revision: int) -> None:
    header = PiBoardInfo.from_revision(revision).headers["J8"]
    gpio = {number: int(pin.name[4:]) for number, pin in header.pins.items() if re.match(r"GPIO\d", pin.name)}
    assert gpio == wiring.BCM
    assert {header.pins[pin].name for pin in (wiring.BUTTONS_GROUND, wiring.LIGHT_GROUND)} == {"GND"}
    assert header.pins[wiring.FIVE_VOLTS].name == "5V"


def test_no_pin_serves_twice(wiring: ModuleType) -> None:
    pins = wiring.read_pins()
    used = [*pins.buttons.values(), *pins.light.values()]
    assert len(used) == len(set(used)) == 6
