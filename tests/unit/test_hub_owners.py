"""Whose a capture is: nobody's yet, several pupils', the wrong pupil's; and badges seen twice."""

import io
from datetime import date, timedelta

import pytest

from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, groups, intake, parcels, people, printing, review, stations, traces
from appliance.hub.box import Box
from appliance.jobs import retention
from appliance.store import captures, outbox
from appliance.store import printing as print_queue
from tests.conftest import HandClock
from tests.unit.hub_helpers import facts_of, send

NOBODY: tuple[str, ...] = ()


def permitted(box: Box, name: str, *scopes: Scope, natures: tuple[Nature, ...] = (Nature.VOICE,)) -> str:
    pupil = people.add(box, name, pictogram="cat")
    for nature in natures:
        people.answer(box, pupil, nature, scopes or (Scope.CLASS, Scope.FAMILY))
    return pupil


def stickers(box: Box) -> list[tuple[str, str]]:
    """Print all that waits; the first name and the pictogram of each."""
    found = []
    while handed := printing.next_sticker(box, 0):
        found.append((handed.text.first_name, handed.text.pupil_pictogram))
        print_queue.printed(box.database, handed.job, box.now())
    return found


def again(box: Box, capture_id: str) -> captures.Capture:
    found = captures.find(box.database, capture_id)
    assert found is not None
    return found


def test_nobody_s_capture_is_taken_in_only_where_all_who_may_come_are_permitted(
    open_box: Box, lina: str
) -> None:
    capture = send(open_box, lina, pupils=NOBODY)
    assert (capture.pupils, capture.last_day) == ((), date(2027, 1, 19))
    people.add(open_box, "Sami", pictogram="fish")
    sealed = open_box.sealer.seal(b"une voix")
    with pytest.raises(intake.NotAllowed):
        intake.take_in(open_box, facts_of(open_box, lina, sealed, pupils=NOBODY), io.BytesIO(sealed))
    # Sami is not invited: his family's silence decides nothing there.
    group = groups.save(open_box, "", "Bleu", "star", [lina])
    row = stations.scenario(open_box, "A")
    stations.save(
        open_box, type(row)(**{**row.__dict__, "groups": (group,)}), stations.Words(""), is_new=False
    )
    assert send(open_box, lina, pupils=NOBODY).pupils == ()


def test_a_capture_of_nobody_has_a_sticker_with_a_question_mark_and_never_leaves(
    open_box: Box, lina: str
) -> None:
    capture = send(open_box, lina, pupils=NOBODY)
    assert stickers(open_box) == [("?", "")]
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.PLAYS
    with pytest.raises(review.CannotRelease, match="no_permission"):
        review.release(open_box, capture)


def test_a_capture_given_to_its_pupil_lives_on_with_the_same_sticker(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, pupils=NOBODY)
    stickers(open_box)
    attribution.give(open_box, capture, [lina])
    given = again(open_box, capture.id)
    assert (given.pupils, given.last_day, given.code) == ((lina,), date(2027, 8, 31), capture.code)
    assert stickers(open_box) == [("Lina", "turtle")]


def test_nobody_s_capture_goes_after_a_week(open_box: Box, lina: str, clock: HandClock) -> None:
    send(open_box, lina, pupils=NOBODY)
    clock.pass_(timedelta(days=7))
    assert retention.run(open_box.config, clock).erased == 0
    clock.pass_(timedelta(days=1))
    assert retention.run(open_box.config, clock).erased == 1


