"""A withdrawal hides at once, whatever was captured and of how many, with its receipt (E21; law.md §1.5)."""

from datetime import date

import pytest

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature, Scope, Signed
from appliance.domain.requests import Kind, Outcome
from appliance.hub import parcels, people, review
from appliance.hub.box import Box
from appliance.hub.rights import answers, permits, quarantine, receipts, requests, withdrawals
from appliance.hub.rights.receipts import Fate, Remote
from appliance.store import captures, outbox
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import PHOTO, TWO, again, caption, carried, synced, tom
from tests.unit.web_helpers import Browser, app, said, teacher, visitor

__all__ = ["app", "teacher", "tom", "visitor"]

HOME = (Scope.CLASS, Scope.FAMILY)
KINDS = {
    Nature.VOICE: {},
    Nature.IMAGE: {"station": "B", "nature": Nature.IMAGE, "duration_ms": 0},
    Nature.PRODUCTION: PHOTO,
    Nature.FILM: {"nature": Nature.FILM},
}
WHO = {"alone": 1, "group": 2}


def sent(box: Box, nature: Nature, owners: list[str]) -> Capture:
    """A trace on its way to the ENT."""
    for pupil in owners:
        people.answer(box, pupil, nature, HOME, signed=TWO)
    capture = send(box, owners[0], b"un contenu", pupils=tuple(owners), **KINDS[nature])
    review.release(box, capture)
    assert [a.code for a in parcels.plan(box)[0]] == [capture.code]
    return capture


def every_way(capture: Capture, visitor: Browser, teacher: Browser) -> dict[str, int]:
    """What each address of a trace answers, as a status."""
    sticker, trace = f"/e/{capture.code}", f"/trace/{capture.id}"
    return {
        "sticker": visitor.get(sticker).status_code,
        "its content": visitor.get(f"{sticker}/contenu").status_code,
        "its thumbnail": visitor.get(f"{sticker}/vignette").status_code,
        "the teacher's page": teacher.get(trace).status_code,
        "the teacher's content": teacher.get(f"{trace}/contenu").status_code,
        "the teacher's thumbnail": teacher.get(f"{trace}/vignette").status_code,
    }


@pytest.mark.parametrize("nature", list(Nature))
@pytest.mark.parametrize("who", WHO)
def test_all_is_refused_everywhere_at_once(
    box: Box, teacher: Browser, visitor: Browser, lina: str, tom: str, nature: Nature, who: str
) -> None:
    owners = [lina, tom][: WHO[who]]
    capture = sent(box, nature, owners)
    before = every_way(capture, visitor, teacher)
    assert (before["its content"], before["the teacher's content"]) == (200, 200)
    assert capture.id in teacher.get("/aujourdhui").text
    (action,) = outbox.pending(box.database)
    people.answer(box, owners[-1], nature, [])
    now = every_way(capture, visitor, teacher)
    assert {now[way] for way in now if "teacher" not in way} == {410}
    assert {now[way] for way in now if "teacher" in way} == {404}
    assert capture.id not in teacher.get("/aujourdhui").text
    with pytest.raises(LookupError):
        review.hear_at_station(box, capture.code, owners[0])
    with pytest.raises(parcels.NoLonger):
        parcels.fetch(box, action.id)
    assert parcels.plan(box)[0] == []
    assert not box.shelf.parcel(box.run_key_name, capture.code).exists()


@pytest.mark.parametrize("nature", list(Nature))
@pytest.mark.parametrize("who", WHO)
def test_home_alone_is_refused_at_once_and_the_class_goes_on(
    box: Box, teacher: Browser, visitor: Browser, lina: str, tom: str, nature: Nature, who: str
) -> None:
    owners = [lina, tom][: WHO[who]]
    capture = sent(box, nature, owners)
    (action,) = outbox.pending(box.database)
    before = every_way(capture, visitor, teacher)
    people.answer(box, owners[-1], nature, [Scope.CLASS], signed=TWO)
    with pytest.raises(parcels.NoLonger):
        parcels.fetch(box, action.id)
    assert not box.shelf.parcel(box.run_key_name, capture.code).exists()
    assert every_way(capture, visitor, teacher) == before


