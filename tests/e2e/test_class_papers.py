"""A whole class entered from its returned papers, by keyboard alone: how many keys, how many requests."""

from dataclasses import replace

from playwright.sync_api import Page, Request

from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import people
from appliance.hub.box import Box
from tests.conftest import MadeKeys
from tests.e2e.browser_helpers import chromium, page, served

__all__ = ["chromium", "page"]

CLASS = 25
ARROWS = {"→": "ArrowRight", "←": "ArrowLeft", "↓": "ArrowDown"}
KEYS = 87
"""One for each paper like the others, one to go down, and those of the exceptions."""


class Hands:
    """Types, and counts."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.keys = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(ARROWS.get(key, key))
            self.keys += 1


def test_25_papers_by_keyboard(page: Page, box: Box, made_keys: MadeKeys) -> None:
    first, *rest = box.config.stations
    # Portraits are asked for where a station takes some: one column more.
    box.config = replace(box.config, stations=(replace(first, nature=Nature.IMAGE), *rest))
    with served(box) as address:
        page.goto(address)
        page.fill("#mots", made_keys.secrets.passphrase)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "ouvrir" not in url)
        pupils = [people.add(box, f"Élève {n:02}", pictogram="fish") for n in range(1, CLASS + 1)]
        page.goto(f"{address}/autorisations")
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request))
        hands = Hands(page)
        page.focus("select[name='modele.voix']")
        # The model: voice and work at home, no picture of the child, two signatures, the child says yes.
        hands.press(*"m→n→m→m→2→o")
        page.focus(f"input[name='comme.{pupils[0]}']")
        for number in range(CLASS):
            if number in (5, 18):  # not returned: nothing is ticked
                hands.press("↓")
                continue
            hands.press("Space")
            if number == 9:  # class only for the voice
                hands.press(*"→c←")
            if number == 12:  # one parent alone
                hands.press(*"→→→→→s←←←←←")
            if number == 20:  # the child says no
                hands.press(*"→→→→→→n←←←←←←")
            hands.press("↓")
        hands.press("Enter")
        page.wait_for_selector(".notice.news")
        posted = [request for request in sent if request.method == "POST"]
        assert len(posted) == 1
        assert hands.keys == KEYS
        told = {pupil.id: pupil for pupil in people.every(box)}
    answer = [told[i].state(Nature.VOICE, Scope.FAMILY) for i in pupils]
    granted = PermissionState.GRANTED
    assert [n for n, state in enumerate(answer) if state is not granted] == [5, 9, 18, 20]
    assert answer[5] is answer[18] is PermissionState.PENDING
    assert told[pupils[9]].state(Nature.VOICE, Scope.CLASS) is granted
    alone = told[pupils[12]].answer(Nature.VOICE, Scope.CLASS)
    assert alone is not None
    assert (alone.signed.holders, alone.signed.alone) == (1, True)
    assert {told[i].state(Nature.IMAGE, Scope.CLASS) for i in pupils} == {
        PermissionState.REFUSED,
        PermissionState.PENDING,
    }
