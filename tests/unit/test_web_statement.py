"""« Que sait la boîte de mon enfant ? »: what this family answered to each project, in its page's words."""

import re
from datetime import date

import pytest

from appliance.domain.permissions import Nature, Scope, Signed
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from tests.unit.rights_helpers import TWO, tom
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher", "tom"]

BOTH = (Nature.VOICE, Nature.PRODUCTION)
ALL = (Scope.CLASS, Scope.FAMILY, Scope.CLASS_SPACE, Scope.PARTNER_CLASS)


@pytest.fixture
def fable(box: Box) -> str:
    """A project whose paper names who receives."""
    return named(box, "Les fables de Tom", "la classe de Besançon")


def named(box: Box, title: str, recipient: str = "", until: date = date(2027, 3, 31)) -> str:
    asked = Project("", title, "Dire à d’autres", recipient, BOTH, ALL, date(2027, 1, 4), until)
    return projects.save(box, asked, is_new=True)


def answered(teacher: Browser, pupil: str) -> dict[str, list[tuple[str, str, str]]]:
    """The table of the answers: nature, answer and who signed, by project."""
    page = said(teacher.get(f"/eleves/{pupil}/page-famille"))
    [table] = re.findall(r"Ce que vous avez répondu.*?</table>", page, re.DOTALL)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for body in re.findall(r"<tbody>(.*?)</tbody>", table, re.DOTALL):
        [title] = re.findall(r"<th[^>]*>(.*?)</th>", body)
        rows = re.findall(r"<td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", body)
        found[title] = rows
    return found


def test_each_named_project_is_there_with_this_family_s_answer(
    box: Box, teacher: Browser, lina: str, tom: str, fable: str
) -> None:
    people.answer(box, lina, Nature.VOICE, ALL, project=fable, signed=TWO)
    people.answer(box, lina, Nature.PRODUCTION, [], project=fable, signed=Signed(1))
    people.answer(box, tom, Nature.VOICE, [Scope.CLASS], project=fable, signed=TWO)
    told = answered(teacher, lina)
    # The other child whose name stands in the title is struck out.
    assert list(told) == ["Les ateliers de l’année", "Les fables de […]"]
    assert told["Les fables de […]"] == [
        (
            "Voix",
            "Jusqu’à la classe partenaire, jusqu’au 31 mars 2027",
            "12 janv. 2027, 2 responsables légaux",
        ),
        ("Photo du travail", "Non", "12 janv. 2027, 1 responsable légal"),
    ]
    assert told["Les ateliers de l’année"][0][1] == "En classe et à la maison, jusqu’au 31 août 2027"
    own = said(teacher.get(f"/eleves/{lina}?projet={fable}"))
    assert "Jusqu’à la classe partenaire" in own and "Photo du travail" in own


def test_what_nobody_answered_and_what_was_withdrawn_are_told_apart(
    box: Box, teacher: Browser, lina: str, fable: str
) -> None:
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], project=fable, signed=TWO)
    people.answer(box, lina, Nature.VOICE, [], project=fable)
    rows = answered(teacher, lina)["Les fables de Tom"]
    assert [row[:2] for row in rows] == [
        ("Voix", "Non, autorisation retirée"),
        ("Photo du travail", "Pas encore de réponse"),
    ]
    assert rows[1][2] == ""


def test_a_project_that_is_over_stays_where_there_is_an_answer(
    box: Box, teacher: Browser, lina: str, tom: str
) -> None:
    over = named(box, "Les fables de Tom", until=date(2027, 1, 11))
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS], project=over)
    assert answered(teacher, lina)["Les fables de […]"][0][:2] == ("Voix", "Réponse expirée, à redemander")
    assert list(answered(teacher, tom)) == ["Les ateliers de l’année"]


def test_last_year_s_answer_is_in_the_box_and_says_so(box: Box, teacher: Browser, lina: str) -> None:
    with box.database.transaction() as db:
        db.execute("UPDATE permissions SET since = '2026-01-12', until = '2026-08-31'")
    assert "Pas encore de réponse" in said(teacher.get(f"/eleves/{lina}"))
    voice = next(row for row in answered(teacher, lina)["Les ateliers de l’année"] if row[0] == "Voix")
    assert voice == ("Voix", "Réponse expirée, à redemander", "12 janv. 2027, 1 responsable légal")
