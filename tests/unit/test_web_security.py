"""What stands between the network and the pages."""

import logging
import re

import pytest
from flask import Flask

from appliance.hub import people, review
from appliance.hub.box import Box
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import BASE, Browser, app, said, teacher, visitor
from web import create_app
from web.security import CONTENT_SECURITY_POLICY

__all__ = ["app", "teacher", "visitor"]

PAGES = (
    "/aujourdhui",
    "/eleves",
    "/badges",
    "/stations",
    "/tout-va-bien",
    "/a-propos",
    "/style",
    "/e",
    "/e/AAAA-AAAA-AAAA",
    "/nulle-part",
    "/jour/2027-01-12/liste",
    "/jour/hier",
    "/sante",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_guards(teacher: Browser, path: str) -> None:
    headers = teacher.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "microphone=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_anything_inline_or_from_elsewhere(
    teacher: Browser, box: Box, lina: str, path: str
) -> None:
    send(box, lina)
    text = teacher.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_only_files_without_a_name_may_be_kept(visitor: Browser) -> None:
    sheet = re.search(r'href="(/static/[^"]+tokens\.css)"', visitor.get("/ouvrir").text)
    assert sheet is not None
    answer = visitor.get(sheet.group(1))
    assert "immutable" in answer.headers["Cache-Control"]
    drawing = visitor.get(sheet.group(1).replace("tokens.css", "pictogrammes/turtle.svg"))
    assert (drawing.status_code, drawing.mimetype) == (200, "image/svg+xml")
    assert visitor.get(sheet.group(1).replace("tokens.css", "pictogrammes/nobody.svg")).status_code == 404
    assert visitor.get(sheet.group(1).replace("tokens.css", "../security.py")).status_code == 404


def test_a_form_without_its_seal_changes_nothing(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    answer = teacher.post(f"/trace/{capture.id}/effacer", {"cachet": "autre"})
    assert answer.status_code == 400
    assert "Rien n’a été changé" in said(answer)
    assert teacher.get(f"/trace/{capture.id}").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://ailleurs.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_another_site_cannot_act_in_the_teacher_s_place(
    box: Box, teacher: Browser, lina: str, headers: dict[str, str]
) -> None:
    capture = send(box, lina)
    assert teacher.post(f"/trace/{capture.id}/effacer", **headers).status_code == 403
    assert teacher.get(f"/trace/{capture.id}").status_code == 200


def test_our_own_origin_may(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    answer = teacher.post(f"/trace/{capture.id}/effacer", Origin=BASE, Sec_Fetch_Site="same-origin")
    assert answer.status_code == 303


def test_too_long_a_request_is_refused_in_french(teacher: Browser) -> None:
    answer = teacher.post("/eleves", {"prenom": "a" * 70_000})
    assert answer.status_code == 413
    assert "Recommencez en plusieurs fois" in said(answer)


def test_only_our_own_names_are_answered_to(box: Box) -> None:
    mine = Browser(create_app(box, hosts=lambda host: host == "boite.local"))
    assert mine.get("/ouvrir").status_code == 200
    other = Browser(create_app(box, hosts=lambda host: host == "autre.local"))
    answer = other.get("/ouvrir")
    assert (answer.status_code, "adresse de la boîte" in said(answer)) == (421, True)


def test_what_nobody_foresaw_is_a_french_page_and_tells_no_name(
    teacher: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_box: Box) -> list[people.Pupil]:
        raise RuntimeError("Lina Dupont")

    monkeypatch.setattr(people, "every", fails)
    answer = teacher.get("/eleves")
    assert answer.status_code == 500
    assert "La boîte n’y est pas arrivée" in said(answer)
    assert "RuntimeError" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError at pupils.every" in caplog.text
    assert "Dupont" not in answer.text + caplog.text


def test_a_newer_database_is_told_and_not_touched(
    box: Box, teacher: Browser, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(box, lina, kept=False)
    box.database.db.conn.execute("PRAGMA query_only=ON")
    answer = teacher.post(f"/trace/{capture.id}/garder")
    box.database.db.conn.execute("PRAGMA query_only=OFF")
    assert (answer.status_code, "version récente" in said(answer)) == (503, True)


def test_no_name_in_an_address_nor_in_a_log(
    box: Box, teacher: Browser, lina: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    capture = send(box, lina)
    review.release(box, capture)
    added = teacher.post("/eleves", {"prenom": "Maëlle", "niveau": "CP"})
    pages = [teacher.get(path).text for path in ("/aujourdhui", "/eleves", "/badges", f"/trace/{capture.id}")]
    assert any("Maëlle" in page for page in pages)
    addresses = [*re.findall(r'(?:href|src|action)="([^"]*)"', "".join(pages)), added.location]
    names = re.compile("lina|ma%c3%ab|maëlle|lecture", re.IGNORECASE)
    assert not [address for address in addresses if names.search(address)]
    assert not names.search(caplog.text)


def test_a_damaged_file_is_one_trace_and_not_the_box(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    box.shelf.write_media(capture.id, b"rust")
    answer = teacher.get(f"/trace/{capture.id}/contenu")
    assert (answer.status_code, "ne s’ouvre pas" in said(answer)) == (500, True)
    assert teacher.get("/aujourdhui").status_code == 200


def test_an_application_has_its_own_secret(box: Box, app: Flask) -> None:
    assert len(app.secret_key or "") >= 32
    assert app.secret_key != create_app(box).secret_key


def test_a_full_memory_card_is_told_with_a_remedy(teacher: Browser, box: Box) -> None:
    box.database.db.execute("PRAGMA max_page_count=1")
    names = "\n".join(f"Élève{chr(97 + n // 10)}{chr(97 + n % 10)}" for n in range(60))
    answer = teacher.post("/installation/eleves/liste", {"liste": names})
    assert answer.status_code == 507
    assert "Effacez des essais" in said(answer)
