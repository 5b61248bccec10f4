"""Who opens: each door, what it opens, and what it does not."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask

from appliance.domain.audit import Event, Role
from appliance.hub.box import Box
from appliance.hub.keys import adults, devices
from appliance.store import journal
from appliance.vault.keys import FIRST_ADULT
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import (
    Browser,
    app,
    said,
    seat,
    teacher,
    visitor,
)
from web import desk_of
from web.device_cookie import COOKIE

__all__ = ["app", "teacher", "visitor"]

LONG = "quatre mots tout simples"


def lock(browser: Browser) -> None:
    assert browser.post("/verrouiller").location == "/ouvrir"


def trust(browser: Browser, password: str = "soleil") -> None:
    answer = browser.post("/cet-appareil", {"nom": "mon ordinateur", "court": password})
    assert answer.status_code == 303


def card(box: Box) -> str:
    """Make the substitute's card and return its words."""
    return adults.add(box, "Carte", Role.SUBSTITUTE)[1]


def test_every_door_is_there_without_a_name_while_locked(box: Box, visitor: Browser) -> None:
    page = said(visitor.get("/ouvrir"))
    for door in ("Enseignant·e", "AESH, ATSEM", "Remplaçant·e", "Direction", "ERUN"):
        assert door in page
    assert "Martin" not in page


def test_the_teacher_is_offered_once_to_trust_the_device(teacher: Browser) -> None:
    assert "Cet appareil est à vous ?" in said(teacher.get("/aujourdhui"))
    assert "Cet appareil est à vous ?" not in said(teacher.get("/aujourdhui"))


def test_a_trusted_device_opens_with_its_short_password(box: Box, teacher: Browser) -> None:
    trust(teacher)
    cookie = teacher.jar(COOKIE)
    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (True, True, "Strict", "/")
    assert cookie.max_age == int(
        timedelta(days=(date(2027, 8, 31) - date(2027, 1, 12)).days + 30).total_seconds()
    )
    assert len(cookie.value.partition(".")[2]) >= 43
    lock(teacher)
    page = said(teacher.get("/ouvrir"))
    assert "Votre mot de passe court" in page
    assert "sept mots" not in page.replace("Après dix essais, il faudra les sept mots", "")
    answer = teacher.post("/ouvrir", {"qui": "appareil", "court": "lune..."})
    assert (answer.status_code, box.is_open) == (403, False)
    assert teacher.post("/ouvrir", {"qui": "appareil", "court": "soleil"}).status_code == 303
    assert box.is_open
    assert teacher.get("/aujourdhui").status_code == 200


def test_the_short_password_is_worth_nothing_elsewhere(box: Box, app: Flask, teacher: Browser) -> None:
    trust(teacher)
    lock(teacher)
    answer = Browser(app).post("/ouvrir", {"qui": "appareil", "court": "soleil"})
    assert (answer.status_code, box.is_open) == (403, False)


def test_ten_wrong_short_passwords_forget_the_device(box: Box, teacher: Browser, clock: HandClock) -> None:
    trust(teacher)
    lock(teacher)
    for _try in range(10):
        clock.pass_(timedelta(minutes=16))
        answer = teacher.post("/ouvrir", {"qui": "appareil", "court": "lune..."})
        assert answer.status_code == 403
    assert "ne connaît plus cet appareil" in said(answer)
    assert teacher.jar(COOKIE) is None
    assert devices.every(box) == []


@pytest.mark.parametrize(("name", "password"), [("", "soleil"), ("tablette", "court")])
def test_a_device_without_a_name_or_a_real_password_is_not_trusted(
    box: Box, teacher: Browser, name: str, password: str
) -> None:
    assert teacher.post("/cet-appareil", {"nom": name, "court": password}).status_code == 400
    assert (devices.every(box), teacher.jar(COOKIE)) == ([], None)


def test_this_is_no_longer_my_device(box: Box, teacher: Browser) -> None:
    trust(teacher)
    lock(teacher)
    assert teacher.post("/ouvrir/oublier").status_code == 303
    assert (devices.every(box), teacher.jar(COOKIE)) == ([], None)
    assert "Vos sept mots" in said(teacher.get("/ouvrir"))


