"""A pupil leaves (law.md §7.4, E24): at once for stations, stickers and the ENT; for good in thirty days."""

import io
from datetime import date, timedelta

import pytest

from appliance.domain.audit import Event
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.domain.requests import Kind
from appliance.hub import groups, intake, people, review, traces, voices
from appliance.hub.box import Box
from appliance.hub.retention import erasure, sweeping
from appliance.hub.rights import departures, disagreements, pupil_erasure, quarantine, receipts, requests
from appliance.hub.rights.receipts import Remote
from appliance.store import captures, exports, journal, pupils
from appliance.store import departures as stored
from appliance.store import voices as recordings
from tests.conftest import HandClock
from tests.unit.hub_helpers import facts_of, send
from tests.unit.rights_helpers import again, carried, found, group, made, someone, synced, tom

__all__ = ["tom"]

LEFT = date(2027, 1, 12)
MAY_STAY = {
    "journal": "random numbers for six months, no name (law.md §2.2)",
    "requests": "what was asked and answered, sealed, for a year (law.md §3)",
}
"""Where the random number of a forgotten pupil may still be found, and why."""


def badge(box: Box, pupil: str) -> str:
    return next(row.badge for row in pupils.every(box.database) if row.id == pupil)


def test_from_that_moment_nothing_records_opens_or_leaves(open_box: Box, lina: str) -> None:
    there, before = send(open_box, lina), badge(open_box, lina)
    carried(open_box, there)
    assert departures.leave(open_box, lina) == LEFT + timedelta(days=30)
    assert [p.id for p in intake.roster(open_box, "A").pupils] == []
    sealed = open_box.sealer.seal(b"une voix")
    with pytest.raises(intake.NotAllowed):
        intake.take_in(open_box, facts_of(open_box, lina, sealed), io.BytesIO(sealed))
    assert review.open_sticker(open_box, there.code)[0] is review.Opening.WITHDRAWN
    assert badge(open_box, lina) != before
    assert receipts.remote(open_box, there.code) is Remote.LEAVING
    synced(open_box)
    assert receipts.remote(open_box, there.code) is Remote.GONE
    assert people.every(open_box) == []
    assert someone(open_box, lina).left_on == LEFT
    assert found(open_box, there).last_day == date(2027, 2, 11)
    assert traces.describe(open_box, [found(open_box, there)])[0].names == ("Lina",)
    assert journal.latest(open_box.database, Event.PUPIL_LEFT)


def test_who_has_left_stops_nobody_else(open_box: Box, lina: str, tom: str) -> None:
    departures.leave(open_box, lina)
    assert [p.id for p in intake.roster(open_box, "A").pupils] == [tom]
    assert send(open_box, tom, pupils=()).pupils == ()


def test_nobody_leaves_twice_nor_comes_back_without_having_left(open_box: Box, lina: str) -> None:
    with pytest.raises(departures.NotGone):
        departures.come_back(open_box, lina)
    departures.leave(open_box, lina)
    for unknown in (lina, "personne"):
        with pytest.raises(departures.NotHere):
            departures.leave(open_box, unknown)


def test_coming_back_within_thirty_days_gives_all_back_but_the_badge(open_box: Box, lina: str) -> None:
    capture, essay = send(open_box, lina), send(open_box, lina, kept=False)
    before = badge(open_box, lina)
    departures.leave(open_box, lina)
    departures.come_back(open_box, lina)
    assert (found(open_box, capture).last_day, found(open_box, essay).last_day) == (
        date(2027, 8, 31),
        date(2027, 2, 11),
    )
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.PLAYS
    assert badge(open_box, lina) != before
    assert [p.id for p in intake.roster(open_box, "A").pupils] == [lina]
    assert journal.latest(open_box.database, Event.PUPIL_CAME_BACK)


def test_a_trace_of_a_group_may_stay_without_who_left(open_box: Box, lina: str, tom: str) -> None:
    both = group(open_box, lina, tom)
    departures.leave(open_box, lina)
    assert review.open_sticker(open_box, both.code)[0] is review.Opening.WITHDRAWN
    assert [c.id for c in departures.shared(open_box, lina)] == [both.id]
    assert pupil_erasure.take_out(open_box, both, lina)
    now = found(open_box, both)
    assert (now.pupils, now.last_day) == ((tom,), date(2027, 8, 31))
    assert review.open_sticker(open_box, now.code)[0] is review.Opening.PLAYS


