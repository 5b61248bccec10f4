"""Law sheet §7.3, « Durées par défaut », row by row: what is captured, when, and its last day in the box.

The school year of these tables is 2026-2027. A trace may be heard on its last day and is erased on the next.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from appliance.domain.audit import KEPT
from appliance.domain.permissions import Matter, Member, Nature, Permission, PermissionState, Policy, Scope
from appliance.domain.retention import (
    DEFAULT,
    EXPORT_DAYS,
    Rules,
    carnet_end,
    departure_last_day,
    incident_last_day,
    is_due,
    last_day,
    permission_last_day,
    permitted_last,
    request_last_day,
    voice_last_day,
    year_later,
)
from appliance.hub.retention.school_years import shipped_calendar
from appliance.jobs.backup_run import KEPT as BACKUPS_KEPT

JANUARY = date(2027, 1, 12)
END = date(2027, 8, 31)
SHIPPED = replace(DEFAULT, calendar=shipped_calendar())
SHORT = replace(SHIPPED, short=True)
SIXTY = replace(SHIPPED, unsorted_days=60)
NINETY = replace(SHIPPED, unsorted_days=90)
ONE_MORE_YEAR = replace(SHIPPED, works_next_year=True)
TRIAL = {"kept": False}
KEPT_VOICE = {"kept": True}
NOBODY_IN_IT = {"kept": True, "attributed": False, "nobody": True}


@pytest.mark.parametrize(
    ("row", "taken", "facts", "rules", "expected"),
    [
        ("K1 essai : 30 jours", JANUARY, TRIAL, SHIPPED, date(2027, 2, 11)),
        ("K1 essai : 60 jours au plus, si réglé", JANUARY, TRIAL, SIXTY, date(2027, 3, 13)),
        ("K1 essai : jamais plus de 60 jours", JANUARY, TRIAL, NINETY, date(2027, 3, 13)),
        ("K1 essai d’août : jamais après le 31 août", date(2027, 8, 20), TRIAL, SHIPPED, END),
        ("K2, K3, K7 gardé : 31 août", JANUARY, KEPT_VOICE, SHIPPED, END),
        ("K2, K3, K7 gardé à la rentrée : 31 août", date(2026, 9, 1), KEPT_VOICE, SHIPPED, END),
        ("K2, K3, K7 gardé le dernier jour", END, KEPT_VOICE, SHIPPED, END),
        ("K2, K3, K7 durée courte : 6 mois", date(2026, 9, 15), KEPT_VOICE, SHORT, date(2027, 3, 17)),
        ("K2, K3, K7 durée courte : jamais après le 31 août", date(2027, 6, 1), KEPT_VOICE, SHORT, END),
        ("K4, K5, K6 sans personne : 31 août", JANUARY, NOBODY_IN_IT, SHIPPED, END),
        ("K4, K5, K6 : un an de plus, si réglé", JANUARY, NOBODY_IN_IT, ONE_MORE_YEAR, date(2028, 8, 31)),
        ("K5 avec le nom de son auteur : pas un an de plus", JANUARY, KEPT_VOICE, ONE_MORE_YEAR, END),
        ("K2 gardé : pas un an de plus", JANUARY, KEPT_VOICE, ONE_MORE_YEAR, END),
        (
            "carnet de suivi : 31 août de la GS",
            JANUARY,
            {"kept": True, "carnet": date(2029, 8, 31)},
            SHIPPED,
            date(2029, 8, 31),
        ),
        (
            "carnet de suivi : un essai n’y entre pas",
            JANUARY,
            {"kept": False, "carnet": date(2029, 8, 31)},
            SHIPPED,
            date(2027, 2, 11),
        ),
        ("sans badge : 7 jours", JANUARY, {"kept": True, "attributed": False}, SHIPPED, date(2027, 1, 19)),
        ("vide : le jour même", JANUARY, {"kept": True, "empty": True}, SHIPPED, JANUARY),
        (
            "autorisation jusqu’au 31 mars, 14 jours de grâce",
            JANUARY,
            {"kept": True, "permitted": date(2027, 4, 14)},
            SHIPPED,
            date(2027, 4, 14),
        ),
        (
            "essai : l’autorisation d’abord",
            JANUARY,
            {"kept": False, "permitted": date(2027, 1, 20)},
            SHIPPED,
            date(2027, 1, 20),
        ),
        (
            "autorisation finie avant la prise : 7 jours pour demander",
            JANUARY,
            {"kept": True, "permitted": date(2026, 12, 1)},
            SHIPPED,
            date(2027, 1, 19),
        ),
        (
            "élève radié : 30 jours",
            JANUARY,
            {"kept": True, "left_on": date(2027, 4, 6)},
            SHIPPED,
            date(2027, 5, 6),
        ),
        (
            "élève radié : le carnet aussi",
            JANUARY,
            {"kept": True, "carnet": date(2029, 8, 31), "left_on": date(2027, 4, 6)},
            SHIPPED,
            date(2027, 5, 6),
        ),
    ],
)
def test_captures(row: str, taken: date, facts: dict[str, object], rules: Rules, expected: date) -> None:
    assert last_day(taken, rules=rules, **facts) == expected, row  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "this_year_ends", "expected"),
    [
        ("GS", END, END),
        ("MS", END, date(2028, 8, 31)),
        ("PS", END, date(2029, 8, 31)),
        ("TPS", END, date(2030, 8, 31)),
        ("CP", END, None),
        ("CM2", END, None),
        ("", END, None),
    ],
)
def test_the_carnet_ends_with_the_gs_year_of_cycle_1_alone(
    level: str, this_year_ends: date, expected: date | None
) -> None:
    assert carnet_end(level, JANUARY) == carnet_end(level, this_year_ends) == expected


@pytest.mark.parametrize(
    ("row", "last", "expected"),
    [
        ("K8 consigne d’un adulte : 2 ans", voice_last_day(date(2026, 9, 10)), date(2028, 9, 10)),
        ("autorisations : 31 août + 1 an", permission_last_day(END), date(2028, 8, 31)),
        ("autorisation d’un trimestre : pareil", permission_last_day(date(2026, 12, 18)), date(2028, 8, 31)),
        ("demandes des familles : 1 an", request_last_day(date(2027, 2, 3)), date(2028, 2, 3)),
        ("fiche d’incident : 31 août de l’année suivante", incident_last_day(JANUARY), date(2028, 8, 31)),
        ("fiche d’incident du 31 août : pareil", incident_last_day(END), date(2028, 8, 31)),
        ("fiche d’incident de la rentrée", incident_last_day(date(2027, 9, 1)), date(2029, 8, 31)),
        ("liste de classe : radiation + 30 jours", departure_last_day(date(2027, 4, 6)), date(2027, 5, 6)),
        ("dossier à remettre : 7 jours", JANUARY + timedelta(days=EXPORT_DAYS), date(2027, 1, 19)),
        ("journal : 6 mois", JANUARY + KEPT, date(2027, 7, 14)),
        ("sauvegardes : 35 jours", JANUARY + BACKUPS_KEPT, date(2027, 2, 16)),
    ],
)
def test_all_that_is_no_capture(row: str, last: date, expected: date) -> None:
    assert last == expected, row


def granted(until: date, nature: Nature = Nature.VOICE, scope: Scope = Scope.CLASS) -> Permission:
    return Permission(nature, scope, PermissionState.GRANTED, until)


ALL_YEAR, TO_MARCH = granted(END), granted(date(2027, 3, 31))
REFUSED = replace(ALL_YEAR, state=PermissionState.REFUSED)


@pytest.mark.parametrize(
    ("row", "answers", "expected", "all_given"),
    [
        ("une année", [[ALL_YEAR]], END, True),
        ("jusqu’au 31 mars : 14 jours de grâce", [[TO_MARCH]], date(2027, 4, 14), True),
        ("jusqu’au 25 août : jamais après le 31", [[granted(date(2027, 8, 25))]], END, True),
        ("un groupe : la plus courte", [[ALL_YEAR], [TO_MARCH]], date(2027, 4, 14), True),
        ("un groupe où une famille refuse", [[ALL_YEAR], [REFUSED]], END, False),
        ("la maison ne compte pas", [[granted(END, scope=Scope.FAMILY)]], None, False),
        ("une photo n’est pas une voix", [[granted(END, nature=Nature.IMAGE)]], None, False),
    ],
)
def test_never_past_what_the_families_allow(
    row: str, answers: list[list[Permission]], expected: date | None, all_given: bool
) -> None:
    group = [Member(str(number), tuple(said)) for number, said in enumerate(answers)]
    assert permitted_last(Matter(Nature.VOICE), group, Policy()) == (expected, all_given), row


@pytest.mark.parametrize(
    ("row", "matter", "policy"),
    [
        ("photo d’un travail", Matter(Nature.PRODUCTION), Policy()),
        ("ambiance certifiée sans voix reconnaissable", Matter(Nature.VOICE, anonymous=True), Policy()),
        ("mission d’intérêt public", Matter(Nature.VOICE), Policy(prior_permission=False)),
    ],
)
def test_what_asks_for_no_permission_is_bounded_by_none(row: str, matter: Matter, policy: Policy) -> None:
    assert permitted_last(matter, [Member("x")], policy) == (None, True), row


def test_a_last_day_is_lived_to_its_end() -> None:
    assert not is_due(END, END)
    assert is_due(END, END + timedelta(days=1))


def test_a_year_after_29_february_is_28_february() -> None:
    assert year_later(date(2028, 2, 29)) == date(2029, 2, 28)