def test_a_capture_is_not_given_to_a_pupil_who_may_not_be_recorded(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    sami = people.add(open_box, "Sami", pictogram="fish")
    with pytest.raises(attribution.NotPermitted) as refused:
        attribution.give(open_box, capture, [lina, sami])
    assert refused.value.lacking == (sami,)
    assert again(open_box, capture.id) == capture
    for wrong in ([], ["personne"]):
        with pytest.raises(ValueError, match="one to six"):
            attribution.give(open_box, capture, wrong)


def test_the_wrong_family_loses_its_access_before_the_right_one_gets_it(open_box: Box, lina: str) -> None:
    tom = permitted(open_box, "Tom")
    capture = send(open_box, lina)
    stickers(open_box)
    review.release(open_box, capture)
    (action,), _ = parcels.plan(open_box)
    parcels.fetch(open_box, action.id)
    parcels.finish(open_box, action.id, 8)

    attribution.give(open_box, capture, [tom])
    given = again(open_box, capture.id)
    assert given.code != capture.code
    assert (given.pupils, given.released_at) == ((tom,), None)
    assert review.open_sticker(open_box, capture.code) == (review.Opening.CANCELLED, None)
    assert review.open_sticker(open_box, given.code)[0] is review.Opening.PLAYS
    assert stickers(open_box) == [("Tom", "cat")]
    assert traces.describe(open_box, [given])[0].journey is not traces.Journey.HOME

    review.release(open_box, given)
    delete, put = parcels.plan(open_box)[0]
    assert [(delete.verb, delete.code), (put.verb, put.code)] == [
        (outbox.DELETE, capture.code),
        (outbox.PUT, given.code),
    ]
    with pytest.raises(parcels.Waiting):
        parcels.fetch(open_box, put.id)
    parcels.finish(open_box, delete.id, None)
    assert parcels.fetch(open_box, put.id)


def test_what_waits_for_the_wrong_family_never_leaves(open_box: Box, lina: str) -> None:
    tom = permitted(open_box, "Tom", Scope.CLASS)
    capture = send(open_box, lina)
    review.release(open_box, capture)
    attribution.give(open_box, capture, [tom])
    assert parcels.plan(open_box) == ([], 0)
    assert list((open_box.config.data / "outbox").rglob("*.age")) == []


def test_giving_a_capture_to_those_who_have_it_changes_nothing(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    attribution.give(open_box, capture, [lina, lina])
    assert again(open_box, capture.id) == capture


def test_each_pupil_of_a_group_gets_a_sticker_with_all_the_names(open_box: Box, lina: str) -> None:
    tom = permitted(open_box, "Tom", Scope.CLASS)
    capture = send(open_box, lina, pupils=(lina, tom))
    assert sorted(stickers(open_box)) == [("Lina et Tom", "cat"), ("Lina et Tom", "turtle")]
    review.reprint(open_box, capture)
    assert print_queue.waiting(open_box.database) == 2
    # A group has the least of its members.
    with pytest.raises(review.CannotRelease, match="no_permission"):
        review.release(open_box, capture)


def test_names_are_said_as_one_says_them() -> None:
    assert people.together([]) == ""
    assert people.together(["Ana"]) == "Ana"
    assert people.together(["Ana", "Tom", "Zoé"]) == "Ana, Tom et Zoé"


def test_an_empty_capture_has_no_sticker_and_goes_at_night(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    capture = send(open_box, lina, empty=True)
    assert stickers(open_box) == []
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.WITHDRAWN
    with pytest.raises(review.CannotRelease, match="not_kept"):
        review.release(open_box, capture)
    clock.pass_(timedelta(days=1))
    assert retention.run(open_box.config, clock).erased == 1


def test_an_empty_capture_in_which_the_teacher_hears_somebody_is_kept(open_box: Box, lina: str) -> None:
    review.keep(open_box, send(open_box, lina, empty=True))
    (kept,) = captures.of_pupil(open_box.database, lina)
    assert (kept.empty, kept.last_day) == (False, date(2027, 8, 31))
    assert stickers(open_box) == [("Lina", "turtle")]


@pytest.mark.parametrize(
    ("station", "after", "pupil", "flagged"),
    [
        ("B", 6, "lina", True),
        ("B", 8, "lina", False),
        ("A", 6, "lina", False),
        ("B", 6, "tom", False),
    ],
)
def test_a_badge_at_two_stations_at_once_flags_the_later_capture(
    open_box: Box, lina: str, clock: HandClock, station: str, after: int, pupil: str, flagged: bool
) -> None:
    tom = permitted(open_box, "Tom")
    first = send(open_box, lina, duration_ms=2_000)
    later = {"station": station, "taken_at": clock.now + timedelta(seconds=after)}
    second = send(open_box, lina, pupils=(lina if pupil == "lina" else tom,), **later)
    assert (again(open_box, first.id).doubled, again(open_box, second.id).doubled) == (False, flagged)


def test_the_later_capture_is_flagged_even_when_it_arrives_first(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    late = send(open_box, lina, station="B", taken_at=clock.now + timedelta(seconds=3))
    early = send(open_box, lina, station="A", duration_ms=60_000)
    assert again(open_box, late.id).doubled
    assert not again(open_box, early.id).doubled


@pytest.mark.parametrize("trusted", [True, False])
def test_a_wrong_clock_dates_the_empty_and_the_unattributed_anew(
    open_box: Box, lina: str, clock: HandClock, trusted: bool
) -> None:
    right = clock.now
    clock.now, clock.trusted = right.replace(year=2026), trusted
    empty, nobody = send(open_box, lina, empty=True), send(open_box, lina, pupils=NOBODY)
    clock.now, clock.trusted = right, True
    assert retention.run(open_box.config, clock).erased == (2 if trusted else 0)
    if not trusted:
        days = [again(open_box, capture.id).last_day for capture in (empty, nobody)]
        assert days == [right.date(), right.date() + timedelta(days=7)]


@pytest.mark.parametrize("wrong_year", [1970, 2026])
def test_a_trace_that_a_wrong_clock_took_lives_as_long_as_another_once_the_teacher_kept_it(
    open_box: Box, lina: str, clock: HandClock, wrong_year: int
) -> None:
    tom, right = permitted(open_box, "Tom"), clock.now
    clock.now, clock.trusted = right.replace(year=wrong_year), False
    essay, nobody = send(open_box, lina, kept=False), send(open_box, lina, pupils=NOBODY)
    clock.now, clock.trusted = right, True
    retention.run(open_box.config, clock)
    review.keep(open_box, again(open_box, essay.id))
    attribution.give(open_box, again(open_box, nobody.id), [tom])
    days = [again(open_box, capture.id).last_day for capture in (essay, nobody)]
    assert days == [date(2027, 8, 31), date(2027, 8, 31)]


@pytest.mark.parametrize("wrong", [{"year": 1970}, {"year": 2026}, {"year": 2035}])
def test_what_a_station_took_before_its_clock_was_set_is_counted_from_its_arrival(
    open_box: Box, lina: str, clock: HandClock, wrong: dict[str, int]
) -> None:
    taken_at = clock.now.replace(**wrong)
    kept = send(open_box, lina, taken_at=taken_at)
    nobody = send(open_box, lina, taken_at=taken_at, pupils=NOBODY)
    assert (kept.last_day, nobody.last_day) == (date(2027, 8, 31), date(2027, 1, 19))
    assert retention.run(open_box.config, clock).erased == 0
