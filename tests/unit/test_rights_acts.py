"""Put aside, erased by right, taken out of a group, corrected: here at once, and followed to the ENT."""

import pytest

from appliance.domain.audit import Event
from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature, Scope, Use
from appliance.domain.requests import Kind
from appliance.hub import attribution, days, parcels, people, review, traces
from appliance.hub.box import Box
from appliance.hub.retention import erasure
from appliance.hub.rights import corrections, permits, pupil_erasure, quarantine, receipts, requests
from appliance.hub.rights.receipts import Fate, Remote
from appliance.store import captures, exports, journal, outbox, printing
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import again, carried, found, group, made, someone, synced, tom

__all__ = ["tom"]

BOTH = [Quarantine.LIMITATION, Quarantine.PROTECTED]


def opening(box: Box, capture: Capture) -> review.Opening:
    return review.open_sticker(box, capture.code)[0]


@pytest.mark.parametrize("why", BOTH)
def test_what_is_put_aside_is_hidden_everywhere_at_once(open_box: Box, lina: str, why: Quarantine) -> None:
    capture, other = send(open_box, lina), send(open_box, lina)
    carried(open_box, capture)
    quarantine.put_aside(open_box, capture, why)
    assert opening(open_box, capture) is review.Opening.WITHDRAWN
    page = traces.of_day(open_box, open_box.now())
    assert ([t.capture.id for t in page.traces], page.total) == ([other.id], 1)
    assert [c.id for c in days.releasable(open_box, open_box.today())] == [other.id]
    assert receipts.remote(open_box, capture.code) is Remote.LEAVING
    assert found(open_box, capture).released_at is None
    assert not any(permits.of_capture(open_box, found(open_box, capture), use).allowed for use in Use)
    assert [a.capture.id for a in quarantine.every(open_box)] == [capture.id]
    assert journal.last_detail(open_box.database, Event.PUT_ASIDE) == why


