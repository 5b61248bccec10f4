"""The doctor at the stations and at the printer."""

import errno
import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import Config, PrinterConfig, StationConfig
from appliance.devices import real
from appliance.devices.ports import DeviceError, PaperState
from appliance.domain.permissions import Nature
from appliance.jobs import checks_devices, doctor, probe
from appliance.jobs.findings import Finding, Level, as_text, green
from appliance.satellite import bond as bonds
from appliance.satellite.bond import Bond
from appliance.store.database import FILE_NAME
from tests.unit.doctor_helpers import FixedClock, answering, config_fixture

__all__ = ["config_fixture"]

VOICE = StationConfig("A", Nature.VOICE, "Micro", "Haut", badge_camera=0)
PICTURES = StationConfig("B", Nature.PRODUCTION, "", "Haut", badge_camera=0, tray_camera=1)
FILMS = StationConfig("C", Nature.FILM, "Micro", "Haut", tray_camera=0, badge_reader="/dev/input/by-id/x")


def test_a_device_error_becomes_a_sentence_and_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def unplugged(_: StationConfig) -> None:
        raise DeviceError("Le micro « Micro » est débranché. Rebranchez-le.")

    monkeypatch.setattr(real, "microphone", unplugged)
    finding = probe.examine(VOICE, "microphone", "micro")
    assert (finding.name, finding.level) == ("station-A.microphone", Level.RED)
    assert finding.sentence.endswith("Le micro « Micro » est débranché.")
    assert finding.remedy == "Rebranchez-le."


@pytest.mark.parametrize(
    ("words", "happened", "remedy"),
    [
        ("Il est débranché. Rebranchez-le.", "Il est débranché.", "Rebranchez-le."),
        ("Rien ne marche\u00a0: installez ceci.", "Rien ne marche.", "Installez ceci."),
        ("Il dort\u00a0: il est éteint. Allumez-le.", "Il dort\u00a0: il est éteint.", "Allumez-le."),
    ],
)
def test_a_devices_words_are_split(words: str, happened: str, remedy: str) -> None:
    assert probe.told(DeviceError(words)) == (happened, remedy)


def test_pins_that_the_station_holds_are_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(_: Path) -> None:
        raise DeviceError("Les boutons ne répondent pas. Vérifiez.") from RuntimeError("GPIO busy")

    monkeypatch.setattr(real, "panel", held)
    assert probe.examine(VOICE, "panel", "boutons").level is Level.GREEN


def test_each_station_is_examined_for_what_it_has() -> None:
    assert list(probe.planned(VOICE)) == ["panel", "microphone", "loudspeaker", "badge_camera"]
    assert list(probe.planned(PICTURES)) == ["panel", "loudspeaker", "badge_camera", "tray_camera"]
    assert list(probe.planned(FILMS)) == ["panel", "microphone", "loudspeaker", "tray_camera", "badge_reader"]


