"""From the red button to the family's ear and to the last day, as its people would do it."""

import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from appliance.simulator.client import DemoClient

SPEAKING_SECONDS = 1.2
"""A child speaks in real time."""
TITLE = "Lecture à voix haute, page 12"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoClient]:
    with DemoClient(tmp_path / "box") as demo:
        yield demo


def boite(demo: DemoClient, command: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "appliance", command, "--data", str(demo.data)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120)


def capture(demo: DemoClient, station: str, badge: str) -> None:
    count = demo.state()["paper"]["count"]
    demo.begin_take(station, badge)
    demo.wait_station(station, "recording")
    # At B the countdown goes on to its photo; nobody tells it.
    time.sleep(SPEAKING_SECONDS)
    demo.press(station, "red")
    demo.wait_station(station, "review")
    demo.press(station, "blue")
    demo.wait(lambda state: state["paper"]["count"] > count)


def sticker_link(demo: DemoClient, number: int, folder: Path) -> str:
    picture = folder / f"{number}.png"
    picture.write_bytes(demo.call("GET", f"/sim/paper/{number}.png"))
    read = subprocess.run(["zbarimg", "--nodbus", "-q", "--raw", picture], capture_output=True, text=True)
    return read.stdout.strip()


def at_the_ent(demo: DemoClient) -> list[str]:
    """Every file and folder of the ENT, as its own disk has them."""
    root = Path(demo.state()["class"]["outside_folder"]) / "ent"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def puts(demo: DemoClient) -> int:
    return int(demo.state()["ent"]["requests"].get("PUT", 0))


def open_class(chromium: Browser, state: dict[str, Any]) -> Page:
    page = chromium.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 800}).new_page()
    page.goto(state["hub"]["https"])
    page.get_by_label(re.compile("sept mots", re.I)).fill(state["class"]["passphrase"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/aujourdhui")
    return page


def release_everything(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Libérer les")).click()
    page.get_by_role("button", name=re.compile("Libérer ces")).click()
    page.wait_for_url(re.compile("/(aujourdhui|jour/)"))


def withdraw_voice(page: Page, hub: str, first_name: str) -> None:
    page.goto(f"{hub}/eleves")
    page.get_by_role("link", name=re.compile(f"autorisations de {first_name}")).click()
    page.locator("input[name=voix][value=none]").check()
    permissions = page.locator("form", has=page.locator("input[name=voix]"))
    permissions.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name=re.compile("Retirer")).click()
    page.wait_for_load_state()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_whole_way(demo: DemoClient, chromium: Browser, tmp_path: Path) -> None:
    state = demo.state()
    pupil = next(p for p in state["class"]["badges"] if "family" in p["permissions"]["voice"])
    capture(demo, "A", pupil["code"])
    capture(demo, "B", pupil["code"])
    voice_link, photo_link = (sticker_link(demo, number, tmp_path) for number in (1, 2))
    assert voice_link.startswith(state["hub"]["https"])

    page = open_class(chromium, state)
    expect(page.get_by_text(TITLE)).to_be_visible()
    expect(page.locator("article")).to_have_count(2)

    # Nothing leaves without the teacher.
    assert "Rien" in boite(demo, "sync").stdout
    assert at_the_ent(demo) == []
    release_everything(page)

    # The ENT is down: nothing is lost, and it is said where the teacher looks.
    demo.call("POST", "/sim/faults", {"ent": "down"})
    failed = boite(demo, "sync")
    assert failed.returncode != 0
    assert "Traceback" not in failed.stderr
    page.goto(f"{state['hub']['https']}/tout-va-bien")
    expect(page.get_by_text(re.compile("n’est pas allé au bout"))).to_be_visible()
    demo.call("POST", "/sim/faults", {"ent": "ok"})

    assert boite(demo, "sync").returncode == 0
    files = [name for name in at_the_ent(demo) if "." in name]
    assert len(files) == 2
    assert all(name.split("/")[1] == pupil["shown"] for name in files)
    sent = puts(demo)
    assert boite(demo, "sync").returncode == 0
    assert puts(demo) == sent

    # The sticker plays in class.
    phone = chromium.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 800}).new_page()
    phone.goto(voice_link)
    expect(phone.get_by_role("button", name="Écouter")).to_be_visible()

    # A withdrawal hides at once and is chased to the ENT.
    withdraw_voice(page, state["hub"]["https"], pupil["first_name"])
    phone.reload()
    expect(phone.get_by_role("button", name="Écouter")).to_have_count(0)
    assert boite(demo, "sync").returncode == 0
    assert [name for name in at_the_ent(demo) if name.endswith(".mp3")] == []
    assert len([name for name in at_the_ent(demo) if name.endswith(".jpg")]) == 1

    # On a clock in doubt nothing is erased; after the last day everything is.
    demo.call("POST", "/sim/clock", {"now": "2030-09-02T08:00:00+02:00", "trusted": False})
    assert boite(demo, "retention").returncode != 0
    assert captures_in(demo) == 1
    demo.call("POST", "/sim/clock", {"now": "2030-09-02T08:00:00+02:00", "trusted": True})
    assert boite(demo, "retention").returncode == 0
    assert captures_in(demo) == 0
    assert boite(demo, "sync").returncode == 0
    assert at_the_ent(demo) == []
    assert [path for path in (demo.data / "media").rglob("*") if path.is_file()] == []
    phone.goto(photo_link)
    expect(phone.locator("img.photo, main img[src*=contenu]")).to_have_count(0)


def captures_in(demo: DemoClient) -> int:
    with sqlite3.connect(f"file:{demo.data / 'boite.db'}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM captures").fetchone()[0])


@pytest.mark.slow
def test_a_closed_class_says_so_in_french(demo: DemoClient, chromium: Browser, tmp_path: Path) -> None:
    state = demo.state()
    pupil = next(p for p in state["class"]["badges"] if "class" in p["permissions"]["voice"])
    capture(demo, "A", pupil["code"])
    link = sticker_link(demo, 1, tmp_path)
    page = open_class(chromium, state)
    page.get_by_role("button", name="Verrouiller").click()
    demo.wait(lambda now: now["hub"]["locked"])
    page.goto(link)
    expect(page.get_by_text(re.compile("s’écoute en classe"))).to_be_visible()
    assert pupil["first_name"] not in page.content()
    # Recording goes on while locked; the sticker comes out without a name.
    capture(demo, "A", pupil["code"])
    assert sticker_link(demo, 2, tmp_path) != link
    http = urllib.request.Request(state["hub"]["http"], method="GET")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(http, timeout=5)
