"""What a family holds in its hands: the file's page plays offline, the statement is one sheet of A4."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from werkzeug.serving import make_server

from appliance.domain.permissions import Nature, Scope
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.hub.rights.projects import SCOPES, Project
from tests.e2e.browser_helpers import chromium, page, tone, wait_until
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import PHOTO, TWO, caption, carried, group, made, opened, tom
from tests.unit.web_helpers import Browser, app, teacher
from web.security import COOKIE
from web.tls import ensure_certificate, server_context

__all__ = ["app", "chromium", "page", "teacher", "tom"]


@pytest.fixture
def address(box: Box, app: Flask, teacher: Browser, page: Page) -> Iterator[str]:
    """The pages of an open class, as its teacher's browser reaches them."""
    folder = ensure_certificate(box.config.data, box.config.host, box.now())
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=server_context(folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    at = f"https://127.0.0.1:{server.server_port}"
    page.context.add_cookies([{"name": COOKIE, "value": teacher.cookie() or "", "url": at, "secure": True}])
    yield at
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_the_family_s_page_plays_without_a_network(
    open_box: Box, lina: str, chromium: Chromium, tmp_path: Path
) -> None:
    send(open_box, lina, tone(1))
    send(open_box, lina, b"\xff\xd8\xff", id=caption(open_box, tone(1)), caption_ms=1_000, **PHOTO)
    for name, content in opened(open_box, made(open_box, lina)).items():
        target = tmp_path / "copie" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    context = chromium.new_context(offline=True, viewport={"width": 360, "height": 800})
    shown = context.new_page()
    shown.goto((tmp_path / "copie/index.html").as_uri())
    assert "Lina" in shown.inner_text("h1")
    assert shown.locator("audio").count() == 2
    shown.evaluate("for (const sound of document.querySelectorAll('audio')) sound.load()")
    shown.evaluate("document.querySelector('audio').preload = 'auto'")
    wait_until(shown, "document.querySelector('audio').duration > 0.9")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_statement_is_one_sheet_of_paper(
    box: Box, address: str, page: Page, lina: str, tom: str, tmp_path: Path
) -> None:
    for nature in (Nature.FILM, Nature.IMAGE):
        people.answer(box, lina, nature, [Scope.CLASS, Scope.FAMILY])
    for title in ("Webradio des écoles de la vallée", "Exposition de fin d’année à la médiathèque"):
        natures = (Nature.VOICE, Nature.PRODUCTION)
        asked = Project("", title, "Parler", "la mairie", natures, SCOPES, box.today(), date(2027, 6, 30))
        people.answer(
            box, lina, Nature.VOICE, SCOPES, project=projects.save(box, asked, is_new=True), signed=TWO
        )
    for _ in range(5):
        carried(box, send(box, lina))
    send(box, lina, b"film", nature=Nature.FILM, station="B")
    send(box, lina, b"image", **PHOTO)
    group(box, lina, tom)
    page.goto(f"{address}/eleves/{lina}/page-famille")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    told = subprocess.run(
        ["pdfinfo", tmp_path / "page.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert "Pages:           1" in told
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in (
        "Que sait la boîte de mon enfant",
        "Lina",
        "Webradio des écoles de la vallée",
        "Exposition de fin d’année à la médiathèque",
        "Pas encore de réponse",
        "Vos droits",
        "CNIL",
        "5 traces, dans l’espace",
    ):
        assert words in " ".join(text.split())
    assert "Verrouiller" not in text
    assert "Tom" not in text
