"""What families answer, what it does at once, and the teacher's and the direction's own words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from appliance.domain.audit import Event
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import (
    STRICT,
    ChildWord,
    Nature,
    PermissionState,
    Policy,
    Scope,
    Signatures,
    Signed,
    Use,
)
from appliance.hub import intake, people, review, stations
from appliance.hub.box import Box
from appliance.hub.rights import anonymity, answers, disagreements, permits, policies, projects, quarantine
from appliance.hub.rights.answers import Paper, Quality, Signatory
from appliance.hub.rights.policies import Instruction
from appliance.hub.rights.projects import Project
from appliance.store import captures, journal, outbox, scenarios
from tests.conftest import HandClock
from tests.unit.hub_helpers import send

HOME = (Scope.CLASS, Scope.FAMILY)
DPO = Instruction("M. Roux, DPD", date(2027, 1, 4), "2027-12")


def released(box: Box, *pupils: str) -> str:
    capture = send(box, pupils[0], pupils=pupils)
    review.release(box, capture)
    (action,) = [a for a in outbox.pending(box.database) if a.code == capture.code]
    outbox.begin(box.database, action.id, box.now())
    return capture.id


def asked_back(box: Box, capture: str) -> bool:
    found = captures.find(box.database, capture)
    return found is not None and [a.verb for a in outbox.pending(box.database) if a.code == found.code] == [
        "delete"
    ]


def radio(box: Box, **changes: object) -> str:
    today = box.today()
    scopes = (*HOME, Scope.CLASS_SPACE, Scope.PARTNER_CLASS)
    project = Project(
        "", "Webradio", "Parler", "CE1 de M. Petit", (Nature.VOICE,), scopes, today, date(2027, 4, 30)
    )
    return projects.save(box, replace(project, **changes), is_new=True)  # type: ignore[arg-type]


def test_a_paper_is_sealed_with_who_signed_and_its_place(open_box: Box, lina: str) -> None:
    paper = Paper(
        (
            Signatory("Mme D.", Quality.PARENT_1, True, date(2027, 1, 5)),
            Signatory("M. D.", Quality.PARENT_2, True, date(2027, 1, 6)),
        ),
        "classeur direction, p. 12",
    )
    signed = Signed(paper.holders(), child=ChildWord.YES, form="2026-1")
    answers.record(open_box, lina, {Nature.VOICE: HOME}, signed=signed, paper=paper)
    assert answers.paper_of(open_box, lina) == paper
    pupil = people.find(open_box, lina)
    assert pupil is not None
    found = pupil.answer(Nature.VOICE, Scope.FAMILY)
    assert found is not None
    assert found.signed == signed
    files = [path for path in open_box.config.data.rglob("*") if path.is_file()]
    assert not [path.name for path in files if b"classeur" in path.read_bytes()]


def test_one_holder_s_refusal_is_the_family_s() -> None:
    yes = Signatory("A", Quality.PARENT_1, True, date(2027, 1, 5))
    assert Paper((yes, replace(yes, name="B", agrees=False))).holders() == 0
    assert Paper((yes, replace(yes, name="B"))).holders() == 2


def test_nothing_is_allowed_that_nobody_signed(box: Box, lina: str) -> None:
    with pytest.raises(ValueError, match="nobody"):
        answers.record(box, lina, {Nature.FILM: HOME}, signed=Signed(holders=0))
    answers.record(box, lina, {Nature.FILM: ()}, signed=Signed(holders=0))
    with pytest.raises(ValueError, match="scope"):
        answers.record(box, lina, {Nature.VOICE: (Scope.CLASS, Scope.DISTRICT)})


def test_a_paper_that_bears_a_refusal_allows_nothing(open_box: Box, lina: str) -> None:
    signed = date(2027, 1, 5)
    one = Signatory("Mme D.", Quality.PARENT_1, agrees=True, on=signed)
    paper = Paper((one, Signatory("M. D.", Quality.PARENT_2, agrees=False, on=signed)))
    with pytest.raises(ValueError, match="refused"):
        answers.record(open_box, lina, {Nature.FILM: HOME}, signed=Signed(2), paper=paper)


def test_a_child_who_says_no_is_a_no(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    answers.record(open_box, lina, {Nature.VOICE: HOME}, signed=Signed(2, child=ChildWord.NO))
    assert captures.tombstone_of(open_box.database, capture=capture.id) == "withdrawn"
    assert not permits.to_record(open_box, [lina], "", Nature.VOICE).allowed


@pytest.mark.parametrize("until", [date(2027, 2, 1), date(2028, 1, 1)])
def test_a_period_ends_on_31_august_at_the_latest(open_box: Box, lina: str, until: date) -> None:
    answers.record(open_box, lina, {Nature.VOICE: HOME}, until=until)
    pupil = people.find(open_box, lina)
    assert pupil is not None
    found = pupil.answer(Nature.VOICE, Scope.CLASS)
    assert found is not None
    assert found.until == min(until, date(2027, 8, 31))


def test_what_expires_is_hidden_from_pupils_at_once_and_from_the_teacher_after_14_days(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    answers.record(open_box, lina, {Nature.VOICE: HOME}, until=date(2027, 2, 1))
    held = captures.find(open_box.database, released(open_box, lina))
    assert held is not None
    clock.now = clock.now.replace(month=2, day=2)
    pupil = people.find(open_box, lina)
    assert pupil is not None
    assert pupil.state(Nature.VOICE, Scope.CLASS) is PermissionState.EXPIRED
    assert review.open_sticker(open_box, held.code)[0] is review.Opening.WITHDRAWN
    assert permits.teacher_may_look(open_box, held)
    assert answers.recall_expired(open_box, open_box.today()) == 1
    assert answers.recall_expired(open_box, open_box.today()) == 0
    assert asked_back(open_box, held.id)
    clock.now = clock.now.replace(day=15)
    assert permits.teacher_may_look(open_box, held)
    clock.now = clock.now.replace(day=16)
    assert not permits.teacher_may_look(open_box, held)
    assert permits.teacher_may_look(open_box, replace(held, pupils=()))


def test_who_signed_less_takes_back_what_needed_more(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="fish")
    two = Signed(holders=2)
    for pupil in (lina, tom):
        answers.record(open_box, pupil, {Nature.VOICE: HOME}, signed=two)
    capture = released(open_box, lina, tom)
    answers.record(open_box, tom, {Nature.VOICE: HOME}, signed=Signed(holders=1))
    assert asked_back(open_box, capture)
    assert captures.ids(open_box.database) == {capture}


def test_a_refusal_erases_the_photos_that_needed_no_permission(open_box: Box) -> None:
    tom = people.add(open_box, "Tom", pictogram="fish")
    photo = send(open_box, tom, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    assert answers.foresee(open_box, tom, Nature.PRODUCTION, ()).erased == [photo]
    answers.record(open_box, tom, {Nature.PRODUCTION: ()}, signed=Signed(holders=0))
    assert captures.ids(open_box.database) == set()


def test_a_withdrawal_leaves_what_is_put_aside_to_a_person(open_box: Box, lina: str) -> None:
    confided, other = send(open_box, lina), send(open_box, lina)
    quarantine.put_aside(open_box, confided, Quarantine.PROTECTED)
    assert answers.foresee(open_box, lina, Nature.VOICE, ()).aside == 1
    answers.record(open_box, lina, {Nature.VOICE: ()})
    assert captures.ids(open_box.database) == {confided.id}
    assert captures.tombstone_of(open_box.database, capture=other.id) == "withdrawn"


def test_a_disagreement_puts_aside_and_its_end_brings_back(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="fish")
    for pupil in (lina, tom):
        answers.record(open_box, pupil, {Nature.VOICE: HOME}, signed=Signed(holders=2))
    mine, ours = released(open_box, lina), released(open_box, lina, tom)
    work = send(open_box, lina, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    limited = send(open_box, lina)
    quarantine.put_aside(open_box, limited, Quarantine.LIMITATION)

    def aside() -> set[str]:
        return {row.capture.id for row in quarantine.every(open_box)}

    disagreements.begin(open_box, lina)
    disagreements.begin(open_box, tom)
    assert aside() == {mine, ours, limited.id}
    assert asked_back(open_box, mine)
    assert not permits.to_record(open_box, [lina], "", Nature.VOICE).allowed
    assert permits.of_capture(open_box, work, Use.EXHIBITION).allowed
    disagreements.end(open_box, lina)
    assert aside() == {ours, limited.id}
    disagreements.end(open_box, tom)
    assert aside() == {limited.id}
    assert permits.to_record(open_box, [lina], "", Nature.VOICE).allowed


def test_a_project_asks_for_its_own_answers(open_box: Box, lina: str) -> None:
    project = radio(open_box)
    row = replace(stations.scenario(open_box, "A"), project=project)
    stations.save(open_box, row, stations.Words("Flash info"), is_new=True)
    roster = {p.id: p.natures for p in intake.roster(open_box, "A").pupils}
    assert roster[lina] == {Nature.PRODUCTION}
    answers.record(open_box, lina, {Nature.VOICE: HOME}, project=project)
    assert Nature.VOICE in {n for p in intake.roster(open_box, "A").pupils for n in p.natures}
    capture = send(open_box, lina)
    assert capture.project == project == scenarios.find(open_box.database, capture.scenario).project  # type: ignore[union-attr]
    answers.record(open_box, lina, {Nature.VOICE: ()})
    assert captures.ids(open_box.database) == {capture.id}


def test_a_project_that_ends_sooner_ends_its_answers(open_box: Box, lina: str, clock: HandClock) -> None:
    project = radio(open_box)
    answers.record(open_box, lina, {Nature.VOICE: HOME}, project=project)
    found = projects.find(open_box, project)
    assert found is not None
    projects.save(open_box, replace(found, until=open_box.today()))
    members = permits.members(open_box, [lina])
    ends = {p.until for p in members[0].permissions if p.project == project}
    assert ends == {open_box.today()}


def test_a_project_keeps_what_families_answered(open_box: Box, lina: str) -> None:
    project = radio(open_box)
    answers.record(open_box, lina, {Nature.VOICE: HOME}, project=project)
    found = projects.find(open_box, project)
    assert found is not None
    with pytest.raises(projects.Answered):
        projects.save(open_box, replace(found, natures=(Nature.FILM,)))
    with pytest.raises(ValueError, match="31 August"):
        projects.save(open_box, replace(found, until=date(2027, 9, 1)))


def test_other_schools_hear_what_has_everything(open_box: Box, lina: str) -> None:
    project = radio(open_box)
    row = replace(stations.scenario(open_box, "A"), project=project)
    stations.save(open_box, row, stations.Words("Flash info"), is_new=True)
    signed = Signed(2, child=ChildWord.YES, named=True)
    answers.record(
        open_box, lina, {Nature.VOICE: projects.scopes_of(open_box, project)}, project=project, signed=signed
    )
    capture = send(open_box, lina)
    assert permits.of_capture(open_box, capture, Use.PARTNER).allowed
    crowd = replace(capture, anonymous=True)
    assert not permits.of_capture(open_box, crowd, Use.PARTNER).allowed
    found = projects.find(open_box, project)
    assert found is not None
    projects.save(open_box, replace(found, direction_agreed_on=open_box.today()))
    assert permits.of_capture(open_box, crowd, Use.PARTNER).allowed
    assert journal.latest(open_box.database, Event.DIRECTION_AGREED) is not None


def test_the_year_has_its_project_whatever_is_written_of_it(open_box: Box, clock: HandClock) -> None:
    (year,) = projects.every(open_box)
    assert (year.id, year.starts, year.until) == ("", date(2026, 9, 1), date(2027, 8, 31))
    projects.save(open_box, replace(year, title="Nos ateliers", form="2026-2"))
    clock.pass_(timedelta(days=300))
    (year,) = projects.every(open_box)
    assert (year.title, year.form, year.until) == ("Nos ateliers", "2026-2", date(2028, 8, 31))


def test_who_certifies_that_nobody_is_recognised_may_take_it_back(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="fish")
    for pupil in (lina, tom):
        answers.record(open_box, pupil, {Nature.VOICE: HOME}, signed=Signed(holders=1))
    choir = send(open_box, lina, pupils=(lina, tom))
    with pytest.raises(review.CannotRelease):
        review.release(open_box, choir)
    anonymity.certify(open_box, choir)
    found = captures.find(open_box.database, choir.id)
    assert found is not None
    review.release(open_box, found)
    anonymity.undo(open_box, found)
    now = captures.find(open_box.database, choir.id)
    assert now is not None
    assert (now.anonymous, now.released_at, outbox.pending(open_box.database)) == (False, None, [])


def test_asking_less_of_families_needs_the_dpo_s_word(open_box: Box) -> None:
    mission = Policy(prior_permission=False)
    with pytest.raises(policies.NeedsInstruction):
        policies.choose(open_box, mission)
    assert permits.policy(open_box) == STRICT
    policies.choose(open_box, mission, DPO)
    assert (permits.policy(open_box), policies.instruction(open_box)) == (mission, DPO)
    policies.choose(open_box, STRICT)
    assert (permits.policy(open_box), policies.instruction(open_box)) == (STRICT, None)


def test_asking_more_takes_back_what_lacks_it(open_box: Box, lina: str) -> None:
    capture = released(open_box, lina)
    policies.choose(open_box, Policy(signatures=Signatures.TWO_ALWAYS))
    assert asked_back(open_box, capture)
    assert not permits.to_record(open_box, [lina], "", Nature.VOICE).allowed
