"""*Élèves*: permissions in words, changes, withdrawals; badges and stations."""

import pytest

from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import people, review, stations
from appliance.hub.box import Box
from appliance.store import captures, outbox, scenarios
from tests.unit.hub_helpers import send
from tests.unit.test_hub_hearing import PHOTO, caption
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]


def test_permissions_are_told_in_words(box: Box, teacher: Browser, lina: str) -> None:
    people.add(box, "Noé", pictogram="fish")
    page = said(teacher.get("/eleves"))
    assert "en classe et à la maison" in page
    assert "pas encore de réponse" in page


@pytest.mark.parametrize("page", ["/eleves", "/installation/eleves"])
def test_a_pupil_is_added_without_an_answer_that_nobody_signed(box: Box, teacher: Browser, page: str) -> None:
    assert 'name="voix"' not in teacher.get(page).text
    answer = teacher.post(page, {"prenom": " Zoé ", "initiale": "b.", "voix": "home", "photo": "class"})
    assert answer.status_code == 303
    (zoe,) = people.every(box)
    assert (zoe.first_name, zoe.initial, zoe.permissions) == ("Zoé", "B", ())
    after = said(teacher.get(answer.location))
    assert "avec qui l’a signé" in after
    assert ("se note dans « Autorisations »" in after) is (page == "/eleves")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"prenom": ""}, "Écrivez le prénom"),
        ({"prenom": "x" * 31}, "30 au plus"),
        ({"prenom": "???"}, "des lettres"),
        ({"prenom": "Léa/Zoé"}, "sans barre oblique"),
        ({"prenom": "Léa", "initiale": "Dupont"}, "jamais le nom entier"),
    ],
)
def test_a_pupil_who_cannot_be_added(box: Box, teacher: Browser, typed: dict[str, str], why: str) -> None:
    answer = teacher.post("/eleves", typed)
    assert (answer.status_code, why in said(answer)) == (400, True)
    assert people.every(box) == []


@pytest.mark.parametrize("typed", [{"prenom": "lina", "initiale": "d"}, {"prenom": "Lïna", "initiale": "D"}])
def test_two_pupils_never_share_a_name_and_so_a_folder(
    box: Box, teacher: Browser, lina: str, typed: dict[str, str]
) -> None:
    answer = teacher.post("/eleves", typed)
    assert (answer.status_code, "porte déjà ce nom" in said(answer)) == (400, True)
    assert len(people.every(box)) == 1
    assert teacher.post("/eleves", {"prenom": "Lina", "initiale": "K"}).status_code == 303
    assert sorted(p.shown for p in people.every(box)) == ["Lina D.", "Lina K."]


def test_allowing_more_needs_no_confirmation(box: Box, teacher: Browser) -> None:
    noe = people.add(box, "Noé", pictogram="fish")
    answer = teacher.post(f"/eleves/{noe}", {"voix": "home", "photo": ""})
    assert answer.location == "/eleves"
    pupil = people.find(box, noe)
    assert pupil is not None
    assert pupil.state(Nature.VOICE, Scope.FAMILY) is PermissionState.GRANTED
    assert pupil.state(Nature.PRODUCTION, Scope.CLASS) is PermissionState.PENDING


def test_a_withdrawal_says_what_it_erases_before_it_does(box: Box, teacher: Browser, lina: str) -> None:
    sounds = [send(box, lina) for _ in range(3)]
    photo = send(box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    asked = teacher.post(f"/eleves/{lina}", {"voix": "none", "photo": "home"})
    assert "3 traces effacées" in said(asked)
    assert "hors de portée" in said(asked)
    assert len(captures.of_pupil(box.database, lina)) == 4
    done = teacher.post(f"/eleves/{lina}", {"voix": "none", "photo": "home", "confirme": "1"})
    page = said(done)
    assert "Reçu de retrait" in page
    assert "mardi 12 janvier, 8 h 40" in page
    for capture in sounds:
        assert capture.code[:4] in page
    assert [capture.id for capture in captures.of_pupil(box.database, lina)] == [photo.id]


def test_a_withdrawal_tells_of_what_may_be_the_pupil_s(box: Box, teacher: Browser, lina: str) -> None:
    assert "sans badge" not in said(teacher.post(f"/eleves/{lina}", {"voix": "none"}))
    send(box, lina, pupils=())
    send(box, lina, id=caption(box), caption_ms=4_000, **{**PHOTO, "pupils": ()})
    assert "2 traces sans badge attendent" in said(teacher.post(f"/eleves/{lina}", {"voix": "none"}))
    assert "1 trace sans badge attend" in said(teacher.post(f"/eleves/{lina}", {"photo": "none"}))
    assert "sans badge" not in said(teacher.post(f"/eleves/{lina}", {"voix": "class"}))


def test_withdrawing_home_only_takes_back_what_left(box: Box, teacher: Browser, lina: str) -> None:
    gone, here = send(box, lina), send(box, lina)
    review.release(box, gone)
    (action,) = outbox.pending(box.database)
    outbox.begin(box.database, action.id, box.now())
    asked = teacher.post(f"/eleves/{lina}", {"voix": "class"})
    assert "1 trace reprise de l’ENT" in said(asked)
    teacher.post(f"/eleves/{lina}", {"voix": "class", "confirme": "1"})
    assert {c.id for c in captures.of_pupil(box.database, lina)} == {gone.id, here.id}
    assert [(a.verb, a.code) for a in outbox.pending(box.database)] == [(outbox.DELETE, gone.code)]


def test_an_answer_that_is_none_of_ours_changes_nothing(box: Box, teacher: Browser, lina: str) -> None:
    assert teacher.post(f"/eleves/{lina}", {"voix": "tout", "photo": ""}).location == "/eleves"
    assert "Rien n’a changé" in said(teacher.get("/eleves"))


def test_an_unknown_pupil_is_a_404(teacher: Browser) -> None:
    assert teacher.get("/eleves/personne").status_code == 404


def test_badges_are_a_sheet_to_print(box: Box, teacher: Browser, lina: str) -> None:
    assert "1 badge" in said(teacher.get("/badges"))
    answer = teacher.get("/badges/planche.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert teacher.get(f"/badges/planche.pdf?eleve={lina}").status_code == 200
    assert teacher.get("/badges/planche.pdf?eleve=personne").status_code == 404


def test_a_class_without_pupils_has_no_badge(teacher: Browser) -> None:
    assert "pas encore d’élève" in said(teacher.get("/badges"))
    assert teacher.get("/badges/planche.pdf").status_code == 404


def test_a_station_s_new_title_is_for_what_comes(box: Box, teacher: Browser) -> None:
    before = scenarios.current(box.database, "B")
    answer = teacher.post(
        "/stations",
        {"titre-A": "Je récite", "signe-A": "ear", "titre-B": "Le nombre 24", "signe-B": "puzzle"},
    )
    assert answer.status_code == 303
    now = scenarios.current(box.database, "A")
    assert now is not None
    assert (stations.title(box, "A"), now.pictogram) == ("Je récite", "ear")
    assert scenarios.current(box.database, "B") == before


def test_a_station_without_a_title_is_told_and_none_is_stored(box: Box, teacher: Browser) -> None:
    answer = teacher.post("/stations", {"titre-A": "Neuf", "titre-B": " "})
    assert (answer.status_code, "l’étiquette le portera" in said(answer)) == (400, True)
    assert stations.title(box, "A") == "Lecture, page 12"