def test_a_lost_device_is_forgotten_in_one_tap(box: Box, app: Flask, teacher: Browser) -> None:
    trust(teacher)
    (device,) = devices.every(box)
    page = said(teacher.get("/adultes"))
    assert "mon ordinateur" in page
    assert teacher.post(f"/adultes/appareils/{device.id}/oublier").status_code == 303
    lock(teacher)
    assert "Vos sept mots" in said(teacher.get("/ouvrir"))


def test_the_substitute_needs_the_card_and_the_code(
    box: Box, app: Flask, teacher: Browser, clock: HandClock, lina: str
) -> None:
    words = card(box)
    before = send(box, lina)
    clock.pass_(timedelta(days=1))
    today = send(box, lina)
    code = adults.make_day_code(box, Role.DIRECTION)
    desk_of(app).lock_class()
    substitute = Browser(app)
    assert substitute.post("/ouvrir", {"qui": "enseignant", "mots": words}).status_code == 403
    assert substitute.post("/ouvrir", {"qui": "remplacant", "mots": words, "code": "000"}).status_code == 403
    assert not box.is_open
    assert substitute.post("/ouvrir", {"qui": "remplacant", "mots": words, "code": code}).status_code == 303
    assert substitute.get(f"/trace/{today.id}/contenu").data == b"une voix"
    assert substitute.get(f"/trace/{before.id}/contenu").status_code == 403
    page = said(substitute.get("/aujourdhui"))
    assert "Réimprimer" in page
    for hidden in ("Effacer", "Libérer", "changer", "Élèves", "Bureau"):
        assert hidden not in page.partition("<main")[2].partition("</main>")[0] or hidden == "Élèves"
    assert 'href="/eleves"' not in page
    assert substitute.post("/stations/ouverture", {"ordre": "fermer"}).status_code == 303
    assert "Préparer" not in said(substitute.get("/stations"))


def test_the_substitute_s_day_ends_at_six(box: Box, app: Flask, teacher: Browser, clock: HandClock) -> None:
    words, code = card(box), adults.make_day_code(box, Role.DIRECTION)
    desk_of(app).lock_class()
    substitute = Browser(app)
    clock.now = clock.now.replace(hour=17, minute=50)
    assert substitute.post("/ouvrir", {"qui": "remplacant", "mots": words, "code": code}).status_code == 303
    clock.now = clock.now.replace(hour=18, minute=0)
    assert substitute.get("/aujourdhui").status_code == 303
    assert not box.is_open
    assert substitute.post("/ouvrir", {"qui": "remplacant", "mots": words, "code": code}).status_code == 403


@pytest.mark.parametrize(("role", "door"), [(Role.DIRECTION, "direction"), (Role.ERUN, "erun")])
def test_an_office_is_entered_by_a_password_and_opens_nothing(
    box: Box, visitor: Browser, lina: str, role: Role, door: str
) -> None:
    adult, words = adults.add(box, "Mme Blanc", role)
    assert words == ""
    adults.set_password(box, adult, LONG)
    assert visitor.post("/ouvrir", {"qui": door, "passe": "trois mots tout simples"}).status_code == 403
    answer = visitor.post("/ouvrir", {"qui": door, "passe": LONG})
    assert (answer.status_code, answer.location) == (303, "/bureau")
    assert not box.is_open
    for path in ("/bureau", "/tout-va-bien", "/adultes/code-du-jour"):
        assert visitor.get(path).status_code == 200
    refused = visitor.get("/aujourdhui")
    assert (refused.status_code, "Cette page n’est pas pour vous" in said(refused)) == (403, True)


@pytest.mark.parametrize("role", [Role.DIRECTION, Role.ERUN])
def test_an_office_sees_no_name_even_while_the_class_is_open(
    box: Box, app: Flask, teacher: Browser, lina: str, role: Role
) -> None:
    adults.add(box, "Mme Blanc", Role.ASSISTANT)
    trust(teacher)
    office = seat(app, role, "x")
    for path in ("/bureau", "/tout-va-bien", "/adultes", f"/adultes/{FIRST_ADULT}", "/adultes/code-du-jour"):
        page = said(office.get(path))
        for name in ("Lina", "Martin", "Blanc", "mon ordinateur"):
            assert name not in page, path


