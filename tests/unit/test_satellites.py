"""Stations on another machine: who is let in, for what, and how the teacher decides it."""

import io
import json
import re
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import Client, TestResponse

from appliance.config import Config, ConfigError, StationConfig
from appliance.devices.ports import LumaFrame
from appliance.domain.captures import Facts
from appliance.domain.pairing import FINGERPRINT_BYTES, LIFETIME, ONE_TIME_BYTES, SECRET_BYTES
from appliance.domain.permissions import Nature
from appliance.hub import intake, satellites
from appliance.hub.box import Box
from appliance.satellite.pairing import read_pairing
from appliance.store import captures
from appliance.store import satellites as rows
from tests.conftest import HandClock
from tests.unit.hub_helpers import facts_of
from tests.unit.web_helpers import Browser, app, said, teacher, visitor
from web.pages import satellites as page
from web.satellite_door import PREFIX, with_satellites
from web.tls import certificate_digest, ensure_certificate

__all__ = ["app", "teacher", "visitor"]

PIN = bytes(FINGERPRINT_BYTES)
SECRET = bytes(range(SECRET_BYTES))
OTHER_SECRET = bytes(SECRET_BYTES)


@pytest.fixture
def config(config: Config) -> Config:
    return replace(
        config,
        stations=(
            *config.stations,
            StationConfig("C", Nature.VOICE, microphone="twin", badge_camera=0, satellite=True),
            StationConfig("D", Nature.VOICE, microphone="twin", badge_camera=0, satellite=True),
        ),
    )


def pages(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"une page"]


class Satellite:
    """A machine on the network that speaks to the satellites' door."""

    def __init__(self, box: Box, station: str, secret: bytes, address: str = "192.168.4.31") -> None:
        self._client = Client(with_satellites(pages, box))
        self._station = station
        self._secret = secret
        self._environ = {"REMOTE_ADDR": address}

    def neighbour(self, station: str, secret: bytes, address: str) -> "Satellite":
        """Another machine at the same door."""
        other = copy(self)
        other._station, other._secret, other._environ = station, secret, {"REMOTE_ADDR": address}
        return other

    def ask(self, method: str, path: str, data: bytes = b"", **headers: str) -> TestResponse:
        own = {"X-Boite-Station": self._station, "Authorization": f"Boite {self._secret.hex()}"}
        sent = own | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(
            PREFIX + path, method=method, data=data, headers=sent, environ_overrides=self._environ
        )

    def link(self, one_time: bytes) -> int:
        said = {"station": self._station, "one_time": one_time.hex(), "secret": self._secret.hex()}
        return self._client.post(
            f"{PREFIX}/link", data=json.dumps(said), environ_overrides=self._environ
        ).status_code

    def send(self, facts: Facts, sealed: bytes) -> int:
        headers = {"X-Boite-Facts": json.dumps(facts.to_json())}
        return self.ask("PUT", f"/captures/{facts.id}", sealed, **headers).status_code


def invited(box: Box, station: str = "C") -> bytes:
    return satellites.invite(box, station, "192.168.4.1", 443, PIN).one_time


@pytest.fixture
def linked(box: Box) -> Satellite:
    satellite = Satellite(box, "C", SECRET)
    assert satellite.link(invited(box)) == 204
    return satellite


def take(box: Box, pupil: str, station: str = "C") -> tuple[Facts, bytes]:
    sealed = box.sealer.seal(b"une voix")
    return facts_of(box, pupil, sealed, station=station), sealed


def test_a_linked_station_gets_its_roster_and_the_time(box: Box, linked: Satellite, clock: HandClock) -> None:
    answer = linked.ask("GET", "/roster/C")
    assert answer.status_code == 200
    assert answer.get_json()["station"] == "C"
    assert datetime.fromisoformat(answer.headers["X-Boite-Time"]) == clock.now
    assert answer.headers["X-Boite-Time-Trusted"] == "1"
    clock.trusted = False
    assert linked.ask("GET", "/health").headers["X-Boite-Time-Trusted"] == "0"
    assert satellites.every(box)[0].seen_at == clock.now


def test_its_capture_comes_in_exactly_once(box: Box, linked: Satellite, lina: str) -> None:
    facts, sealed = take(box, lina)
    assert [linked.send(facts, sealed), linked.send(facts, sealed)] == [201, 200]
    assert captures.ids(box.database) == {facts.id}


def test_everything_else_goes_to_the_pages(box: Box) -> None:
    client = Client(with_satellites(pages, box))
    assert [client.get(path).data for path in ("/", "/satellite", "/satellites/x")] == [b"une page"] * 3


@pytest.mark.parametrize("path", ["/roster/C", "/health", "/captures/x", "/", "/anything"])
def test_without_the_right_secret_nothing_is_answered(box: Box, linked: Satellite, path: str) -> None:
    for stranger in (
        Satellite(box, "C", OTHER_SECRET),
        Satellite(box, "C", b""),
        Satellite(box, "D", SECRET),
        Satellite(box, "A", SECRET),
        Satellite(box, "", SECRET),
    ):
        answer = stranger.ask("GET", path)
        assert answer.status_code == 401
        assert "reliée" in answer.get_json()["message"]


