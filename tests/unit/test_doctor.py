"""The doctor names what is wrong, says what to do, and never believes a thing that it did not see."""

import http.server
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.config import Config, EntConfig
from appliance.jobs import checks, checks_network, doctor
from appliance.jobs.findings import Finding, Level, amber, as_json, as_text, green, red, worst
from appliance.station.room_left import Space
from appliance.store import settings
from appliance.store.database import open_database
from appliance.vault.keys import KeyFolder
from tests.unit.doctor_helpers import NOW, FixedClock, answering, config_fixture

__all__ = ["config_fixture"]


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


def test_a_clock_far_ahead_of_what_was_once_believed_is_seen(config: Config) -> None:
    database = open_database(config.data, NOW)
    settings.raise_high_water(database, NOW - timedelta(days=121))
    database.close()
    assert "plus de quatre mois" in checks.clock(config, FixedClock()).sentence


def test_the_key_and_its_ways_in(config: Config) -> None:
    assert checks.key(config).level is Level.AMBER
    keys = KeyFolder(config.data / "keys")
    keys.create()
    assert checks.key(config).level is Level.GREEN
    for name in keys.files():
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
