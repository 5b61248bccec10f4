"""The tables of law.md §7.1 and §7.2, row by row, in the words of the law.

A row is a kind of capture, a column a use; a cell says what a family has to have given:
– nothing (notice only) · N1 one holder · N2 two holders, or the one who holds it alone · N3 two holders
on the project’s own form, which names who receives, and the child’s yes · dir. the direction · ✗ never.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from appliance.domain.permissions import (
    ChildWord,
    Matter,
    Member,
    Nature,
    Permission,
    PermissionState,
    Policy,
    Scope,
    Signatures,
    Signed,
    Use,
    decide,
)

TODAY = date(2027, 1, 12)
END = date(2027, 8, 31)
RADIO = "radio"
"""A project of its own."""

COLUMNS = {
    "réécoute par l’auteur": Use.REPLAY,
    "écoute en classe": Use.CLASS,
    "montré plus tard aux élèves": Use.EXHIBITION,
    "ENT, sa famille": Use.OWN_FAMILY,
    "ENT, espace classe": Use.CLASS_SPACE,
    "autre école": Use.PARTNER,
}
TABLE_7_1 = """
K1 essai                          | N1 | N1 | ✗  | ✗  | ✗  | ✗
K2 voix d’un élève                | N1 | N1 | N1 | N1 | N2 | N3
K3 voix de groupe                 | N1 | N1 | N1 | N2 | N2 | N3
K4 chœur, ambiance                | –  | –  | –  | –  | –  | dir.
K5 photo du travail               | –  | –  | –  | –  | –  | dir.
K6 photo, élève non reconnaissable| –  | –  | –  | –  | –  | dir.
K7 photo d’un élève               | N1 | N1 | N1 | N1 | N2 | N3
K7 photo d’un groupe              | N1 | N1 | N1 | N2 | N2 | N3
"""
MISSION = """
K1 essai                          | –  | –  | ✗  | ✗  | ✗  | ✗
K2 voix d’un élève                | –  | –  | –  | –  | N2 | N3
K3 voix de groupe                 | –  | –  | –  | N2 | N2 | N3
K4 chœur, ambiance                | –  | –  | –  | –  | –  | dir.
K5 photo du travail               | –  | –  | –  | –  | –  | dir.
K6 photo, élève non reconnaissable| –  | –  | –  | –  | –  | dir.
K7 photo d’un élève               | –  | –  | –  | –  | N2 | N3
K7 photo d’un groupe              | –  | –  | –  | N2 | N2 | N3
"""
TWO_SIGNATURES = """
K1 essai                          | N2 | N2 | ✗  | ✗  | ✗  | ✗
K2 voix d’un élève                | N2 | N2 | N2 | N2 | N2 | N3
K3 voix de groupe                 | N2 | N2 | N2 | N2 | N2 | N3
K4 chœur, ambiance                | –  | –  | –  | –  | –  | dir.
K5 photo du travail               | –  | –  | –  | –  | –  | dir.
K6 photo, élève non reconnaissable| –  | –  | –  | –  | –  | dir.
K7 photo d’un élève               | N2 | N2 | N2 | N2 | N2 | N3
K7 photo d’un groupe              | N2 | N2 | N2 | N2 | N2 | N3
"""
KINDS = {
    "K1 essai": (Matter(Nature.VOICE, RADIO, kept=False), 1),
    "K2 voix d’un élève": (Matter(Nature.VOICE, RADIO), 1),
    "K3 voix de groupe": (Matter(Nature.VOICE, RADIO), 3),
    "K4 chœur, ambiance": (Matter(Nature.VOICE, RADIO, anonymous=True), 3),
    "K5 photo du travail": (Matter(Nature.PRODUCTION, RADIO), 1),
    "K6 photo, élève non reconnaissable": (Matter(Nature.IMAGE, RADIO, anonymous=True), 1),
    "K7 photo d’un élève": (Matter(Nature.IMAGE, RADIO), 1),
    "K7 photo d’un groupe": (Matter(Nature.FILM, RADIO), 6),
}
FAMILIES = {
    "pas de réponse": None,
    "N1": Signed(holders=1),
    "N2": Signed(holders=2),
    "N2 seul·e": Signed(holders=1, alone=True),
    "N3": Signed(holders=2, child=ChildWord.YES, form="2026-1", named=True),
}
ENOUGH = {
    "–": set(FAMILIES),
    "N1": {"N1", "N2", "N2 seul·e", "N3"},
    "N2": {"N2", "N2 seul·e", "N3"},
    "N3": {"N3"},
    "dir.": set(),
    "✗": set(),
}


def read(table: str) -> list[tuple[str, str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    assert [row[0] for row in rows] == list(KINDS)
    return [(row[0], use, cell) for row in rows for use, cell in zip(COLUMNS, row[1:], strict=True)]


def answered(nature: Nature, signed: Signed | None, state: PermissionState) -> tuple[Permission, ...]:
    if signed is None:
        return ()
    return tuple(Permission(nature, scope, state, END, project=RADIO, signed=signed) for scope in Scope)


def group(matter: Matter, size: int, family: str) -> list[Member]:
    given = answered(matter.nature, FAMILIES[family], PermissionState.GRANTED)
    everything = answered(matter.nature, FAMILIES["N3"], PermissionState.GRANTED)
    return [Member("p0", given), *(Member(f"p{i}", everything) for i in range(1, size))]


def check(kind: str, use: str, cell: str, policy: Policy) -> None:
    matter, size = KINDS[kind]
    for family in FAMILIES:
        members = group(matter, size, family)
        found = decide(matter, COLUMNS[use], members, TODAY, policy)
        assert found.allowed is (family in ENOUGH[cell]), (kind, use, family)
        agreed = decide(replace(matter, direction_agreed=True), COLUMNS[use], members, TODAY, policy)
        assert agreed.allowed is (found.allowed or cell == "dir."), (kind, use, family)


@pytest.mark.parametrize(("kind", "use", "cell"), read(TABLE_7_1))
def test_table_7_1_prior_permission(kind: str, use: str, cell: str) -> None:
    check(kind, use, cell, Policy())


@pytest.mark.parametrize(("kind", "use", "cell"), read(MISSION))
def test_table_7_1_mission_of_public_interest(kind: str, use: str, cell: str) -> None:
    check(kind, use, cell, Policy(prior_permission=False))


@pytest.mark.parametrize(("kind", "use", "cell"), read(TWO_SIGNATURES))
def test_table_7_1_two_signatures_everywhere(kind: str, use: str, cell: str) -> None:
    check(kind, use, cell, Policy(signatures=Signatures.TWO_ALWAYS))


@pytest.mark.parametrize(("kind", "use", "cell"), read(TABLE_7_1))
def test_table_7_1_one_signature_everywhere(kind: str, use: str, cell: str) -> None:
    """CNIL, recommendation 4: one holder stands for both; N3 keeps its own form and the child's yes."""
    matter, size = KINDS[kind]
    one = Signed(holders=1)
    own_form = Signed(holders=1, child=ChildWord.YES, named=True)
    for signed, enough in ((one, {"–", "N1", "N2"}), (own_form, {"–", "N1", "N2", "N3"})):
        members = [
            Member(f"p{i}", answered(matter.nature, signed, PermissionState.GRANTED)) for i in range(size)
        ]
        policy = Policy(signatures=Signatures.ONE_ALWAYS)
        assert decide(matter, COLUMNS[use], members, TODAY, policy).allowed is (cell in enough)


