"""The table of roles, row by row as the head of a school or a data protection officer would read it."""

import pytest

from appliance.domain.audit import Role
from appliance.domain.roles import ADULTS, KEYED, MAY, Act, act_of_hearing, may
from tests.conftest import HandClock
from web.role_words import ROLE_NAMES, ROLE_RIGHTS, refusal

COLUMNS = ("enseignant·e", "remplaçant·e", "AESH/ATSEM", "direction", "ERUN")
ROLE_OF = dict(
    zip(COLUMNS, (Role.TEACHER, Role.SUBSTITUTE, Role.ASSISTANT, Role.DIRECTION, Role.ERUN), strict=True)
)
TABLE = """
                                               | E | R | A | D | U
    ouvrir et verrouiller la classe             open_class       | x | x | x | - | -
    ouvrir et fermer les ateliers               run_stations     | x | x | - | - | -
    écouter les traces du jour                  hear_today       | x | x | x | - | -
    écouter les traces d’avant                  hear_older       | x | - | - | - | -
    réimprimer une étiquette                    reprint          | x | x | x | - | -
    garder une trace                            keep             | x | - | - | - | -
    libérer pour la maison (ENT)                release          | x | - | - | - | -
    effacer, mettre de côté                     erase            | x | - | - | - | -
    dire à qui est une trace                    give             | x | - | - | - | -
    marquer (anonyme, carnet de suivi)          mark             | x | - | - | - | -
    exporter                                    export           | x | - | - | - | -
    voir les autorisations                      see_permissions  | x | - | - | - | -
    saisir les autorisations                    set_permissions  | x | - | - | - | -
    changer les élèves, groupes, badges         set_pupils       | x | - | - | - | -
    projets                                     set_projects     | x | - | - | - | -
    régler les ateliers                         set_stations     | x | - | - | - | -
    prêter sa voix à la boîte                   record_voice     | x | - | - | - | -
    répondre aux demandes des familles          answer_requests  | x | - | - | - | -
    voir les choix du responsable               see_policy       | x | - | - | x | -
    faire les choix du responsable              set_policy       | - | - | - | x | -
    pages du bureau                             use_office       | x | - | - | x | x
    voir qui ouvre la boîte                     see_adults       | x | - | - | x | -
    donner la clé de la classe, la changer      set_keys         | x | - | - | - | -
    ouvrir et fermer les comptes sans clé       set_accounts     | x | - | - | x | -
    faire confiance à un appareil               trust_device     | x | - | x | - | -
    code du jour                                make_day_code    | x | - | - | x | x
    confirmer la date                           confirm_date     | x | - | - | - | -
    journal                                     see_journal      | x | - | - | - | -
    état de la boîte, sauvegarde                see_health       | x | - | - | x | x
    voir le calendrier                          see_calendar     | x | - | - | x | -
    changer le calendrier                       set_calendar     | x | - | - | x | -
    papiers sans prénom                         see_papers       | x | - | - | x | -
    identité de l’école, étapes avant l’usage   set_school       | x | - | - | x | -
    signaler un incident                        note_incident    | x | - | - | x | -
    fin d’année, mise hors service              close_year       | x | - | - | - | -
"""


def rows() -> list[tuple[str, Act, dict[Role, bool]]]:
    found = []
    for line in TABLE.strip().splitlines()[1:]:
        words, *marks = (part.strip() for part in line.split("|"))
        label, act = words.rsplit(None, 1)
        answers = {ROLE_OF[column]: mark == "x" for column, mark in zip(COLUMNS, marks, strict=True)}
        found.append((label.strip(), Act(act), answers))
    return found


ROWS = rows()


@pytest.mark.parametrize(("label", "act", "answers"), ROWS, ids=[row[0] for row in ROWS])
def test_each_row_of_the_table(label: str, act: Act, answers: dict[Role, bool]) -> None:
    assert {role: may(role, act) for role in ADULTS} == answers


def test_the_table_forgets_no_act_and_no_role() -> None:
    assert sorted(act for _, act, _ in ROWS) == sorted(Act)
    assert set(ADULTS) == set(ROLE_OF.values())


@pytest.mark.parametrize("role", sorted(set(Role) - set(ADULTS)))
def test_what_is_nobody_may_do_nothing(role: Role) -> None:
    assert not any(may(role, act) for act in Act)


def test_whoever_has_no_key_hears_nothing_and_whoever_has_one_hears_today() -> None:
    for role in ADULTS:
        assert (may(role, Act.HEAR_TODAY), may(role, Act.OPEN_CLASS)) == (role in KEYED, role in KEYED)


def test_today_and_before_are_two_things(clock: HandClock) -> None:
    today = clock.now.date()
    assert act_of_hearing(today, today) is Act.HEAR_TODAY
    assert act_of_hearing(today.replace(day=11), today) is Act.HEAR_OLDER


@pytest.mark.parametrize("role", ADULTS)
def test_every_role_has_its_words_and_its_refusals(role: Role) -> None:
    assert ROLE_NAMES[role]
    assert ROLE_RIGHTS[role].endswith(".")
    for act in set(Act) - MAY[role]:
        what, remedy = refusal(role, act)
        assert what.endswith(".")
        assert remedy.endswith(".")
