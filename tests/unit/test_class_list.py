"""A class list out of ONDE: read whatever it is called, refused in one sentence, never a surname kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.onde import Fault, Line, NotAList, Why, initial_of, parse
from appliance.domain.permissions import PermissionState
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import class_list
from appliance.hub.rights.class_list import Newcomer, Status

EXPORT = """Nom élève;Nom d'usage;Prénom élève;Date naissance;Sexe;Niveau;Libellé classe;Droit à l'image
DUPONT;;LÉA;01/01/2020;F;CP;CP-CE1 Martin;Oui
ÉVRARD;;Jean-Baptiste;02/02/2020;M;COURS ELEMENTAIRE 1;CP-CE1 Martin;Non
"Da Silva";;MARIE-LOU;;F;GS;GS Petit;
"""


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252", "utf-8", "utf-8-sig"])
def test_onde_s_own_export(encoding: str) -> None:
    found = parse(EXPORT.encode(encoding))
    assert found.lines == (
        Line(2, "Léa", "D", "CP", "CP-CE1 Martin", True),
        Line(3, "Jean-Baptiste", "É", "CE1", "CP-CE1 Martin", False),
        Line(4, "Marie-Lou", "D", "GS", "GS Petit", False),
    )
    assert found.faults == ()
    assert found.groups == ["CP-CE1 Martin", "GS Petit"]


@pytest.mark.parametrize(
    "header",
    ["Nom;Prénom;Niveau", "NOM ELEVE;PRENOM ELEVE;NIVEAU", "Nom de famille ; Prénom 1 ; Libellé niveau"],
)
def test_headers_vary(header: str) -> None:
    text = f"Liste des élèves\n\n{header}\nMARTIN;Zoé;CM2\n"
    assert parse(text.encode()).lines == (Line(4, "Zoé", "M", "CM2", "", False),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nom;Prénom;Niveau\nA;Zoé;CP\nNom;Prénom;Niveau\nB;Luc;CE1\n", [("Zoé", "A"), ("Luc", "B")]),
        ("Nom;Prénom;Prénom\nA;Zoé;Luc\n", [("Zoé", "A")]),
        (
            '\ufeff"Nom élève";"Prénom élève"\r\n"DE LA TOUR; dite";"JEAN-BAPTISTE"\r\n',
            [("Jean-Baptiste", "D")],
        ),
        ("Nom;Prénom\nE\u0301VIN;Zoe\u0301\n", [("Zoé", "É")]),
        ("Nom;Prénom\n;Prénom\n", [("Prénom", "")]),
    ],
)
def test_lists_as_they_come(text: str, expected: list[tuple[str, str]]) -> None:
    lines = parse(text.encode()).lines
    assert [(line.first_name, line.initial) for line in lines] == expected


def test_a_level_that_the_box_does_not_know_and_columns_that_are_not_there() -> None:
    assert parse("Prénom;Niveau\nZoé;ULIS\n".encode()).lines == (Line(2, "Zoé", "", "", "", False),)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("DUPONT;;CP", Why.NO_FIRST_NAME),
        ("DUPONT", Why.SHORT),
        ("DUPONT;1234;CP", Why.NOT_A_NAME),
        ("DUPONT;a/b;CP", Why.NOT_A_NAME),
        (f"DUPONT;{'a' * 31};CP", Why.NOT_A_NAME),
    ],
)
def test_a_wrong_line_is_told_by_its_number_and_spoils_no_other(line: str, why: Why) -> None:
    found = parse(f"Nom;Prénom;Niveau\n{line}\nMARTIN;Zoé;CM2\n".encode())
    assert (found.faults, len(found.lines)) == ((Fault(2, why),), 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Why.EMPTY),
        (b"  \n ", Why.EMPTY),
        ("Nom;Prénom\n\n".encode(), Why.EMPTY),
        (b"PK\x03\x04rest of a spreadsheet", Why.NOT_A_LIST),
        (b"%PDF-1.7", Why.NOT_A_LIST),
        (b"a;b\0c", Why.NOT_A_LIST),
        (b"Identifiant;Ville\n1;Lyon\n", Why.NO_HEADER),
        (b"Nom,Prenom\nMARTIN,Zoe\n", Why.NO_HEADER),
        (b"x" * 600_000, Why.TOO_BIG),
        (b"a\n" * 2_000, Why.TOO_BIG),
    ],
)
def test_what_is_no_list_says_why(content: bytes, why: Why) -> None:
    with pytest.raises(NotAList) as refused:
        parse(content)
    assert refused.value.why is why


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: f"Nom;Prénom;Niveau\n{t}".encode()))
def test_it_never_fails_otherwise(content: bytes) -> None:
    try:
        found = parse(content)
    except NotAList:
        return
    for line in found.lines:
        assert 0 < len(line.first_name) <= 30
        assert len(line.initial) <= 1


@pytest.mark.parametrize(
    ("surname", "initial"),
    [("DUPONT", "D"), ("évrard", "É"), (" de La Tour", "D"), ("ßen", ""), ("'t Hooft", ""), ("", "")],
)
def test_a_surname_is_one_letter_from_the_first(surname: str, initial: str) -> None:
    assert initial_of(surname) == initial


def test_no_surname_gets_out_of_the_reader() -> None:
    assert "upont" not in repr(parse(EXPORT.encode())).lower()


def statuses(box: Box, *children: Newcomer) -> list[Status]:
    return [arrival.status for arrival in class_list.compare(box, children)]


def test_who_is_new_who_is_here_and_who_is_there_twice(open_box: Box, lina: str) -> None:
    assert lina
    zoe = Newcomer("Zoé", "M")
    assert statuses(open_box, zoe, Newcomer("lina", "D"), Newcomer("Lina", "K"), Newcomer("4")) == [
        Status.NEW,
        Status.HERE,
        Status.NEW,
        Status.WRONG,
    ]
    assert statuses(open_box, zoe, Newcomer("ZOE", "M")) == [Status.TWICE, Status.TWICE]


def test_a_class_is_added_in_one_go_and_waits_for_its_families(open_box: Box, lina: str) -> None:
    children = [Newcomer(f"Élève{chr(65 + n)}", "M", "CP") for n in range(25)]
    children.append(Newcomer("Lina", "D", "CP"))
    assert class_list.add(open_box, children, lambda _box: "cat") == 25
    here = people.every(open_box)
    assert len(here) == 26
    for pupil in here:
        if pupil.id != lina:
            assert {p.state for p in pupil.permissions} <= {PermissionState.PENDING}
    assert class_list.add(open_box, children, lambda _box: "cat") == 0


@pytest.mark.parametrize(
    "children",
    [
        [Newcomer("Zoé", "M"), Newcomer("Zoé", "M")],
        [Newcomer("Zoé", "MARTIN")],
        [Newcomer("Zoé"), Newcomer("a/b")],
        [Newcomer(f"Élève {n}a") for n in range(61)],
    ],
)
def test_all_or_none(open_box: Box, children: list[Newcomer]) -> None:
    with pytest.raises(class_list.Refused):
        class_list.add(open_box, children, lambda _box: "cat")
    assert people.every(open_box) == []