N3 = Signed(holders=2, child=ChildWord.YES, named=True)
OVER, LONG_OVER = TODAY - timedelta(days=14), TODAY - timedelta(days=15)
STATES = {
    "en_attente": Member("p0"),
    "refusee": Member("p0", answered(Nature.VOICE, N3, PermissionState.REFUSED)),
    "accordee": Member("p0", answered(Nature.VOICE, N3, PermissionState.GRANTED)),
    "accordee, expirée depuis 14 jours": Member(
        "p0", tuple(replace(p, until=OVER) for p in answered(Nature.VOICE, N3, PermissionState.GRANTED))
    ),
    "accordee, expirée depuis 15 jours": Member(
        "p0", tuple(replace(p, until=LONG_OVER) for p in answered(Nature.VOICE, N3, PermissionState.GRANTED))
    ),
    "accordee, pas encore commencée": Member(
        "p0",
        tuple(
            replace(p, since=TODAY + timedelta(days=1))
            for p in answered(Nature.VOICE, N3, PermissionState.GRANTED)
        ),
    ),
    "retiree (totale)": Member("p0", answered(Nature.VOICE, N3, PermissionState.WITHDRAWN)),
    "retiree (une portée : maison)": Member(
        "p0",
        tuple(
            replace(p, state=PermissionState.WITHDRAWN) if p.scope is Scope.FAMILY else p
            for p in answered(Nature.VOICE, N3, PermissionState.GRANTED)
        ),
    ),
    "retiree (une portée : classe)": Member(
        "p0",
        tuple(
            replace(p, state=PermissionState.WITHDRAWN) if p.scope is Scope.CLASS else p
            for p in answered(Nature.VOICE, N3, PermissionState.GRANTED)
        ),
    ),
    "non de l’enfant": Member(
        "p0",
        answered(Nature.VOICE, replace(N3, child=ChildWord.NO), PermissionState.GRANTED),
    ),
    "desaccord_parental": Member(
        "p0", answered(Nature.VOICE, N3, PermissionState.GRANTED), disagreement=True
    ),
    "a quitté la classe": Member("p0", answered(Nature.VOICE, N3, PermissionState.GRANTED), left=True),
}
TABLE_7_2 = """
état                              | capture | maître | élèves | famille | espace classe | autre école
en_attente                        | non     | non    | non    | non     | non           | non
refusee                           | non     | non    | non    | non     | non           | non
accordee                          | oui     | oui    | oui    | oui     | oui           | oui
accordee, expirée depuis 14 jours | non     | oui    | non    | non     | non           | non
accordee, expirée depuis 15 jours | non     | non    | non    | non     | non           | non
accordee, pas encore commencée    | non     | non    | non    | non     | non           | non
retiree (totale)                  | non     | non    | non    | non     | non           | non
retiree (une portée : maison)     | oui     | oui    | oui    | non     | oui           | oui
retiree (une portée : classe)     | non     | non    | non    | non     | non           | non
non de l’enfant                   | non     | non    | non    | non     | non           | non
desaccord_parental                | non     | non    | non    | non     | non           | non
a quitté la classe                | non     | oui    | non    | non     | non           | non
"""
USES_7_2 = (Use.CLASS, Use.TEACHER, Use.EXHIBITION, Use.OWN_FAMILY, Use.CLASS_SPACE, Use.PARTNER)


