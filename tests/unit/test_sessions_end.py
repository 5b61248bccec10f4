"""A session ends with what opened it: a device, words, a last day. Each door counts its own wrong tries."""

from datetime import timedelta

import pytest
from flask import Flask

from appliance.domain.audit import Role
from appliance.hub.box import Box
from appliance.hub.keys import adults, devices
from appliance.hub.keys.access import Opened
from appliance.hub.keys.throttle import FREE_TRIES
from appliance.store import adults as rows
from appliance.vault.keys import FIRST_ADULT
from tests.conftest import HandClock, MadeKeys
from tests.unit.web_helpers import Browser, app, seat, teacher
from web import desk_of

__all__ = ["app", "teacher"]

PASSWORD = "une phrase bien longue"
PAGE = "/aujourdhui"


def test_a_revoked_device_is_out_at_once(box: Box, app: Flask, teacher: Browser) -> None:
    held = devices.trust(box, "Tablette volée", "soleil")
    stolen = Browser(app)
    stolen.sit(desk_of(app).open_by_device(held, "soleil"))
    assert stolen.get(PAGE).status_code == 200
    teacher.post(f"/adultes/appareils/{held.device}/oublier")
    assert stolen.get(PAGE).status_code == 303
    assert teacher.get(PAGE).status_code == 200


def test_other_words_put_out_who_came_by_the_former(app: Flask, box: Box, teacher: Browser) -> None:
    paul, _words = adults.add(box, "Paul", Role.ASSISTANT)
    inside = seat(app, Role.ASSISTANT, paul)
    assert inside.get(PAGE).status_code == 200
    teacher.post(f"/adultes/{paul}/mots")
    assert inside.get(PAGE).status_code == 303


def test_changing_the_keys_leaves_one_browser_in(app: Flask, teacher: Browser) -> None:
    elsewhere = seat(app, Role.TEACHER, FIRST_ADULT)
    held = app.extensions["boite"].showing
    teacher.post("/cles")
    own = held._shown.draft.words[FIRST_ADULT].split()
    first, second = held._shown.asked
    teacher.post("/cles/verification", {"premier": own[first], "second": own[second]})
    assert elsewhere.get(PAGE).status_code == 303
    assert teacher.get(PAGE).status_code == 200


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.DIRECTION])
def test_a_last_day_ends_the_session_too(
    app: Flask, box: Box, teacher: Browser, clock: HandClock, role: Role
) -> None:
    adult, _words = adults.add(box, "Paul", role)
    inside = seat(app, role, adult)
    address = PAGE if role is Role.ASSISTANT else "/bureau"
    assert inside.get(address).status_code == 200
    rows.set_until(box.database, adult, box.today() - timedelta(days=1))
    assert inside.get(address).status_code == 303
    assert teacher.get(PAGE).status_code == 200


def test_a_removal_during_an_opening_is_seen(app: Flask, box: Box, teacher: Browser) -> None:
    paul, _words = adults.add(box, "Paul", Role.ASSISTANT)
    adults.remove(box, paul)
    late = Browser(app)
    late.sit(desk_of(app)._sit(Opened(paul, Role.ASSISTANT)))
    assert late.get(PAGE).status_code == 303


def test_another_password_ends_an_office_s_session(app: Flask, box: Box, teacher: Browser) -> None:
    adult, _words = adults.add(box, "Mme Petit", Role.DIRECTION)
    office = seat(app, Role.DIRECTION, adult)
    teacher.post(f"/adultes/{adult}/passe", {"passe": PASSWORD})
    assert office.get("/bureau").status_code == 303


def test_guessing_at_one_door_keeps_nobody_out_at_another(
    app: Flask, box: Box, teacher: Browser, made_keys: MadeKeys
) -> None:
    adult, _words = adults.add(box, "Mme Petit", Role.DIRECTION)
    adults.set_password(box, adult, PASSWORD)
    held = devices.trust(box, "Ordinateur", "soleil")
    teacher.post("/verrouiller")
    pupil = Browser(app)
    for _try in range(FREE_TRIES):
        pupil.post("/ouvrir", {"mots": "pas ceux là", "qui": "enseignant"})
        pupil.post("/ouvrir", {"passe": "hasard", "qui": "erun"})
    assert pupil.post("/ouvrir", {"mots": made_keys.secrets.passphrase}).status_code == 429
    assert Browser(app).post("/ouvrir", {"passe": PASSWORD, "qui": "direction"}).status_code == 303
    assert desk_of(app).open_by_device(held, "soleil")
    assert box.is_open


def test_right_words_give_no_tries_back_at_another_door(
    app: Flask, teacher: Browser, made_keys: MadeKeys
) -> None:
    inside = Browser(app)
    for _try in range(FREE_TRIES):
        assert inside.post("/ouvrir", {"passe": "hasard", "qui": "direction"}).status_code == 403
        assert Browser(app).post("/ouvrir", {"mots": made_keys.secrets.passphrase}).status_code == 303
    assert inside.post("/ouvrir", {"passe": "hasard", "qui": "direction"}).status_code == 429


def test_who_came_by_the_envelope_trusts_no_device_in_another_s_name(
    app: Flask, box: Box, teacher: Browser
) -> None:
    envelope = seat(app, Role.TEACHER, "")
    assert envelope.post("/cet-appareil", {"nom": "Téléphone", "court": "soleil"}).status_code == 409
    assert devices.every(box) == []
