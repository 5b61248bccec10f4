"""The pages of families' rights, from the teacher's side."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import BackupConfig
from appliance.domain.captures import Quarantine
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import departures, export_files, quarantine
from appliance.store import captures, exports, journal
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import carried, found, group, names_in, opened, someone, tom
from tests.unit.web_helpers import Browser, app, said, teacher, visitor

__all__ = ["app", "teacher", "tom", "visitor"]


def rights(pupil: str, more: str = "") -> str:
    return f"/eleves/{pupil}/droits{more}"


def test_the_pupil_s_page_leads_there(box: Box, teacher: Browser, lina: str) -> None:
    assert f'href="{rights(lina)}"' in teacher.get(f"/eleves/{lina}").text
    page = said(teacher.get(rights(lina)))
    for way in ("/page-famille", "/droits/copie", "/droits/corriger", "/droits/effacer", "/droits/depart"):
        assert f"/eleves/{lina}{way}" in page
    assert teacher.get(rights("personne")).status_code == 404


def test_a_visitor_reaches_nothing(visitor: Browser, box: Box, lina: str) -> None:
    for path in (rights(lina), rights(lina, "/copie"), f"/eleves/{lina}/page-famille", "/mises-de-cote"):
        assert visitor.get(path).status_code == 303
    assert visitor.post(rights(lina, "/effacer")).status_code == 401


def test_a_copy_is_made_shown_once_downloaded_and_handed(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina, b"ma voix")
    assert "1 trace est de lui" in said(teacher.get(rights(lina, "/copie")))
    shown = said(teacher.post(rights(lina, "/copie")))
    words = re.findall(r"<li>(\w+)</li>", shown[shown.index('class="words"') :])
    assert len(words) == 7
    box.errands.join()
    (row,) = exports.every(box.database)
    page = said(teacher.get(rights(lina, "/copie")))
    assert "effacée de la boîte après le 19 janvier 2027" in page
    assert 'class="words"' not in page
    assert " ".join(words) not in page
    assert not set(words) <= set(re.findall(r"\w+", page))
    answer = teacher.get(rights(lina, f"/copie/{row.id}.zip"))
    assert answer.data[:2] == b"PK"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Lina" not in answer.headers["Content-Disposition"]
    assert opened(box, row, " ".join(words))["medias/0001.mp3"] == b"ma voix"
    teacher.post(rights(lina, f"/copie/{row.id}/remise"))
    assert "remise le 12 janvier 2027" in said(teacher.get(rights(lina, "/copie")))


def test_nobody_downloads_another_s_copy(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    teacher.post(rights(lina, "/copie"))
    box.errands.join()
    (row,) = exports.every(box.database)
    assert teacher.get(rights(tom, f"/copie/{row.id}.zip")).status_code == 404
    assert teacher.get(rights(lina, "/copie/autre.zip")).status_code == 404


def test_a_group_s_trace_goes_in_when_it_is_ticked(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    both = group(box, lina, tom)
    assert f'value="{both.id}"' in teacher.get(rights(lina, "/copie")).text
    teacher.post(rights(lina, "/copie"), {"trace": both.id})
    box.errands.join()
    assert "medias/0001.mp3" in exports_names(box)


def exports_names(box: Box) -> list[str]:
    (row,) = exports.every(box.database)
    return names_in(export_files.path_of(box, row.id))


def test_a_name_is_corrected(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    wrong = teacher.post(rights(lina, "/corriger"), {"prenom": "Tom", "initiale": "B", "niveau": "CP"})
    assert (wrong.status_code, "porte déjà ce nom" in said(wrong)) == (400, True)
    empty = teacher.post(rights(lina, "/corriger"), {"prenom": "", "initiale": "", "niveau": "CP"})
    assert (empty.status_code, "Écrivez le prénom" in said(empty)) == (400, True)
    there = send(box, lina)
    carried(box, there)
    data = {"prenom": "Léna", "initiale": "D", "niveau": "CE1", "reprendre": "1"}
    assert teacher.post(rights(lina, "/corriger"), data).status_code == 303
    assert "1 trace est reprise de l’ENT" in said(teacher.get(rights(lina)))
    assert someone(box, lina).first_name == "Léna"


def test_erasing_everything_is_shown_then_proven(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    own, both = send(box, lina), group(box, lina, tom)
    carried(box, own)
    quarantine.put_aside(box, send(box, lina), Quarantine.PROTECTED)
    assert "sauvegardes scellées" not in said(teacher.get(rights(lina, "/effacer")))
    box.config = replace(box.config, backup=BackupConfig(folder=Path("/media/clef")))
    page = said(teacher.get(rights(lina, "/effacer")))
    for words in (
        "1 trace où l’élève est seul·e",
        "1 copie dans l’ENT",
        "le reçu n’en dit rien",
        "16 février",
    ):
        assert words in page
    assert len(captures.of_pupil(box.database, lina)) == 3
    answer = teacher.post(rights(lina, "/effacer"), {"reste": both.id})
    receipt = said(teacher.get(answer.location))
    for words in (
        "2 traces concernées",
        "effacement demandé, pas encore vérifié",
        "l’élève n’y est plus nommé",
        "Hors de portée",
        "16 février 2027",
    ):
        assert words in receipt
    assert "protéger" not in receipt
    assert len(captures.of_pupil(box.database, lina)) == 1


def test_a_pupil_leaves_and_comes_back(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    both = group(box, lina, tom)
    assert "Radier de la classe" in said(teacher.get(rights(lina, "/depart")))
    page = said(teacher.get(teacher.post(rights(lina, "/depart")).location))
    assert "sera effacé après le 11 février 2027" in page
    assert "Lina" not in said(teacher.get("/eleves"))
    assert "parti·e le 12 janvier 2027" in said(teacher.get("/demandes"))
    assert teacher.post(rights(lina, "/depart")).status_code == 303
    teacher.post(rights(lina, f"/depart/{both.id}"))
    assert found(box, both).pupils == (tom,)
    assert teacher.post(rights(lina, f"/depart/{both.id}")).status_code == 404
    assert "ancien badge reste annulé" in said(teacher.get(teacher.post(rights(lina, "/retour")).location))
    assert departures.last_day_of(box, lina) is None
    assert teacher.post(rights(lina, "/retour")).status_code == 303


@pytest.mark.parametrize(("why", "heard"), [("limitation", 404), ("protected", 200)])
def test_a_trace_is_put_aside_and_brought_back(
    box: Box, teacher: Browser, visitor: Browser, lina: str, why: str, heard: int
) -> None:
    capture = send(box, lina, b"ma voix")
    page = said(teacher.get(f"/trace/{capture.id}"))
    assert "la procédure est humaine" in page
    assert teacher.post(f"/mises-de-cote/{capture.id}", {"motif": why}).location == "/mises-de-cote"
    assert visitor.get(f"/e/{capture.code}").status_code == 410
    assert capture.id not in teacher.get("/aujourdhui").text
    assert teacher.get(f"/trace/{capture.id}").location == "/mises-de-cote"
    for part in ("contenu", "vignette", "a-qui"):
        assert teacher.get(f"/trace/{capture.id}/{part}").status_code == 404
    for act in ("garder", "liberer", "imprimer", "effacer"):
        assert teacher.post(f"/trace/{capture.id}/{act}").status_code == 404
    assert "Lina" in said(teacher.get("/mises-de-cote"))
    assert teacher.get(f"/mises-de-cote/{capture.id}/contenu").status_code == heard
    teacher.post(f"/mises-de-cote/{capture.id}/remettre")
    assert teacher.get(f"/trace/{capture.id}/contenu").data == b"ma voix"
    assert visitor.get(f"/e/{capture.code}").status_code == 200
    assert teacher.post(f"/mises-de-cote/{capture.id}/effacer").status_code == 404


def test_a_trace_is_not_put_aside_without_a_reason(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    teacher.post(f"/mises-de-cote/{capture.id}", {"motif": "autre"})
    assert "Dites pourquoi" in said(teacher.get("/aujourdhui"))
    assert found(box, capture).quarantine is Quarantine.NO


def test_what_is_aside_may_be_erased_there(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    quarantine.put_aside(box, capture, Quarantine.LIMITATION)
    teacher.post(f"/mises-de-cote/{capture.id}/effacer")
    assert captures.find(box.database, capture.id) is None


def test_a_request_is_noted_extended_and_answered(box: Box, teacher: Browser, lina: str) -> None:
    assert "Aucune demande" in said(teacher.get("/demandes"))
    wrong = teacher.post("/demandes", {"eleve": "", "nature": "", "recue": "hier", "texte": "trop" * 300})
    assert wrong.status_code == 400
    for words in ("Choisissez l’élève", "Choisissez ce qui est demandé", "Écrivez le jour", "trop long"):
        assert words in said(wrong)
    typed = {"eleve": lina, "nature": "access", "recue": "2027-02-01", "qui": "M. D.", "texte": "tout"}
    late = teacher.post("/demandes", typed)
    assert (late.status_code, "à venir" in said(late), "M. D." in said(late)) == (400, True, True)
    one = teacher.post("/demandes", typed | {"recue": "2027-01-10"}).location
    assert "10 février 2027" in said(teacher.get(one))
    assert "29 jours pour répondre" in said(teacher.get("/demandes"))
    assert teacher.post(f"{one}/prolonger", {"motif": ""}).status_code == 400
    teacher.post(f"{one}/prolonger", {"motif": "beaucoup de traces"})
    assert "10 avril 2027" in said(teacher.get(one))
    assert teacher.post(f"{one}/prolonger", {"motif": "encore"}).status_code == 400
    unsaid = teacher.post(f"{one}/repondre", {"suite": "", "reponse": "Copie prête."})
    assert (unsaid.status_code, "Copie prête.</textarea>" in said(unsaid)) == (400, True)
    refused = teacher.post(f"{one}/repondre", {"suite": "refused", "reponse": ""})
    assert ("se motive" in said(refused), 'value="refused" checked' in said(refused)) == (True, True)
    teacher.post(f"{one}/repondre", {"suite": "done", "reponse": "Copie remise."})
    assert "Copie remise." in said(teacher.get(one))
    assert "/prolonger" not in teacher.get(one).text


def test_a_request_is_late_nearly_or_in_time(box: Box, teacher: Browser, lina: str) -> None:
    def well() -> str:
        return said(teacher.get("/tout-va-bien"))

    assert "Demandes des familles" not in well()
    teacher.post("/demandes", {"eleve": lina, "nature": "access", "recue": "2027-01-10"})
    assert "attend une réponse jusqu’au 10 février 2027" in well()
    assert "Répondez depuis" not in well()
    teacher.post("/demandes", {"eleve": lina, "nature": "access", "recue": "2026-12-15"})
    assert "Répondez depuis" in well()
    teacher.post("/demandes", {"eleve": lina, "nature": "erasure", "recue": "2026-11-10"})
    assert "en retard de 33 jours" in said(teacher.get("/demandes"))
    assert "1 demande attend une réponse depuis plus d’un mois" in well()


def test_the_page_for_the_family_names_nobody_else(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    capture, both = send(box, lina), group(box, lina, tom)
    carried(box, capture)
    quarantine.put_aside(box, send(box, lina), Quarantine.PROTECTED)
    page = said(teacher.get(f"/eleves/{lina}/page-famille"))
    for words in (
        "Lina",
        "1 en groupe",
        "31 août 2027",
        "1 trace, dans l’espace de votre enfant",
        "Les ateliers de l’année",
        "En classe et à la maison, jusqu’au 31 août 2027",
        "CNIL",
    ):
        assert words in page
    assert "Tom" not in page
    assert "protéger" not in page
    assert re.search(r"<td[^>]*>2</td>", page)
    assert both.id not in page


def test_the_page_is_noted_once_a_day(box: Box, teacher: Browser, lina: str) -> None:
    for _ in range(3):
        teacher.get(f"/eleves/{lina}/page-famille")
    lines = [line for line, _digest in journal.every(box.database) if line.event == "statement_printed"]
    assert len(lines) == 1


CSV = "Nom élève;Prénom élève;Niveau;Classe;Autorisation\nDUPONT;ZOÉ;CP;A;Oui\nMARTIN;Lina;CE1;A;\nX;;CP;A;\n"


def upload(teacher: Browser, content: bytes, **more: str) -> str:
    data = {"fichier": (io.BytesIO(content), "liste.csv"), **more}
    answer = teacher.post("/eleves/liste", data)
    return f"{answer.status_code} {said(answer)}"


def test_a_list_is_previewed_then_added(box: Box, teacher: Browser, lina: str) -> None:
    page = upload(teacher, CSV.encode("iso-8859-1"))
    assert page.startswith("200")
    for words in ("2 élèves à ajouter", "Zoé", "ligne 4 : pas de prénom", "cherchez le papier signé"):
        assert words in page
    assert "dupont" not in page.lower()
    assert len(people.every(box)) == 1
    typed = {"combien": "2", "prenom-0": "Zoé", "initiale-0": "d", "niveau-0": "CP", "garder-0": "1"}
    typed |= {"prenom-1": "Lina", "initiale-1": "M", "niveau-1": "CE1"}
    assert teacher.post("/eleves/liste/ajouter", typed).status_code == 303
    assert [(p.first_name, p.initial, p.level) for p in people.every(box)] == [
        ("Lina", "D", "CP"),
        ("Zoé", "D", "CP"),
    ]


def test_a_wrong_list_says_what_to_do(box: Box, teacher: Browser) -> None:
    for content, words in (
        (b"PK\x03\x04", "Ce n’est pas un fichier CSV"),
        (b"a;b\n1;2\n", "colonne « Prénom »"),
        (b"", "vide"),
        (b"x" * 300_000 + b"\n" * 2_000, "trop gros"),
        (CSV.encode() + b"".join(b"N;P%c;CP;B;\n" % (97 + n % 26) for n in range(80)), "Écrivez le nom"),
    ):
        page = upload(teacher, content)
        assert page.startswith("400")
        assert words in page, words
    assert "Aucun élève de cette classe" in upload(teacher, CSV.encode(), classe="B")
    assert teacher.post("/eleves/liste").status_code == 400
    assert people.every(box) == []


def test_two_of_one_name_are_told_apart_by_the_teacher(box: Box, teacher: Browser) -> None:
    content = "Nom;Prénom\nMARTIN;Zoé\nMOREL;Zoé\n".encode()
    assert upload(teacher, content).count("deux fois le même nom") == 2
    typed = {"combien": "2", "garder-0": "1", "garder-1": "1", "prenom-0": "Zoé", "prenom-1": "Zoé"}
    twice = teacher.post("/eleves/liste/ajouter", typed | {"initiale-0": "M", "initiale-1": "M"})
    assert (twice.status_code, people.every(box)) == (400, [])
    teacher.post("/eleves/liste/ajouter", typed | {"initiale-0": "M", "initiale-1": "O"})
    assert [p.shown for p in people.every(box)] == ["Zoé M.", "Zoé O."]


def test_a_forged_count_adds_nobody(box: Box, teacher: Browser) -> None:
    for count in ("1000000", "-1", "x"):
        assert teacher.post("/eleves/liste/ajouter", {"combien": count}).status_code == 400