@pytest.mark.parametrize("line", TABLE_7_2.strip().splitlines()[1:])
@pytest.mark.parametrize("others", [0, 5])
def test_table_7_2(line: str, others: int) -> None:
    state, *cells = (cell.strip() for cell in line.split("|"))
    group = [STATES[state], *[replace(STATES["accordee"], id=f"p{i + 1}") for i in range(others)]]
    for use, cell in zip(USES_7_2, cells, strict=True):
        matter = Matter(Nature.VOICE, RADIO, kept=use is not Use.CLASS)
        decision = decide(matter, use, group, TODAY)
        assert decision.allowed is (cell == "oui"), use
        assert decision.lacking == (() if cell == "oui" else ("p0",))


def test_every_state_of_the_table_is_played() -> None:
    lines = TABLE_7_2.strip().splitlines()[1:]
    assert [line.split("|")[0].strip() for line in lines] == list(STATES)


@pytest.mark.parametrize("policy", [Policy(), Policy(prior_permission=False)])
@pytest.mark.parametrize("state", ["refusee", "retiree (totale)", "non de l’enfant", "desaccord_parental"])
def test_an_objection_stands_whatever_the_policy(state: str, policy: Policy) -> None:
    """Mission of public interest goes with a right of opposition (§1.6)."""
    for use in Use:
        assert not decide(Matter(Nature.VOICE, RADIO), use, [STATES[state]], TODAY, policy).allowed


@pytest.mark.parametrize(
    ("what", "allowed"), [("refus", False), ("désaccord", True), ("pas de réponse", True), ("parti", False)]
)
def test_a_photo_of_a_work_needs_no_permission_but_a_no_stands(what: str, allowed: bool) -> None:
    refused = answered(Nature.PRODUCTION, Signed(), PermissionState.REFUSED)
    member = {
        "refus": Member("p0", refused),
        "désaccord": Member("p0", disagreement=True),
        "pas de réponse": Member("p0"),
        "parti": Member("p0", left=True),
    }[what]
    for use in (Use.CLASS, Use.EXHIBITION, Use.OWN_FAMILY, Use.CLASS_SPACE):
        assert decide(Matter(Nature.PRODUCTION, RADIO), use, [member], TODAY).allowed is allowed


def test_a_capture_of_nobody_is_a_no_unless_nobody_is_recognised_in_it() -> None:
    assert not decide(Matter(Nature.VOICE), Use.CLASS, [], TODAY).allowed
    assert not decide(Matter(Nature.PRODUCTION), Use.OWN_FAMILY, [], TODAY).allowed
    assert decide(Matter(Nature.VOICE, anonymous=True), Use.CLASS_SPACE, [], TODAY).allowed
