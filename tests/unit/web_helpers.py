"""A browser for tests of the pages: HTTPS, cookies, and the hidden field of every form."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from appliance.hub.box import Box
from appliance.vault.keys import KeyFolder, WrongPassphrase
from appliance.vault.opening import Opener
from appliance.vault.passphrase import tidy
from tests.conftest import MadeKeys
from web import create_app
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

    @property
    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self._address}


def _live(live: bool) -> dict[str, str]:
    return {LIVE_HEADER: "1"} if live else {}


@pytest.fixture
def quick_unlock(monkeypatch: pytest.MonkeyPatch, made_keys: MadeKeys) -> None:
    """The right words open at once: age's scrypt takes a second, and one test pays for it."""

    def unlock(_folder: KeyFolder, typed: str) -> Opener:
        if tidy(typed) != made_keys.secrets.passphrase:
            raise WrongPassphrase
        return made_keys.opener

    monkeypatch.setattr(KeyFolder, "unlock", unlock)


@pytest.fixture
def app(box: Box) -> Flask:
    return create_app(box)


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody on the network who has not opened the class."""
    return Browser(app)


@pytest.fixture
def teacher(app: Flask, made_keys: MadeKeys, quick_unlock: None) -> Browser:
    """The teacher, with the class open."""
    browser = Browser(app)
    assert browser.post("/ouvrir", {"mots": made_keys.secrets.passphrase}).status_code == 303
    return browser


def said(answer: TestResponse) -> str:
    """Return a page's text with spaces one can type."""
    return html.unescape(answer.text).replace("\u00a0", " ")