def test_after_thirty_days_nothing_of_them_is_left(
    open_box: Box, lina: str, tom: str, clock: HandClock
) -> None:
    own, both, other = send(open_box, lina), group(open_box, lina, tom), send(open_box, tom)
    groups.save(open_box, "", "Bleu", "star", [lina, tom])
    row = recordings.VoiceRow(f"pupil/{lina}", open_box.new_id(), 500, open_box.now())
    folder = open_box.config.data / "voices"
    folder.mkdir()
    (folder / f"{row.file}.age").write_bytes(b"scell")
    recordings.put(open_box.database, row, pupil=lina)
    made(open_box, lina)
    disagreements.begin(open_box, lina)
    disagreements.end(open_box, lina)
    requests.receive(open_box, Kind.ACCESS, lina, received_on=LEFT, who="Mme D.", text="Tout voir.")
    departures.leave(open_box, lina)
    open_box.set_opener(None)
    clock.pass_(timedelta(days=30))
    assert departures.overdue(open_box, open_box.today()) == []
    clock.pass_(timedelta(days=1))
    assert departures.overdue(open_box, open_box.today()) == [lina]
    assert departures.forget(open_box, lina)
    assert (again(open_box, own), again(open_box, both)) == (None, None)
    assert again(open_box, other)
    assert [r.id for r in pupils.every(open_box.database)] == [tom]
    assert pupils.permissions(open_box.database, [lina]) == {}
    assert list(folder.iterdir()) == []
    assert exports.every(open_box.database) == []
    assert captures.tombstone_of(open_box.database, capture=own.id) == "left"
    assert journal.last_detail(open_box.database, Event.PUPIL_FORGOTTEN) == "left"
    dump = "\n".join(open_box.database.db.conn.iterdump())
    about = [line for line in dump.splitlines() if lina in line]
    assert {line.split('"')[1] for line in about} == set(MAY_STAY), MAY_STAY
    assert not [line for line in about if "Lina" in line or "Mme D." in line]


def test_what_is_put_aside_keeps_them_until_a_person_decides(
    open_box: Box, lina: str, clock: HandClock
) -> None:
    secret, plain = send(open_box, lina), send(open_box, lina)
    quarantine.put_aside(open_box, secret, Quarantine.PROTECTED)
    departures.leave(open_box, lina)
    clock.pass_(timedelta(days=31))
    assert not departures.forget(open_box, lina)
    assert again(open_box, plain) is None
    assert again(open_box, secret)
    review.delete(open_box, secret)
    assert departures.forget(open_box, lina)


def test_what_was_asked_outlives_them(open_box: Box, lina: str) -> None:
    pupil_erasure.carry_out(open_box, lina, stay=())
    departures.leave(open_box, lina)
    departures.forget(open_box, lina)
    (asked,) = requests.every(open_box)
    assert asked.name == "Lina"


def test_voices_of_the_others_stay(open_box: Box, lina: str, tom: str) -> None:
    folder = open_box.config.data / "voices"
    folder.mkdir()
    row = recordings.VoiceRow(f"pupil/{tom}", open_box.new_id(), 500, open_box.now())
    (folder / f"{row.file}.age").write_bytes(b"scell")
    recordings.put(open_box.database, row, pupil=tom)
    departures.leave(open_box, lina)
    departures.forget(open_box, lina)
    assert voices.listing(open_box)[row.key] == row
    assert (folder / f"{row.file}.age").exists()


def test_a_family_may_answer_again_for_who_came_back(open_box: Box, lina: str) -> None:
    departures.leave(open_box, lina)
    departures.come_back(open_box, lina)
    people.answer(open_box, lina, Nature.FILM, [Scope.CLASS])
    assert Nature.FILM in intake.roster(open_box, "A").pupils[0].natures


@pytest.mark.parametrize("step", ["erase", "remove", "sweep_voices"])
def test_a_cut_at_any_step_is_made_good_the_next_night(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    own = send(open_box, lina)
    departures.leave(open_box, lina)
    module = {"erase": erasure, "remove": stored, "sweep_voices": sweeping}[step]

    def cut(*_: object, **__: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(module, step, cut)
        with pytest.raises(OSError):
            departures.forget(open_box, lina)
    gone = step == "sweep_voices"
    assert gone or departures.forget(open_box, lina)
    assert again(open_box, own) is None
    assert pupils.every(open_box.database) == []
