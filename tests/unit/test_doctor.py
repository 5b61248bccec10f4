"""The doctor names what is wrong, says what to do, and never believes a thing that it did not see."""

import errno
import http.server
import json
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.config import Config, EntConfig, HubConfig, PrinterConfig, StationConfig
from appliance.devices import real
from appliance.devices.ports import DeviceError, PaperState
from appliance.domain.permissions import Nature
from appliance.domain.retention import ClockReading
from appliance.jobs import checks, checks_devices, checks_network, doctor, probe
from appliance.jobs.findings import Finding, Level, amber, as_json, as_text, green, red, worst
from appliance.satellite import bond as bonds
from appliance.satellite.bond import Bond
from appliance.station.room_left import Space
from appliance.store import settings
from appliance.store.database import FILE_NAME, open_database
from appliance.vault.keys import CLASS_PUBLIC, CLASS_WRAPPED, RECOVERY_PUBLIC, KeyFolder

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)
VOICE = StationConfig("A", Nature.VOICE, "Micro", "Haut", badge_camera=0)
PICTURES = StationConfig("B", Nature.PRODUCTION, "", "Haut", badge_camera=0, tray_camera=1)
FILMS = StationConfig("C", Nature.FILM, "Micro", "Haut", tray_camera=0, badge_reader="/dev/input/by-id/x")


class FixedClock:
    def __init__(self, now: datetime = NOW, *, trusted: bool = True) -> None:
        self._reading = ClockReading(now, trusted)

    def read(self) -> ClockReading:
        return self._reading


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    return Config(
        path=tmp_path / "boite.toml",
        data=tmp_path / "data",
        run=tmp_path / "run",
        hub=HubConfig(bind="127.0.0.1", https_port=1, announce=False),
    )


def with_ent(config: Config, **settings_: object) -> Config:
    return Config(path=config.path, data=config.data, run=config.run, ent=EntConfig(**settings_))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("percent", "level", "word"),
    [
        (79, Level.GREEN, "79"),
        (80, Level.AMBER, "80"),
        (90, Level.AMBER, "place"),
        (95, Level.RED, "photos"),
        (98, Level.RED, "plus rien"),
    ],
)
def test_disk_steps(percent: int, level: Level, word: str) -> None:
    finding = checks.disk_use(Space(100, 100 - percent))
    assert finding.level is level
    assert word in finding.sentence
    assert bool(finding.remedy) is (level is not Level.GREEN)


def test_a_missing_data_folder_is_red(config: Config) -> None:
    shutil.rmtree(config.data)
    assert checks.disk(config).level is Level.RED


def test_a_trusted_clock_is_green_and_another_deletes_nothing(config: Config) -> None:
    assert checks.clock(config, FixedClock()).level is Level.GREEN
    finding = checks.clock(config, FixedClock(trusted=False))
    assert finding.level is Level.AMBER
    assert "rien n’est effacé" in finding.sentence


def test_a_clock_behind_what_was_once_believed_is_seen(config: Config) -> None:
    database = open_database(config.data, NOW)
    settings.raise_high_water(database, NOW + timedelta(days=3))
    database.close()
    assert "reculé" in checks.clock(config, FixedClock()).sentence


def test_the_key_and_its_ways_in(config: Config) -> None:
    assert checks.key(config).level is Level.AMBER
    KeyFolder(config.data / "keys").create()
    assert checks.key(config).level is Level.GREEN
    for name in (RECOVERY_PUBLIC, CLASS_WRAPPED, CLASS_PUBLIC):
        kept = (config.data / "keys" / name).read_bytes()
        (config.data / "keys" / name).write_bytes(b"")
        assert checks.key(config).level is Level.RED, name
        (config.data / "keys" / name).write_bytes(kept)


@pytest.mark.parametrize(
    ("swaps", "backing", "level"),
    [
        ("", None, Level.GREEN),
        ("/dev/zram0 partition 100 0 100\n", "none\n", Level.GREEN),
        ("/dev/zram0 partition 100 0 100\n", "/dev/loop0\n", Level.RED),
        ("/var/swap file 100 0 -2\n", None, Level.RED),
    ],
)
def test_swap_on_a_disk_is_red(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, swaps: str, backing: str | None, level: Level
) -> None:
    (tmp_path / "swaps").write_text("Filename Type Size Used Priority\n" + swaps)
    if backing is not None:
        (tmp_path / "zram0").mkdir()
        (tmp_path / "zram0" / "backing_dev").write_text(backing)
    monkeypatch.setattr(checks, "_SWAPS", tmp_path / "swaps")
    monkeypatch.setattr(checks, "_BLOCK", tmp_path)
    assert checks.swap().level is level


@contextmanager
def answering(family: int, address: object, reply: bytes) -> Iterator[list[bytes]]:
    """A server that gives one canned reply; yields what it was asked."""
    asked: list[bytes] = []
    with socket.socket(family) as listening:
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen()
        listening.settimeout(10)

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                asked.append(peer.recv(4096))
                peer.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join(timeout=10)


