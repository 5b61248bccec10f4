"""The *Journal* page: a week at a time, in French, with names only while the class is open."""

import csv
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from appliance.domain.audit import Event, Role
from appliance.domain.permissions import Nature, Scope
from appliance.hub import audit, groups, people, review, stations, voices
from appliance.hub.box import Box
from appliance.store import journal
from appliance.store.database import FILE_NAME
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.voice_helpers import voice_wav
from tests.unit.web_helpers import Browser, app, said, teacher, visitor
from web.desk import IDLE
from web.pages import journal as page

__all__ = ["app", "teacher", "visitor"]

PAGES = ["/journal", "/journal?semaine=2027-01-12"]


@pytest.mark.parametrize("path", PAGES)
def test_it_is_closed_to_whoever_did_not_open_the_class(visitor: Browser, path: str) -> None:
    assert "/ouvrir" in visitor.get(path).location
    assert visitor.post("/journal/copie").status_code == 401


def test_it_says_who_did_what_to_whose_trace(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    review.release(box, capture)
    text = said(teacher.get("/journal"))
    assert "Trace libérée pour la maison" in text
    assert "Lecture, page 12 — Lina" in text
    assert f'href="/trace/{capture.id}"' in text
    assert "par l’enseignant·e" in text
    assert "par un atelier" in text
    assert "Autorisation notée : accordée, voix, à la maison" in text
    assert "mardi 12 janvier" in text
    assert "8 h 40" in text


def test_what_is_gone_is_said_without_a_link(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    review.delete(box, capture)
    text = said(teacher.get("/journal"))
    assert "Trace effacée : à la demande de l’enseignant·e" in text
    assert "une trace qui n’est plus là" in text
    assert capture.id not in text


def test_groups_stations_and_voices_have_their_names(box: Box, teacher: Browser, lina: str) -> None:
    groups.remove(box, groups.save(box, "", "Les Rouges", "fox", [lina]))
    groups.save(box, "", "Les Bleus", "whale", [lina])
    for key in (f"pupil/{lina}", f"consigne/{stations.scenario(box, 'A').id}/fr", "prompt/bonjour"):
        voices.save(box, key, voice_wav(), lambda pcm: pcm)
    text = said(teacher.get("/journal"))
    for words in (
        "Les Bleus",
        "un groupe effacé",
        "le prénom de Lina",
        "la consigne de « Lecture, page 12 »",
        "une phrase de la boîte",
    ):
        assert words in text


def test_weeks_are_shown_one_at_a_time(box: Box, clock: HandClock, lina: str, teacher: Browser) -> None:
    clock.pass_(timedelta(days=-14))
    people.replace_badge(box, lina)
    clock.pass_(timedelta(days=14))
    text = said(teacher.get("/journal"))
    assert "Badge remplacé" not in text
    assert 'rel="prev" href="/journal?semaine=2026-12-28"' in text
    assert 'rel="next"' not in text
    text = said(teacher.get("/journal?semaine=2026-12-30"))
    assert "Badge remplacé" in text
    assert "Classe ouverte" not in text
    assert 'rel="next" href="/journal?semaine=2027-01-11"' in text
    assert "Rien cette semaine" in said(teacher.get("/journal?semaine=2027-01-04"))


def test_a_doubtful_hour_is_said(box: Box, teacher: Browser, clock: HandClock) -> None:
    assert "heure incertaine" not in said(teacher.get("/journal"))
    clock.trusted = False
    audit.note(box, Event.DATE_CONFIRMED)
    assert "heure incertaine" in said(teacher.get("/journal"))


def test_a_long_week_has_pages(
    box: Box, teacher: Browser, monkeypatch: pytest.MonkeyPatch, lina: str
) -> None:
    monkeypatch.setattr(page, "PER_PAGE", 3)
    people.replace_badge(box, lina)
    first, second = said(teacher.get("/journal")), said(teacher.get("/journal?page=2"))
    assert first.count('class="act"') == second.count('class="act"') == 3
    assert "Badge remplacé" in first
    assert "Badge remplacé" not in second
    assert 'rel="next"' in first


@pytest.mark.parametrize("week", ["lundi", "0001-01-01", "9999-12-31", "2027-02-30"])
def test_a_week_that_is_none_is_not_found(teacher: Browser, week: str) -> None:
    assert teacher.get(f"/journal?semaine={week}").status_code == 404


def test_it_checks_itself_and_says_the_first_broken_line(box: Box, teacher: Browser) -> None:
    assert "Le journal est entier" in said(teacher.post("/journal/verifier"))
    with closing(sqlite3.connect(box.config.data / FILE_NAME, isolation_level=None)) as intruder:
        intruder.execute("DROP TRIGGER journal_stays_as_it_is")
        intruder.execute("UPDATE journal SET subject = 'autre' WHERE id = 2")
    text = said(teacher.post("/journal/verifier"))
    assert "La ligne 2 n’est plus celle que la boîte a écrite." in text
    assert "prévenez l’ERUN" in text


def test_all_is_well_until_somebody_touched_it(box: Box, teacher: Browser) -> None:
    assert audit.witness(box.database) in said(teacher.get("/tout-va-bien"))
    audit.note(box, Event.JOURNAL_BROKEN, detail="missing/3")
    assert "changé ou ôté des lignes" in said(teacher.get("/tout-va-bien"))


def test_a_copy_is_a_table_without_a_name(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina)
    answer = teacher.post("/journal/copie")
    assert answer.mimetype == "text/csv"
    assert "journal-2027-01-12.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == journal.count(box.database)
    assert (rows[-1]["evenement"], rows[-1]["role"]) == ("journal_exported", "teacher")
    assert any(row["quoi"] == "Trace enregistrée" for row in rows)
    assert "Lina" not in answer.text


def test_hearing_on_a_page_is_written_down_once_for_each_role(
    box: Box, teacher: Browser, visitor: Browser, lina: str
) -> None:
    capture = send(box, lina)
    teacher.get("/aujourdhui")
    visitor.get(f"/e/{capture.code}")
    assert heard(box) == []
    for _time in range(2):
        assert teacher.get(f"/trace/{capture.id}/contenu", Range="bytes=0-3").status_code == 206
        assert visitor.get(f"/e/{capture.code}/contenu").status_code == 200
    assert heard(box) == [(Role.TEACHER, capture.id), (Role.VISITOR, capture.id)]
    text = said(teacher.get("/journal"))
    assert text.count("Trace écoutée ou regardée") == 2
    assert "par un appareil de la classe" in text


def test_a_class_left_alone_is_locked_by_the_box(box: Box, teacher: Browser, clock: HandClock) -> None:
    teacher.get("/journal")
    clock.pass_(IDLE)
    teacher.get("/journal")
    (role,) = (line.role for line, _digest in journal.every(box.database) if line.event == "class_locked")
    assert role == Role.BOX


def test_confirming_the_date_is_an_act_of_the_teacher(box: Box, teacher: Browser) -> None:
    teacher.post("/tout-va-bien/date")
    assert journal.latest(box.database, Event.DATE_CONFIRMED)


def test_a_withdrawal_names_its_erasures(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina)
    people.answer(box, lina, Nature.VOICE, [])
    assert "Trace effacée : autorisation retirée" in said(teacher.get("/journal"))
    assert {Scope.CLASS, Scope.FAMILY} == {
        Scope(line.detail.split("/")[2])
        for line, _digest in journal.every(box.database)
        if line.event == Event.PERMISSION_ANSWERED and line.detail.startswith("withdrawn/voice")
    }


def heard(box: Box) -> list[tuple[str, str]]:
    return [
        (line.role, line.subject)
        for line, _digest in journal.every(box.database)
        if line.event == Event.HEARD
    ]