def test_an_office_stays_when_the_class_locks_and_ends_when_left_alone(
    box: Box, app: Flask, teacher: Browser, clock: HandClock
) -> None:
    office = seat(app, Role.DIRECTION, "x")
    lock(teacher)
    assert office.get("/bureau").status_code == 200
    clock.pass_(timedelta(minutes=44))
    assert office.get("/bureau").status_code == 200
    clock.pass_(timedelta(minutes=45))
    assert office.get("/bureau").location.startswith("/ouvrir")


def test_leaving_an_office_locks_nothing(box: Box, app: Flask, teacher: Browser) -> None:
    office = seat(app, Role.DIRECTION, "x")
    office.post("/verrouiller")
    assert box.is_open
    assert office.get("/bureau").status_code == 200
    office.post("/quitter")
    assert office.get("/bureau").status_code == 303
    assert teacher.get("/aujourdhui").status_code == 200


def test_the_journal_says_which_role_acted(box: Box, app: Flask, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    assistant = seat(app, Role.ASSISTANT, "x")
    assistant.post(f"/trace/{capture.id}/imprimer")
    assert assistant.get(f"/trace/{capture.id}/contenu").status_code == 200
    lines = [line for line, _digest in journal.every(box.database) if line.subject == capture.id]
    assert {line.role for line in lines if line.event in (Event.HEARD, Event.REPRINTED)} == {Role.ASSISTANT}


def test_the_page_says_when_the_class_locks(teacher: Browser, clock: HandClock) -> None:
    for _half_hour in range(15):
        clock.pass_(timedelta(minutes=31))
        page = said(teacher.get("/aujourdhui"))
    assert "La classe est ouverte jusqu’à 16 h 30 si personne ne travaille alors" in page
    clock.now = clock.now.replace(hour=16, minute=28)
    teacher.get("/aujourdhui")
    clock.now = clock.now.replace(minute=32)
    assert "La classe est ouverte jusqu’à 18 h, ou" in said(teacher.get("/aujourdhui"))
    clock.now = clock.now.replace(minute=38)
    assert teacher.get("/aujourdhui").status_code == 303


def test_the_envelope_opens_then_makes_new_words_and_a_new_envelope(
    box: Box, visitor: Browser, made_keys: MadeKeys
) -> None:
    assert visitor.post("/mots-perdus", {"secours": "AGE-SECRET-KEY-1 RIEN"}).status_code == 403
    typed = made_keys.secrets.recovery_identity.lower()
    spaced = " ".join(typed[start : start + 4] for start in range(0, len(typed), 4))
    assert visitor.post("/mots-perdus", {"secours": spaced}).location == "/mots-perdus/qui"
    assert box.is_open
    assert "Faites de nouveaux mots" in said(visitor.get("/aujourdhui"))
    assert visitor.post("/mots-perdus/qui", {"adulte": FIRST_ADULT}).location == "/cles/mots"
    words = re.findall(r"<li>([a-z]+)</li>", visitor.get("/cles/mots").text)
    assert (len(words), "AGE-SECRET-KEY-1" in visitor.get("/cles/enveloppe").text) == (7, True)
    places = [
        int(number) - 1 for number in re.findall(r"Mot n° (\d)", said(visitor.get("/cles/verification")))
    ]
    wrong = visitor.post("/cles/verification", {"premier": "non", "second": "non"})
    assert (wrong.status_code, box.keys.unlock(made_keys.secrets.passphrase).adult) == (400, FIRST_ADULT)
    typed_words = dict(zip(("premier", "second"), (words[place] for place in places), strict=True))
    assert visitor.post("/cles/verification", typed_words).location == "/"
    assert "Faites de nouveaux mots" not in said(visitor.get("/aujourdhui"))
    assert visitor.get("/cles/mots").location == "/cles"
    lock(visitor)
    again = visitor.post("/ouvrir", {"mots": " ".join(words)})
    assert (again.status_code, box.is_open) == (303, True)
    events = {line.event for line, _digest in journal.every(box.database)}
    assert Event.RECOVERY_USED in events
