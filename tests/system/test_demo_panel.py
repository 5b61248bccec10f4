"""The panel page in a real browser: a child's gesture from the badge to the sticker on the phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from appliance.simulator.client import DemoClient
from appliance.station.manners import DOUBLE_PRESS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE = 20_000
SPEAKING_MS = 1500
LISTENING = """() => {
  window.heard = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.addEventListener("playing", () => heard.push(Number(new URL(this.src).searchParams.get("n"))));
    return play.call(this);
  };
}"""
WORDS_SEEN = """() => [...document.querySelectorAll("body *")]
  .filter((node) => [...node.childNodes].some((part) => part.nodeType === 3 && /\\p{L}{3}/u.test(part.data)))
  .filter((node) => !["SCRIPT", "STYLE", "TEMPLATE"].includes(node.tagName))
  .filter((node) => node.checkVisibility() && node.getClientRects()[0]?.width > 2)
  .map((node) => node.outerHTML)"""
WIDTHS = (360, 768, 1280)
SMALL_PRINT = """() => [...document.querySelectorAll("body *")]
  .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
  .filter((node) => node.checkVisibility() && parseFloat(getComputedStyle(node).fontSize) < 16)
  .map((node) => node.outerHTML)"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoClient]:
    with DemoClient(tmp_path_factory.mktemp("demo") / "box") as demo:
        yield demo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, demo: DemoClient) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.add_init_script(f"({LISTENING})()")
    page.goto(f"http://127.0.0.1:{demo.port}/")
    page.wait_for_selector(".badge")
    yield page
    page.close()
    assert faults == []


def test_a_photo_by_mouse_from_the_badge_to_the_phone(page: Page) -> None:
    station = page.locator('[data-station="B"]')
    stickers = page.locator(".sticker").count()
    with page.expect_response("**/speaker.wav*"):
        station.locator('[data-button="red"]').click()
    expect(station).to_have_attribute("data-light", "looking")
    expect(station.locator(".bubble")).to_have_text("Montre-moi ton badge.")

    card = page.locator(".badge", has_text="Aïcha").bounding_box()
    eye = station.locator(".view").bounding_box()
    assert card is not None
    assert eye is not None
    page.mouse.move(card["x"] + 40, card["y"] + 30)
    page.mouse.down()
    page.mouse.move(eye["x"] + 60, eye["y"] + 50, steps=6)
    expect(page.locator(".badge.flying")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".badge.flying")).to_have_count(0)

    # Nobody comes with her, she knows the consigne, and the photo goes without words.
    for state in ("Qui vient avec toi", "Bonjour, écoute", "J’enregistre"):
        expect(station.locator(".word")).to_contain_text(state)
        page.wait_for_timeout(DOUBLE_PRESS * 1000)
        station.locator('[data-button="red"]').click()
    expect(station).to_have_attribute("data-light", "review")
    station.locator('[data-button="blue"]').click()
    expect(page.locator(".sticker")).to_have_count(stickers + 1)
    page.locator(".sticker .scan").first.click()
    phone = page.frame_locator("#phone-page")
    expect(phone.locator("body")).to_contain_text("Aïcha")
    assert (
        phone.locator("img[src*='contenu']").evaluate(
            "image => image.decode().then(() => image.naturalWidth)"
        )
        > 300
    )


def test_two_badges_are_shown_together(page: Page, demo: DemoClient) -> None:
    demo.wait_station("B", "ready")
    station = page.locator('[data-station="B"]')
    station.locator('[data-button="red"]').click()
    for name in ("Aïcha", "Maëlle"):
        page.locator(".badge", has_text=name).click()
    expect(station.locator(".show")).to_have_text("Montrer : Aïcha, Maëlle")
    station.locator(".show").click()
    expect(station.locator(".word")).to_have_text("Bonjour, écoute")
    page.wait_for_timeout(DOUBLE_PRESS * 1000)
    station.locator('[data-button="green"]').click()
    expect(station.locator(".word")).to_have_text("Je cherche ton badge")
    demo.show_badge("B", "ZZZZZZZZ")
    expect(station.locator(".word")).to_have_text("Prête")


