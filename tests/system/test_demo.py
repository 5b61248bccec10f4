"""The demo through its interface alone: a capture from the red button to the sticker's link, and faults."""

import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator.client import DemoClient, free_ports
from appliance.simulator.demo_class import CLASS_NAME, PUPILS, SCENARIOS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PANEL = ROOT / "appliance/simulator/panel"
SPOKEN = PANEL / "voices/chat.wav"
SPOKEN_SECONDS = 4.88
STRANGER = "ZZZZZZZZ"
FIRST_NAMES = {pupil.first_name for pupil in PUPILS}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoClient]:
    with DemoClient(tmp_path_factory.mktemp("demo") / "box") as demo:
        yield demo


def pupil_with(state: dict[str, Any], nature: str, *scopes: str) -> dict[str, Any]:
    return next(p for p in state["class"]["badges"] if p["permissions"][nature] == list(scopes))


def sticker_after(demo: DemoClient, count: int) -> str:
    """Wait for one more sticker, and return what an independent reader finds in it."""
    state = demo.wait(lambda state: state["paper"]["count"] > count)
    picture = demo.data.with_name("sticker.png")
    picture.write_bytes(demo.call("GET", f"/sim/paper/{state['paper']['count']}.png"))
    read = subprocess.run(["zbarimg", "--raw", "-q", picture], capture_output=True, text=True, check=True)
    return read.stdout.strip()


def open_link(state: dict[str, Any], link: str) -> bytes:
    context = ssl.create_default_context(cafile=state["hub"]["certificate"])
    with urllib.request.urlopen(link, timeout=20, context=context) as answer:
        return bytes(answer.read())


def newest_media(demo: DemoClient) -> Path:
    found = [p for p in (demo.data / "media").glob("??/*.age") if p.name.count(".") == 1]
    return max(found, key=lambda path: path.name)


def opened_with_age(state: dict[str, Any], sealed: Path, to: Path) -> Path:
    identity = state["class"]["recovery_identity_file"]
    subprocess.run(["age", "-d", "-i", identity, "-o", to, sealed], check=True, timeout=30)
    return to


def probe(media: Path, entry: str) -> str:
    command = ["ffprobe", "-v", "error", "-show_entries", entry, "-of", "csv=p=0", media]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_voice_goes_from_the_red_button_to_the_sticker_s_link(demo: DemoClient, tmp_path: Path) -> None:
    state = demo.state()
    pupil = pupil_with(state, "voice", "class", "family")
    opened = state["stations"]["A"]["streams"]["microphone"]["opened"]
    demo.call("PUT", "/sim/stations/A/microphone", SPOKEN.read_bytes())
    demo.press("A", "red", 200)
    demo.wait_station("A", "looking")
    demo.show_badge("A", pupil["code"])
    demo.wait_station("A", "briefing")
    demo.wait(lambda state: str(state["stations"]["A"]["last_prompt"]).startswith("consigne/"))
    demo.skip("A")
    recording = demo.wait_station("A", "recording")
    began = time.monotonic()
    assert recording["stations"]["A"]["light"]["state"] == "recording"
    assert recording["stations"]["A"]["streams"]["microphone"] == {"opened": opened + 1, "open": 1}
    # The time that speaking takes: nothing else can be waited for here.
    time.sleep(SPOKEN_SECONDS + 0.4)
    demo.press("A", "red")
    said = time.monotonic() - began
    review = demo.wait_station("A", "review")
    assert review["stations"]["A"]["streams"]["microphone"]["open"] == 0
    demo.press("A", "blue")
    link = sticker_after(demo, state["paper"]["count"])
    assert link.startswith(f"{state['hub']['https']}/e/")

    page = open_link(state, link).decode()
    assert pupil["shown"] in page
    assert state["class"]["titles"]["A"] in page
    served = tmp_path / "served.mp3"
    served.write_bytes(open_link(state, f"{link}/contenu"))
    media = opened_with_age(state, newest_media(demo), tmp_path / "media.mp3")
    assert media.read_bytes() == served.read_bytes()
    assert probe(media, "stream=codec_name,channels") == "mp3,1"
    assert float(probe(media, "format=duration")) == pytest.approx(said, abs=0.5)


def test_a_photo_goes_the_same_way(demo: DemoClient, tmp_path: Path) -> None:
    state = demo.state()
    pupil = pupil_with(state, "production", "class", "family")
    demo.call("PUT", "/sim/stations/B/camera", (PANEL / "trays/frise.jpg").read_bytes())
    demo.begin_take("B", pupil["code"])
    demo.wait(lambda state: state["stations"]["B"]["streams"]["microphone"]["open"] == 1)
    demo.wait(lambda state: state["stations"]["B"]["last_prompt"] == "start")
    # Two seconds of her caption.
    time.sleep(2)
    demo.press("B", "red")
    demo.wait_station("B", "review")
    demo.press("B", "blue")
    link = sticker_after(demo, state["paper"]["count"])
    media = opened_with_age(state, newest_media(demo), tmp_path / "media.jpg")
    assert media.read_bytes() == open_link(state, f"{link}/contenu")
    assert b"Exif" not in media.read_bytes()
    assert demo.state()["stations"]["B"]["streams"]["camera"]["open"] == 0
    assert captions(demo) == [pytest.approx(2000, abs=700)]


