"""Every morning in a real browser: the words once, then a short password on a device of one's own."""

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.hub.box import Box
from appliance.hub.keys import devices
from tests.conftest import HandClock, MadeKeys
from tests.e2e.browser_helpers import chromium, page, served
from tests.e2e.test_teacher_pages import LOW_TARGETS, SMALLEST_TEXT, unlock
from web.desk import FRESH

__all__ = ["chromium", "page"]


def test_trust_this_device_lock_and_open_with_the_short_password(
    box: Box, page: Page, lina: str, made_keys: MadeKeys
) -> None:
    with served(box) as address:
        unlock(page, address, made_keys)
        page.get_by_role("link", name="Faire confiance à cet appareil").click()
        page.fill("#nom", "mon ordinateur")
        page.fill("#court", "soleil")
        page.get_by_role("button", name="Faire confiance à cet appareil").click()
        page.wait_for_url("**/aujourdhui")
        page.get_by_role("button", name="Verrouiller").click()
        page.wait_for_url("**/ouvrir")
        assert not box.is_open
        expect(page.locator("#mots")).to_have_count(0)
        page.keyboard.type("soleil")
        page.keyboard.press("Enter")
        page.wait_for_url("**/aujourdhui")
        assert box.is_open
        names = {cookie.get("name"): cookie for cookie in page.context.cookies()}
        held = names["__Host-boite-appareil"]
        assert (held.get("httpOnly"), held.get("secure"), held.get("sameSite")) == (True, True, "Strict")
        assert "boite-appareil" not in page.evaluate("document.cookie")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_doors_and_the_office_fit_and_can_be_pressed(
    box: Box, page: Page, lina: str, made_keys: MadeKeys, clock: HandClock, width: int
) -> None:
    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert page.evaluate(SMALLEST_TEXT) >= 16, page.url
        assert page.evaluate(LOW_TARGETS) == [], page.url

    with served(box) as address:
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/ouvrir", "/ouvrir?qui=remplacant", "/ouvrir?qui=erun", "/mots-perdus"):
            page.goto(address + path)
            fits()
        unlock(page, address, made_keys)
        own = ("/adultes", "/adultes/teacher", "/adultes/code-du-jour", "/cet-appareil", "/cles")
        asking = (*own, "/relire?vers=/cles/mots")
        for path in ("/bureau", *asking):
            page.goto(address + path)
            fits()
            expect(page.locator("[name=preuve]")).to_have_count(0)
        clock.pass_(FRESH)
        for path in asking:
            page.goto(address + path)
            fits()
            expect(page.locator("[name=preuve]").first).to_be_visible()


def test_the_words_are_asked_again_without_a_script_and_without_a_mouse(
    box: Box, chromium: Browser, lina: str, made_keys: MadeKeys, clock: HandClock
) -> None:
    context = chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
    with served(box) as address, context, context.new_page() as page:
        page.goto(f"{address}/ouvrir?vers=/cet-appareil")
        page.focus("#mots")
        page.keyboard.type(made_keys.secrets.passphrase)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/cet-appareil")
        clock.pass_(FRESH)
        page.reload()
        for words in ("ce ne sont pas les sept bons", made_keys.secrets.passphrase):
            page.focus("#nom")
            page.keyboard.press("Control+A")
            for typed in ("mon ordinateur", "soleil", words):
                page.keyboard.type(typed)
                page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            if words != made_keys.secrets.passphrase:
                expect(page.get_by_role("alert")).to_contain_text("Rien n’a été changé.")
                expect(page.locator("[name=preuve]")).to_be_focused()
                assert devices.every(box) == []
        page.wait_for_url("**/aujourdhui")
        assert len(devices.every(box)) == 1