def test_a_badge_goes_to_the_reader(page: Page) -> None:
    station = page.locator('[data-station="B"]')
    expect(page.locator('[data-station="A"] .reader')).to_be_hidden()
    page.locator(".badge", has_text="Maëlle").click()
    station.locator(".reader").click()
    expect(station.locator(".word")).to_have_text("Bonjour, appuie sur rouge")
    expect(station).to_have_attribute("data-light", "hello")


def test_without_texts_a_take_is_made_by_the_light_the_buttons_and_the_sound(
    page: Page, demo: DemoClient
) -> None:
    page.locator("#texts").click()
    assert page.evaluate(WORDS_SEEN) == []
    station = page.locator('[data-station="A"]')
    station.locator('[data-button="red"]').click()
    expect(station).to_have_attribute("data-light", "looking")
    page.locator(".badge", has_text="Aïcha").click()
    station.locator(".view").click()
    expect(station).to_have_attribute("data-light", "hello")
    expect(station).to_have_attribute("data-light", "recording")
    demo.wait_station("A", "recording")
    page.wait_for_timeout(SPEAKING_MS)
    station.locator('[data-button="red"]').click()
    expect(station).to_have_attribute("data-light", "review")
    station.locator('[data-button="blue"]').click()
    expect(station).to_have_attribute("data-light", "ready")
    played = demo.state()["stations"]["A"]["sounds"]
    wanted = [sound["n"] for sound in played if sound["name"].startswith(("bonjour", "consigne", "start"))]
    assert len(wanted) == 3
    heard = page.evaluate("() => window.heard")
    assert [n for n in heard if n in wanted] == wanted
    page.locator("#texts").click()
    expect(station.locator(".bubble")).to_be_visible()


def test_the_last_sticker_is_shown_and_heard(page: Page, demo: DemoClient) -> None:
    demo.wait_station("B", "ready")
    station = page.locator('[data-station="B"]')
    station.locator('[data-button="red"]').click()
    expect(station.locator(".word")).to_have_text("Je cherche ton badge")
    station.locator(".show-sticker").click()
    expect(station.locator(".word")).to_have_text("Ton cahier parle")
    page.wait_for_timeout(DOUBLE_PRESS * 1000)
    station.locator('[data-button="green"]').click()
    expect(station.locator(".word")).to_have_text("Prête")


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    station = page.locator('[data-station="A"]')
    microphone = re.compile(r"Micro.: (\w+ \(\d+ fois\))")
    before = microphone.search(station.locator(".streams").inner_text())
    red = station.locator('[data-button="red"]')
    red.focus()
    page.keyboard.press("Enter")
    expect(station).to_have_attribute("data-light", "looking")
    page.locator(".badge", has_text="Maëlle").focus()
    page.keyboard.press("Space")
    show = station.locator(".show")
    expect(show).to_have_text("Montrer : Maëlle")
    show.focus()
    page.keyboard.press("Enter")
    expect(station.locator(".word")).to_have_text("Je ne peux pas")
    after = microphone.search(station.locator(".streams").inner_text())
    assert before is not None
    assert after is not None
    assert before[1] == after[1]
    page.locator("#tab-class").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#screen-home")).to_be_visible()
    expect(page.locator("#ent")).to_contain_text("Rien ici pour l’instant")


def test_the_day_s_buttons_break_and_mend(page: Page) -> None:
    printer = page.locator('[data-thing="printer"] select')
    printer.select_option("paper_out")
    expect(page.locator("#printer-state")).to_contain_text("Plus de papier")
    printer.select_option("ok")
    expect(page.locator("#printer-state")).to_have_text("")
    page.locator('[data-name="hub"] button').click()
    expect(page.locator('[data-name="hub"] small')).to_contain_text("revenu 1 fois")
    expect(page.locator("#class-state")).to_have_text("Classe verrouillée")
    page.locator("#open-class").click()
    expect(page.locator("#class-state")).to_have_text("Classe ouverte")


@pytest.mark.parametrize("texts", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out(page: Page, width: int, texts: bool) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if not texts:
        page.locator("#texts").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    small = page.evaluate(SMALL_PRINT)
    assert small == []