def captions(demo: DemoClient) -> list[int]:
    with sqlite3.connect(f"file:{demo.data / 'boite.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT caption_ms FROM captures WHERE caption_ms > 0")
        return [int(row[0]) for row in rows]


def test_a_sticker_shown_to_a_station_is_heard(demo: DemoClient) -> None:
    demo.wait_station("A", "ready")
    demo.press("A", "red")
    demo.wait_station("A", "looking")
    demo.show_sticker("A")
    hearing = demo.wait_station("A", "hearing")
    assert hearing["stations"]["A"]["held"]["sticker"] is None
    demo.wait(lambda state: state["stations"]["A"]["sound"]["name"] == "take")
    demo.press("A", "green")
    demo.wait_station("A", "ready")


def test_two_pupils_are_in_one_capture(demo: DemoClient) -> None:
    state = demo.wait_station("B", "ready")
    together = [p for p in state["class"]["badges"] if p["permissions"]["production"]][:2]
    demo.begin_take("B", *(pupil["code"] for pupil in together))
    demo.press("B", "red")
    demo.wait_station("B", "review")
    demo.press("B", "blue")
    link = sticker_after(demo, state["paper"]["count"])
    page = open_link(demo.state(), link).decode()
    assert [pupil["first_name"] for pupil in together if pupil["first_name"] not in page] == []


def test_a_badge_before_red_by_the_reader(demo: DemoClient) -> None:
    state = demo.wait_station("B", "ready")
    opened = state["stations"]["B"]["streams"]["badge_camera"]["opened"]
    demo.read_badge("B", pupil_with(state, "production", "class", "family")["code"])
    welcome = demo.wait_station("B", "welcome")
    assert welcome["stations"]["B"]["light"]["state"] == "hello"
    demo.skip("B")
    demo.wait_station("B", "recording")
    demo.press("B", "red")
    review = demo.wait_station("B", "review")
    assert review["stations"]["B"]["streams"]["badge_camera"]["opened"] == opened
    demo.press("B", "blue")
    demo.wait_station("B", "ready")


def test_a_button_that_is_stuck_says_so_until_it_is_free(demo: DemoClient) -> None:
    demo.wait_station("A", "ready")
    demo.set_faults({"buttons:A": "green_stuck"})
    stuck = demo.wait_station("A", "stuck")
    assert stuck["stations"]["A"]["light"]["state"] == "cannot"
    demo.set_faults({"buttons:A": "ok"})
    demo.wait_station("A", "ready")


def test_a_camera_that_freezes_is_told_and_comes_back(demo: DemoClient) -> None:
    state = demo.wait_station("A", "ready")
    demo.set_faults({"badge_camera:A": "frozen"})
    demo.press("A", "red")
    assert demo.wait_station("A", "cannot")["stations"]["A"]["last_prompt"] == "eye_unplugged"
    demo.set_faults({"badge_camera:A": "ok"})
    demo.begin_take("A", pupil_with(state, "voice", "class")["code"])
    demo.press("A", "green")
    demo.wait_station("A", "looking")
    demo.show_badge("A", STRANGER)
    demo.wait_station("A", "ready")


@pytest.mark.parametrize(
    ("station", "name", "device"),
    [
        # Nobody answered for him. A photo of a work needs no permission, but her family's no stands.
        ("A", "Mathéo", "microphone"),
        ("B", "Élise", "camera"),
    ],
)
def test_without_a_permission_no_stream_opens(demo: DemoClient, station: str, name: str, device: str) -> None:
    state = demo.wait_station(station, "ready")
    before = state["stations"][station]["streams"][device]
    demo.press(station, "red")
    badge = next(badge for badge in state["class"]["badges"] if badge["first_name"] == name)
    demo.show_badge(station, badge["code"])
    after = demo.wait_station(station, "cannot")
    assert after["stations"][station]["last_prompt"] == "listen_only"
    assert after["stations"][station]["badge"] is None
    after = demo.wait_station(station, "ready")
    assert after["stations"][station]["streams"][device] == before


def test_a_stranger_s_badge_is_read_and_refused(demo: DemoClient) -> None:
    demo.wait_station("A", "ready")
    demo.press("A", "red")
    demo.show_badge("A", STRANGER)
    assert demo.wait_station("A", "cannot")["stations"]["A"]["last_prompt"] == "unknown_badge"


