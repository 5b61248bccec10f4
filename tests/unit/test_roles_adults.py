"""*Adultes et appareils*: who comes in, their words on paper once, and who goes; changing the keys."""

import re
from datetime import date
from io import BytesIO

import pytest
from flask import Flask

from appliance.domain.audit import Role
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, rotation
from appliance.hub.keys.rotation import State
from appliance.vault.keys import FIRST_ADULT, WrongPassphrase
from tests.conftest import MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.voice_helpers import voice_wav
from tests.unit.web_helpers import Browser, app, said, seat, teacher

__all__ = ["app", "teacher"]


def add(browser: Browser, role: Role, name: str = "Mme Blanc", **more: str) -> str:
    answer = browser.post("/adultes", {"nom": name, "role": role.value, **more})
    assert answer.status_code == 303, said(answer)
    return answer.location or ""


def words_on(browser: Browser) -> list[str]:
    return re.findall(r"<li>([a-z]+)</li>", browser.get("/adultes/feuilles").text)


def of_role(box: Box, role: Role) -> adults.Adult:
    (found,) = [adult for adult in adults.every(box) if adult.role is role]
    return found


def test_an_assistant_s_words_are_shown_until_they_are_on_paper(
    box: Box, app: Flask, teacher: Browser
) -> None:
    assert add(teacher, Role.ASSISTANT, jusqu="2027-06-30") == "/adultes/feuilles"
    words = words_on(teacher)
    assert len(words) == 7
    assert "Mme Blanc" in said(teacher.get("/adultes/feuilles"))
    assert seat(app, Role.TEACHER).get("/adultes/feuilles").location == "/adultes"
    teacher.post("/adultes/feuilles")
    assert teacher.get("/adultes/feuilles").location == "/adultes"
    assert of_role(box, Role.ASSISTANT).until == date(2027, 6, 30)
    teacher.post("/verrouiller")
    assistant = Browser(app)
    assert assistant.post("/ouvrir", {"qui": "classe", "mots": " ".join(words)}).location == "/aujourdhui"
    assert assistant.get("/adultes").status_code == 403


def test_words_waiting_to_be_printed_are_gone_once_the_class_locks(box: Box, teacher: Browser) -> None:
    add(teacher, Role.ASSISTANT)
    words = words_on(teacher)
    teacher.post("/verrouiller")
    teacher.post("/ouvrir", {"mots": " ".join(words)})
    assert teacher.get("/adultes/feuilles").status_code == 403
    # One of them alone may be a word of the page.
    assert not set(words) <= set(re.findall(r"[a-z]+", teacher.get("/aujourdhui").text))


def test_the_substitute_s_card_has_five_lines_three_pictures_and_the_words(
    box: Box, teacher: Browser
) -> None:
    add(teacher, Role.SUBSTITUTE, "Carte du registre")
    page = teacher.get("/adultes/feuilles").text
    card = page.partition('class="a5-card"')[2].partition("</section>")[0]
    pictures, lines, words = card.partition('class="numbered card-lines"')[0], *card.split("<ol")[2:4]
    assert (pictures.count("<svg"), lines.count("<li>"), words.count("<li>")) == (3, 5, 7)
    assert "code du jour" in card


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"nom": "", "role": "assistant"}, "Écrivez un nom"),
        ({"nom": "x" * 61, "role": "assistant"}, "trop long"),
        ({"nom": "Mme Blanc"}, "Choisissez un rôle"),
        ({"nom": "Mme Blanc", "role": "station"}, "Choisissez un rôle"),
        ({"nom": "Mme Blanc", "role": "assistant", "jusqu": "demain"}, "ne se lit pas"),
        ({"nom": "Mme Blanc", "role": "assistant", "jusqu": "2027-01-11"}, "déjà passé"),
    ],
)
def test_what_is_missing_is_said_and_nobody_is_added(
    box: Box, teacher: Browser, typed: dict[str, str], sentence: str
) -> None:
    answer = teacher.post("/adultes", typed)
    assert (answer.status_code, sentence in said(answer)) == (400, True)
    assert [adult.id for adult in adults.every(box)] == [FIRST_ADULT]


