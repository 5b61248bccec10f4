"""Two things at once, and answers that come late."""

import io
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from appliance.domain.captures import Capture, Facts, Packing
from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.hub import (
    attribution,
    intake,
    mending,
    parcels,
    people,
    printing,
    review,
    traces,
)
from appliance.hub.box import Box
from appliance.store import captures, journal, outbox
from appliance.store import printing as print_queue
from appliance.vault.opening import NotForThisKey
from tests.conftest import MadeKeys
from tests.unit.hub_helpers import facts_of, send
from tests.unit.race_helpers import media_files, take_in

FAMILY_ONLY_GONE = [Scope.CLASS]


class SlowBody(io.BytesIO):
    """A body during whose arrival something else happens."""

    def __init__(self, data: bytes, meanwhile: Callable[[], object]) -> None:
        super().__init__(data)
        self._meanwhile: Callable[[], object] | None = meanwhile

    def read(self, size: int | None = -1, /) -> bytes:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile:
            meanwhile()
        return super().read(size)


def erase(box: Box, capture_id: str) -> None:
    capture = captures.find(box.database, capture_id)
    assert capture is not None
    review.delete(box, capture)


def in_parts(box: Box, pupil: str) -> tuple[Facts, bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        sealed = box.sealer.seal(b"le debut")
        info = tarfile.TarInfo("000000-1000.age")
        info.size = len(sealed)
        tar.addfile(info, io.BytesIO(sealed))
    body = buffer.getvalue()
    return replace(facts_of(box, pupil, body), packing=Packing.PARTS, cut=True), body


def carried(box: Box, capture: Capture) -> None:
    review.release(box, capture)
    (action,), _ = parcels.plan(box)
    parcels.fetch(box, action.id)
    parcels.finish(box, action.id, 8)


def verbs(box: Box) -> list[str]:
    return [action.verb for action in outbox.pending(box.database)]


def test_a_capture_that_arrives_twice_at_once_is_taken_in_once(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    assert intake.take_in(box, facts, SlowBody(sealed, lambda: take_in(box, facts, sealed))) is False
    assert media_files(box) == [box.shelf.media(facts.id, Packing.WHOLE)]


def test_a_capture_erased_while_it_arrives_again_does_not_come_back(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)

    def sent_and_erased() -> None:
        take_in(box, facts, sealed)
        erase(box, facts.id)

    with pytest.raises(intake.Erased):
        intake.take_in(box, facts, SlowBody(sealed, sent_and_erased))
    assert (media_files(box), captures.ids(box.database)) == ([], set())


def test_a_withdrawal_while_a_capture_arrives_keeps_nothing_of_it(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    withdraw = lambda: people.answer(box, lina, Nature.VOICE, [])  # noqa: E731
    with pytest.raises(intake.NotAllowed):
        intake.take_in(box, facts, SlowBody(sealed, withdraw))
    assert (media_files(box), captures.ids(box.database)) == ([], set())
    assert journal.latest(box.database, "refused_without_permission")


def test_nothing_is_kept_of_the_thumbnail_of_an_erased_photo(box: Box, lina: str) -> None:
    capture = send(box, lina)
    review.delete(box, capture)
    intake.take_companion(box, capture.id, "thumbnail", io.BytesIO(b"scellee"), 7)
    assert media_files(box) == []


def test_a_take_erased_while_it_is_mended_stays_erased(
    open_box: Box, lina: str, made_keys: MadeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_box.set_opener(None)
    facts, body = in_parts(open_box, lina)
    take_in(open_box, facts, body)
    open_box.set_opener(made_keys.opener)
    opened = mending.opened_parts

    def opened_then_erased(box: Box, capture: Capture) -> bytes:
        content = opened(box, capture)
        review.delete(box, capture)
        return content

    monkeypatch.setattr(mending, "opened_parts", opened_then_erased)
    mending.mend_all(open_box)
    assert media_files(open_box) == []


def test_a_take_is_heard_while_it_is_mended(open_box: Box, lina: str, made_keys: MadeKeys) -> None:
    open_box.set_opener(None)
    facts, body = in_parts(open_box, lina)
    take_in(open_box, facts, body)
    open_box.set_opener(made_keys.opener)
    looked_up = captures.find(open_box.database, facts.id)
    assert looked_up is not None
    assert traces.media(open_box, looked_up) == b"le debut"
    mending.mend_all(open_box)
    assert traces.media(open_box, looked_up) == b"le debut"


def test_a_photo_of_which_only_the_thumbnail_is_left_is_missing(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, nature=Nature.PRODUCTION)
    open_box.shelf.write_thumbnail(capture.id, b"scellee")
    open_box.shelf.media(capture.id, Packing.WHOLE).unlink()
    assert intake.reconcile(open_box)["missing"] == 1


def test_a_take_with_damaged_parts_is_told_as_damaged(open_box: Box, lina: str) -> None:
    facts, _ = in_parts(open_box, lina)
    body = b"not a tar"
    take_in(open_box, replace(facts_of(open_box, lina, body), packing=Packing.PARTS, id=facts.id), body)
    capture = captures.find(open_box.database, facts.id)
    assert capture is not None
    with pytest.raises(NotForThisKey):
        mending.opened_parts(open_box, capture)


def test_what_the_sync_takes_during_a_withdrawal_is_asked_back(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.release(open_box, send(open_box, lina))
    (action,), _ = parcels.plan(open_box)
    withdrawal = threading.Thread(target=people.answer, args=(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE))
    begin = outbox.begin

    def withdrawn_before(*arguments: object) -> None:
        withdrawal.start()
        # It either ends at once, or waits for the lock that the fetch holds.
        withdrawal.join(0.5)
        begin(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "begin", withdrawn_before)
    assert parcels.fetch(open_box, action.id)
    withdrawal.join()
    assert verbs(open_box) == ["delete"]


def test_a_withdrawal_while_a_parcel_is_made_lets_nothing_go(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(open_box, lina)
    made = parcels.sealed_parcel

    def made_then_withdrawn(box: Box, capture: Capture) -> bytes:
        sealed = made(box, capture)
        people.answer(box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
        return sealed

    monkeypatch.setattr(parcels, "sealed_parcel", made_then_withdrawn)
    with pytest.raises(review.CannotRelease, match="no_permission"):
        review.release(open_box, capture)
    assert outbox.pending(open_box.database) == []
    assert not open_box.shelf.parcel(open_box.run_key_name, capture.code).exists()


def test_a_late_word_of_the_sync_does_not_close_the_deletion_asked_since(open_box: Box, lina: str) -> None:
    review.release(open_box, send(open_box, lina))
    (put,), _ = parcels.plan(open_box)
    parcels.fetch(open_box, put.id)
    people.answer(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
    parcels.finish(open_box, put.id, 8)
    assert verbs(open_box) == ["delete"]


def test_a_late_word_of_the_printer_does_not_lose_the_next_sticker(open_box: Box, lina: str) -> None:
    erased = send(open_box, lina)
    handed = printing.next_sticker(open_box, 0)
    assert handed is not None
    review.delete(open_box, erased)
    send(open_box, lina)
    print_queue.printed(open_box.database, handed.job, open_box.now())
    assert print_queue.waiting(open_box.database) == 1


def test_a_copy_whose_deletion_was_dropped_by_a_new_release_is_still_asked_back(
    open_box: Box, lina: str
) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)
    people.answer(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    review.release(open_box, capture)
    assert verbs(open_box) == ["put"]
    people.answer(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
    assert verbs(open_box) == ["delete"]


def test_a_deletion_that_was_done_is_not_asked_again(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)
    people.answer(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
    (deletion,), _ = parcels.plan(open_box)
    parcels.finish(open_box, deletion.id, None)
    people.answer(open_box, lina, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    review.release(open_box, capture)
    people.answer(open_box, lina, Nature.VOICE, FAMILY_ONLY_GONE)
    assert outbox.pending(open_box.database) == []


@pytest.mark.parametrize("scopes", [[], FAMILY_ONLY_GONE])
def test_a_power_cut_leaves_no_withdrawal_half_done(
    open_box: Box, lina: str, scopes: list[Scope], monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = send(open_box, lina)
    carried(open_box, capture)

    def cut(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "ask_delete", cut)
        with pytest.raises(KeyboardInterrupt):
            people.answer(open_box, lina, Nature.VOICE, scopes)
    (pupil,) = people.every(open_box)
    assert {pupil.state(Nature.VOICE, scope) for scope in people.ANSWERABLE} == {PermissionState.GRANTED}
    people.answer(open_box, lina, Nature.VOICE, scopes)
    assert verbs(open_box) == ["delete"]


def test_a_trace_given_to_another_while_it_is_released_is_released_to_nobody(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    people.answer(open_box, tom, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    capture, made = send(open_box, lina), parcels.sealed_parcel

    def made_then_given(box: Box, of: Capture) -> bytes:
        sealed = made(box, of)
        attribution.give(box, of, [tom])
        return sealed

    monkeypatch.setattr(parcels, "sealed_parcel", made_then_given)
    with pytest.raises(review.CannotRelease, match="changed"):
        review.release(open_box, capture)
    given = captures.find(open_box.database, capture.id)
    assert given is not None
    assert given.released_at is None
    assert outbox.pending(open_box.database) == []
    assert list((open_box.config.data / "outbox").rglob("*.age")) == []


def test_what_is_kept_or_erased_is_what_the_trace_is_now(open_box: Box, lina: str) -> None:
    nobody = send(open_box, lina, pupils=(), kept=False)
    attribution.give(open_box, nobody, [lina])
    review.keep(open_box, nobody)
    kept = captures.find(open_box.database, nobody.id)
    assert kept is not None
    assert kept.last_day == date(2027, 8, 31)

    tom = people.add(open_box, "Tom", pictogram="cat")
    people.answer(open_box, tom, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    attribution.give(open_box, kept, [tom])
    given = captures.find(open_box.database, nobody.id)
    assert given is not None
    carried(open_box, given)
    review.delete(open_box, kept)
    assert [(action.verb, action.code) for action in outbox.pending(open_box.database)] == [
        (outbox.DELETE, given.code)
    ]
    review.delete(open_box, given)
    review.keep(open_box, given)
    assert captures.ids(open_box.database) == set()
