"""Each paper says what this box is: filled where the box knows, blank where nobody told it."""

import re
from dataclasses import fields, replace
from datetime import date

import pytest
from werkzeug.test import TestResponse

from appliance.config import BackupConfig
from appliance.domain.academies import ADDRESSES, dpo_suggestion
from appliance.domain.permissions import Nature, Scope, Signatures
from appliance.domain.retention import Rules
from appliance.hub import people, review
from appliance.hub.box import Box
from appliance.hub.office import paper_facts, school
from appliance.hub.retention import durations, erasure
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from appliance.papers.facts import Controller, School
from appliance.store import captures, settings
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher
from web import risks
from web.pages.papers import PAPERS

__all__ = ["app", "teacher"]

KNOWN = School(
    name="École Jean-Moulin",
    town="Besançon",
    district="Besançon 3",
    department="Doubs",
    academy="Besançon",
    controller=Controller.DASEN,
    controller_name="",
    controller_contact="26 avenue de l’Observatoire",
    dpo="dpd@ac-besancon.fr",
    head="Mme Colin",
    head_contact="03 81 00 00 00",
    ien="M. Faivre",
    erun="erun@ac-besancon.fr",
    wifi="coupé par l’interrupteur",
    ent="PrimOT",
    ent_controller="le rectorat",
)
ALWAYS = [name for name in PAPERS if name != "fin-d-annee"]
FORM = "/papiers/autorisation/ateliers"


def text(answer: TestResponse) -> str:
    """A page's words on one line."""
    assert answer.status_code == 200, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", said(answer)).split())


@pytest.mark.parametrize("address", [*(f"/papiers/{name}" for name in ALWAYS), FORM])
def test_every_paper_is_whole_before_anybody_told_the_box_anything(teacher: Browser, address: str) -> None:
    page = text(teacher.get(address))
    assert "None" not in page and "{" not in page
    assert "____" in page or address.endswith(("aipd", "annexe-1"))
    assert "RGPD conforme" not in page


@pytest.mark.parametrize(
    ("address", "stated"),
    [
        (
            "registre",
            ("name", "town", "department", "controller_contact", "dpo", "head", "ien", "erun", "wifi"),
        ),
        ("registre", ("ent", "ent_controller")),
        ("aipd", ("name", "department", "controller_contact", "dpo", "wifi", "ent")),
        ("notice", ("name", "department", "controller_contact", "dpo", "head", "head_contact", "ent")),
        ("vol-ou-perte", ("head", "head_contact", "ien", "erun", "dpo", "controller_contact")),
        ("fiche-incident", ("dpo", "name")),
        ("autorisation/ateliers", ("name", "department", "dpo", "head", "head_contact")),
    ],
)
def test_what_was_told_is_printed_and_leaves_no_blank(
    teacher: Browser, box: Box, address: str, stated: tuple[str, ...]
) -> None:
    school.save(box, KNOWN)
    page = text(teacher.get(f"/papiers/{address}"))
    assert [name for name in stated if str(getattr(KNOWN, name)) not in page] == []
    if address == "notice":
        assert "____" not in page


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        (Controller.DASEN, {"department": "Doubs"}, "(IA-DASEN). Département : Doubs"),
        (
            Controller.RECTOR,
            {"academy": "Versailles"},
            "rectrice d’académie. Académie : Versailles",
        ),
        (Controller.OTHER, {"controller_name": "le chef d’établissement"}, "le chef d’établissement"),
    ],
)
def test_the_controller_is_the_schools_word(
    teacher: Browser, box: Box, kind: Controller, typed: dict[str, str], words: str
) -> None:
    school.save(box, replace(School(), controller=kind, **typed))  # type: ignore[arg-type]
    for address in ("registre", "notice", "aipd"):
        assert words in text(teacher.get(f"/papiers/{address}"))


