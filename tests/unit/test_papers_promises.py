"""What papers promise is what this box does: no duration, copy or refusal that its settings contradict."""

from dataclasses import replace
from datetime import date

import pytest

from appliance.config import BackupConfig
from appliance.domain.key_changes import Rhythm
from appliance.domain.permissions import Nature, Scope, Signatures
from appliance.domain.retention import Rules
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.keys import rhythm
from appliance.hub.office import incidents, paper_facts
from appliance.hub.retention import durations
from appliance.hub.rights import projects
from appliance.hub.rights.family_words import COMPLAINT
from appliance.hub.rights.projects import Project
from appliance.papers.facts import IncidentKind
from appliance.store import settings
from tests.unit.test_papers import FORM, text
from tests.unit.web_helpers import Browser, app, teacher

__all__ = ["app", "teacher"]


def test_a_form_says_what_becomes_of_it_under_what_was_chosen(teacher: Browser, box: Box) -> None:
    until = date(2027, 3, 31)
    short = projects.save(
        box,
        Project("", "Chorale", "Chanter", "", (Nature.VOICE,), (Scope.CLASS,), box.today(), until),
        is_new=True,
    )
    assert "effacé à cette date au plus tard" in text(teacher.get(FORM))
    ends = text(teacher.get(f"/papiers/autorisation/{short}"))
    assert (
        "finit le 31 mars 2027. La voix et l’image gardées sont alors fermées, et effacées 14 jours" in ends
    )
    assert "Sans réponse, la boîte n’enregistre ni ne montre" in ends
    settings.put(box.database, settings.PRIOR_PERMISSION, "no")
    loose = text(teacher.get(FORM))
    assert ("n’enregistre ni ne montre" in loose, "Un non l’arrête aussitôt" in loose) == (False, True)


def test_what_is_said_of_backups_and_of_the_ent_is_what_there_is(teacher: Browser, box: Box) -> None:
    said_of = text(teacher.get("/papiers/registre"))
    assert "Les sauvegardes qui suivent" not in said_of
    box.config = replace(box.config, backup=BackupConfig(ent_folder="sauvegardes"))
    assert "Les sauvegardes qui suivent" in text(teacher.get("/papiers/registre"))


def test_what_stays_a_year_more_is_in_the_durations(teacher: Browser, box: Box) -> None:
    said_of = "personne n’est reconnaissable, sans nom jusqu’au 31 août 2028"
    assert said_of not in text(teacher.get("/papiers/registre"))
    durations.choose(box, Rules(works_next_year=True))
    for paper in ("registre", "aipd"):
        assert said_of in text(teacher.get(f"/papiers/{paper}"))


NO_WORD_NEEDED = [
    ("/papiers/registre", "sans personne dessus n’en demande pas"),
    ("/papiers/aipd", "la photo d’un travail sans personne s’en passe"),
    ("/papiers/notice", "la photo de son seul travail, sauf si vous refusez"),
    (FORM, "Seule la photo d’un travail, sans personne dessus, peut se faire : cochez non"),
    ("/eleves/{lina}/page-famille", "la photo d’un travail, sans personne dessus, n’en demande pas"),
]


@pytest.mark.parametrize(("address", "words"), NO_WORD_NEEDED)
def test_families_are_told_what_is_photographed_without_their_word(
    teacher: Browser, lina_asked: str, address: str, words: str
) -> None:
    assert words in text(teacher.get(address.format(lina=lina_asked)))


@pytest.fixture
def lina_asked(teacher: Browser, box: Box) -> str:
    """A pupil whose family has not answered yet."""
    return people.add(box, "Lina", pictogram="turtle")


def test_what_helps_a_pupil_at_a_station_is_a_datum_like_another(
    teacher: Browser, box: Box, lina_asked: str
) -> None:
    people.set_needs(box, lina_asked, language="ar", slow=True)
    told = text(teacher.get(f"/eleves/{lina_asked}/page-famille"))
    assert "consignes en arabe, deux fois plus de temps" in told
    for paper in ("registre", "aipd", "notice"):
        page = text(teacher.get(f"/papiers/{paper}"))
        assert "langue et rythme des consignes" in page


def test_no_paper_says_less_than_what_a_locked_box_shows(teacher: Browser, box: Box) -> None:
    noted = incidents.note(box, IncidentKind.THEFT, box.now(), None, "Disparue")
    for address in (f"/incidents/{noted}", "/papiers/aipd"):
        page = text(teacher.get(address))
        assert "état des réponses des familles" in page and "dessin" in page


WAYS_IN = ("sept mots", "appareil", "enveloppe")


