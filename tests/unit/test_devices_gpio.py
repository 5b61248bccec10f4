import subprocess
import sys
from pathlib import Path

import pytest
from gpiozero import Device

from appliance.devices.gpio import GpioButton, GpioLight, load_pins, use_lgpio
from appliance.devices.ports import ButtonName, DeviceError


def test_the_wiring_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pins.toml"
    file.write_text("[buttons]\nred = 1\ngreen = 2\nblue = 3\n[light]\nred = 4\ngreen = 5\nblue = 6\n")
    pins = load_pins(file)
    assert pins.buttons == {ButtonName.RED: 1, ButtonName.GREEN: 2, ButtonName.BLUE: 3}
    assert pins.light == (4, 5, 6)


def test_no_pin_is_used_twice() -> None:
    pins = load_pins()
    assert len({*pins.buttons.values(), *pins.light}) == 6


def test_production_refuses_mock_pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    with pytest.raises(DeviceError, match=r"simulés.*GPIOZERO_PIN_FACTORY"):
        use_lgpio(tmp_path)
    assert Device.pin_factory is None


@pytest.mark.parametrize("make", [lambda: GpioButton(17), lambda: GpioLight(load_pins())])
def test_no_factory_is_chosen_in_silence(monkeypatch: pytest.MonkeyPatch, make: object) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    with pytest.raises(DeviceError):
        make()
    assert Device.pin_factory is None


_HEADER = """
import os, sys
{library}
from pathlib import Path
from gpiozero import Device
from appliance.devices.gpio import use_lgpio
from appliance.devices.ports import DeviceError
before = os.getcwd()
try:
    use_lgpio(Path(sys.argv[1]))
except DeviceError as error:
    print(error)
assert os.getcwd() == before
assert Device.pin_factory is None
print(os.environ["LG_WD"])
"""


@pytest.mark.parametrize(
    ("library", "remedy"),
    [
        ("sys.modules['lgpio'] = None", "python3-lgpio"),
        # Loading the real one moves the process into LG_WD, and fails so when it cannot write there.
        ("sys.path.insert(0, sys.argv[2])", "ce dossier"),
    ],
)
def test_a_header_that_cannot_be_used_says_what_to_do(tmp_path: Path, library: str, remedy: str) -> None:
    (tmp_path / "lgpio.py").write_text("import os\nos.chdir(os.environ['LG_WD'])\nopen('.lgd-nfy-3')\n")
    folder = tmp_path / "run"
    folder.mkdir()
    script = _HEADER.format(library=library)
    result = subprocess.run(
        [sys.executable, "-c", script, folder, tmp_path], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    sentence, working_directory = result.stdout.splitlines()
    assert remedy in sentence
    assert working_directory == str(folder)