def test_the_phone_in_the_panel_page_opens_the_sticker(demo: DemoClient) -> None:
    n = demo.state()["paper"]["count"]
    link = json.loads(demo.call("GET", f"/sim/paper/{n}/link"))["text"]
    path = link.removeprefix(demo.state()["hub"]["https"])
    assert any(name in demo.call("GET", path).decode() for name in FIRST_NAMES)


def test_the_guide_s_examples_run(demo: DemoClient, tmp_path: Path) -> None:
    guide = (ROOT / "docs/simulator.md").read_text()
    commands = re.findall(r"^\$ (.+)$", guide, re.MULTILINE)
    assert len(commands) > 15
    (tmp_path / "parole.wav").write_bytes(SPOKEN.read_bytes())
    (tmp_path / "plateau.jpg").write_bytes((PANEL / "trays/24.jpg").read_bytes())
    demo.wait_station("A", "ready")
    surroundings = {
        **os.environ,
        "BOX": f"http://127.0.0.1:{demo.port}",
        "CODE": pupil_with(demo.state(), "voice", "class")["code"],
    }
    try:
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", command], cwd=tmp_path, env=surroundings, capture_output=True, text=True
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
    finally:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        demo.call("POST", "/sim/clock", {"now": now, "trusted": True})
        demo.call("POST", "/sim/class/open")
        # The examples left the station looking for a badge.
        demo.show_badge("A", STRANGER)
        demo.wait_station("A", "ready")


@pytest.mark.parametrize("name", ["printer", "ent", "station-A", "station-B", "hub"])
def test_a_killed_process_comes_back(demo: DemoClient, name: str) -> None:
    before = demo.wait(lambda state: state["processes"][name]["pid"] is not None)
    streams = {station: seen["streams"] for station, seen in before["stations"].items()}
    pid = before["processes"][name]["pid"]
    os.kill(pid, signal.SIGKILL)
    after = demo.wait(
        lambda state: (
            state["processes"][name]["pid"] not in (None, pid)
            and state["hub"]["locked"] is not None
            and all(station["running"] for station in state["stations"].values())
        )
    )
    assert after["processes"][name]["restarts"] == before["processes"][name]["restarts"] + 1
    assert {station: seen["streams"] for station, seen in after["stations"].items()} == streams
    if name == "hub":
        assert after["hub"]["locked"]
        demo.call("POST", "/sim/class/open")
        demo.wait(lambda state: state["hub"]["locked"] is False)


def test_no_word_of_the_class_lies_in_the_box_s_folder(demo: DemoClient) -> None:
    state = demo.state()
    words = {*FIRST_NAMES, CLASS_NAME, state["class"]["passphrase"]}
    words |= {made.words.title for made in SCENARIOS.values()}
    folded = {word.lower().encode() for word in words} | {word.encode() for word in words}
    looked_at = [path for path in demo.data.rglob("*") if path.is_file()]
    assert {"boite.db", "hub.log"} <= {path.name for path in looked_at}
    for path in looked_at:
        content = path.read_bytes()
        assert not [word for word in folded if word in content or word in content.lower()], path


def start_beside(data: Path, port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "demo", "--no-browser", "--port", str(port)]
    return subprocess.run([*command, "--data", data], capture_output=True, text=True, timeout=60, check=False)


def test_a_taken_port_is_one_clear_line(demo: DemoClient, tmp_path: Path) -> None:
    done = start_beside(tmp_path / "other", demo.port)
    assert done.returncode == 1
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert str(demo.port) in line
    assert "--port" in line
    assert not (tmp_path / "other").exists()


def test_two_demos_do_not_share_a_folder(demo: DemoClient) -> None:
    done = start_beside(demo.data, demo.port + 50)
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert str(demo.data) in line


def test_a_demo_whose_plug_was_pulled_is_picked_up(tmp_path: Path) -> None:
    demo = DemoClient(tmp_path / "box")
    demo.start("--locked")
    try:
        before = demo.state()
        assert before["hub"]["locked"]
        demo.begin_take("A", pupil_with(before, "voice", "class")["code"])
        demo.wait_station("A", "recording")
        pids = [process["pid"] for process in before["processes"].values()]
        demo.pull_the_plug()
        demo.start()
        after = demo.state()
        assert not [pid for pid in pids if Path(f"/proc/{pid}/cmdline").is_file() and _is_ours(pid, demo)]
        assert after["class"]["badges"] == before["class"]["badges"]
        assert after["hub"]["locked"] is False
    finally:
        demo.stop()
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        demo.state()
    with socket.socket() as probe_socket:
        assert probe_socket.connect_ex(("127.0.0.1", demo.port + 1)) != 0


def _is_ours(pid: int, demo: DemoClient) -> bool:
    return str(demo.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box/letter.txt").write_text("mine")
    done = start_beside(tmp_path / "box", free_ports(5))
    assert done.returncode == 1
    assert "autre chose" in done.stdout
    assert [path.name for path in (tmp_path / "box").iterdir()] == ["letter.txt"]