def test_every_paper_on_a_theft_names_every_way_in(teacher: Browser, box: Box) -> None:
    noted = incidents.note(box, IncidentKind.THEFT, box.now(), None, "Disparue")
    for address in (f"/incidents/{noted}", *(f"/papiers/{p}" for p in ("fiche-compagnon", "vol-ou-perte"))):
        page = text(teacher.get(address))
        assert [way for way in WAYS_IN if way not in page] == [], address
    by_hand = text(teacher.get("/papiers/fiche-incident"))
    assert "Les mots, un appareil de confiance, la carte du jour ou l’enveloppe" in by_hand


def test_families_are_told_one_address_of_the_cnil(teacher: Browser, lina_asked: str) -> None:
    for address in ("/papiers/notice", FORM, f"/eleves/{lina_asked}/page-famille"):
        assert COMPLAINT.removesuffix(".") in text(teacher.get(address))


def test_families_are_asked_for_a_portrait_only_where_one_is_taken(teacher: Browser, box: Box) -> None:
    assert "son image, en photo" not in text(teacher.get(FORM))
    assert "photos d’élèves" not in text(teacher.get("/papiers/registre"))
    first, *rest = box.config.stations
    portrait = replace(first, nature=Nature.IMAGE)
    box.config = replace(box.config, stations=(portrait, *rest))
    assert "son image, en photo" in text(teacher.get(FORM))
    assert "photos d’élèves" in text(teacher.get("/papiers/registre"))


def test_papers_say_how_often_this_class_changes_its_keys(teacher: Browser, box: Box) -> None:
    for chosen, words in ((Rhythm.YEAR, "Clés à changer chaque année"), (Rhythm.PERIOD, "chaque période")):
        rhythm.set_rhythm(box, chosen)
        for paper in ("registre", "aipd"):
            assert words in text(teacher.get(f"/papiers/{paper}"))


def test_the_certificate_tells_what_is_illegible_from_what_is_not_yet(
    teacher: Browser, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Copies dans l’ENT aucune à effacer" in text(teacher.get("/papiers/effacement"))
    told = replace(
        paper_facts.erasures(box), illegible_before=date(2027, 1, 4), pupils_since=date(2026, 12, 1)
    )
    monkeypatch.setattr(paper_facts, "erasures", lambda _box: told)
    page = text(teacher.get("/papiers/effacement"))
    assert "fait pour ce qui a été effacé avant le 4 janvier 2027" in page
    assert "pas encore : la clé de la classe sert toujours" not in page
    assert "depuis le 1er décembre 2026" in page


def test_a_box_without_a_backup_promises_no_duration_of_it(teacher: Browser, box: Box) -> None:
    assert "Sauvegarde aucune n’est réglée" in text(teacher.get("/effacements"))
    box.config = replace(box.config, backup=BackupConfig(ent_folder="sauvegardes"))
    assert "Sauvegarde 35 jours" in text(teacher.get("/effacements"))


SAID_OF_SILENCE = ("/a-propos", "/autorisations", "/ecole/etapes", "/eleves")


@pytest.mark.parametrize("address", SAID_OF_SILENCE)
def test_what_silence_means_is_said_as_the_controller_chose(
    teacher: Browser, lina_asked: str, box: Box, address: str
) -> None:
    strict = text(teacher.get(address))
    assert "ni voix ni image de l’élève ; une photo de son seul travail reste possible" in strict
    settings.put(box.database, settings.PRIOR_PERMISSION, "no")
    loose = text(teacher.get(address))
    assert "peut être enregistré pour la classe et sa famille" in loose and "ni voix ni image" not in loose


NEEDED = [
    (Signatures.AS_TABLE, "Une signature suffit pour la classe et sa seule famille"),
    (Signatures.TWO_ALWAYS, "Un oui demande deux signatures"),
    (Signatures.ONE_ALWAYS, "Une signature suffit ; l’opposition de l’autre parent"),
]


@pytest.mark.parametrize(("chosen", "words"), NEEDED)
def test_the_class_s_sheet_asks_for_as_many_signatures_as_the_box(
    teacher: Browser, lina_asked: str, box: Box, chosen: Signatures, words: str
) -> None:
    settings.put(box.database, settings.SIGNATURES, chosen)
    assert words in text(teacher.get("/autorisations"))


def test_the_public_page_gives_the_durations_in_force(teacher: Browser, box: Box) -> None:
    assert "30 jours pour un essai" in text(teacher.get("/a-propos"))
    durations.choose(box, Rules(unsorted_days=45, short=True))
    after = text(teacher.get("/a-propos"))
    assert "45 jours pour un essai" in after and "six mois" in after