def test_the_receipt_lists_what_went_and_is_true_again_tomorrow(
    box: Box, teacher: Browser, lina: str, clock: HandClock
) -> None:
    there, never = send(box, lina), send(box, lina)
    carried(box, there)
    photo = send(box, lina, id=caption(box), caption_ms=4_000, **PHOTO)
    page = {"projet": "", "voix": "none", "confirme": "1"}
    receipt = said(teacher.post(f"/eleves/{lina}", page))
    asked = requests.of_pupil(box, lina)[0]
    assert (asked.kind, asked.outcome) == (Kind.WITHDRAWAL, Outcome.DONE)
    assert {item.code: item.fate for item in asked.traces} == {
        there.code: Fate.ERASED,
        never.code: Fate.ERASED,
        photo.code: Fate.SILENCED,
    }
    for told in (
        "effacement demandé, pas encore vérifié", "rien n’y est allé", "Hors de portée de la boîte",
        "Voix : « en classe et à la maison » devient « non »", "légende parlée effacée", "12 janvier 2027",
    ):  # fmt: skip
        assert told in receipt, told
    assert f"/demandes/{asked.id}" in receipt
    synced(box)
    tomorrow = said(teacher.get(f"/demandes/{asked.id}"))
    assert ("effacée, vérifié" in tomorrow, "pas encore vérifié" in tomorrow) == (True, False)


def test_a_receipt_answers_the_paper_that_waited(box: Box, teacher: Browser, lina: str) -> None:
    waited = requests.receive(
        box, Kind.WITHDRAWAL, lina, received_on=date(2027, 1, 10), who="Mme D.", text="Plus rien."
    )
    teacher.post(f"/eleves/{lina}", {"projet": "", "voix": "none", "confirme": "1"})
    (asked,) = requests.every(box)
    assert (asked.id, asked.outcome) == (waited, Outcome.DONE)


def test_a_receipt_says_nothing_of_what_is_to_be_protected(box: Box, teacher: Browser, lina: str) -> None:
    """What a child confided may be in the caption of a photo: a withdrawal neither erases nor tells it."""
    photo = send(box, lina, id=caption(box), caption_ms=4_000, **PHOTO)
    voice, plain = send(box, lina), send(box, lina)
    for confided in (photo, voice):
        quarantine.put_aside(box, confided, Quarantine.PROTECTED)
    receipt = said(teacher.post(f"/eleves/{lina}", {"projet": "", "voix": "none", "confirme": "1"}))
    (asked,) = requests.of_pupil(box, lina)
    assert [item.code for item in asked.traces] == [plain.code]
    assert "mise de côté" not in receipt
    now = again(box, photo)
    assert now is not None
    assert (now.caption_ms, box.shelf.caption(photo.id).exists()) == (4_000, True)
    quarantine.bring_back(box, now)
    assert teacher.get(f"/trace/{photo.id}/contenu").status_code == 200
    assert teacher.get(f"/trace/{photo.id}/legende").status_code == 404


def test_no_withdrawal_without_its_receipt(open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = send(open_box, lina)

    def cut(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(requests, "record_done", cut)
    with pytest.raises(OSError):
        withdrawals.record(
            open_box,
            lina,
            {Nature.VOICE: ()},
            project="",
            signed=Signed(),
            until=date(2027, 8, 31),
            paper=None,
            said="",
        )
    assert again(open_box, capture)
    assert permits.to_record(open_box, [lina], "", Nature.VOICE).allowed


@pytest.mark.parametrize(
    ("changes", "title"),
    [({"signatures": "1"}, "Moins de signatures"), ({"jusque": "2027-01-11"}, "un dernier jour plus proche")],
)
def test_what_fewer_signatures_or_a_sooner_end_recall_is_shown_first(
    box: Box, teacher: Browser, lina: str, tom: str, changes: dict[str, str], title: str
) -> None:
    capture = sent(box, Nature.VOICE, [lina, tom])
    synced(box)
    paper = {"projet": "", "papier": "1", "voix": "home", "photo": "home", "signatures": "2", **changes}
    page = said(teacher.post(f"/eleves/{tom}", paper))
    assert (title in page, "1 trace que cet accord ne permet plus" in page) == (True, True)
    assert receipts.remote(box, capture.code) is Remote.THERE
    assert requests.every(box) == []
    receipt = said(teacher.post(f"/eleves/{tom}", {**paper, "confirme": "1"}))
    assert "reprise de l’ENT, reste en classe" in receipt
    assert receipts.remote(box, capture.code) is Remote.LEAVING


def test_a_rehearsal_changes_nothing(open_box: Box, lina: str, tom: str) -> None:
    capture = sent(open_box, Nature.VOICE, [lina, tom])
    before = list(open_box.database.db.conn.iterdump())
    one = Signed(holders=1)
    found = withdrawals.rehearse(open_box, tom, {Nature.VOICE: HOME}, "", one, date(2027, 8, 31))
    assert [c.id for c in found.recalled] == [capture.id]
    found = withdrawals.rehearse(open_box, tom, {Nature.VOICE: ()}, "", one, date(2027, 8, 31))
    assert ([c.id for c in found.erased], captures.ids(open_box.database)) == ([capture.id], {capture.id})
    assert list(open_box.database.db.conn.iterdump()) == before
    assert answers.foresee(open_box, tom, Nature.VOICE, ()).erased == found.erased