def test_a_direction_gets_a_password_and_it_is_not_a_short_one(box: Box, teacher: Browser) -> None:
    address = add(teacher, Role.DIRECTION)
    assert "pas encore de mot de passe" in said(teacher.get("/adultes"))
    short = teacher.post(f"{address}/passe", {"passe": "onze lettre"})
    assert (short.status_code, "douze caractères" in said(short)) == (400, True)
    assert teacher.post(f"{address}/passe", {"passe": "quatre mots simples"}).status_code == 303
    assert "pas encore de mot de passe" not in said(teacher.get("/adultes"))
    assert teacher.post(f"/adultes/{FIRST_ADULT}/passe", {"passe": "quatre mots simples"}).status_code == 404


def test_the_direction_adds_an_office_and_gives_no_key(box: Box, app: Flask, teacher: Browser) -> None:
    direction = seat(app, Role.DIRECTION, "x")
    add(direction, Role.ERUN, "M. Gris")
    refused = direction.post("/adultes", {"nom": "Mme Blanc", "role": "assistant"})
    assert refused.status_code == 403
    renamed = direction.post(f"/adultes/{FIRST_ADULT}/nom", {"nom": "Autre"})
    assert renamed.status_code == 403
    assert {adult.role for adult in adults.every(box)} == {Role.TEACHER, Role.DIRECTION, Role.ERUN}


def test_removing_says_what_it_does_then_ends_every_way_in(box: Box, app: Flask, teacher: Browser) -> None:
    add(teacher, Role.ASSISTANT)
    words, adult = words_on(teacher), of_role(box, Role.ASSISTANT).id
    assistant = seat(app, Role.ASSISTANT, adult)
    key = box.opener.public_key
    page = said(teacher.get(f"/adultes/{adult}/retirer"))
    assert "nouvelle clé de classe" in page
    assert adults.may_come_in(box, adult) is Role.ASSISTANT
    teacher.post(f"/adultes/{adult}/retirer")
    assert assistant.get("/aujourdhui").status_code == 303
    assert box.opener.public_key != key
    with pytest.raises(WrongPassphrase):
        box.keys.unlock(" ".join(words), [adult])
    assert "1 personne n’entre plus" in said(teacher.get("/adultes"))


def test_the_direction_closes_a_way_in_while_the_class_is_locked(
    box: Box, app: Flask, teacher: Browser
) -> None:
    add(teacher, Role.ASSISTANT)
    words, adult = words_on(teacher), of_role(box, Role.ASSISTANT).id
    teacher.post("/verrouiller")
    direction = seat(app, Role.DIRECTION, "x")
    assert direction.post(f"/adultes/{adult}/retirer").status_code == 303
    answer = Browser(app).post("/ouvrir", {"qui": "classe", "mots": " ".join(words)})
    assert (answer.status_code, box.is_open) == (403, False)


def test_the_last_teacher_stays(box: Box, teacher: Browser) -> None:
    answer = teacher.post(f"/adultes/{FIRST_ADULT}/retirer")
    assert (answer.status_code, "dernière personne" in said(answer)) == (409, True)
    answer = teacher.post(f"/adultes/{FIRST_ADULT}/jusqu", {"jusqu": "2027-02-01"})
    assert answer.status_code == 409
    assert adults.may_come_in(box, FIRST_ADULT) is Role.TEACHER


def test_a_last_day_ends_a_way_in(box: Box, teacher: Browser) -> None:
    add(teacher, Role.ASSISTANT)
    adult = of_role(box, Role.ASSISTANT).id
    assert teacher.post(f"/adultes/{adult}/jusqu", {"jusqu": "2027-01-12"}).status_code == 303
    assert adults.may_come_in(box, adult) is Role.ASSISTANT
    assert of_role(box, Role.ASSISTANT).until == date(2027, 1, 12)


