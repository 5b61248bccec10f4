"""*Ce qui partira et quand*, the calendar, the durations, the carnet: what the pages say and refuse."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from appliance.domain.audit import Role
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.retention import lasting, school_years
from appliance.hub.rights import quarantine
from appliance.jobs import retention
from appliance.store import captures
from appliance.store import lasting as stored
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.retention_helpers import fill, on
from tests.unit.web_helpers import Browser, app, said, seat, teacher, visitor

__all__ = ["app", "teacher", "visitor"]

PAGE = "/effacements"
CALENDAR = "/effacements/calendrier"
Desk = Callable[[], Browser]


@pytest.fixture
def at_the_desk(app: Flask, made_keys: MadeKeys) -> Desk:
    """The teacher, who opens the class now: a class left open for days has locked itself."""

    def opened() -> Browser:
        browser = Browser(app)
        assert browser.post("/ouvrir", {"mots": made_keys.secrets.passphrase}).status_code == 303
        return browser

    return opened


def test_an_empty_box_says_what_will_come(box: Box, teacher: Browser) -> None:
    page = said(teacher.get(PAGE))
    assert "Aucune trace pour l’instant" in page
    assert "Le premier passage se fera cette nuit." in page
    assert "Rien : aucune trace n’est mise de côté" in page


def test_the_class_list_has_its_last_day_told(
    box: Box, lina: str, teacher: Browser, clock: HandClock
) -> None:
    people.add(box, "Tom", pictogram="fish")
    page = said(teacher.get(PAGE))
    assert "Dernier jour de la liste de classe" in page
    assert "31 août 2027 : 2 élèves" in page.replace("\u00a0", " ")


def test_a_damaged_calendar_is_told_and_the_official_one_followed(box: Box, teacher: Browser) -> None:
    assert "ne se lit plus" not in said(teacher.get("/tout-va-bien"))
    (box.config.data / school_years.CALENDAR_FILE).write_bytes(b"{")
    page = said(teacher.get("/tout-va-bien"))
    assert "Le calendrier de l’école ne se lit plus." in page
    assert f'href="{PAGE}"' in teacher.get("/tout-va-bien").get_data(as_text=True)
    assert teacher.get(CALENDAR).status_code == 200


def test_what_goes_is_told_by_week_and_month_with_its_reason(
    box: Box, lina: str, teacher: Browser, clock: HandClock
) -> None:
    send(box, lina, kept=False)
    send(box, lina, pupils=())
    send(box, lina, empty=True)
    send(box, lina)
    send(box, lina)
    quarantine.put_aside(box, send(box, lina), Quarantine.LIMITATION)
    quarantine.put_aside(box, send(box, lina), Quarantine.PROTECTED)
    page = said(teacher.get(PAGE))
    for words in (
        "cette semaine",
        "1 vide (voix)",
        "semaine du 18 janvier",
        "1 à attribuer (voix)",
        "semaine du 8 février",
        "1 essai pas gardé (voix)",
        "31 août 2027",
        "2 gardées (voix), fin de l’année scolaire",
        "Mises de côté à la demande d’une famille",
        "À protéger, pour ce qu’un enfant a confié",
        "mardi 31 août 2027",
        "vendredi 2 juillet 2027",
        "du mardi 15 juin au vendredi 2 juillet",
    ):
        assert words in page, words
    assert "Lina" not in page


def test_it_says_when_something_last_went(box: Box, lina: str, at_the_desk: Desk, clock: HandClock) -> None:
    send(box, lina, empty=True)
    clock.now = on("2027-01-13")
    retention.run(box.config, clock)
    teacher = at_the_desk()
    page = said(teacher.get(PAGE))
    assert "Dernier effacement : mercredi 13 janvier, 1 h 00. 1 trace effacée." in page
    assert "Aucune trace n’a dépassé son dernier jour." in page
    assert "Aucune trace n’a dépassé son dernier jour." in said(teacher.get("/tout-va-bien"))


def test_too_much_at_once_is_shown_first_then_confirmed(
    box: Box, lina: str, teacher: Browser, clock: HandClock
) -> None:
    fill(box, [lina], [(date(2027, 1, 11), 142), (date(2027, 8, 31), 8)])
    health = said(teacher.get("/tout-va-bien"))
    assert "142 traces sur 150 partiraient d’un coup." in health
    assert f'href="{PAGE}"' in health.partition("La boîte attend votre accord.")[2].partition("</li>")[0]
    page = said(teacher.get(PAGE))
    assert "142 traces partiraient d’un coup" in page
    assert "nous sommes bien le mardi 12 janvier 2027" in page
    assert "Leur dernier jour : 11 janvier 2027." in page
    assert teacher.post(f"{PAGE}/confirmer").status_code == 303
    assert "142 traces sont effacées." in said(teacher.get(PAGE))
    assert stored.total(box.database) == 8


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2027-07-01", None),
        ("2027-07-02", "Dans 60 jours, l’année scolaire se termine : 1 trace sera effacée"),
        ("2027-08-01", "Dans 30 jours, l’année scolaire se termine"),
        ("2027-08-24", "Dans 7 jours, l’année scolaire se termine"),
        ("2027-08-31", "Ce soir, l’année scolaire se termine"),
        ("2027-09-01", None),
    ],
)
def test_the_end_of_the_year_is_announced(
    box: Box, lina: str, at_the_desk: Desk, clock: HandClock, day: str, words: str | None
) -> None:
    send(box, lina)
    clock.now = on(day, 9)
    page = said(at_the_desk().get("/tout-va-bien"))
    if words is None:
        assert "l’année scolaire se termine" not in page
    else:
        assert words in page
        assert "Exportez pour les familles" in page


@pytest.mark.parametrize(
    ("now", "trusted", "words", "asks"),
    [
        ("2035-01-12", True, "vendredi 12 janvier 2035", True),
        ("2026-10-12", True, "lundi 12 octobre 2026", True),
        ("1970-01-02", True, "n’est pas réglée", False),
    ],
)
def test_a_clock_in_doubt_is_asked_about_with_its_year(
    box: Box, lina: str, at_the_desk: Desk, clock: HandClock, now: str, trusted: bool, words: str, asks: bool
) -> None:
    fill(box, [lina], [(date(2027, 8, 31), 3)])
    retention.run(box.config, clock)
    clock.now, clock.trusted = on(now, 9), trusted
    page = said(at_the_desk().get("/tout-va-bien"))
    assert words in page
    assert ("Cette date est la bonne" in page) is asks
    if now.startswith("2035"):
        assert "3 traces ont dépassé leur dernier jour et seront effacées" in page
    assert retention.run(box.config, clock).erased == 0


def test_the_zone_shows_its_holidays(box: Box, teacher: Browser) -> None:
    assert "Choisissez la zone" in said(teacher.get(CALENDAR))
    assert teacher.post(f"{CALENDAR}/zone", {"zone": "B"}).status_code == 303
    page = said(teacher.get(CALENDAR))
    assert "du samedi 20 février au matin du lundi 8 mars" in page
    assert "Rennes" in page
    refused = teacher.post(f"{CALENDAR}/zone", {"zone": "Z"})
    assert refused.status_code == 400
    assert "Choisissez une des zones" in said(refused)


def sent(content: bytes) -> dict[str, object]:
    return {"calendrier": (io.BytesIO(content), "calendrier.json")}


def test_the_school_s_own_dates_replace_the_official_ones_and_back(
    box: Box, lina: str, teacher: Browser
) -> None:
    capture = send(box, lina)
    model = teacher.get(f"{CALENDAR}/modele")
    assert "attachment" in model.headers["Content-Disposition"]
    changed = model.data.replace(b'"fin_legale": "2027-08-31"', b'"fin_legale": "2027-08-15"')
    assert teacher.post(f"{CALENDAR}/fichier", sent(changed)).status_code == 303
    assert "dimanche 15 août 2027" in said(teacher.get(CALENDAR))
    assert captures.find(box.database, capture.id).last_day == date(2027, 8, 15)  # type: ignore[union-attr]
    assert teacher.post(f"{CALENDAR}/officiel").status_code == 303
    assert not school_years.has_own_calendar(box.config.data)
    assert captures.find(box.database, capture.id).last_day == date(2027, 8, 31)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"pas du JSON", "n’est pas du JSON (ligne 1)"),
        (b'{"annees": {}}', "« annees » manque ou n’a pas la bonne forme"),
        (b'{"annees": {"2026-2027": {"rentree": "lundi"}}}', "« 2026-2027 > rentree » n’est pas une date"),
        (b"[" * 60_001, "trop gros"),
        (b"[" * 50_000, "n’est pas du JSON"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_reason(
    box: Box, teacher: Browser, content: bytes, words: str
) -> None:
    answer = teacher.post(f"{CALENDAR}/fichier", sent(content))
    assert answer.status_code == 400
    assert words in said(answer)
    assert not school_years.has_own_calendar(box.config.data)


def test_no_file_is_said_at_the_field(box: Box, teacher: Browser) -> None:
    answer = teacher.post(f"{CALENDAR}/fichier", {})
    assert (answer.status_code, "Choisissez d’abord un fichier" in said(answer)) == (400, True)


def test_durations_are_the_direction_s_to_choose(box: Box, teacher: Browser) -> None:
    assert "C’est la direction qui les change" in said(teacher.get(CALENDAR))
    assert teacher.post(f"{PAGE}/durees", {"essais": "45"}).status_code == 403
    assert lasting.rules(box).unsorted_days == 30


def test_the_direction_chooses_within_the_limits_without_the_key(box: Box, app: Flask, lina: str) -> None:
    essay = send(box, lina, kept=False)
    direction = seat(app, Role.DIRECTION)
    for wrong in ("61", "29", "", "x"):
        refused = direction.post(f"{PAGE}/durees", {"essais": wrong})
        assert (refused.status_code, "entre 30 et 60" in said(refused)) == (400, True)
    assert direction.post(f"{PAGE}/durees", {"essais": "60", "travaux": "on"}).status_code == 303
    rules = lasting.rules(box)
    assert (rules.unsorted_days, rules.short, rules.works_next_year) == (60, False, True)
    assert captures.find(box.database, essay.id).last_day == date(2027, 3, 13)  # type: ignore[union-attr]
    assert "un an après la fin de l’année scolaire" in said(direction.get(PAGE))


def small_one(box: Box) -> str:
    pupil = people.add(box, "Ana", level="PS", pictogram="fish")
    people.answer(box, pupil, Nature.VOICE, [Scope.CLASS])
    return pupil


def test_the_carnet_is_offered_in_cycle_1_alone_with_a_reason(box: Box, lina: str, teacher: Browser) -> None:
    elder, capture = send(box, lina), send(box, small_one(box))
    assert "Carnet de suivi…" not in said(teacher.get(f"/trace/{elder.id}"))
    assert "Carnet de suivi…" in said(teacher.get(f"/trace/{capture.id}"))
    url = f"/trace/{capture.id}/carnet"
    assert "31 août 2029" in said(teacher.get(url))
    refused = teacher.post(url, {"raison": " "})
    assert (refused.status_code, "Écrivez en quelques mots" in said(refused)) == (400, True)
    assert teacher.post(url, {"raison": "première phrase"}).status_code == 303
    assert "carnet de suivi" in said(teacher.get(f"/trace/{capture.id}"))
    assert "première phrase" in said(teacher.get(url))
    assert "1 dans le carnet de suivi (voix), fin de la GS" in said(teacher.get(PAGE))
    assert teacher.post(f"{url}/retirer").status_code == 303
    assert captures.find(box.database, capture.id).last_day == date(2027, 8, 31)  # type: ignore[union-attr]


def test_nobody_sees_it_before_the_class_is_open(box: Box, visitor: Browser) -> None:
    for page in (PAGE, CALENDAR):
        assert visitor.get(page).status_code in (302, 303, 401)
