"""Groups of the class, and what stations know of a pupil."""

import pytest

from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import groups, intake, people, stations
from appliance.hub.box import Box
from tests.unit.hub_helpers import send
from tests.unit.test_hub_hearing import PHOTO, caption
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]


def test_a_group_is_formed_changed_and_erased(box: Box, teacher: Browser, lina: str) -> None:
    tom = people.add(box, "Tom", pictogram="cat")
    made = teacher.post("/eleves/groupes/nouveau", {"nom": " Les  Bleus ", "eleve": lina, "signe": "moon"})
    assert made.location == "/eleves#groupes"
    (group,) = groups.every(box)
    assert (group.name, group.pictogram, group.pupils) == ("Les Bleus", "moon", frozenset({lina}))
    assert "Les Bleus" in said(teacher.get("/eleves"))
    assert "Groupes : Les Bleus." in said(teacher.get(f"/eleves/{lina}"))
    teacher.post(f"/eleves/groupes/{group.id}", {"nom": "Les Verts", "eleve": [lina, tom, "personne"]})
    (changed,) = groups.every(box)
    assert (changed.id, changed.name, changed.pictogram) == (group.id, "Les Verts", "moon")
    assert changed.pupils == {lina, tom}
    teacher.post(f"/eleves/groupes/{group.id}/effacer")
    assert groups.every(box) == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"nom": ""}, "Donnez un nom"),
        ({"nom": "x" * 31}, "30 caractères"),
        ({"nom": "Bleus", "eleve": ""}, "au moins un élève"),
    ],
)
def test_a_group_that_is_not_one_is_told(
    box: Box, teacher: Browser, lina: str, typed: dict[str, str], why: str
) -> None:
    answer = teacher.post("/eleves/groupes/nouveau", {"eleve": lina, **typed})
    assert (answer.status_code, why in said(answer)) == (400, True)
    assert groups.every(box) == []


def test_the_only_group_of_a_station_is_not_erased(box: Box, teacher: Browser, lina: str) -> None:
    blue = groups.save(box, "", "Bleu", "star", [lina])
    row = stations.scenario(box, "A")
    form = {"titre": "Lecture, page 12", "signe": "book", "qui": "groupes", "groupe": blue}
    teacher.post("/stations/A", form)
    assert stations.scenario(box, "A").id == row.id
    teacher.post(f"/eleves/groupes/{blue}/effacer")
    assert "La station A n’invite que ce groupe" in said(teacher.get("/eleves"))
    assert len(groups.every(box)) == 1
    assert teacher.get("/eleves/groupes/personne").status_code == 404


def test_a_pupil_s_language_and_pace_are_set(box: Box, teacher: Browser, lina: str) -> None:
    teacher.post(f"/eleves/{lina}/station", {"langue": "ar", "double": "1"})
    (pupil,) = intake.roster(box, "A").pupils
    assert (pupil.language, pupil.slow) == ("ar", True)
    teacher.post(f"/eleves/{lina}/station", {"langue": "klingon"})
    (pupil,) = intake.roster(box, "A").pupils
    assert (pupil.language, pupil.slow) == ("ar", False)


def test_a_lost_badge_is_cancelled_and_its_sheet_shown(box: Box, teacher: Browser, lina: str) -> None:
    before = intake.roster(box, "A").pupils[0].badge
    shown = teacher.post(f"/eleves/{lina}/badge").location
    assert shown == f"/eleves/{lina}/badge"
    badge = intake.roster(box, "A").pupils[0].badge
    page = teacher.get(shown)
    assert intake.roster(box, "A").pupils[0].badge == badge
    assert "L’ancien ne marche plus" in said(page)
    assert f"/badges/planche.pdf?eleve={lina}" in page.text
    assert intake.roster(box, "A").known(before) is None
    assert teacher.post("/eleves/personne/badge").status_code == 404


def test_families_are_asked_about_films_where_a_station_makes_some(
    box: Box, teacher: Browser, lina: str
) -> None:
    teacher.post(f"/eleves/{lina}", {"film": "class"})
    pupil = people.find(box, lina)
    assert pupil is not None
    assert pupil.state(Nature.FILM, Scope.CLASS) is PermissionState.GRANTED
    assert "Film" in said(teacher.get("/eleves"))
    object.__setattr__(box.config, "stations", box.config.stations[:1])
    assert 'name="film"' not in teacher.get(f"/eleves/{lina}").text


def test_a_withdrawn_voice_says_which_photos_fall_silent(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina, id=caption(box), caption_ms=4_000, **PHOTO)
    asked = teacher.post(f"/eleves/{lina}", {"voix": "none", "photo": "home"})
    assert "1 photo perd sa légende parlée" in said(asked)
    asked = teacher.post(f"/eleves/{lina}", {"voix": "class", "photo": "home"})
    assert "légende" not in said(asked)
