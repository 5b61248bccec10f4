"""A browser for tests of the pages: HTTPS, cookies, and the hidden field of every form."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Cookie, TestResponse

from appliance.domain.audit import Role
from appliance.hub.box import Box
from appliance.hub.keys.access import Opened
from appliance.store import adults as rows
from appliance.vault.keys import FIRST_ADULT
from tests.conftest import MadeKeys
from web import create_app, desk_of
from web.context import KEY
from web.security import COOKIE, CSRF_FIELD, LIVE_HEADER

BASE = "https://boite.local"


class Browser:
    """One device on the class network."""

    def __init__(self, app: Flask, address: str = "192.168.4.20") -> None:
        self._client = app.test_client()
        self._address = address

    def get(self, path: str, *, live: bool = False, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.get(
            path, base_url=BASE, headers=sent | _live(live), environ_base=self._environ, buffered=True
        )

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, live: bool = False, **headers: str
    ) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(
            path,
            base_url=BASE,
            data={CSRF_FIELD: self.csrf(), **(data or {})},
            headers=sent | _live(live),
            environ_base=self._environ,
            buffered=True,
        )

    def csrf(self) -> str:
        """The hidden field, as the form of a page would carry it."""
        found = re.search(rf'name="{CSRF_FIELD}" value="([^"]+)"', self.get("/stations").text)
        found = found or re.search(rf'name="{CSRF_FIELD}" value="([^"]+)"', self.get("/ouvrir").text)
        found = found or re.search(rf'name="{CSRF_FIELD}" value="([^"]+)"', self.get("/installation").text)
        assert found is not None
        return found.group(1)

    def cookie(self) -> str | None:
        found = self._client.get_cookie(COOKIE, domain="boite.local")
        return found.value if found else None

    def sit(self, secret: str) -> None:
        """Hold a place at the desk."""
        with self._client.session_transaction(base_url=BASE) as session:
            session["desk"] = secret

    def jar(self, name: str) -> Cookie | None:
        """Return another cookie of this browser, with its attributes."""
        return self._client.get_cookie(name, domain="boite.local")

    @property
    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self._address}


def _live(live: bool) -> dict[str, str]:
    return {LIVE_HEADER: "1"} if live else {}


@pytest.fixture
def app(box: Box) -> Flask:
    return create_app(box)


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody on the network who has not opened the class."""
    return Browser(app)


@pytest.fixture
def teacher(app: Flask, made_keys: MadeKeys) -> Browser:
    """The teacher, with the class open."""
    browser = Browser(app)
    assert browser.post("/ouvrir", {"mots": made_keys.secrets.passphrase}).status_code == 303
    return browser


def seat(app: Flask, role: Role, adult: str = "teacher") -> Browser:
    """Somebody at their pages, by whichever door; the class is as it was."""
    browser, box = Browser(app), app.extensions[KEY].box
    if adult and adult != FIRST_ADULT and rows.find(box.database, adult) is None:
        rows.add(box.database, rows.AdultRow(adult, role, b"", box.now()))
    browser.sit(desk_of(app)._sit(Opened(adult, role)))
    return browser


def said(answer: TestResponse) -> str:
    """Return a page's text with spaces one can type."""
    return html.unescape(answer.text).replace("\u00a0", " ")