REGISTER = (
    ("nom et coordonnées du responsable", "Responsable de traitement"),
    ("délégué", "Délégué à la protection des données"),
    ("finalités", "Finalités et bases légales"),
    ("catégories de personnes", "Personnes concernées"),
    ("catégories de données", "Catégories de données"),
    ("destinataires", "Destinataires"),
    ("hors de l’Union", "Transfert hors de l’Union européenne"),
    ("durées", "Durées de conservation"),
    ("sécurité", "Mesures de sécurité"),
    ("base légale", "Mission d’intérêt public"),
    ("source", "Source"),
    ("analyse d’impact", "Analyse d’impact"),
)


NOTICE = (
    "Responsable",
    "Pourquoi",
    "mission d’intérêt public",
    "Dire non n’a aucune conséquence",
    "Qui écoute",
    "Combien de temps",
    "faire effacer",
    "vous opposer",
    "retirer une autorisation",
    "Délégué à la protection des données",
    "www.cnil.fr",
    "Si je dis non, on ne m’enregistre pas.",
    "Je peux demander d’effacer.",
)
VALID_PERMISSION = (
    "Élève",
    "Projet",
    "Objectif",
    "Où et quand",
    "Bénéficiaire",
    "Enregistrer",
    "Écouter ou voir en classe",
    "Notre famille",
    "sa voix",
    "aucune rémunération",
    "retirer cette autorisation à tout moment",
    "L’enfant dit oui",
    "J’exerce seul·e l’autorité parentale",
    "Classeur de la direction, page",
    "l’autorisation finit le 31 août 2027",
    "édition 2026-2027",
)


def test_the_register_sheet_has_each_field_of_article_30(teacher: Browser) -> None:
    page = text(teacher.get("/papiers/registre"))
    assert [asked for asked, words in REGISTER if words not in page] == []


def test_the_notice_says_all_of_article_13_and_the_child_has_a_page(teacher: Browser) -> None:
    page = text(teacher.get("/papiers/notice"))
    assert [words for words in NOTICE if words not in page] == []


def test_the_form_has_what_makes_a_permission_valid(teacher: Browser) -> None:
    page = text(teacher.get(FORM))
    assert [words for words in VALID_PERMISSION if words not in page] == []


def test_capture_and_each_use_are_allowed_separately(teacher: Browser, box: Box) -> None:
    scopes, natures = (Scope.CLASS, Scope.FAMILY, Scope.PARTNER_CLASS), (Nature.VOICE,)
    made = Project("", "Correspondants", "Se présenter", "CP de Mme Roux, Dole", natures, scopes, *period())
    project = projects.save(box, made, is_new=True)
    page = text(teacher.get(f"/papiers/autorisation/{project}"))
    row = page[page.index("sa voix") :].split("3. Supports")[0]
    assert row.count("oui") == row.count("non") == 1 + len(scopes)
    assert "CP de Mme Roux, Dole" in page
    annex = text(teacher.get("/papiers/annexe-1"))
    assert "1. Les ateliers de l’année" in annex and "2. Correspondants" in annex
    assert "Échange avec une autre classe Consentement" in text(teacher.get("/papiers/registre"))
    assert teacher.get("/papiers/autorisation/inconnu").status_code == 404


def test_each_pupil_has_a_form_with_their_first_name(teacher: Browser, box: Box, lina: str) -> None:
    people.add(box, "Tom", pictogram="cat")
    everybody = teacher.get(f"{FORM}/tous").text
    assert everybody.count('class="form-sheet"') == 2
    alone = text(teacher.get(f"{FORM}/{lina}"))
    assert "Lina" in alone and "Tom" not in alone
    assert teacher.get(f"{FORM}/personne").status_code == 404


def test_a_project_that_is_over_is_in_no_list(teacher: Browser, box: Box) -> None:
    over = Project(
        "", "Fini", "Avant", "", (Nature.VOICE,), (Scope.CLASS,), date(2026, 9, 1), date(2026, 12, 1)
    )
    projects.save(box, over, is_new=True)
    assert "Fini" not in text(teacher.get("/papiers/annexe-1"))