@pytest.mark.parametrize(("locked", "word"), [("true", "fermée"), ("false", "ouverte")])
def test_the_hub_says_whether_the_class_is_open(config: Config, locked: str, word: str) -> None:
    body = f'{{"locked": {locked}}}'
    reply = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    with answering(socket.AF_UNIX, str(config.socket("station")), reply) as asked:
        [finding] = checks_network.hub(config)
    assert finding.level is Level.GREEN
    assert word in finding.sentence
    assert asked[0].startswith(b"GET /health ")


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nnon"]
)
def test_a_hub_that_does_not_answer_well_is_red(config: Config, reply: bytes) -> None:
    with answering(socket.AF_UNIX, str(config.socket("station")), reply):
        [finding] = checks_network.hub(config)
    assert finding.level is Level.RED


def test_a_hub_that_is_not_there_is_red(config: Config) -> None:
    [finding] = checks_network.hub(config)
    assert finding.level is Level.RED


def test_a_page_that_does_not_answer_is_red(config: Config) -> None:
    [finding] = checks_network.network(config)
    assert finding.level is Level.RED
    assert "https://127.0.0.1:1" in finding.sentence


def test_no_network_is_amber_since_the_stations_go_on(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_network, "lan_addresses", list)
    [finding] = checks_network.network(Config(config.path, config.data, config.run))
    assert finding.level is Level.AMBER


@pytest.mark.parametrize(
    ("answers", "level"),
    [([], Level.AMBER), (["10.0.0.7"], Level.GREEN), (["10.0.0.9"], Level.RED)],
)
def test_the_name_must_be_this_machines(
    config: Config, monkeypatch: pytest.MonkeyPatch, answers: list[str], level: Level
) -> None:
    monkeypatch.setattr(checks_network, "lan_addresses", lambda: ["10.0.0.7"])
    monkeypatch.setattr(checks_network, "who_answers", lambda host, interfaces: answers)
    monkeypatch.setattr(checks_network, "_serves_https", lambda address, port: True)
    page, name = checks_network.network(Config(config.path, config.data, config.run))
    assert (page.level, name.level) == (Level.GREEN, level)


def ent_at(config: Config, port: int) -> Config:
    password = config.run / "ent-password"
    password.write_text("ouistiti-secret")
    return with_ent(
        config, kind="webdav", url=f"http://127.0.0.1:{port}/dav", user="boite", password_file=password
    )


@contextmanager
def http_server(status: int) -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            asked.append(f"{self.requestline}\n{self.headers}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "level"), [(200, Level.GREEN), (401, Level.GREEN), (404, Level.RED), (503, Level.AMBER)]
)
def test_the_ent_answers_without_being_told_anything(config: Config, status: int, level: Level) -> None:
    with http_server(status) as (port, asked):
        finding = checks_network.ent(ent_at(config, port))
    assert finding.level is level
    assert "OPTIONS /dav" in asked[0]
    assert "ouistiti" not in asked[0]
    assert "Authorization" not in asked[0]


def test_an_ent_that_is_down_is_amber_and_nothing_is_lost(config: Config) -> None:
    finding = checks_network.ent(ent_at(config, 1))
    assert finding.level is Level.AMBER
    assert "Rien n’est perdu" in finding.remedy


def test_no_ent_is_fine(config: Config) -> None:
    assert checks_network.ent(config).level is Level.GREEN


@pytest.mark.parametrize(
    "ent",
    [
        {"kind": "webdav", "url": "ent.example.fr"},
        {"kind": "webdav", "url": "http://ent.example.fr/dav"},
        {"kind": "webdav", "url": "https://ent.example.fr/dav"},
        {"kind": "webdav", "url": "https://ent.example.fr/dav", "password_file": Path("/nonexistent/secret")},
    ],
)
def test_a_wrong_ent_configuration_is_red_before_anything_is_sent(
    config: Config, ent: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "create_connection", forbidden)
    assert checks_network.ent(with_ent(config, **ent)).level is Level.RED


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


def test_the_report_says_levels_in_words_and_starts_with_the_worst() -> None:
    findings = [green("a", "Tout va."), amber("b", "Bof.", "Regardez."), red("c", "Non.", "Réparez.")]
    report = as_text(findings).splitlines()
    assert report[0].startswith("✘ à réparer")
    assert report[1].strip() == "→ Réparez."
    assert report[-1] == "1 point à réparer, 1 à surveiller."
    assert as_text([green("a", "Tout va.")]).splitlines()[-1] == "Tout va bien."


def test_json_holds_everything() -> None:
    findings = [Finding("disk", Level.AMBER, "Le disque est plein.", "Effacez.")]
    assert json.loads(json.dumps(as_json(findings))) == {
        "worst": "amber",
        "findings": [
            {"name": "disk", "level": "amber", "sentence": "Le disque est plein.", "remedy": "Effacez."}
        ],
    }
    assert worst([]) is Level.GREEN


def test_the_whole_examination_names_each_part_of_the_box(config: Config) -> None:
    names = {finding.name for finding in doctor.run_checks(config, FixedClock())}
    assert {"stations", "printer", "disk", "clock", "key", "swap", "hub", "network", "ent"} <= names


def test_a_printer_that_is_printing_is_not_a_fault(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> int:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr("appliance.devices.printer_link.os.open", busy)
    finding = checks_devices.printer(with_printer(config, "file", "/dev/boite-printer"))
    assert finding.level is Level.GREEN
