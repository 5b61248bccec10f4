"""What hands out a way in asks again for one's own secret: an open page may be anybody's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from appliance.config import Config, StationConfig
from appliance.domain.audit import Event, Role
from appliance.domain.permissions import Nature
from appliance.hub.box import Box
from appliance.hub.keys import adults, devices
from appliance.hub.keys.throttle import FREE_TRIES, LONGEST_WAIT
from appliance.store import journal
from appliance.vault.keys import FIRST_ADULT
from tests.conftest import HandClock, MadeKeys
from tests.unit.web_helpers import Browser, app, said, seat, teacher, visitor
from web.device_cookie import COOKIE
from web.fresh import FreshGuard
from web.pages import satellites
from web.tls import ensure_certificate

__all__ = ["app", "teacher", "visitor"]

Form = tuple[str, dict[str, str]]
TEN_MINUTES = timedelta(minutes=10)
LONG = "quatre mots tout simples"
TABLET = {"nom": "tablette", "court": "soleil"}


def _of(role: Role, act: str, **data: str) -> Callable[[Box], Form]:
    return lambda box: (f"/adultes/{adults.add(box, 'Mme Roy', role)[0]}/{act}", data)


ACTS: dict[str, Callable[[Box], Form]] = {
    "device.trust": lambda _box: ("/cet-appareil", TABLET),
    "adults.add": lambda _box: ("/adultes", {"nom": "Mme Roy", "role": "assistant"}),
    "adults.new_words": _of(Role.SUBSTITUTE, "mots"),
    "adults.set_password": _of(Role.DIRECTION, "passe", passe=LONG),
    "adults.set_until": _of(Role.ASSISTANT, "jusqu", jusqu="2027-06-30"),
    "day_code.make": lambda _box: ("/adultes/code-du-jour", {}),
    "keys.begin": lambda _box: ("/cles", {}),
    "keys.own_words": lambda _box: ("/cles/mes-mots", {}),
    "again.show": lambda _box: ("/relire", {"vers": "/cles/mots"}),
    "satellites.code": lambda _box: ("/stations/relier/C/code", {}),
    "lost.renew": lambda _box: ("/mots-perdus/qui", {"adulte": FIRST_ADULT}),
}
"""Every act that hands out a way in, and a form that does it."""


@pytest.fixture
def config(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """With a station on another machine."""
    monkeypatch.setattr(satellites, "lan_addresses", lambda: ["192.168.4.1"])
    ensure_certificate(config.data, config.host, datetime(2026, 9, 1, tzinfo=UTC))
    far = StationConfig("C", Nature.VOICE, microphone="twin", badge_camera=0, satellite=True)
    return replace(config, stations=(*config.stations, far))


def ways_in(box: Box) -> list[object]:
    """All that opens something, on the disk."""
    files = {path: path.read_bytes() for path in (box.config.data / "keys").rglob("*") if path.is_file()}
    tables = ("adults", "trusted_devices", "satellites", "settings")
    return [files, *(list(box.database.db.execute(f"SELECT * FROM {table}")) for table in tables)]


def wrong_tries(box: Box) -> int:
    events = [line.event for line, _digest in journal.every(box.database)]
    return events.count(Event.WRONG_PASSPHRASE)


def test_every_act_that_hands_out_a_way_in_is_in_this_table(app: Flask) -> None:
    guarded = {
        f"{family}.{act}"
        for family, guards in app.before_request_funcs.items()
        for guard in guards
        if isinstance(guard, FreshGuard)
        for act in guard.pages
    }
    assert guarded == set(ACTS)
    assert guarded <= app.view_functions.keys()


@pytest.mark.parametrize("act", ACTS)
def test_an_open_page_hands_nothing_out_without_the_words(
    box: Box, teacher: Browser, clock: HandClock, made_keys: MadeKeys, act: str
) -> None:
    path, data = ACTS[act](box)
    before = ways_in(box)
    clock.pass_(TEN_MINUTES)
    answer = teacher.post(path, data)
    assert answer.status_code == 403
    assert "Vos sept mots : la boîte vérifie que c’est bien vous. Rien n’a été changé." in said(answer)
    assert answer.text.count('aria-invalid="true"') == 1
    wrong = teacher.post(path, {**data, "preuve": "sept mots pris au hasard dans livre"})
    assert (wrong.status_code, wrong_tries(box)) == (403, 1)
    assert "Ce ne sont pas vos sept mots. Rien n’a été changé." in said(wrong)
    assert "pris au hasard" not in wrong.text
    assert ways_in(box) == before
    right = teacher.post(path, {**data, "preuve": made_keys.secrets.passphrase})
    assert right.status_code in (200, 303)
    assert right.location == "/cles/mots" or ways_in(box) != before


@pytest.mark.parametrize("act", ACTS)
def test_right_after_the_words_nothing_is_asked_twice(
    box: Box, teacher: Browser, clock: HandClock, act: str
) -> None:
    path, data = ACTS[act](box)
    clock.pass_(TEN_MINUTES - timedelta(seconds=1))
    assert "preuve" not in teacher.get("/cet-appareil").text
    assert teacher.post(path, data).status_code in (200, 303)


def test_words_given_again_count_for_ten_minutes_too(
    teacher: Browser, clock: HandClock, made_keys: MadeKeys
) -> None:
    clock.pass_(TEN_MINUTES)
    teacher.post("/adultes/code-du-jour", {"preuve": made_keys.secrets.passphrase})
    assert "preuve" not in teacher.get("/cles").text
    clock.pass_(TEN_MINUTES)
    assert "preuve" in teacher.get("/cles").text


def test_a_clock_that_goes_back_asks_again(teacher: Browser, clock: HandClock) -> None:
    clock.pass_(-timedelta(minutes=1))
    assert teacher.post("/cet-appareil", TABLET).status_code == 403


def test_wrong_words_slow_the_opening_page_down_too(
    app: Flask, teacher: Browser, clock: HandClock, made_keys: MadeKeys
) -> None:
    clock.pass_(TEN_MINUTES)
    for _try in range(FREE_TRIES):
        assert teacher.post("/cet-appareil", {**TABLET, "preuve": "faux"}).status_code == 403
    words = made_keys.secrets.passphrase
    late = teacher.post("/cet-appareil", {**TABLET, "preuve": words})
    assert (late.status_code, "Trop d’essais" in said(late)) == (429, True)
    assert Browser(app).post("/ouvrir", {"mots": words}).status_code == 429
    clock.pass_(timedelta(seconds=3))
    assert teacher.post("/cet-appareil", {**TABLET, "preuve": words}).status_code == 303


class TestOnADeviceOfOnesOwn:
    @pytest.fixture
    def owner(self, box: Box, teacher: Browser) -> Browser:
        """The teacher, who came in this morning by the short password."""
        assert teacher.post("/cet-appareil", TABLET).status_code == 303
        teacher.post("/verrouiller")
        assert teacher.post("/ouvrir", {"qui": "appareil", "court": "soleil"}).status_code == 303
        return teacher

    def test_its_short_password_is_asked_again_each_time(self, box: Box, owner: Browser) -> None:
        before = ways_in(box)
        assert "Votre mot de passe court actuel, ou vos sept mots" in said(owner.get("/cet-appareil"))
        anew = {"nom": "tablette", "court": "comete"}
        assert owner.post("/cet-appareil", anew).status_code == 403
        assert ways_in(box) == before
        wrong = owner.post("/cet-appareil", {**anew, "preuve": "comete"})
        assert "Ce n’est ni votre mot de passe court ni vos sept mots." in said(wrong)
        cookie = owner.jar(COOKIE)
        assert owner.post("/cet-appareil", {**anew, "preuve": "soleil"}).status_code == 303
        assert owner.jar(COOKIE) != cookie
        assert owner.post("/adultes/code-du-jour").status_code == 403
        owner.post("/verrouiller")
        assert owner.post("/ouvrir", {"qui": "appareil", "court": "comete"}).status_code == 303

    def test_the_seven_words_do_as_well(self, owner: Browser, made_keys: MadeKeys) -> None:
        proof = {"preuve": made_keys.secrets.passphrase}
        assert owner.post("/adultes/code-du-jour", proof).status_code == 200

    def test_ten_wrong_ones_forget_the_device(self, box: Box, owner: Browser, clock: HandClock) -> None:
        for _try in range(devices.MOST_TRIES):
            last = owner.post("/cles", {"preuve": "devine"})
            clock.pass_(LONGEST_WAIT)
        assert "La boîte ne connaît plus cet appareil : tapez vos sept mots." in said(last)
        assert devices.every(box) == []
        assert "Vos sept mots" in said(owner.get("/cles"))


def test_one_adult_trusts_no_device_for_another(
    box: Box, teacher: Browser, clock: HandClock, made_keys: MadeKeys
) -> None:
    other, theirs = adults.add(box, "Aïcha", Role.ASSISTANT)
    teacher.post("/quitter")
    assert teacher.post("/ouvrir", {"qui": "classe", "mots": theirs}).status_code == 303
    assert teacher.post("/cet-appareil", TABLET).status_code == 303
    teacher.post("/quitter")
    teacher.post("/ouvrir", {"qui": "enseignant", "mots": made_keys.secrets.passphrase})
    clock.pass_(TEN_MINUTES)
    page = said(teacher.get("/cet-appareil"))
    assert "La boîte connaît déjà cet appareil" not in page
    assert "Un autre adulte ouvre la classe sur cet appareil" in page
    for secret in ("soleil", theirs):
        assert teacher.post("/cet-appareil", {**TABLET, "preuve": secret}).status_code == 403
    assert [device.adult for device in devices.every(box)] == [other]
    # The form says nothing of whose it becomes: only of who is here.
    asked = {**TABLET, "adulte": other, "preuve": made_keys.secrets.passphrase}
    assert teacher.post("/cet-appareil", asked).status_code == 303
    assert [device.adult for device in devices.every(box)] == [FIRST_ADULT]


def test_an_office_is_asked_for_its_own_password(app: Flask, box: Box, clock: HandClock) -> None:
    direction = seat(app, Role.DIRECTION, "dir")
    adults.set_password(box, "dir", LONG)
    another, _none = adults.add(box, "M. Petit", Role.DIRECTION)
    adults.set_password(box, another, "autre longue phrase")
    erun, _none = adults.add(box, "ERUN", Role.ERUN)
    clock.pass_(TEN_MINUTES)
    path, data = f"/adultes/{erun}/passe", {"passe": "mot de passe neuf"}
    before = ways_in(box)
    assert "Votre mot de passe : la boîte vérifie" in said(direction.post(path, data))
    for secret in ("faux faux faux", "autre longue phrase"):
        wrong = direction.post(path, {**data, "preuve": secret})
        assert (wrong.status_code, "Ce n’est pas votre mot de passe." in said(wrong)) == (403, True)
    assert ways_in(box) == before
    assert direction.post(path, {**data, "preuve": LONG}).status_code == 303


def test_the_envelope_is_asked_for_again(visitor: Browser, clock: HandClock, made_keys: MadeKeys) -> None:
    envelope = made_keys.secrets.recovery_identity
    assert visitor.post("/mots-perdus", {"secours": envelope}).location == "/mots-perdus/qui"
    clock.pass_(TEN_MINUTES)
    chosen = {"adulte": FIRST_ADULT}
    wrong = visitor.post("/mots-perdus/qui", {**chosen, "preuve": made_keys.secrets.passphrase})
    assert (wrong.status_code, "Ce n’est pas le texte de la fiche." in said(wrong)) == (403, True)
    assert visitor.post("/mots-perdus/qui", {**chosen, "preuve": envelope}).location == "/cles/mots"


@pytest.mark.parametrize("act", ["adults.add", "keys.begin"])
def test_secrets_left_on_a_page_are_shown_again_to_their_reader_alone(
    box: Box, teacher: Browser, clock: HandClock, made_keys: MadeKeys, act: str
) -> None:
    path, data = ACTS[act](box)
    made = teacher.post(path, data).location
    for shown in (made, "/cles/enveloppe") if act == "keys.begin" else (made,):
        clock.pass_(TEN_MINUTES)
        assert teacher.get(shown).location == f"/relire?vers={shown}"
        asked = teacher.get(f"/relire?vers={shown}")
        assert f'value="{shown}"' in asked.text
        refused = teacher.post("/relire", {"vers": shown, "preuve": "faux"})
        assert (refused.status_code, f'value="{shown}"' in refused.text) == (403, True)
        assert teacher.get(shown).status_code == 303
        given = teacher.post("/relire", {"vers": shown, "preuve": made_keys.secrets.passphrase})
        assert given.location == shown
        assert teacher.get(shown).status_code == 200


def test_whoever_came_in_by_a_device_reads_what_they_made(teacher: Browser) -> None:
    teacher.post("/cet-appareil", TABLET)
    teacher.post("/verrouiller")
    teacher.post("/ouvrir", {"qui": "appareil", "court": "soleil"})
    made = teacher.post("/adultes", {"nom": "Mme Roy", "role": "assistant", "preuve": "soleil"})
    assert made.location == "/adultes/feuilles"
    assert teacher.get("/adultes/feuilles").status_code == 200


def test_a_refused_form_keeps_what_was_typed(box: Box, teacher: Browser, clock: HandClock) -> None:
    adult, _words = adults.add(box, "Mme Roy", Role.TEACHER)
    clock.pass_(TEN_MINUTES)
    until = teacher.post(f"/adultes/{adult}/jusqu", {"jusqu": "2027-06-30"})
    assert 'value="2027-06-30"' in until.text
    chosen = teacher.post("/mots-perdus/qui", {"adulte": adult})
    assert f'value="{adult}" required checked' in chosen.text


def test_only_the_station_that_was_asked_for_is_refused(
    app: Flask, box: Box, teacher: Browser, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = replace(box.config.station("C"), id="D")
    monkeypatch.setattr(box, "config", replace(box.config, stations=(*box.config.stations, another)))
    clock.pass_(TEN_MINUTES)
    refused = teacher.post("/stations/relier/D/code")
    assert (refused.text.count("aria-invalid"), refused.text.count('name="preuve"')) == (1, 2)
    assert refused.text.index('id="preuve-satellites-codeC"') < refused.text.index("aria-invalid")
