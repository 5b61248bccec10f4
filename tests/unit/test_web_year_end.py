"""*Fin d'année*: six steps in their order, and the box put out of service."""

import io
import re
import threading
import zipfile

from flask import Flask

from appliance.domain.captures import Quarantine
from appliance.domain.roles import Role
from appliance.hub.box import Box
from appliance.hub.errands import Report
from appliance.hub.retention import blank, year_end
from appliance.hub.rights import keepsakes, quarantine
from appliance.store import exports
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, seat, teacher

__all__ = ["app", "teacher"]


def test_the_families_copies_are_made_shown_once_and_sent_in_one_file(
    app: Flask, box: Box, teacher: Browser, lina: str
) -> None:
    send(box, lina)
    assert "1 élève a des traces" in said(teacher.get("/fin-annee"))
    assert teacher.post("/fin-annee/copies").location == "/fin-annee/copies"
    box.errands.join()
    answer = teacher.get("/fin-annee/copies")
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = said(answer)
    # Back, or the page read again: the same words, and the copies they open.
    assert said(teacher.get("/fin-annee/copies")) == sheet
    assert len(exports.every(box.database)) == 1
    assert Browser(app).get("/fin-annee/copies").status_code == 303
    assert "01.zip" in sheet
    assert "Lina" in sheet
    with zipfile.ZipFile(io.BytesIO(teacher.get("/fin-annee/copies.zip").data)) as parcel:
        assert parcel.namelist() == ["01.zip"]
    assert teacher.post("/fin-annee/copies/remises").status_code == 303
    assert "Personne n’attend de copie." in said(teacher.get("/fin-annee"))
    assert teacher.get("/fin-annee/copies").status_code == 303
    assert sheet.split('translate="no">')[1].split("<")[0] not in teacher.get("/fin-annee").text


def test_nothing_is_erased_before_the_teacher_has_seen_what(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina)
    assert "La famille de 1 élève n’a pas eu sa copie." in said(teacher.get("/fin-annee/fermer"))
    assert teacher.post("/fin-annee/fermer").status_code == 400
    assert year_end.balance(box).captures == 1
    assert teacher.post("/fin-annee/fermer", {"vu": "1"}).status_code == 303
    box.errands.join()
    assert year_end.balance(box).captures == 0
    page = said(teacher.get("/fin-annee"))
    assert "L’année est effacée." in page
    assert teacher.get("/papiers/fin-d-annee").status_code == 200


def test_a_trace_put_aside_holds_the_year_open(box: Box, teacher: Browser, lina: str) -> None:
    quarantine.put_aside(box, send(box, lina), Quarantine.LIMITATION)
    assert "L’année ne se ferme pas sans cela." in said(teacher.get("/fin-annee"))
    teacher.post("/fin-annee/fermer", {"vu": "1"})
    box.errands.join()
    assert year_end.balance(box).captures == 1


def test_an_errand_under_way_is_not_disturbed(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina)
    done = threading.Event()

    def wait(_report: Report) -> None:
        done.wait(10)

    box.errands.begin("other", wait)
    assert teacher.post("/fin-annee/copies").status_code == 303
    assert keepsakes.ready(box) == {}
    done.set()
    box.errands.join()


def test_out_of_service_takes_two_words_and_destroys_the_keys(box: Box, teacher: Browser) -> None:
    assert teacher.post("/fin-annee/hors-service", {"mot": "oui"}).status_code == 400
    assert not blank.is_condemned(box.config.data)
    answer = teacher.post("/fin-annee/hors-service", {"mot": "Hors service"})
    assert "La boîte est hors service" in said(answer)
    assert blank.is_condemned(box.config.data)
    assert not box.is_open
    assert not (box.config.data / "keys").exists()


def test_closing_the_year_is_the_teacher_s_alone(app: Flask, open_box: Box) -> None:
    for role in (Role.SUBSTITUTE, Role.ASSISTANT, Role.DIRECTION, Role.ERUN):
        assert seat(app, role).get("/fin-annee").status_code == 403


def test_the_certificate_of_a_box_put_out_of_service_is_offered_before(
    box: Box, teacher: Browser, lina: str
) -> None:
    send(box, lina)
    assert 'href="/papiers/hors-service"' in teacher.get("/fin-annee/hors-service").text
    paper = said(teacher.get("/papiers/hors-service"))
    assert "Procès-verbal de mise hors service" in paper
    assert re.search(r"Mise hors service de la boîte</th><td class=\"number\">1<", paper)
    assert re.search(r"Élèves dont il ne reste rien</dt><dd>1<", paper)
    assert "fait le 12 janvier 2027 : la clé de la classe" in paper
    assert paper.count('class="signature"') == 3
    assert "Qui a détruit la carte mémoire" in paper
    assert "Lina" not in paper
    assert "hors-service" not in teacher.get("/papiers").text