@pytest.mark.parametrize("value", ["", "Boite", "Boite zz", "Basic AAAA", "Boite é"])
def test_a_secret_that_is_none_is_wrong(box: Box, linked: Satellite, value: str) -> None:
    answer = linked.ask("GET", "/roster/C", Authorization=value)
    assert answer.status_code == 401


def test_a_station_only_speaks_for_itself(box: Box, linked: Satellite, lina: str) -> None:
    assert linked.ask("GET", "/roster/A").status_code == 409
    assert linked.ask("GET", "/roster/C/../A").status_code == 409
    assert linked.ask("GET", "/roster/Z").status_code == 409
    assert linked.ask("GET", "/health?station=D").status_code == 409
    others, sealed = take(box, lina, station="A")
    assert linked.send(others, sealed) == 409
    assert captures.ids(box.database) == set()


def test_a_station_does_not_touch_the_capture_of_another(box: Box, linked: Satellite, lina: str) -> None:
    others, sealed = take(box, lina, station="A")
    assert intake.take_in(box, others, io.BytesIO(sealed))
    assert linked.ask("PUT", f"/captures/{others.id}/thumbnail", b"x").status_code == 409
    assert linked.send(replace(others, station="C"), sealed) == 409


def test_facts_that_are_not_whole_are_refused_as_on_the_socket(box: Box, linked: Satellite) -> None:
    assert linked.ask("PUT", "/captures/x", b"x", X_Boite_Facts='{"station": "C"}').status_code == 400


def test_a_code_serves_once(box: Box) -> None:
    one_time = invited(box)
    assert Satellite(box, "C", SECRET).link(one_time) == 204
    assert Satellite(box, "C", OTHER_SECRET).link(one_time) == 403
    assert Satellite(box, "C", SECRET).ask("GET", "/health").status_code == 200
    assert Satellite(box, "C", OTHER_SECRET).ask("GET", "/health").status_code == 401


def test_the_same_station_may_say_it_again_when_the_answer_was_lost(box: Box) -> None:
    one_time = invited(box)
    assert [Satellite(box, "C", SECRET).link(one_time) for _turn in range(3)] == [204] * 3


@pytest.mark.parametrize("moved", [LIFETIME + timedelta(seconds=1), timedelta(minutes=-1)])
def test_a_code_is_good_for_ten_minutes_and_for_no_clock_set_back(
    box: Box, clock: HandClock, moved: timedelta
) -> None:
    one_time = invited(box)
    clock.pass_(moved)
    assert Satellite(box, "C", SECRET).link(one_time) == 403
    assert rows.find(box.database, "C") is not None
    assert Satellite(box, "C", SECRET).ask("GET", "/health").status_code == 401


def test_a_code_is_good_until_its_last_moment(box: Box, clock: HandClock) -> None:
    one_time = invited(box)
    clock.pass_(LIFETIME)
    assert Satellite(box, "C", SECRET).link(one_time) == 204


def test_a_wrong_code_or_one_for_another_station_links_nothing(box: Box) -> None:
    one_time = invited(box, "D")
    assert Satellite(box, "C", SECRET).link(one_time) == 403
    assert Satellite(box, "A", SECRET).link(one_time) == 403
    assert Satellite(box, "D", SECRET).link(bytes(ONE_TIME_BYTES)) == 403
    assert Satellite(box, "D", b"short").link(one_time) == 403
    assert Satellite(box, "D", SECRET).link(one_time) == 204


def test_a_new_code_voids_the_one_before_and_leaves_the_link(box: Box, linked: Satellite) -> None:
    before = invited(box)
    invited(box)
    assert Satellite(box, "C", OTHER_SECRET).link(before) == 403
    assert linked.ask("GET", "/health").status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"station": 3}', b"\xff", b"x" * 5000, b"[" * 1024])
def test_a_request_to_be_linked_that_is_none_is_refused(box: Box, body: bytes) -> None:
    invited(box)
    client = Client(with_satellites(pages, box))
    assert client.post(f"{PREFIX}/link", data=body).status_code == 403
    assert client.get(f"{PREFIX}/link").status_code == 405


def test_one_that_is_cut_off_is_refused_at_its_very_next_request(
    box: Box, linked: Satellite, lina: str
) -> None:
    facts, sealed = take(box, lina)
    satellites.cut_off(box, "C")
    assert linked.ask("GET", "/roster/C").status_code == 401
    assert linked.send(facts, sealed) == 401
    assert captures.ids(box.database) == set()
    assert [s.linked_at for s in satellites.every(box)] == [None, None]


