"""The board's heat and supply: as its kernel files tell, or its own tool."""

from pathlib import Path

import pytest

from appliance.devices.board import Board, read_board
from appliance.jobs import checks_board
from appliance.jobs.findings import Level


@pytest.fixture
def sys(tmp_path: Path) -> Path:
    return tmp_path / "sys"


def pi(sys: Path, *, temp: str = "45123", throttled: str | None = "0", alarm: str | None = "0") -> Path:
    """The files of a Pi 4 on Raspberry Pi OS; their contents end with a line."""
    files = {"class/thermal/thermal_zone0/type": "cpu-thermal", "class/thermal/thermal_zone0/temp": temp}
    if throttled is not None:
        files["devices/platform/soc/soc:firmware/get_throttled"] = throttled
    if alarm is not None:
        files |= {"class/hwmon/hwmon1/name": "rpi_volt", "class/hwmon/hwmon1/in0_lcrit_alarm": alarm}
    files["class/hwmon/hwmon0/name"] = "cpu_thermal"
    for name, content in files.items():
        (sys / name).parent.mkdir(parents=True, exist_ok=True)
        (sys / name).write_text(content + "\n")
    return sys


def test_a_board_that_is_well(sys: Path) -> None:
    assert read_board(pi(sys)) == Board(45.123, 0)
    assert read_board(sys).faults() == ()


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ({"throttled": "50005"}, ("undervoltage",)),
        ({"throttled": "50000"}, ()),
        ({"alarm": "1"}, ("undervoltage",)),
        ({"alarm": "1", "throttled": None}, ("undervoltage",)),
        ({"temp": "80000"}, ("overheating",)),
        ({"temp": "79999"}, ()),
        ({"throttled": "80008"}, ("overheating",)),
        ({"throttled": "60006"}, ("overheating",)),
        ({"throttled": "e0008", "alarm": "1"}, ("undervoltage", "overheating")),
        ({"throttled": "garbled", "temp": "-", "alarm": None}, ()),
    ],
)
def test_what_its_files_mean(sys: Path, files: dict[str, str | None], faults: tuple[str, ...]) -> None:
    assert read_board(pi(sys, **files)).faults() == faults  # type: ignore[arg-type]


def test_a_pi_5_has_its_firmware_under_another_name(sys: Path) -> None:
    pi(sys, throttled=None, alarm=None)
    folder = sys / "devices/platform/soc@107c000000/soc@107c000000:firmware"
    folder.mkdir(parents=True)
    (folder / "get_throttled").write_text("1\n")
    assert read_board(sys).is_weak


def test_a_pc_is_no_board(sys: Path) -> None:
    assert read_board(sys) == Board()
    pi(sys, throttled=None, alarm=None)
    (sys / "class/thermal/thermal_zone0/type").write_text("x86_pkg_temp\n")
    assert read_board(sys) == Board()
    assert checks_board.board(sys) == []


@pytest.mark.parametrize(
    ("flags", "level"), [(0x0, Level.GREEN), (0x50000, Level.AMBER), (0x50005, Level.RED), (0x8, Level.GREEN)]
)
def test_power_bits(flags: int, level: Level) -> None:
    finding = checks_board.power(Board(flags=flags))
    assert finding.level is level
    assert ("chargeur officiel" in finding.remedy) is (level is not Level.GREEN)


def test_heat_is_told_with_its_degrees_and_its_remedy() -> None:
    assert checks_board.temperature(Board(61.4, 0)).level is Level.GREEN
    hot = checks_board.temperature(Board(82.3, 0))
    assert (hot.level, "82" in hot.sentence, "Aérez" in hot.remedy) == (Level.AMBER, True, True)


def test_the_board_s_own_tool_adds_what_the_kernel_forgot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sys: Path
) -> None:
    tool = tmp_path / "vcgencmd"
    tool.write_text('#!/bin/sh\n[ "$1" = measure_temp ] && echo "temp=82.3\'C" || echo throttled=0x10000\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert [(found.name, found.level) for found in checks_board.board(pi(sys))] == [
        ("power", Level.AMBER),
        ("temperature", Level.AMBER),
    ]
    tool.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {found.level for found in checks_board.board(sys)} == {Level.GREEN}
