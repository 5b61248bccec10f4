"""The closing of a school year leaves no trace, no badge, no answer of it (E19; law.md §7.4)."""

import sqlite3

import pytest

from appliance.domain.audit import Event, Role
from appliance.domain.captures import Capture, Quarantine
from appliance.hub import groups, parcels, people, review
from appliance.hub.box import Box
from appliance.hub.retention import erasure, year_end
from appliance.hub.rights import departures, quarantine
from appliance.store import captures, journal, outbox, pupils, scenarios
from tests.unit.hub_helpers import send


def _ignore(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def _sent(box: Box, pupil: str) -> Capture:
    """A capture that the ENT was seen to hold."""
    capture = send(box, pupil)
    outbox.ask_put(box.database, capture.code, box.now())
    (action,) = [a for a in outbox.pending(box.database) if a.code == capture.code]
    outbox.begin(box.database, action.id, box.now())
    parcels.finish(box, action.id, 10)
    return capture


def test_what_is_to_hand_over_is_counted_before_anything_goes(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    _sent(open_box, lina)
    found = year_end.balance(open_box)
    assert (found.pupils, found.captures, found.at_ent, found.without_copy) == (1, 2, 1, (lina,))


def test_no_trace_badge_answer_or_name_of_the_year_is_left(open_box: Box, lina: str) -> None:
    capture, sent = send(open_box, lina), _sent(open_box, lina)
    groups.save(open_box, "", "Les Bleus", "moon", [lina])
    badge = next(row.badge for row in pupils.every(open_box.database))
    steps: list[tuple[int, int]] = []
    year_end.close(open_box, lambda done, total: steps.append((done, total)))
    assert steps[-1] == (3, 3)
    found = year_end.balance(open_box)
    assert (found.pupils, found.captures, found.without_copy) == (0, 0, ())
    assert people.every(open_box) == []
    assert pupils.permissions(open_box.database) == {}
    assert groups.every(open_box) == []
    assert not open_box.shelf.media(capture.id, capture.packing).exists()
    assert badge not in (open_box.config.data / "boite.db").read_bytes().decode("latin-1")
    assert [(a.code, a.verb) for a in outbox.pending(open_box.database)] == [(sent.code, outbox.DELETE)]
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.WITHDRAWN


def test_what_was_prepared_for_stations_stays_for_the_next_class(open_box: Box, lina: str) -> None:
    before = scenarios.current(open_box.database, "A")
    year_end.close(open_box, _ignore)
    assert scenarios.current(open_box.database, "A") == before


def test_the_certificate_counts_what_went_and_what_the_ent_still_has_to_erase(
    open_box: Box, lina: str
) -> None:
    send(open_box, lina)
    _sent(open_box, lina)
    year_end.close(open_box, _ignore)
    closed = year_end.last_closing(open_box)
    assert closed is not None
    assert (closed.pupils, closed.erased, closed.at_ent) == (1, 2, 1)
    assert closed.closed_on == open_box.today()
    assert journal.last_detail(open_box.database, Event.YEAR_CLOSED) == "2/1"
    assert not year_end.is_half_done(open_box)


def test_a_trace_put_aside_is_decided_on_first(open_box: Box, lina: str) -> None:
    aside, other = send(open_box, lina), send(open_box, lina)
    quarantine.put_aside(open_box, aside, Quarantine.PROTECTED)
    with pytest.raises(year_end.Undecided):
        year_end.close(open_box, _ignore)
    assert captures.find(open_box.database, other.id) is not None


@pytest.mark.parametrize("stopped_after", range(3))
def test_a_power_cut_half_way_goes_on_and_counts_the_same(
    open_box: Box, lina: str, stopped_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        send(open_box, lina)
    erase, calls = erasure.erase, 0

    def cut(holder: erasure.Holder, capture: Capture, *, reason: str, but_aside: bool = False) -> None:
        nonlocal calls
        if calls == stopped_after:
            raise OSError("the power is gone")
        calls += 1
        erase(holder, capture, reason=reason, but_aside=but_aside)

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "erase", cut)
        with pytest.raises(OSError, match="power"):
            year_end.close(open_box, _ignore)
    assert year_end.is_half_done(open_box)
    year_end.close(open_box, _ignore)
    closed = year_end.last_closing(open_box)
    assert closed is not None
    assert (closed.pupils, closed.erased) == (1, 3)


def test_what_a_station_hands_over_meanwhile_goes_too(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(open_box, lina)
    forget, late = departures.forget, 0

    def late_take(holder: Box, pupil: str, *, role: Role) -> bool:
        nonlocal late
        late += 1
        if late == 1:
            send(open_box, lina)
            raise sqlite3.IntegrityError
        return forget(holder, pupil, role=role)

    monkeypatch.setattr(departures, "forget", late_take)
    year_end.close(open_box, _ignore)
    found = year_end.balance(open_box)
    assert (found.pupils, found.captures, late) == (0, 0, 2)


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_put_aside_meanwhile_is_never_erased(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    # The one that is just about to go, or the next.
    aside = sorted((send(open_box, lina), send(open_box, lina)), key=lambda sent: sent.id)[place]
    erase = erasure.erase

    def put_aside(holder: erasure.Holder, capture: Capture, *, reason: str, but_aside: bool = False) -> None:
        quarantine.put_aside(open_box, aside, Quarantine.PROTECTED)
        erase(holder, capture, reason=reason, but_aside=but_aside)

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "erase", put_aside)
        with pytest.raises(year_end.Undecided):
            year_end.close(open_box, _ignore)
    assert captures.find(open_box.database, aside.id) is not None
    assert year_end.last_closing(open_box) is None
    assert year_end.is_half_done(open_box)
