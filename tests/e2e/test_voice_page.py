"""The teacher records her voice in a real browser, with a microphone that beeps once a second."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from appliance.hub import people, voices
from appliance.hub.box import Box
from appliance.hub.keys import adults
from appliance.station.levelling import level
from appliance.vault.keys import FIRST_ADULT
from tests.conftest import MadeKeys
from tests.e2e.browser_helpers import CHROMIUM, served, wait_until
from tests.e2e.test_teacher_pages import LOW_TARGETS, SMALLEST_TEXT, unlock
from tests.unit.voice_helpers import voice_wav

FAKE = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
DURATION = "Math.round(document.querySelector('{row} audio').duration * 1000)"


@pytest.fixture(scope="module")
def beeping() -> Iterator[Browser]:
    """A Chromium whose microphone is made up and always allowed."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FAKE)
        yield browser
        browser.close()


@pytest.fixture
def context(beeping: Browser) -> Iterator[BrowserContext]:
    found = beeping.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    found.set_default_timeout(15_000)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console complains of nothing but a refused recording."""
    shown = context.new_page()
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield shown
    assert not [text for text in complaints if "net::ERR_" not in text and "status of 422" not in text]


@pytest.fixture(autouse=True)
def lent(box: Box) -> None:
    """The teacher has allowed their voice to be kept."""
    adults.allow_voice(box, FIRST_ADULT, date(2027, 8, 31))


def hear(page: Page, milliseconds: int) -> None:
    """Let the made-up microphone go on for a while: it beeps once a second, and that is all it can do."""
    page.wait_for_timeout(milliseconds)


def test_a_phrase_is_recorded_heard_and_given_back(
    box: Box, page: Page, lina: str, made_keys: MadeKeys
) -> None:
    with served(box) as address:
        unlock(page, address, made_keys)
        page.goto(f"{address}/voix")
        row = page.locator("#bonjour")
        expect(row.locator("[data-own-chip]")).to_be_hidden()
        row.get_by_role("button", name="Écouter").click()
        wait_until(page, "document.querySelector('#bonjour audio').currentTime > 0.1")
        row.get_by_role("button", name="Enregistrer").click()
        expect(row.locator("[data-record]")).to_have_text("Arrêter")
        wait_until(page, "document.querySelector('#bonjour meter').value > 0.05")
        hear(page, 1_300)
        row.get_by_role("button", name="Enregistrer").click()
        expect(row.locator("[data-own-chip]")).to_be_visible()
        recorded = voices.listing(box)["prompt/bonjour"]
        assert 200 < recorded.duration_ms < 10_000
        row.get_by_role("button", name="Écouter").click()
        wait_until(page, f"{DURATION.format(row='#bonjour')} > 0")
        heard = page.evaluate(DURATION.format(row="#bonjour"))
        assert heard == pytest.approx(recorded.duration_ms, abs=30)
        row.get_by_role("button", name="Revenir à la voix de la boîte").click()
        expect(row.locator("[data-own-chip]")).to_be_hidden()
        assert voices.listing(box) == {}


def test_first_names_come_one_after_the_other_with_the_space_bar(
    box: Box, page: Page, lina: str, made_keys: MadeKeys
) -> None:
    noe = people.add(box, "Noé", pictogram="fish")
    zoe = people.add(box, "Zoé", pictogram="cat")
    voices.save(box, f"pupil/{noe}", voice_wav(), level)
    before = voices.versions(box)
    with served(box) as address:
        unlock(page, address, made_keys)
        page.goto(f"{address}/voix/prenoms")
        studio = page.locator("[data-studio]")
        expect(studio).to_contain_text("1 sur 3")
        for name, count in (("Lina", "2 sur 3"), ("Zoé", "Tous les prénoms sont enregistrés.")):
            expect(studio.locator("h2")).to_have_text(name)
            page.keyboard.press(" ")
            expect(studio.locator("[data-studio-record]")).to_have_text("Arrêter")
            hear(page, 1_300)
            page.keyboard.press(" ")
            expect(studio).to_contain_text(count)
    after = voices.versions(box)
    assert after.keys() == {f"pupil/{pupil}" for pupil in (lina, noe, zoe)}
    assert after[f"pupil/{noe}"] == before[f"pupil/{noe}"]


def test_a_name_that_nobody_said_comes_back_at_the_end(
    box: Box, page: Page, lina: str, made_keys: MadeKeys
) -> None:
    people.add(box, "Zoé", pictogram="cat")
    with served(box) as address:
        unlock(page, address, made_keys)
        page.goto(f"{address}/voix/prenoms")
        page.route("**/voix/pupil/*", lambda route: route.fulfill(status=422, body="On n’entend personne."))
        studio = page.locator("[data-studio]")
        for name in ("Lina", "Zoé", "Lina"):
            expect(studio.locator("h2")).to_have_text(name)
            page.keyboard.press(" ")
            expect(studio.locator("[data-studio-record]")).to_have_text("Arrêter")
            page.keyboard.press(" ")
            expect(page.locator("[data-recorder-words]")).to_contain_text(f"{name} : On n’entend personne.")
        expect(studio).to_contain_text("0 sur 2")
    assert voices.listing(box) == {}


@pytest.fixture
def deaf(beeping: Browser) -> Iterator[Page]:
    """A page where scripts are forbidden."""
    context = beeping.new_context(ignore_https_errors=True, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_without_a_script_a_file_does_it(box: Box, deaf: Page, lina: str, made_keys: MadeKeys) -> None:
    with served(box) as address:
        unlock(deaf, address, made_keys)
        deaf.goto(f"{address}/voix/prenoms")
        row = deaf.locator(f"#p-{lina}")
        expect(row.get_by_role("button", name="Enregistrer")).to_be_hidden()
        row.locator("summary").click()
        file = {"name": "lina.wav", "mimeType": "audio/wav", "buffer": voice_wav()}
        row.locator("input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]
        row.get_by_role("button", name="Envoyer").click()
        expect(deaf.locator(".notice.news")).to_contain_text("C’est enregistré")
        assert set(voices.listing(box)) == {f"pupil/{lina}"}


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", ["/voix", "/voix/prenoms"])
def test_the_pages_fit_and_can_be_pressed(
    box: Box, page: Page, lina: str, made_keys: MadeKeys, path: str, width: int
) -> None:
    voices.save(box, f"pupil/{lina}", voice_wav(), level)
    people.add(box, "Maximilien", pictogram="cat")
    with served(box) as address:
        page.set_viewport_size({"width": width, "height": 800})
        unlock(page, address, made_keys)
        page.goto(address + path)
        expect(page.get_by_role("button", name="Enregistrer").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALLEST_TEXT) >= 16
        assert page.evaluate(LOW_TARGETS) == []
