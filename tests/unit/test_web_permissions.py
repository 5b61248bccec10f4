"""*Autorisations*, *Projets*, *Choix*: a class’s papers, what is asked for, the controller’s word."""

from datetime import date, timedelta

import pytest

from appliance.domain.audit import Role
from appliance.domain.permissions import ChildWord, Nature, PermissionState, Policy, Scope
from appliance.hub import people, stations
from appliance.hub.box import Box, Locked
from appliance.hub.keys import adults
from appliance.hub.rights import answers, permits, policies, projects
from appliance.hub.rights.answers import Quality
from appliance.store import captures, scenarios
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]

GRANTED, PENDING = PermissionState.GRANTED, PermissionState.PENDING
WEBRADIO = {
    "titre": "Webradio",
    "objectif": "Dire une chronique",
    "nature": "voice",
    "portee": ["family", "partner_class"],
    "destinataire": "CE1 de M. Petit",
    "debut": "2027-01-12",
    "fin": "2027-06-30",
    "edition": "2026-1",
}


@pytest.fixture
def tom(box: Box) -> str:
    return people.add(box, "Tom", pictogram="fish")


def state(box: Box, pupil: str, nature: Nature, scope: Scope, project: str = "") -> PermissionState:
    found = people.find(box, pupil)
    assert found is not None
    return found.state(nature, scope, project)


def made(box: Box, teacher: Browser, **changes: object) -> str:
    assert teacher.post("/projets/nouveau", {**WEBRADIO, **changes}).status_code == 303
    return projects.every(box)[-1].id


def test_a_class_is_written_in_one_save(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    page = said(teacher.get("/autorisations"))
    assert ("Lina" in page, "Tom" in page, "– en attente" in page) == (True, True, True)
    lines = len(answers_of(box, lina))
    sheet = {"projet": "", f"{tom}.voix": "home", f"{tom}.photo": "none", f"{tom}.signatures": "2"}
    answer = teacher.post("/autorisations", sheet | {f"{lina}.voix": "home", f"{tom}.enfant": "yes"})
    assert answer.location == "/autorisations"
    assert "1 élève mis à jour" in said(teacher.get("/autorisations"))
    assert state(box, tom, Nature.VOICE, Scope.FAMILY) is GRANTED
    assert state(box, tom, Nature.PRODUCTION, Scope.CLASS) is PermissionState.REFUSED
    assert state(box, tom, Nature.FILM, Scope.CLASS) is PENDING
    found = people.find(box, tom)
    assert found is not None
    signed = found.answer(Nature.VOICE, Scope.CLASS)
    assert signed is not None
    assert (signed.signed.holders, signed.signed.child) == (2, ChildWord.YES)
    assert len(answers_of(box, lina)) == lines


def answers_of(box: Box, pupil: str) -> list[tuple[object, ...]]:
    rows = box.database.db.execute("SELECT id FROM permissions WHERE pupil = ?", [pupil])
    return list(rows.fetchall())


def test_a_line_may_be_like_the_model(box: Box, teacher: Browser, tom: str) -> None:
    model = {"modele.voix": "home", "modele.photo": "class", "modele.signatures": "1"}
    teacher.post("/autorisations", {**model, "projet": ""})
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is PENDING
    teacher.post("/autorisations", {**model, "projet": "", f"comme.{tom}": "1", f"{tom}.voix": "class"})
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is GRANTED
    assert state(box, tom, Nature.VOICE, Scope.FAMILY) is PermissionState.REFUSED
    assert state(box, tom, Nature.PRODUCTION, Scope.CLASS) is GRANTED


def test_a_yes_without_a_signature_is_told_and_nothing_is_written(
    box: Box, teacher: Browser, tom: str
) -> None:
    answer = teacher.post("/autorisations", {"projet": "", f"{tom}.voix": "home"})
    assert (answer.status_code, "combien de responsables ont signé pour : Tom" in said(answer)) == (400, True)
    assert 'value="home" selected' in answer.text
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is PENDING
    assert teacher.post("/autorisations", {"projet": "", f"{tom}.voix": "none"}).status_code == 303


def test_a_parent_alone_counts_for_both(box: Box, teacher: Browser, tom: str) -> None:
    sheet = {"projet": "", f"{tom}.voix": "home", f"{tom}.signatures": "seul"}
    assert teacher.post("/autorisations", sheet).status_code == 303
    found = people.find(box, tom)
    assert found is not None
    answer = found.answer(Nature.VOICE, Scope.CLASS)
    assert answer is not None
    assert (answer.signed.holders, answer.signed.alone) == (1, True)


def test_withdrawals_of_a_class_are_shown_first(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    capture = send(box, lina)
    sheet = {"projet": "", f"{lina}.voix": "none", f"{tom}.voix": "class", f"{tom}.signatures": "1"}
    asked = said(teacher.post("/autorisations", sheet))
    assert ("1 trace effacée" in asked, "1 autre élève" in asked) == (True, True)
    assert captures.ids(box.database) == {capture.id}
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is PENDING
    done = said(teacher.post("/autorisations", {**sheet, "confirme": "1"}))
    assert "Reçu de retrait" in done
    assert captures.ids(box.database) == set()
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is GRANTED


def test_a_child_s_no_is_shown_as_the_withdrawal_it_is(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina)
    sheet = {"projet": "", f"{lina}.enfant": "no"}
    assert "1 trace effacée" in said(teacher.post("/autorisations", sheet))
    teacher.post("/autorisations", {**sheet, "confirme": "1"})
    assert not permits.to_record(box, [lina], "", Nature.VOICE).allowed


PAPER = {
    "projet": "", "papier": "1", "voix": "home", "signatures": "0", "enfant": "yes", "edition": "2026-1",
    "place": "classeur direction, p. 12", "jusque": "2027-06-30",
    "nom-1": "Mme D.", "qualite-1": "parent_1", "accord-1": "oui", "le-1": "2027-01-05",
    "nom-2": "M. D.", "qualite-2": "guardian", "accord-2": "oui", "le-2": "2027-01-06",
}  # fmt: skip


def test_a_pupil_s_paper_is_told_whole(box: Box, teacher: Browser, tom: str) -> None:
    assert teacher.post(f"/eleves/{tom}", PAPER).location == "/eleves"
    paper = answers.paper_of(box, tom)
    assert paper is not None
    assert [s.quality for s in paper.signatories] == [Quality.PARENT_1, Quality.GUARDIAN]
    found = people.find(box, tom)
    assert found is not None
    answer = found.answer(Nature.VOICE, Scope.FAMILY)
    assert answer is not None
    assert (answer.signed.holders, answer.signed.form, answer.until) == (2, "2026-1", date(2027, 6, 30))
    page = said(teacher.get(f"/eleves/{tom}"))
    assert ("Mme D." in page, "classeur direction, p. 12" in page) == (True, True)
    lines = len(answers_of(box, tom))
    teacher.post(f"/eleves/{tom}", PAPER)
    assert len(answers_of(box, tom)) == lines


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"nom-1": "", "nom-2": ""}, "Un oui se signe"),
        ({"jusque": "2027-09-01"}, "31 août 2027 au plus tard"),
        ({"le-2": ""}, "la date de chaque signature"),
    ],
)
def test_a_paper_that_says_too_little(
    box: Box, teacher: Browser, tom: str, typed: dict[str, str], why: str
) -> None:
    answer = teacher.post(f"/eleves/{tom}", PAPER | typed)
    assert (answer.status_code, why in said(answer)) == (400, True)
    assert answers_of(box, tom) == []


