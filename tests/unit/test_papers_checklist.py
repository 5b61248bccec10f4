"""Before the first recording: four steps, and a box that records nobody until they are done."""

from datetime import date, timedelta

import pytest

from appliance.domain.audit import Event
from appliance.domain.permissions import Nature, Permission, PermissionState, Scope
from appliance.hub import audit_words, intake, people
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.office.checklist import NotReal, Step
from appliance.store import journal, pupils, settings
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]


@pytest.fixture
def trial(box: Box) -> Box:
    """A box whose register step is not done."""
    checklist.untick(box, Step.REGISTER)
    return box


@pytest.mark.parametrize("step", list(Step))
def test_each_step_alone_keeps_the_box_on_trial(box: Box, step: Step) -> None:
    assert checklist.is_real(box)
    checklist.untick(box, step)
    assert not checklist.is_real(box)
    assert checklist.missing(box.database) == [step]
    with pytest.raises(NotReal):
        checklist.require_real(box)
    checklist.tick(box, step, date(2027, 1, 11), "procès-verbal")
    checklist.require_real(box)


def test_on_trial_no_yes_is_kept_and_a_no_always_is(trial: Box) -> None:
    pupil = people.add(trial, "Tom", pictogram="cat")
    with pytest.raises(NotReal):
        people.answer(trial, pupil, Nature.VOICE, [Scope.CLASS])
    people.answer(trial, pupil, Nature.IMAGE, [])
    trial_states = {p.nature: p.state for p in _answers(trial, pupil)}
    assert trial_states == {Nature.IMAGE: PermissionState.REFUSED}


def test_on_trial_a_family_may_still_take_back(box: Box, lina: str) -> None:
    checklist.untick(box, Step.NOTICE)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS])
    states = {p.scope: p.state for p in _answers(box, lina) if p.nature is Nature.VOICE}
    assert states[Scope.CLASS] is PermissionState.GRANTED
    assert states[Scope.FAMILY] is PermissionState.WITHDRAWN
    with pytest.raises(NotReal):
        people.answer(box, lina, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])


def test_on_trial_no_station_records_anybody_not_even_a_work(box: Box, lina: str) -> None:
    (known,) = intake.roster(box, "B").pupils
    assert Nature.PRODUCTION in known.natures
    checklist.untick(box, Step.COUNCIL)
    (known,) = intake.roster(box, "B").pupils
    assert known.natures == frozenset()


def test_who_answered_is_sealed_and_the_day_is_not(open_box: Box) -> None:
    checklist.tick(open_box, Step.ADVICE, date(2027, 1, 8), "Mme Faivre, par courriel")
    name = "checklist_advice"
    assert settings.get(open_box.database, name) == "2027-01-08"
    sealed = settings.get_sealed(open_box.database, name)
    assert sealed is not None and b"Faivre" not in sealed
    assert checklist.ticks(open_box)[Step.ADVICE].reference == "Mme Faivre, par courriel"


@pytest.mark.parametrize("step", list(Step))
def test_each_step_has_its_line_in_the_journal(box: Box, step: Step) -> None:
    checklist.tick(box, step, date(2027, 1, 8), "")
    line = list(journal.every(box.database))[-1][0]
    assert (line.event, line.detail) == (Event.CHECKLIST_TICKED, step)
    assert audit_words.sentence(line).partition("\u00a0: ")[2]
    checklist.untick(box, step)
    assert audit_words.sentence(list(journal.every(box.database))[-1][0]).endswith("décochée")


@pytest.mark.parametrize(
    ("day", "reference", "words"),
    [
        ("", "n° 12", "Choisissez le jour"),
        ("demain", "n° 12", "Choisissez le jour"),
        ("2027-01-13", "n° 12", "n’est pas encore venu"),
        ("2027-01-08", "  ", "Écrivez la référence au registre"),
        ("2027-01-08", "x" * 121, "120 caractères au plus"),
    ],
)
def test_a_step_needs_its_day_and_its_proof(
    teacher: Browser, trial: Box, day: str, reference: str, words: str
) -> None:
    answer = teacher.post("/ecole/etapes/register", {"jour": day, "reference": reference})
    assert answer.status_code == 400
    assert words in said(answer)
    assert checklist.missing(trial.database) == [Step.REGISTER]


def test_ticking_and_unticking_on_the_page(teacher: Browser, trial: Box) -> None:
    assert "La boîte est en essai" in said(teacher.get("/aujourdhui"))
    assert "il reste 1 étape" in said(teacher.get("/papiers"))
    done = {"jour": "2027-01-08", "reference": "registre 25-104"}
    assert teacher.post("/ecole/etapes/register", done).status_code == 303
    page = said(teacher.get("/ecole/etapes"))
    assert "usage réel" in page and "registre 25-104" in page and "8 janvier 2027" in page
    assert "en essai" not in said(teacher.get("/aujourdhui"))
    teacher.post("/ecole/etapes/register/annuler")
    assert not checklist.is_real(trial)
    assert teacher.post("/ecole/etapes/autre", done).status_code == 404


def test_the_last_step_counts_the_families_who_answered(teacher: Browser, box: Box, lina: str) -> None:
    people.add(box, "Tom", pictogram="cat")
    assert "1 famille a répondu sur 2 élèves." in " ".join(said(teacher.get("/ecole/etapes")).split())


def test_a_step_may_be_dated_of_any_day_before(box: Box) -> None:
    checklist.tick(box, Step.COUNCIL, box.today() - timedelta(days=400), "PV")
    assert checklist.done_on(box.database, Step.COUNCIL) == box.today() - timedelta(days=400)


def _answers(box: Box, pupil: str) -> list[Permission]:
    return list(pupils.permissions(box.database, [pupil])[pupil])


def test_on_trial_a_class_of_papers_is_refused_whole(teacher: Browser, trial: Box) -> None:
    tom, zoe = (people.add(trial, name, pictogram="cat") for name in ("Tom", "Zoé"))
    page = teacher.get("/autorisations").text
    assert tom in page and zoe in page
    typed = {f"{tom}.voix": "none", f"{zoe}.voix": "class", f"{zoe}.signatures": "1"}
    answer = teacher.post("/autorisations", typed)
    assert (answer.status_code, "La boîte est en essai" in said(answer)) == (400, True)
    assert pupils.permissions(trial.database) == {}
