"""The first start, from an empty box to a class that waits for its first pupil."""

import re
from dataclasses import replace

import pytest

from appliance.config import Config
from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS
from tests.conftest import HandClock
from tests.unit.web_helpers import Browser, app, said, teacher
from web import create_app

__all__ = ["app", "teacher"]


def words_of(browser: Browser) -> list[str]:
    return re.findall(r"<li>([a-z]+)</li>", browser.get("/installation/mots").text)


def asked(browser: Browser) -> list[int]:
    return [
        int(number) for number in re.findall(r"Mot n° (\d)", said(browser.get("/installation/verification")))
    ]


def confirm(browser: Browser, words: list[str]) -> int:
    first, second = asked(browser)
    typed = {"premier": words[first - 1], "second": words[second - 1]}
    return browser.post("/installation/verification", typed).status_code


def test_from_zero_to_today_in_eight_screens(new_box: Box) -> None:
    browser = Browser(create_app(new_box))
    screens = ["/installation"]
    assert browser.get("/").location == "/installation"
    assert browser.post("/installation").location == "/installation/mots"
    words = words_of(browser)
    assert len(words) == 7
    sheet = browser.get("/installation/secours").text
    identity = re.sub(
        r"<[^>]+>", "", sheet[sheet.index('class="secret"') :].split(">", 1)[1].split("</p>")[0]
    )
    assert re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", identity)
    screens += ["/installation/mots", "/installation/secours", "/installation/verification"]
    assert not new_box.is_set_up
    assert confirm(browser, words) == 303
    assert new_box.is_open
    for data in (
        {"nom": "CP de Claire"},
        {"titre-A": "Je lis", "signe-A": "ear", "titre-B": "Mes perles", "signe-B": "abacus"},
        {"prenom": "Léa", "niveau": "CP"},
    ):
        screens.append(browser.get("/").location)
        assert browser.post(screens[-1], data).status_code == 303
    screens.append("/installation/fin")
    assert "1 élève vous attend" in said(browser.get("/installation/fin"))
    assert browser.get("/").location == "/aujourdhui"
    assert len(set(screens)) == len(screens) <= 8
    assert people.class_name(new_box) == "CP de Claire"
    assert stations.title(new_box, "A") == "Je lis"
    (lea,) = people.every(new_box)
    assert lea.permissions == ()


def test_the_words_are_for_the_browser_that_asked_and_for_paper(new_box: Box, config: Config) -> None:
    application = create_app(new_box)
    browser, other = Browser(application), Browser(application)
    browser.post("/installation")
    words = words_of(browser)
    for page in ("mots", "secours", "verification"):
        assert other.get(f"/installation/{page}").location == "/installation"
    assert words_of(browser) == words
    confirm(browser, words)
    assert browser.get("/installation/mots").location == "/"
    known = " ".join(words).encode()
    for folder in (config.data, config.run):
        for path in folder.rglob("*"):
            assert not path.is_file() or known not in path.read_bytes()
    assert all(word not in (browser.cookie() or "") for word in words)


def test_wrong_words_do_not_make_the_key_count(new_box: Box) -> None:
    browser = Browser(create_app(new_box))
    browser.post("/installation")
    answer = browser.post("/installation/verification", {"premier": "lune", "second": "soleil"})
    assert (answer.status_code, "Relisez votre papier" in said(answer)) == (400, True)
    assert not new_box.is_set_up


def test_a_power_cut_before_the_words_are_confirmed_starts_afresh(
    new_box: Box, config: Config, clock: HandClock
) -> None:
    before = Browser(create_app(new_box))
    before.post("/installation")
    words = words_of(before)
    new_box.close()
    again = Box(config, clock)
    browser = Browser(create_app(again))
    assert browser.get("/").location == "/installation"
    browser.post("/installation")
    fresh = words_of(browser)
    assert fresh != words
    assert confirm(browser, fresh) == 303
    again.close()


def test_a_second_class_key_is_refused(teacher: Browser, box: Box) -> None:
    assert teacher.get("/installation").location == "/"
    assert teacher.post("/installation").location == "/"
    assert teacher.post("/installation/verification").location == "/"


def test_a_power_cut_later_goes_on_where_it_was(new_box: Box, config: Config, clock: HandClock) -> None:
    browser = Browser(create_app(new_box))
    browser.post("/installation")
    words = words_of(browser)
    confirm(browser, words)
    browser.post("/installation/classe", {"nom": "CP de Claire"})
    new_box.close()
    again = Box(config, clock)
    browser = Browser(create_app(again))
    assert browser.get("/").location == "/ouvrir"
    assert browser.post("/ouvrir", {"mots": " ".join(words)}).location == "/installation/stations"
    again.close()


def test_without_stations_nothing_is_asked_of_them(new_box: Box, config: Config, clock: HandClock) -> None:
    alone = Box(replace(config, data=config.data / "alone", run=config.run / "alone", stations=()), clock)
    browser = Browser(create_app(alone))
    browser.post("/installation")
    confirm(browser, words_of(browser))
    browser.post("/installation/classe", {"nom": "CP"})
    assert browser.get("/").location == "/installation/eleves"
    alone.close()


@pytest.mark.parametrize(
    ("name", "said_of_it"), [("", "Écrivez un nom"), ("CP/CE1", "sans barre"), ("x" * 61, "trop long")]
)
def test_a_class_name_that_cannot_be_a_folder(teacher: Browser, box: Box, name: str, said_of_it: str) -> None:
    answer = teacher.post("/installation/classe", {"nom": name})
    assert (answer.status_code, said_of_it in said(answer)) == (400, True)
    assert people.class_name(box) == "CP de Mme Martin"


def test_a_list_is_pasted_whole_or_not_at_all(teacher: Browser, box: Box) -> None:
    answer = teacher.post("/installation/eleves/liste", {"liste": "Léa B.\nNoé/\nZoé", "niveau": "CP"})
    assert answer.status_code == 400
    assert "Noé/" in said(answer)
    assert people.every(box) == []
    assert teacher.post(
        "/installation/eleves/liste", {"liste": "Léa B.\n\nLéa T\nJean Noël\n", "niveau": "CP"}
    )
    assert [(p.shown, p.level) for p in people.every(box)] == [
        ("Jean Noël", "CP"),
        ("Léa B.", "CP"),
        ("Léa T.", "CP"),
    ]


def test_each_pupil_gets_another_drawing(teacher: Browser, box: Box) -> None:
    names = "\n".join(f"Élève{letter}{other}" for letter in "ABCDEFG" for other in "ABCDEFG")
    teacher.post("/installation/eleves/liste", {"liste": names})
    drawings = [pupil.pictogram for pupil in people.every(box)]
    assert len(drawings) == 49
    assert set(drawings) == set(PUPIL_PICTOGRAMS)


def test_the_next_row_begins_like_the_last(teacher: Browser) -> None:
    answer = teacher.post("/installation/eleves", {"prenom": "Léa", "niveau": "CE1"})
    assert answer.location == "/installation/eleves?niveau=CE1"
    page = teacher.get(answer.location).text
    assert "<option selected>CE1</option>" in page
    assert "Écrivez le prénom" not in page
