"""The pages over HTTPS on 127.0.0.1, and a Chromium that accepts a certificate made on the box."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lameenc
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from appliance.hub.box import Box
from web import create_app
from web.tls import ensure_certificate, server_context

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def served(box: Box) -> Iterator[str]:
    """Serve a box's pages; yields their address."""
    folder = ensure_certificate(box.config.data, box.config.host, box.now())
    server = make_server("127.0.0.1", 0, create_app(box), threaded=True, ssl_context=server_context(folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh browser; what its console complains of fails the test."""
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    shown = context.new_page()
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield shown
    context.close()
    # A live page goes on asking after the test has stopped its server; refused, reset or empty answers
    # are that. An answer with an error status is said in other words and fails the test.
    assert not [text for text in complaints if "net::ERR_" not in text]


def first_start(page: Page, address: str) -> list[str]:
    """Go through the key's screens; return the seven words, the class open."""
    page.goto(address)
    page.click("text=Fabriquer la clé de la classe")
    page.wait_for_url("**/mots")
    words = page.locator(".words li").all_inner_texts()
    page.click("text=J’ai noté les sept mots")
    page.click("text=La fiche est dans l’enveloppe")
    for place in ("premier", "second"):
        number = re.search(r"\d", page.inner_text(f"label[for={place}]"))
        assert number is not None
        page.fill(f"#{place}", words[int(number.group()) - 1])
    page.click("main button[type=submit]")
    page.wait_for_url("**/installation/classe")
    return words


def wait_until(page: Page, condition: str, seconds: float = 15) -> None:
    """Wait for a condition in the page; Playwright's own way needs `eval`, which our policy forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)


def tone(seconds: float) -> bytes:
    """An MP3 that a browser really plays."""
    wave = 0.3 * np.sin(2 * np.pi * 330 * np.arange(int(16_000 * seconds)) / 16_000)
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(16_000)
    encoder.set_bit_rate(48)
    return bytes(encoder.encode((wave * 32_767).astype(np.int16).tobytes()) + encoder.flush())