def test_durations_are_those_in_force(box: Box) -> None:
    before = dict(paper_facts.durations(box))
    assert before["Essai que l’élève n’a pas gardé"] == "30 jours"
    assert before["Voix, photo ou film gardé"].endswith("31 août 2027")
    durations.choose(box, Rules(unsorted_days=45, short=True))
    after, asked = dict(paper_facts.durations(box)), str(risks.questions(paper_facts.means(box)))
    assert "six mois (réglage actuel)" in asked and "scolaire (réglage actuel)" not in asked
    assert after["Essai que l’élève n’a pas gardé"] == "45 jours"
    assert after["Voix, photo ou film gardé"].startswith("six mois")


def test_what_the_controller_chose_is_what_is_printed(teacher: Browser, box: Box) -> None:
    assert "autorisation écrite des titulaires" in text(teacher.get("/papiers/registre"))
    settings.put(box.database, settings.PRIOR_PERMISSION, "no")
    settings.put(box.database, settings.SIGNATURES, Signatures.TWO_ALWAYS)
    assert "repose sur l’information des familles" in text(teacher.get("/papiers/registre"))
    assert "sauf si vous vous y opposez" in text(teacher.get("/papiers/notice"))
    assert "Les deux titulaires signent." in text(teacher.get(FORM))


def test_the_assessment_has_every_threat_and_every_open_point(box: Box) -> None:
    means = paper_facts.means(box)
    assert len(risks.threats(means)) == 16
    assert len(risks.threats(replace(means, ent=False))) == 15
    assert len(risks.questions(means)) == 11
    for row in risks.threats(means):
        assert all(row)


def test_a_backup_changes_what_is_promised(box: Box) -> None:
    assert not paper_facts.has_backup(box)
    box.config = replace(box.config, backup=BackupConfig(ent_folder="sauvegardes"))
    assert paper_facts.has_backup(box)
    assert ("Sauvegarde chiffrée", "35 jours glissants") in paper_facts.durations(box)


def test_the_certificate_counts_what_went_and_why(teacher: Browser, box: Box, lina: str) -> None:
    first, second, third = (send(box, lina) for _number in range(3))
    review.delete(box, first)
    review.delete(box, second)
    erasure.erase(box, third, reason="last_day")
    sheet = paper_facts.erasures(box)
    assert sheet.captures == 3
    assert dict(sheet.reasons)["leur dernier jour était passé"] == 1
    page = text(teacher.get("/papiers/effacement"))
    assert "À la demande de l’enseignant·e 2" in page and "En tout 3" in page
    assert "pas encore : la clé de la classe sert toujours" in page
    assert captures.overview(box.database)["total"] == 0
    assert teacher.get("/papiers/fin-d-annee").status_code == 404


def period() -> tuple[date, date]:
    return date(2026, 9, 1), date(2027, 8, 31)


def test_each_academy_suggests_an_address() -> None:
    for academy in ADDRESSES:
        assert re.fullmatch(r"dpd@ac-[a-z-]+\.fr", dpo_suggestion(academy))
    assert dpo_suggestion("Atlantide") == ""


def test_the_school_is_sealed_and_read_back(open_box: Box) -> None:
    school.save(open_box, KNOWN)
    sealed = settings.get_sealed(open_box.database, "school")
    assert sealed is not None and b"Colin" not in sealed
    assert settings.get(open_box.database, "school") is None
    assert school.read(open_box) == KNOWN


def test_the_schools_page_stores_every_field(teacher: Browser, box: Box) -> None:
    typed = {field.name: str(getattr(KNOWN, field.name)) for field in fields(School)}
    assert teacher.post("/ecole", typed).status_code == 303
    assert school.read(box) == KNOWN
    assert "dpd@ac-besancon.fr" in said(teacher.get("/ecole"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "x" * 201}, "200 caractères au plus"),
        ({"academy": "Atlantide"}, "Choisissez une académie"),
        ({"controller": "other"}, "Écrivez qui est responsable"),
    ],
)
def test_a_wrong_field_is_said_at_its_place(
    teacher: Browser, box: Box, typed: dict[str, str], words: str
) -> None:
    answer = teacher.post("/ecole", typed)
    assert (answer.status_code, words in said(answer)) == (400, True)
    assert settings.get_sealed(box.database, "school") is None
