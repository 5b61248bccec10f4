"""Opening, locking, and what ends a session."""

from datetime import timedelta

import pytest
from flask import Flask

from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.keys.throttle import Throttle
from appliance.vault.keys import KeyFolder
from appliance.vault.opening import Opener
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher, visitor
from web import create_app, desk_of

__all__ = ["app", "teacher", "visitor"]

TEACHER_PAGES = (
    "/aujourdhui",
    "/jour/2027-01-12",
    "/jour/2027-01-12/liberer",
    "/trace/x",
    "/trace/x/contenu",
    "/trace/x/vignette",
    "/eleves",
    "/eleves/x",
    "/badges",
    "/badges/planche.pdf",
    "/stations",
    "/tout-va-bien",
    "/installation/classe",
    "/installation/eleves",
    "/style",
)


@pytest.mark.parametrize("path", TEACHER_PAGES)
def test_a_visitor_is_sent_to_the_words_even_while_the_class_is_open(
    app: Flask, teacher: Browser, path: str
) -> None:
    answer = Browser(app).get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/ouvrir?vers=")


def test_the_real_seven_words_open_the_class(box: Box, visitor: Browser, made_keys: MadeKeys) -> None:
    answer = visitor.post("/ouvrir", {"mots": made_keys.secrets.passphrase.upper(), "vers": "/tout-va-bien"})
    assert (answer.status_code, answer.location) == (303, "/tout-va-bien")
    assert box.is_open
    assert visitor.get("/tout-va-bien").status_code == 200


def test_the_session_cookie_stays_in_this_browser_and_on_https(visitor: Browser) -> None:
    cookie = visitor.get("/ouvrir").headers["Set-Cookie"]
    assert cookie.startswith("__Host-boite=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Domain" not in cookie


@pytest.mark.parametrize("target", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example"])
def test_opening_never_leads_to_another_site(visitor: Browser, made_keys: MadeKeys, target: str) -> None:
    answer = visitor.post("/ouvrir", {"mots": made_keys.secrets.passphrase, "vers": target})
    assert answer.location == "/"


def test_wrong_words_are_told_then_slowed_down(
    box: Box, visitor: Browser, made_keys: MadeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        answer = visitor.post("/ouvrir", {"mots": "un deux trois"})
        assert answer.status_code == 403
        assert "Ce ne sont pas les sept mots" in answer.text

    def never(_folder: KeyFolder, _typed: str) -> Opener:
        raise AssertionError("tried too early")

    monkeypatch.setattr(KeyFolder, "unlock", never)
    answer = visitor.post("/ouvrir", {"mots": made_keys.secrets.passphrase})
    assert answer.status_code == 429
    assert "Attendez 2 secondes" in said(answer)
    assert not box.is_open


def test_locking_ends_every_session(box: Box, app: Flask, teacher: Browser, made_keys: MadeKeys) -> None:
    tablet = Browser(app)
    tablet.post("/ouvrir", {"mots": made_keys.secrets.passphrase})
    assert tablet.get("/aujourdhui").status_code == 200
    assert tablet.post("/verrouiller").location == "/ouvrir"
    assert not box.is_open
    assert teacher.get("/aujourdhui").status_code == 303


def test_a_session_of_an_earlier_opening_is_worth_nothing(
    box: Box, teacher: Browser, made_keys: MadeKeys
) -> None:
    box.set_opener(None)
    box.set_opener(Opener(_identity(made_keys)))
    assert teacher.get("/aujourdhui").status_code == 303


def test_a_lock_during_an_unlock_leaves_the_words_to_be_typed_again(
    box: Box, visitor: Browser, made_keys: MadeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock = access.unlock

    def unlocked_then_locked(box: Box, passphrase: str, throttle: Throttle) -> access.Opened:
        opened = unlock(box, passphrase, throttle)
        access.lock(box)
        return opened

    monkeypatch.setattr(access, "unlock", unlocked_then_locked)
    visitor.post("/ouvrir", {"mots": made_keys.secrets.passphrase})
    assert visitor.get("/aujourdhui").location.startswith("/ouvrir")
    assert visitor.get("/ouvrir").status_code == 200


def test_newer_data_is_shown_and_never_written(
    box: Box, lina: str, made_keys: MadeKeys, clock: HandClock
) -> None:
    capture = send(box, lina)
    box.database.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('boite', 'm999_later', '')"
    )
    older = Box(box.config, clock)
    browser = Browser(create_app(older))
    assert browser.post("/ouvrir", {"mots": made_keys.secrets.passphrase}).location == "/aujourdhui"
    assert "Lina" in browser.get("/aujourdhui").text
    assert browser.get(f"/trace/{capture.id}/contenu").data == b"une voix"
    answer = browser.post(f"/trace/{capture.id}/effacer")
    assert (answer.status_code, "programme plus récent" in said(answer)) == (503, True)
    assert browser.post("/verrouiller").location == "/ouvrir"
    assert not older.is_open
    older.close()


def test_a_visitor_cannot_lock(box: Box, app: Flask, teacher: Browser) -> None:
    Browser(app).post("/verrouiller")
    assert box.is_open


def test_an_idle_class_locks_by_itself(box: Box, app: Flask, teacher: Browser, clock: HandClock) -> None:
    clock.pass_(timedelta(minutes=44))
    assert not desk_of(app).lock_if_idle()
    clock.pass_(timedelta(minutes=1))
    assert desk_of(app).lock_if_idle()
    assert not box.is_open


def test_only_the_teacher_s_own_actions_keep_the_class_open(
    box: Box, teacher: Browser, clock: HandClock
) -> None:
    clock.pass_(timedelta(minutes=40))
    teacher.get("/eleves")
    clock.pass_(timedelta(minutes=40))
    assert teacher.get("/jour/2027-01-12/liste", live=True).status_code == 200
    clock.pass_(timedelta(minutes=5))
    answer = teacher.get("/jour/2027-01-12/liste", live=True)
    assert (answer.status_code, box.is_open) == (401, False)


def test_a_clock_set_back_does_not_keep_the_class_open_for_ever(
    box: Box, app: Flask, teacher: Browser, clock: HandClock
) -> None:
    clock.pass_(timedelta(days=-30))
    assert not desk_of(app).lock_if_idle()
    clock.pass_(timedelta(minutes=45))
    assert desk_of(app).lock_if_idle()


def test_a_local_check_learns_only_whether_it_is_locked(visitor: Browser) -> None:
    assert visitor.get("/sante").json == {"locked": True}


def _identity(made_keys: MadeKeys) -> str:
    return made_keys.opener.class_identities()[0]