def test_a_station_that_the_configuration_brings_home_is_refused(
    box: Box, linked: Satellite, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home = replace(box.config, stations=tuple(replace(s, satellite=False) for s in box.config.stations))
    monkeypatch.setattr(box, "config", at_home)
    assert linked.ask("GET", "/roster/C").status_code == 401
    with pytest.raises(ConfigError, match="satellite = true"):
        invited(box)


def test_guessing_is_slowed_down_and_holds_up_nobody_else(
    box: Box, linked: Satellite, clock: HandClock
) -> None:
    guesser = linked.neighbour("C", OTHER_SECRET, "192.168.4.66")
    assert [guesser.ask("GET", "/health").status_code for _turn in range(11)] == [401] * 10 + [429]
    one_time = invited(box, "D")
    newcomer = linked.neighbour("D", OTHER_SECRET, "192.168.4.66")
    assert newcomer.link(one_time) == 429
    crowd = [linked.neighbour("C", OTHER_SECRET, f"10.0.0.{number}") for number in range(100)]
    assert {one.ask("GET", "/health").status_code for one in crowd} == {401, 429}
    assert linked.ask("GET", "/health").status_code == 200
    clock.pass_(timedelta(minutes=1))
    assert newcomer.link(one_time) == 204


def test_no_secret_is_kept_or_told(box: Box, linked: Satellite, caplog: pytest.LogCaptureFixture) -> None:
    one_time = invited(box)
    Satellite(box, "D", OTHER_SECRET).link(one_time)
    row = rows.find(box.database, "C")
    kept = f"{row} {caplog.text}"
    assert SECRET.hex() not in kept
    assert one_time.hex() not in kept
    box.database.forget_deleted_rows()
    stored = box.database.path.read_bytes()
    for secret in (SECRET, one_time):
        assert secret not in stored
        assert secret.hex().encode() not in stored


@pytest.fixture
def on_a_network(monkeypatch: pytest.MonkeyPatch, app: Flask, box: Box) -> None:
    monkeypatch.setattr(page, "lan_addresses", lambda: ["192.168.4.1"])
    ensure_certificate(box.config.data, box.config.host, box.now())


@pytest.mark.usefixtures("on_a_network")
def test_the_teacher_makes_a_code_that_links(box: Box, teacher: Browser) -> None:
    assert "Elle n’est pas reliée." in said(teacher.get("/stations/relier"))
    answer = teacher.post("/stations/relier/C/code")
    assert answer.status_code == 200
    assert 'class="qr"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "BT1:" not in answer.text
    row = rows.find(box.database, "C")
    assert row is not None
    assert row.code_hash is not None
    assert row.code_hash not in answer.text


@pytest.mark.usefixtures("on_a_network")
def test_the_drawn_code_is_the_one_that_waits(box: Box, teacher: Browser) -> None:
    page = teacher.post("/stations/relier/C/code").text
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', page[page.index('class="qr"') :]).group(1))  # type: ignore[union-attr]
    picture = Image.new("L", (side, side), 255)
    for x, y in re.findall(r"M(\d+),(\d+)h1v1h-1z", page):
        picture.putpixel((int(x), int(y)), 0)
    drawn = picture.resize((side * 6, side * 6), Image.Resampling.NEAREST)
    code = read_pairing(LumaFrame(drawn.width, drawn.height, drawn.tobytes()))
    assert code is not None
    assert (code.address, code.port) == ("192.168.4.1", 443)
    assert code.fingerprint == certificate_digest(box.config.data)[:FINGERPRINT_BYTES]
    assert Satellite(box, "C", SECRET).link(code.one_time) == 204
    assert "Reliée :" in said(teacher.get("/stations/relier"))


@pytest.mark.usefixtures("on_a_network")
def test_the_teacher_cuts_a_station_off(box: Box, linked: Satellite, teacher: Browser) -> None:
    assert teacher.post("/stations/relier/C/couper").status_code == 303
    assert linked.ask("GET", "/health").status_code == 401
    assert "C’est coupé" in said(teacher.get("/stations/relier"))


def test_all_is_well_says_which_station_waits_to_be_linked(
    box: Box, linked: Satellite, teacher: Browser
) -> None:
    page = said(teacher.get("/tout-va-bien"))
    assert page.count("n’est pas reliée à cette boîte") == 1, "D"
    satellites.cut_off(box, "C")
    assert said(teacher.get("/tout-va-bien")).count("n’est pas reliée à cette boîte") == 2


def test_a_box_without_a_network_says_so(box: Box, teacher: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "lan_addresses", list)
    assert teacher.post("/stations/relier/C/code").status_code == 303
    assert "aucun réseau" in said(teacher.get("/stations/relier"))
    assert rows.find(box.database, "C") is None


def test_only_the_teacher_links_and_only_satellites(box: Box, visitor: Browser, teacher: Browser) -> None:
    assert visitor.get("/stations/relier").status_code == 303
    assert visitor.post("/stations/relier/C/code").status_code == 401
    assert teacher.post("/stations/relier/A/code").status_code == 404
    assert teacher.post("/stations/relier/Z/couper").status_code == 404


@pytest.mark.parametrize("name", ["..", "x..", ".incoming", "x"])
def test_a_capture_is_named_by_an_id_and_by_no_way_out_of_its_folder(
    box: Box, linked: Satellite, lina: str, name: str
) -> None:
    before = sorted(box.config.data.rglob("*"))
    facts, sealed = take(box, lina)
    assert linked.ask("PUT", f"/captures/{name}/thumbnail", b"x").status_code == 400
    assert linked.send(replace(facts, id=name), sealed) == 400
    assert sorted(box.config.data.rglob("*")) == before