def test_one_parent_s_no_wins(box: Box, teacher: Browser, tom: str) -> None:
    teacher.post(f"/eleves/{tom}", PAPER | {"accord-2": "non"})
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is PermissionState.REFUSED


def test_the_sheet_says_no_yes_over_one_parent_s_no(box: Box, teacher: Browser, tom: str) -> None:
    teacher.post(f"/eleves/{tom}", PAPER | {"accord-2": "non"})
    sheet = {"projet": "", f"{tom}.voix": "home", f"{tom}.signatures": "2"}
    assert "Un responsable a refusé pour : Tom" in said(teacher.post("/autorisations", sheet))
    assert state(box, tom, Nature.VOICE, Scope.CLASS) is PermissionState.REFUSED


def test_a_disagreement_is_noted_and_ended(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    teacher.post(f"/eleves/{lina}/desaccord")
    assert not permits.to_record(box, [lina], "", Nature.VOICE).allowed
    assert "C’est réglé" in said(teacher.get(f"/eleves/{lina}"))
    assert "désaccord" not in said(teacher.get("/eleves"))
    teacher.post(f"/eleves/{lina}/desaccord", {"fin": "1"})
    found = captures.find(box.database, capture.id)
    assert found is not None
    assert found.quarantine == ""


def test_a_project_has_its_answers_and_its_stations(box: Box, teacher: Browser, lina: str) -> None:
    assert 'id="projet"' not in teacher.get("/stations/A").text
    project = made(box, teacher)
    assert "CE1 de M. Petit" in said(teacher.get("/projets"))
    assert 'id="projet"' in teacher.get("/stations/A").text
    before = scenarios.current(box.database, "A")
    capture = send(box, lina)
    form = {"titre": "Lecture, page 12", "signe": "book", "qui": "tous", "projet": project}
    assert teacher.post("/stations/A", form).status_code == 303
    now = scenarios.current(box.database, "A")
    assert before is not None
    assert now is not None
    assert (now.project, now.id != before.id) == (project, True)
    kept = captures.find(box.database, capture.id)
    assert kept is not None
    assert kept.project == ""
    sheet = {"projet": project, f"{lina}.voix": "partner", f"{lina}.signatures": "2"}
    assert teacher.post("/autorisations", sheet).status_code == 303
    assert state(box, lina, Nature.VOICE, Scope.PARTNER_CLASS, project) is GRANTED
    assert stations.scenario(box, "A").project == project
    refused = teacher.post(f"/projets/{project}", {**WEBRADIO, "portee": ["family"]})
    assert (refused.status_code, "Des familles ont déjà autorisé" in said(refused)) == (400, True)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"titre": ""}, "Donnez un nom"),
        ({"objectif": " "}, "la famille le lit"),
        ({"nature": ""}, "au moins une chose"),
        ({"fin": "2027-01-01"}, "dans cet ordre"),
        ({"fin": "2027-09-01"}, "31 août 2027 au plus tard"),
        ({"destinataire": ""}, "Dites qui reçoit"),
        ({"accord": "hier"}, "n’est pas une date"),
    ],
)
def test_a_project_that_cannot_be(box: Box, teacher: Browser, typed: dict[str, str], why: str) -> None:
    answer = teacher.post("/projets/nouveau", WEBRADIO | typed)
    assert (answer.status_code, why in said(answer)) == (400, True)
    assert len(projects.every(box)) == 1