def test_what_waited_for_the_ent_or_the_printer_comes_out_no_more(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    review.release(open_box, capture)
    (action,) = outbox.pending(open_box.database)
    quarantine.put_aside(open_box, capture, Quarantine.PROTECTED)
    with pytest.raises(parcels.NoLonger):
        parcels.fetch(open_box, action.id)
    assert outbox.pending(open_box.database) == []
    assert not open_box.shelf.parcel(open_box.run_key_name, capture.code).exists()
    assert printing.waiting(open_box.database) == 0
    review.reprint(open_box, found(open_box, capture))
    review.keep(open_box, found(open_box, capture))
    assert printing.waiting(open_box.database) == 0
    with pytest.raises(review.CannotRelease):
        review.release(open_box, found(open_box, capture))
    with pytest.raises(attribution.NotPermitted):
        attribution.give(open_box, found(open_box, capture), [someone(open_box, lina).id, _sami(open_box)])


def _sami(box: Box) -> str:
    sami = people.add(box, "Sami", pictogram="fish")
    people.answer(box, sami, Nature.VOICE, [Scope.CLASS])
    return sami


def test_it_comes_back_in_class_only(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)
    quarantine.put_aside(open_box, capture, Quarantine.LIMITATION)
    quarantine.bring_back(open_box, capture)
    synced(open_box)
    assert opening(open_box, capture) is review.Opening.PLAYS
    assert receipts.remote(open_box, capture.code) is Remote.GONE
    assert quarantine.every(open_box) == []
    assert journal.latest(open_box.database, Event.BROUGHT_BACK)


def test_a_cut_leaves_it_where_it_was(open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)

    def cut(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(outbox, "ask_delete", cut)
    with pytest.raises(OSError):
        quarantine.put_aside(open_box, capture, Quarantine.LIMITATION)
    assert found(open_box, capture).quarantine is Quarantine.NO
    assert receipts.remote(open_box, capture.code) is Remote.THERE


def test_erasing_everything_is_counted_first(open_box: Box, lina: str, tom: str) -> None:
    own, both = send(open_box, lina), group(open_box, lina, tom)
    carried(open_box, own)
    for why in BOTH:
        quarantine.put_aside(open_box, send(open_box, lina), why)
    extent = pupil_erasure.extent(open_box, lina)
    assert [c.id for c in extent.own] == [own.id]
    assert [c.id for c in extent.shared] == [both.id]
    assert (extent.limited, extent.protected, extent.at_ent) == (1, 1, 1)
    assert extent.in_backups_until is None
    assert len(captures.of_pupil(open_box.database, lina)) == 4


def test_erasing_everything_leaves_what_is_aside_and_a_receipt(open_box: Box, lina: str, tom: str) -> None:
    own, both = send(open_box, lina), group(open_box, lina, tom)
    secret, other = send(open_box, lina), send(open_box, tom)
    made(open_box, lina)
    carried(open_box, own)
    quarantine.put_aside(open_box, secret, Quarantine.PROTECTED)
    done = requests.find(open_box, pupil_erasure.carry_out(open_box, lina, stay=()))
    assert done is not None
    assert (again(open_box, own), again(open_box, both)) == (None, None)
    assert again(open_box, secret) and again(open_box, other)
    assert not open_box.shelf.media(own.id, own.packing).exists()
    assert exports.every(open_box.database) == []
    assert {(item.code, item.fate) for item in done.traces} == {
        (own.code, Fate.ERASED),
        (both.code, Fate.ERASED),
    }
    assert secret.code not in [item.code for item in done.traces]
    assert done.kind is Kind.ERASURE
    states = {line.item.code: line.remote for line in receipts.lines(open_box, done.traces)}
    assert states == {own.code: Remote.LEAVING, both.code: Remote.NOTHING}
    synced(open_box)
    assert receipts.remote(open_box, own.code) is Remote.GONE
    assert opening(open_box, own) is review.Opening.WITHDRAWN


def test_a_cut_in_the_middle_erases_nothing_and_tells_nothing(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = send(open_box, lina), send(open_box, lina)
    bury = erasure.bury

    def cut(box: Box, capture: Capture, *, reason: str) -> None:
        if capture.id == first.id:
            raise OSError
        bury(box, capture, reason=reason)

    monkeypatch.setattr(erasure, "bury", cut)
    with pytest.raises(OSError):
        pupil_erasure.carry_out(open_box, lina, stay=())
    assert again(open_box, first) and again(open_box, second)
    assert requests.every(open_box) == []


def test_a_trace_of_a_group_stays_with_the_others_under_another_sticker(
    open_box: Box, lina: str, tom: str
) -> None:
    both = group(open_box, lina, tom)
    carried(open_box, both)
    done = requests.find(open_box, pupil_erasure.carry_out(open_box, lina, stay={both.id}))
    now = found(open_box, both)
    assert now.pupils == (tom,)
    assert now.code != both.code
    assert opening(open_box, both) is review.Opening.CANCELLED
    assert done is not None
    assert [(item.fate, item.code) for item in done.traces] == [(Fate.WITHOUT, both.code)]
    assert receipts.remote(open_box, both.code) is Remote.LEAVING


def test_what_the_other_family_does_not_allow_goes_with_the_rest(open_box: Box, lina: str, tom: str) -> None:
    both = group(open_box, lina, tom)
    now = people.find(open_box, tom)
    assert now is not None
    open_box.database.db.execute("UPDATE permissions SET state = 'refused' WHERE pupil = ?", [tom])
    pupil_erasure.carry_out(open_box, lina, stay={both.id})
    assert again(open_box, both) is None


def test_a_name_is_corrected_and_nothing_goes_home_under_the_old_one(open_box: Box, lina: str) -> None:
    there, waits, here = (send(open_box, lina) for _ in range(3))
    carried(open_box, there)
    review.release(open_box, waits)
    before = open_box.shelf.parcel(open_box.run_key_name, waits.code).read_bytes()
    pupil = someone(open_box, lina)
    assert corrections.rename(open_box, pupil, "Léna", initial="D", level="CE1", recall=True) == 1
    now = someone(open_box, lina)
    assert (now.first_name, now.initial, now.level) == ("Léna", "D", "CE1")
    assert receipts.remote(open_box, there.code) is Remote.LEAVING
    assert receipts.remote(open_box, waits.code) is Remote.COMING
    assert open_box.shelf.parcel(open_box.run_key_name, waits.code).read_bytes() != before
    assert found(open_box, there).released_at is None
    assert receipts.remote(open_box, here.code) is Remote.NOTHING
    assert journal.latest(open_box.database, Event.PUPIL_CORRECTED)


def test_a_level_alone_recalls_nothing_and_a_name_already_borne_is_refused(
    open_box: Box, lina: str, tom: str
) -> None:
    there = send(open_box, lina)
    carried(open_box, there)
    pupil = someone(open_box, lina)
    assert corrections.rename(open_box, pupil, "Lina", initial="D", level="CE1", recall=True) == 0
    assert receipts.remote(open_box, there.code) is Remote.THERE
    with pytest.raises(corrections.Taken):
        corrections.rename(open_box, pupil, "tom", initial="b", level="CP", recall=True)
    assert someone(open_box, lina).first_name == "Lina"


def test_the_former_family_loses_access_before_the_new_one_gains_it(
    open_box: Box, lina: str, tom: str
) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)
    attribution.give(open_box, capture, [tom])
    now = found(open_box, capture)
    review.release(open_box, now)
    (put,) = [a for a in outbox.pending(open_box.database) if a.verb == outbox.PUT]
    with pytest.raises(parcels.Waiting):
        parcels.fetch(open_box, put.id)
    (delete,) = [a for a in outbox.pending(open_box.database) if a.verb == outbox.DELETE]
    parcels.finish(open_box, delete.id, None)
    assert parcels.fetch(open_box, put.id)