@pytest.mark.parametrize(("typed", "status"), [("15:45", 303), ("18:30", 400), ("9 h", 400), ("", 400)])
def test_the_evening_s_lock_has_its_hour(box: Box, teacher: Browser, typed: str, status: int) -> None:
    answer = teacher.post("/adultes/verrouillage", {"heure": typed})
    assert answer.status_code == status
    assert access.lock_time(box).isoformat("minutes") == ("15:45" if status == 303 else "16:30")
    if status == 400:
        assert "entre midi et 18 h" in said(answer)


def test_the_journal_names_the_adult_a_line_is_about(teacher: Browser) -> None:
    add(teacher, Role.ASSISTANT, "Mme Blanc")
    assert "Mme Blanc" in said(teacher.get("/journal"))


def test_the_day_s_code_is_shown_once(box: Box, app: Flask, teacher: Browser) -> None:
    page = said(seat(app, Role.ERUN, "x").post("/adultes/code-du-jour"))
    digits = "".join(re.findall(r"<span>(\d{3})</span>", page))
    assert adults.check_day_code(box, digits)
    assert "n’a pas de carte de remplacement" in page
    assert "<span>" + digits[:3] not in teacher.get("/adultes/code-du-jour").text


def test_nobody_s_voice_is_kept_without_their_word(box: Box, teacher: Browser, lina: str) -> None:
    assert "D’abord, votre accord" in said(teacher.get("/voix"))
    recorded = teacher.post(f"/voix/pupil/{lina}", {"son": _file()}, live=True)
    assert (recorded.status_code, "votre accord" in said(recorded)) == (403, True)
    teacher.post("/adultes/voix", {"accord": "oui", "jusqu": "2040-01-01", "retour": "voix"})
    assert of_role(box, Role.TEACHER).voice_until == date(2029, 1, 11)
    assert teacher.post(f"/voix/pupil/{lina}", {"son": _file()}, live=True).status_code == 200
    teacher.post("/adultes/voix", {"accord": "non"})
    assert teacher.post(f"/voix/pupil/{lina}", {"son": _file()}, live=True).status_code == 403


def test_changing_the_keys_gives_everybody_new_words_and_leaves_the_traces(
    box: Box, app: Flask, teacher: Browser, made_keys: MadeKeys, lina: str
) -> None:
    capture = send(box, lina)
    add(teacher, Role.ASSISTANT)
    before = words_on(teacher)
    assert teacher.post("/cles").location == "/cles/mots"
    own = re.findall(r"<li>([a-z]+)</li>", teacher.get("/cles/mots").text)
    assert box.keys.unlock(made_keys.secrets.passphrase).adult == FIRST_ADULT
    assert "AGE-SECRET-KEY-1" in teacher.get("/cles/enveloppe").text
    places = [
        int(number) - 1 for number in re.findall(r"Mot n° (\d)", said(teacher.get("/cles/verification")))
    ]
    typed = dict(zip(("premier", "second"), (own[place] for place in places), strict=True))
    assert teacher.post("/cles/verification", typed).location == "/adultes/feuilles"
    others = words_on(teacher)
    assert (len(others), others != before) == (7, True)
    page = said(teacher.get("/cles"))
    assert "Tout est scellé" in page or "La boîte attend ses stations" in page
    teacher.post("/cles/stations-perdues")
    assert rotation.join(box, 60)
    assert rotation.progress(box).state is State.NONE
    assert teacher.get(f"/trace/{capture.id}/contenu").data == b"une voix"
    with pytest.raises(WrongPassphrase):
        box.keys.unlock(" ".join(before))
    assert "Les clés sont changées" in said(teacher.get("/cles/avancement", live=True))


def _file() -> tuple[BytesIO, str]:
    return BytesIO(voice_wav()), "voix.wav"
