"""Every morning in a real browser: the words once, then a short password on a device of one's own."""

import pytest
from playwright.sync_api import Page, expect

from appliance.hub.box import Box
from tests.conftest import MadeKeys
from tests.e2e.browser_helpers import chromium, page, served
from tests.e2e.test_teacher_pages import LOW_TARGETS, SMALLEST_TEXT, unlock

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
    box: Box, page: Page, lina: str, made_keys: MadeKeys, width: int
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
        for path in (
            "/bureau",
            "/adultes",
            "/adultes/teacher",
            "/adultes/code-du-jour",
            "/cet-appareil",
            "/cles",
        ):
            page.goto(address + path)
            fits()