def test_the_workshops_of_the_year_say_what_the_teacher_wants(box: Box, teacher: Browser) -> None:
    typed = {"titre": "Nos ateliers", "objectif": "Parler", "nature": ["voice", "production"]}
    assert teacher.post("/projets/annee", typed).status_code == 303
    (year,) = projects.every(box)
    assert (year.title, year.natures, year.until) == (
        "Nos ateliers", (Nature.VOICE, Nature.PRODUCTION), date(2027, 8, 31),
    )  # fmt: skip
    assert "Film" not in said(teacher.get("/autorisations"))
    assert (
        teacher.get("/projets/inconnu").status_code
        == teacher.get("/autorisations?projet=x").status_code
        == 404
    )


def test_the_teacher_sees_the_choices_and_does_not_make_them(box: Box, teacher: Browser) -> None:
    assert "Une autorisation écrite" in said(teacher.get("/choix"))
    assert teacher.post("/choix", {"captation": "mission"}).status_code == 403
    assert permits.policy(box) == Policy()


def test_the_direction_makes_them_while_the_class_is_locked(box: Box, app: object) -> None:
    direction, _words = adults.add(box, "Mme Roy", Role.DIRECTION, None)
    password = "directrice à vélo 2027"
    adults.set_password(box, direction, password)
    browser = Browser(app)  # type: ignore[arg-type]
    browser.post("/ouvrir", {"qui": "direction", "passe": password})
    chosen = {"captation": "mission", "signatures": "as_table"}
    refused = browser.post("/choix", chosen)
    assert (refused.status_code, "sous quelle référence" in said(refused)) == (400, True)
    word = {"auteur": "M. Roux", "date": "2027-01-04", "reference": "2027-12"}
    assert browser.post("/choix", chosen | word).status_code == 303
    assert not permits.policy(box).prior_permission
    assert "se lit quand la classe est ouverte" in said(browser.get("/choix"))
    with pytest.raises(Locked):
        policies.instruction(box)


def test_why_a_group_stays_in_class_names_nobody(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    people.answer(box, tom, Nature.VOICE, [Scope.CLASS])
    capture = send(box, lina, pupils=(lina, tom))
    answer = teacher.post(f"/trace/{capture.id}/liberer", live=True)
    assert (answer.status_code, "2 élèves de ce groupe" in said(answer)) == (409, True)
    assert not any(name in said(answer) for name in ("Lina", "Tom"))


def test_a_choir_is_certified_on_its_page(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    assert "Personne n’est reconnaissable" in said(teacher.get(f"/trace/{capture.id}"))
    teacher.post(f"/anonymes/{capture.id}")
    found = captures.find(box.database, capture.id)
    assert found is not None
    assert found.anonymous
    assert "Vous avez certifié" in said(teacher.get(f"/trace/{capture.id}"))
    teacher.post(f"/anonymes/{capture.id}", {"annule": "1"})
    found = captures.find(box.database, capture.id)
    assert found is not None
    assert not found.anonymous
    assert teacher.post("/anonymes/personne").status_code == 404


def test_what_expired_long_ago_opens_for_nobody(
    box: Box, teacher: Browser, lina: str, clock: HandClock
) -> None:
    capture = send(box, lina)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], until=date(2027, 1, 12))
    clock.pass_(timedelta(minutes=5))
    assert teacher.get(f"/trace/{capture.id}/contenu").status_code == 200
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], until=date(2026, 12, 28))
    assert teacher.get(f"/trace/{capture.id}/contenu").status_code == 404
