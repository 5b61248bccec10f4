"""The simulator's interface without its processes: what it refuses, what it answers, what its page says."""

import http.client
import io
import json
import re
import shutil
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.simulator.api import CALLS
from appliance.simulator.client import free_ports
from appliance.simulator.day_api import DAY_CALLS
from appliance.simulator.demo import CERTIFICATE, prepare
from appliance.simulator.desk import AWAY
from appliance.simulator.places import Places, Ports
from appliance.simulator.server import PanelServer, byte_range, route_pattern
from appliance.simulator.world import World
from appliance.station.events import State
from appliance.station.phrases import PHRASES

ROOT = Path(__file__).parents[2]
PANEL = ROOT / "appliance/simulator/panel"


class Caller:
    """Sends requests to the interface, with any header."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        wire.request(method, path, data, headers or {})
        answer = wire.getresponse()
        content = answer.read()
        wire.close()
        if "json" in answer.headers["Content-Type"]:
            return answer.status, json.loads(content)
        return answer.status, content


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    places, ports = Places(tmp_path_factory.mktemp("demo") / "box"), Ports(free_ports(5))
    places.run.mkdir(mode=0o700)
    world = World(places, ports, prepare(places, ports), CERTIFICATE)
    world.start()
    yield world
    world.stop()
    shutil.rmtree(places.run)


@pytest.fixture(scope="module")
def call(world: World) -> Iterator[Caller]:
    server = PanelServer(world.ports.panel, world)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield Caller(world.ports.panel)
    server.shutdown()
    server.server_close()
    serving.join()


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(b"\0\0" * round(16_000 * seconds))
    return file.getvalue()


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), (200, 10, 10)).save(file, "JPEG")
    return file.getvalue()


BAD = [
    ("POST", "/sim/stations/A/press", {"button": "yellow"}, 400, "bad_button"),
    ("POST", "/sim/stations/A/press", {"button": "red", "ms": 0}, 400, "bad_ms"),
    ("POST", "/sim/stations/A/press", {"button": "red", "ms": 60_001}, 400, "bad_ms"),
    ("POST", "/sim/stations/A/press", {"button": "red", "ms": "200"}, 400, "bad_ms"),
    ("POST", "/sim/stations/A/press", {"button": "red", "ms": True}, 400, "bad_ms"),
    ("POST", "/sim/stations/A/press", {"button": "red"}, 409, "not_running"),
    ("POST", "/sim/stations/C/press", {"button": "red"}, 404, "no_station"),
    ("POST", "/sim/stations/A/press", b"red", 400, "bad_json"),
    ("POST", "/sim/stations/A/press", [], 400, "bad_json"),
    ("POST", "/sim/stations/A/badge", {}, 400, "bad_code"),
    ("POST", "/sim/stations/A/badge", {"code": "ABC"}, 400, "bad_code"),
    ("GET", "/sim/stations/A/badge", None, 404, "no_badge"),
    ("PUT", "/sim/stations/A/microphone", b"noise", 400, "bad_wav"),
    ("POST", "/sim/stations/A/badge", {"codes": []}, 400, "bad_code"),
    ("POST", "/sim/stations/A/badge", {"codes": ["B0NJ0VR1"] * 7}, 400, "bad_code"),
    ("POST", "/sim/stations/A/badge", {"codes": "B0NJ0VR1"}, 400, "bad_code"),
    ("POST", "/sim/stations/A/sticker", {}, 404, "no_paper"),
    ("POST", "/sim/stations/A/sticker", {"n": "1"}, 404, "no_paper"),
    ("POST", "/sim/stations/A/reader", {"code": "B0NJ0VR1"}, 404, "no_reader"),
    ("POST", "/sim/stations/B/reader", {"code": "B0NJ0VR1"}, 409, "not_running"),
    ("POST", "/sim/stations/B/reader", {}, 400, "bad_code"),
    ("PUT", "/sim/stations/B/camera", b"noise", 400, "bad_picture"),
    ("GET", "/sim/stations/A/speaker.wav?n=1", None, 404, "no_sound"),
    ("GET", "/sim/stations/A/speaker.wav?n=x", None, 400, "bad_number"),
    ("GET", "/sim/state?wait=soon", None, 400, "bad_number"),
    ("GET", "/sim/paper/1.png", None, 404, "no_paper"),
    ("POST", "/sim/faults", {"printer": "on_fire"}, 400, "no_such_fault"),
    ("POST", "/sim/faults", {"toaster": "ok"}, 400, "no_such_thing"),
    ("POST", "/sim/faults", {"badge_reader:A": "ok"}, 400, "no_such_thing"),
    ("POST", "/sim/faults", {"microphone:A": "frozen"}, 400, "no_such_fault"),
    ("POST", "/sim/faults", {"buttons:A": "yellow_stuck"}, 400, "no_such_fault"),
    ("POST", "/sim/faults", {"printer": []}, 400, "no_such_fault"),
    ("POST", "/sim/clock", {"now": "yesterday"}, 400, "bad_now"),
    ("POST", "/sim/clock", {"trusted": "yes"}, 400, "bad_trusted"),
    ("POST", "/sim/processes/toaster/kill", None, 404, "no_process"),
    ("POST", "/sim/jobs/format", None, 404, "no_job"),
    ("POST", "/sim/class/open", None, 503, "hub_away"),
    ("GET", "/e/7Q2M9XKD4HTR", None, 503, "hub_away"),
    ("GET", "/sim/ent", None, 503, "ent_away"),
    ("DELETE", "/sim/state", None, 405, "bad_method"),
    ("GET", "/sim/nothing", None, 404, "not_found"),
    ("GET", "/panel/../server.py", None, 404, "not_found"),
    ("GET", "/panel/%2e%2e/server.py", None, 404, "not_found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), BAD)
def test_what_is_wrong_is_said(
    call: Caller, method: str, path: str, body: Any, status: int, error: str
) -> None:
    answered, said = call(method, path, body)
    assert (answered, said["error"]) == (status, error)
    assert said["message"].endswith((".", "?"))


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": "boite.example"}, 421),
        ("GET", {"Host": "127.0.0.1"}, 421),
        ("POST", {"Origin": "http://boite.example"}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("POST", {"Sec-Fetch-Site": "none"}, 200),
        ("POST", {}, 200),
    ],
)
def test_only_this_machine_s_own_page_and_programs_are_served(
    call: Caller, method: str, headers: dict[str, str], status: int
) -> None:
    path, body = ("/sim/clock", {}) if method == "POST" else ("/sim/state", None)
    assert call(method, path, body, headers)[0] == status


def test_the_panel_page_s_own_origin_may_change_things(call: Caller) -> None:
    origin = {"Origin": f"http://127.0.0.1:{call.port}"}
    assert call("POST", "/sim/clock", {}, origin)[0] == 200


def test_the_clock_is_set_for_every_process(call: Caller, world: World) -> None:
    status, said = call("POST", "/sim/clock", {"now": "2027-01-12T08:40", "trusted": False})
    assert status == 200
    assert said["now"].startswith("2027-01-12T08:40:0")
    assert said["now"].endswith("+01:00")
    assert said["trusted"] is False
    assert call("GET", "/sim/state")[1]["clock"]["trusted"] is False
    assert call("POST", "/sim/clock", {"now": None, "trusted": True})[1]["now"].startswith("2027-01-12")
    assert str(world.places.clock) in world.places.config.read_text()


def test_faults_are_all_done_or_none(call: Caller) -> None:
    assert call("POST", "/sim/faults", {"printer": "paper_out", "ent": "flooded"})[0] == 400
    assert call("GET", "/sim/state")[1]["paper"]["fault"] == "ok"
    status, faults = call("POST", "/sim/faults", {"printer": "paper_out", "camera:B": "unplugged"})
    assert status == 200
    assert (faults["printer"], faults["camera:B"]) == ("paper_out", "unplugged")
    mended = dict.fromkeys(faults, "ok")
    assert call("POST", "/sim/faults", mended)[1] == mended


def test_the_only_camera_of_a_station_without_a_tray_has_two_names(call: Caller) -> None:
    assert call("POST", "/sim/faults", {"camera:A": "unplugged"})[1]["badge_camera:A"] == "unplugged"
    assert call("POST", "/sim/faults", {"badge_camera:A": "ok"})[1]["badge_camera:A"] == "ok"


def test_what_devices_are_given_is_measured(call: Caller) -> None:
    assert call("PUT", "/sim/stations/A/microphone", wav(2.5)) == (200, {"ms": 2500})
    assert call("PUT", "/sim/stations/B/camera", jpeg()) == (200, {"width": 80, "height": 60})
    assert call("GET", "/sim/stations/B/camera") == (200, jpeg())


@pytest.mark.parametrize("code", ["B0NJ0VR1", "b0nj-0vr1", "ZZZZZZZZ"])
def test_any_badge_can_be_held_up_and_taken_away(call: Caller, code: str) -> None:
    shown = code.upper().replace("-", "")
    assert call("POST", "/sim/stations/B/badge", {"code": code}) == (200, {"code": shown, "codes": [shown]})
    assert call("GET", "/sim/state")[1]["stations"]["B"]["badge"] == shown
    assert call("GET", "/sim/stations/B/badge")[1].startswith(b"\xff\xd8")
    assert call("POST", "/sim/stations/B/badge", {"code": None})[0] == 200
    assert call("GET", "/sim/state")[1]["stations"]["B"]["badge"] is None


def test_several_badges_are_held_up_at_once(call: Caller) -> None:
    codes = ["B0NJ0VR1", "7Q2M9XKD"]
    assert call("POST", "/sim/stations/B/badge", {"codes": codes})[1]["codes"] == codes
    assert call("GET", "/sim/state")[1]["stations"]["B"]["held"]["badges"] == codes
    assert call("POST", "/sim/stations/B/badge", {"code": None})[0] == 200


def test_the_last_sticker_is_held_up_unless_another_is_asked_for(call: Caller, world: World) -> None:
    for n in (1, 2):
        Image.new("1", (384, 200), 1).save(world.places.papers / f"{n}.png")
    try:
        assert call("POST", "/sim/stations/A/sticker", {}) == (200, {"n": 2})
        assert call("POST", "/sim/stations/A/sticker", {"n": 1}) == (200, {"n": 1})
        held = call("GET", "/sim/state")[1]["stations"]["A"]["held"]
        assert held == {"badges": [], "sticker": 1}
        assert call("GET", "/sim/stations/A/badge")[1].startswith(b"\xff\xd8")
        assert call("POST", "/sim/stations/A/sticker", {"n": None}) == (200, {"n": None})
        assert call("GET", "/sim/stations/A/badge")[0] == 404
    finally:
        for n in (1, 2):
            (world.places.papers / f"{n}.png").unlink()


def test_waiting_ends_with_a_change(call: Caller) -> None:
    version = call("GET", "/sim/state")[1]["version"]
    waited: list[dict[str, Any]] = []
    path = f"/sim/state?wait=25&since={version}"
    waiting = threading.Thread(target=lambda: waited.append(call("GET", path)[1]))
    waiting.start()
    call("POST", "/sim/clock", {"trusted": True})
    waiting.join(15)
    assert waited[0]["version"] > version


def test_a_body_too_large_is_refused_without_being_read(call: Caller) -> None:
    status, said = call("PUT", "/sim/stations/A/microphone", b"", {"Content-Length": str(10**9)})
    assert (status, said["error"]) == (413, "too_large")


def test_no_site_is_let_in_and_no_script_of_another_runs(call: Caller) -> None:
    wire = http.client.HTTPConnection("127.0.0.1", call.port, timeout=10)
    wire.request("GET", "/")
    answer = wire.getresponse()
    page = answer.read().decode()
    wire.close()
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=|https?://", page)


def test_everything_the_page_asks_for_is_there(call: Caller) -> None:
    files = [path for path in PANEL.rglob("*") if path.suffix in (".html", ".css", ".js")]
    asked = {
        found
        for file in files
        for found in re.findall(r"[\"'(](/(?:panel|fonts|pictograms)/[\w./-]+\.\w+)[\"')]", file.read_text())
    }
    assert len(asked) > 12
    for path in sorted(asked):
        assert call("GET", path)[0] == 200, path


def test_the_page_has_words_for_every_state_and_prompt(call: Caller) -> None:
    words = (PANEL / "words.js").read_text()
    for name in {state.value for state in State} | {AWAY, "wait"}:
        assert re.search(rf"^  {name}: ", words, re.MULTILINE), name
    served = call("GET", "/panel/phrases.js")[1].decode()
    phrases = json.loads(served.removeprefix("export const PHRASES = ").rstrip(";\n"))
    assert {"show_badge", "kept", "picture_turtle"} <= phrases.keys() == PHRASES.keys()
    assert (phrases["show_badge"], phrases["start"]) == ("Montre-moi ton badge.", "(une note)")


def test_the_guide_describes_every_call_and_no_other() -> None:
    guide = (ROOT / "docs/simulator.md").read_text()
    described = re.findall(r"^### `(\w+ [^`]+)`", guide, re.MULTILINE)
    served = [f"{method} {path.replace('path:', '')}" for method, path, _call in (*CALLS, *DAY_CALLS)]
    assert sorted(described) == sorted(served)


def test_the_guide_s_table_is_the_state(call: Caller) -> None:
    guide = (ROOT / "docs/simulator.md").read_text()
    table = guide.split("### `GET /sim/state`")[1].split("###")[0]
    state = call("GET", "/sim/state")[1]
    for key in state:
        assert re.search(rf"^\| `{key}[`.]", table, re.MULTILINE), key
    for group in ("hub", "ent", "class", "clock"):
        line = next(line for line in table.splitlines() if line.startswith(f"| `{group}`"))
        assert [key for key in state[group] if f"`{key}`" not in line] == []
    for key in state["stations"]["A"]:
        assert f"| `stations.<id>.{key}" in table


@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        ("/sim/paper/<n>.png", "/sim/paper/12.png", {"n": "12"}),
        ("/sim/paper/<n>.png", "/sim/paper/12xpng", None),
        ("/sim/stations/<station>/press", "/sim/stations/A/B/press", None),
        ("/e/<path:page>", "/e/7Q2M/contenu", {"page": "7Q2M/contenu"}),
    ],
)
def test_routes(path: str, asked: str, found: dict[str, str] | None) -> None:
    match = route_pattern(path).fullmatch(asked)
    assert (match.groupdict() if match else None) == found


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-400", (2, 10)),
        ("bytes=10-", None),
        ("bytes=4-2", None),
        ("", None),
    ],
)
def test_ranges(header: str, span: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == span


@pytest.mark.parametrize("locked", [False, True])
def test_the_class_is_ready_once_its_stations_speak_as_the_teacher(
    world: World, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Locked, there is nobody's voice to wait for."""
    monkeypatch.setattr(world.hub, "locked", lambda: locked)
    for desk in world.desks.values():
        monkeypatch.setattr(desk, "_state", "ready")
    assert world.wait_for(lambda: world.state()["hub"]["locked"] is locked, 10)
    assert world.is_up() is locked
    for desk in world.desks.values():
        monkeypatch.setattr(desk, "has_voices", True)
    assert world.is_up()
