"""Every address of the pages, with every role: what the table says is what the page does."""

import copy
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from appliance.domain.audit import Role
from appliance.domain.roles import ADULTS, KEYED, Act, may
from appliance.hub.box import Box
from tests.conftest import MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, seat
from web.security import guard_of

__all__ = ["app"]

NOT_YOURS = "Cette page n’est pas pour vous"
SAMPLES = {"day": "2027-01-12", "station": "A", "slug": "turtle", "edition": "x", "filename": "base.css"}
"""What stands in an address; an id that nothing has is as good as any."""


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield every endpoint with a method and an address."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            yield rule.endpoint, method, address(rule)


def address(rule: Rule) -> str:
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: SAMPLES.get(found[1], "1"), rule.rule)


def act_of(app: Flask, endpoint: str) -> Act | None:
    guard = guard_of(app, endpoint)
    assert guard is not None, f"nothing stands before {endpoint}"
    return guard.act_of(endpoint)


def test_every_address_has_a_guard(app: Flask) -> None:
    assert [endpoint for endpoint in app.view_functions if guard_of(app, endpoint) is None] == []


def test_what_anybody_on_the_network_reaches_is_a_short_list(app: Flask) -> None:
    open_to_all = {endpoint for endpoint in app.view_functions if act_of(app, endpoint) is None}
    assert open_to_all == {
        *(f"access.{view}" for view in ("unlock", "try_words", "lock", "leave", "forget_device")),
        *(f"setup.{view}" for view in ("welcome", "begin", "words", "recovery", "check", "confirm")),
        *(f"stickers.{view}" for view in ("ask", "show", "content", "caption", "thumbnail")),
        *("home.index", "home.alive", "about.page", "lost.ask", "lost.try_envelope"),
        *("assets.static", "assets.pictogram"),
    }


@pytest.mark.parametrize("role", ADULTS)
def test_each_role_reaches_its_own_and_is_told_of_the_rest(
    app: Flask, box: Box, made_keys: MadeKeys, lina: str, role: Role
) -> None:
    for endpoint, method, path in addresses(app):
        if role in KEYED and not box.is_open:
            box.set_opener(copy.copy(made_keys.opener))
        act = act_of(app, endpoint)
        answer = asked(seat(app, role), method, path)
        where = f"{role} {method} {path}: {answer.status_code}"
        if act is not None and not may(role, act):
            assert (answer.status_code, refused(answer)) == (403, True), where
            continue
        # An act may ask for more once it is known what it is about: a day, somebody's role.
        assert not refused(answer) or endpoint in FINER, where
        assert answer.status_code < 500, where
        if method == "GET" and role not in KEYED and act is not None:
            assert answer.status_code in (200, 303, 404), where
            assert not answer.headers.get("Location", "").startswith("/ouvrir"), where


FINER = {"day.of", "day.live", "adults.rename", "adults.add"}


def asked(browser: Browser, method: str, path: str) -> TestResponse:
    return browser.get(path) if method == "GET" else browser.post(path)


@pytest.mark.parametrize("role", sorted(set(ADULTS) - KEYED))
def test_an_office_meets_no_first_name_anywhere_even_while_the_class_is_open(
    app: Flask, open_box: Box, lina: str, role: Role
) -> None:
    send(open_box, lina)
    office, seen = seat(app, role), 0
    for endpoint, method, path in addresses(app):
        act = act_of(app, endpoint)
        if method == "GET" and act is not None and may(role, act):
            shown = office.get(path).data
            assert b"Lina" not in shown, path
            seen += 1
    assert seen >= 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visitor_reaches_nothing_else(app: Flask, box: Box, method: str) -> None:
    for endpoint, its_method, path in addresses(app):
        if its_method != method or act_of(app, endpoint) is None:
            continue
        answer = asked(Browser(app), method, path)
        assert answer.status_code == (303 if method == "GET" else 401), path


def refused(answer: TestResponse) -> bool:
    return NOT_YOURS.encode() in answer.data
