"""A lost sticker is cancelled; another opens the same trace (law.md §7.4; E25, E26)."""

import pytest

from appliance.domain.captures import Capture
from appliance.hub import attribution, parcels, review
from appliance.hub.box import Box
from appliance.store import captures, outbox, printing
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]


def _asked(box: Box) -> list[tuple[str, str]]:
    return sorted((action.verb, action.code) for action in outbox.pending(box.database))


def _now(box: Box, capture: Capture) -> Capture:
    found = captures.find(box.database, capture.id)
    assert found is not None
    return found


def test_the_former_sticker_opens_nothing_and_the_new_one_does(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    renewed = attribution.renew_sticker(open_box, capture)
    assert renewed is not None
    assert renewed.code != capture.code
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.CANCELLED
    assert review.open_sticker(open_box, renewed.code)[0] is review.Opening.PLAYS
    assert (renewed.pupils, renewed.last_day) == (capture.pupils, capture.last_day)
    waiting = printing.waiting(open_box.database)
    assert waiting == 1


def test_what_was_at_home_leaves_the_ent_before_it_comes_back_under_the_new_code(
    box: Box, teacher: Browser, lina: str
) -> None:
    capture = send(box, lina)
    review.release(box, capture)
    (put,) = outbox.pending(box.database)
    parcels.fetch(box, put.id)
    parcels.finish(box, put.id, 10)
    assert "à la maison" in said(teacher.get(f"/trace/{capture.id}/etiquette"))
    assert teacher.post(f"/trace/{capture.id}/etiquette").status_code == 303
    renewed = _now(box, capture)
    assert renewed.released_at is not None
    assert _asked(box) == sorted([("delete", capture.code), ("put", renewed.code)])
    (put,) = [action for action in outbox.pending(box.database) if action.verb == "put"]
    with pytest.raises(parcels.Waiting):
        parcels.fetch(box, put.id)


def test_what_was_not_kept_has_no_sticker_to_print(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, kept=False)
    attribution.renew_sticker(open_box, capture)
    assert printing.waiting(open_box.database) == 0


def test_a_trace_erased_meanwhile_stays_so(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    review.delete(open_box, capture)
    assert attribution.renew_sticker(open_box, capture) is None


def test_only_a_sticker_that_came_out_can_be_lost(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    assert "Étiquette perdue…" not in said(teacher.get(f"/trace/{capture.id}"))
    job = printing.take_next(box.database)
    assert job is not None
    printing.printed(box.database, job.id, box.now())
    assert "Étiquette perdue…" in said(teacher.get(f"/trace/{capture.id}"))