SATELLITE = StationConfig("D", Nature.VOICE, "Micro", "Haut", badge_camera=0, satellite=True)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stations whose devices were looked at."""
    stations: list[str] = []

    def look(_config: Config, station: StationConfig) -> list[Finding]:
        stations.append(station.id)
        return [green(f"station-{station.id}", "En place.")]

    monkeypatch.setattr(checks_devices, "station_devices", look)
    return stations


def test_the_hub_does_not_look_for_the_devices_of_a_station_elsewhere(
    config: Config, looked_at: list[str]
) -> None:
    for stations in ((VOICE, SATELLITE), (SATELLITE,)):
        (config.data / FILE_NAME).touch()
        findings = checks_devices.stations(replace(config, stations=stations))
        assert {finding.level for finding in findings} == {Level.GREEN}
        assert "autre carte" in findings[-1].sentence
    assert looked_at == ["A"]


def test_on_a_satellite_the_doctor_looks_at_the_station_and_asks_for_no_hub(
    config: Config, looked_at: list[str]
) -> None:
    config = replace(config, stations=(SATELLITE,))
    names = [finding.name for finding in doctor.run_checks(config, FixedClock())]
    assert names[:4] == ["station-D", "link-D", "disk", "swap"]
    assert not {"hub", "network", "key", "printer", "ent", "clock"} & set(names)
    assert looked_at == ["D"]
    assert checks_devices.links(config)[0].level is Level.AMBER
    bonds.save(make_spool(config), Bond("D", "192.168.4.1", 443, "ab" * 16, "cd" * 32))
    linked = checks_devices.links(config)[0]
    assert linked.level is Level.GREEN
    assert "192.168.4.1" in linked.sentence
    assert "cd" * 32 not in as_text([linked])


def make_spool(config: Config) -> Path:
    folder = config.spool("D")
    folder.mkdir(parents=True)
    return folder


def test_a_badge_reader_that_is_not_plugged_is_red(tmp_path: Path) -> None:
    reader = tmp_path / "usb-reader-event-kbd"
    station = StationConfig("A", Nature.VOICE, badge_reader=str(reader))
    finding = probe.examine(station, "badge_reader", "lecteur de badges")
    assert (finding.level, finding.remedy) == (Level.RED, "Rebranchez-le.")
    reader.touch()
    assert probe.examine(station, "badge_reader", "lecteur de badges").level is Level.GREEN


def test_a_device_that_freezes_the_look_is_named(config: Config, tmp_path: Path) -> None:
    script = tmp_path / "freezes.py"
    seen = [green("station-A.panel", "bon"), green("station-A.microphone", "bon")]
    lines = "".join(json.dumps({**vars(finding)}) + "\n" for finding in seen)
    script.write_text(f"import os, sys\nsys.stdout.write({lines!r})\nsys.stdout.flush()\nos._exit(70)\n")
    findings = checks_devices.station_devices(config, VOICE, (sys.executable, str(script)))
    assert findings[:2] == seen
    assert [(found.name, found.level) for found in findings[2:]] == [("station-A.loudspeaker", Level.RED)]


def test_the_real_look_finds_no_panel_on_a_pc(config: Config) -> None:
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has pins")
    config.path.write_text(
        f'[box]\ndata = "{config.data}"\nrun = "{config.run}"\n'
        '[[stations]]\nid = "A"\nnature = "voice"\nmicrophone = "absent"\nloudspeaker = "absent"\n'
    )
    station = StationConfig("A", Nature.VOICE, "absent", "absent")
    findings = checks_devices.station_devices(config, station)
    assert [found.name for found in findings] == [f"station-A.{name}" for name in probe.planned(station)]
    assert {found.level for found in findings} == {Level.RED}
    assert all(found.remedy for found in findings)


def with_printer(config: Config, connection: str, address: str) -> Config:
    printer = PrinterConfig(connection=connection, address=address, timeout_seconds=1.0)
    return Config(path=config.path, data=config.data, run=config.run, printer=printer)


def test_the_printer_is_asked_for_its_paper(config: Config) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    has_paper = b"\x12"
    with answering(socket.AF_INET, ("127.0.0.1", port), has_paper) as asked:
        finding = checks_devices.printer(with_printer(config, "network", f"127.0.0.1:{port}"))
    assert finding.level is Level.GREEN
    assert "du papier" in finding.sentence
    assert asked == [b"\x10\x04\x04"]


def test_an_unplugged_printer_is_red_and_no_printer_is_fine(config: Config, tmp_path: Path) -> None:
    unplugged = checks_devices.printer(with_printer(config, "file", str(tmp_path / "absent")))
    assert unplugged.level is Level.RED
    assert unplugged.remedy
    assert checks_devices.printer(with_printer(config, "none", "")).level is Level.GREEN


@pytest.mark.parametrize(
    ("paper", "level"),
    [
        (PaperState.OK, Level.GREEN),
        (PaperState.UNKNOWN, Level.GREEN),
        (PaperState.LOW, Level.AMBER),
        (PaperState.OUT, Level.RED),
    ],
)
def test_paper(paper: PaperState, level: Level) -> None:
    assert checks_devices.printer_paper(paper).level is level


def test_a_printer_that_is_printing_is_not_a_fault(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> int:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr("appliance.devices.printer_link.os.open", busy)
    finding = checks_devices.printer(with_printer(config, "file", "/dev/boite-printer"))
    assert finding.level is Level.GREEN
