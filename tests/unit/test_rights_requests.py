"""What families ask for by right: the one-month clock, the two months more, and a receipt that stays true."""

from datetime import date, timedelta

import pytest

from appliance.domain.audit import Event
from appliance.domain.captures import Quarantine
from appliance.domain.requests import Deadline, Kind, Outcome, TooLate, add_months
from appliance.hub import audit_words
from appliance.hub.box import Box, Locked
from appliance.hub.rights import pupil_erasure, receipts, requests
from appliance.hub.rights.receipts import Fate, Remote
from appliance.store import journal, outbox
from appliance.store import requests as stored
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import carried, synced

TODAY = date(2027, 1, 12)


@pytest.mark.parametrize(
    ("received", "due", "with_extension"),
    [
        ("2027-01-12", "2027-02-12", "2027-04-12"),
        ("2027-01-31", "2027-02-28", "2027-04-30"),
        ("2026-12-15", "2027-01-15", "2027-03-15"),
        ("2028-01-31", "2028-02-29", "2028-04-30"),
        ("2026-11-30", "2026-12-30", "2027-02-28"),
    ],
)
def test_a_month_to_answer_and_two_more_with_a_reason(received: str, due: str, with_extension: str) -> None:
    deadline = Deadline.starting(date.fromisoformat(received))
    assert deadline.due_on.isoformat() == due
    assert deadline.extended(deadline.due_on).due_on.isoformat() == with_extension


def test_only_once_and_only_within_the_first_month() -> None:
    deadline = Deadline.starting(TODAY)
    with pytest.raises(TooLate):
        deadline.extended(deadline.due_on + timedelta(days=1))
    with pytest.raises(TooLate):
        deadline.extended(TODAY).extended(TODAY)
    assert [deadline.days_left(TODAY + timedelta(days=n)) for n in (0, 31, 32)] == [31, 0, -1]
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 29)


def receive(box: Box, pupil: str, kind: Kind = Kind.ACCESS, days_ago: int = 0) -> requests.Request:
    made = requests.receive(
        box, kind, pupil, received_on=box.today() - timedelta(days=days_ago), who="Mme D.", text="tout"
    )
    found = requests.find(box, made)
    assert found is not None
    return found


def test_the_most_urgent_is_on_top_and_the_answered_last(open_box: Box, lina: str) -> None:
    late, fresh = receive(open_box, lina, days_ago=40), receive(open_box, lina)
    middle, done = receive(open_box, lina, days_ago=20), receive(open_box, lina, days_ago=50)
    requests.answer(open_box, done, Outcome.DONE, "remis")
    assert [r.id for r in requests.every(open_box)] == [late.id, middle.id, fresh.id, done.id]
    assert stored.late(open_box.database, open_box.today()) == 1
    assert stored.waiting_until(open_box.database) == late.deadline.due_on


def test_a_request_is_sealed_and_noted_without_its_words(open_box: Box, lina: str) -> None:
    asked = receive(open_box, lina, Kind.RECTIFICATION)
    requests.extend(open_box, asked, "Les traces de groupe demandent un tri.")
    row = stored.find(open_box.database, asked.id)
    assert row is not None
    assert b"Mme D." not in row.sealed
    assert row.deadline.due_on == date(2027, 4, 12)
    assert journal.last_detail(open_box.database, Event.REQUEST_RECEIVED) == "rectification"
    again = requests.find(open_box, asked.id)
    assert again is not None
    assert (again.name, again.who, again.reason) == (
        "Lina",
        "Mme D.",
        "Les traces de groupe demandent un tri.",
    )
    open_box.set_opener(None)
    with pytest.raises(Locked):
        requests.every(open_box)


@pytest.mark.parametrize("days", [1, -93])
def test_a_day_to_come_or_long_ago_is_a_typing_mistake(open_box: Box, lina: str, days: int) -> None:
    with pytest.raises(requests.BadDate):
        requests.receive(
            open_box, Kind.ACCESS, lina, received_on=TODAY + timedelta(days=days), who="", text=""
        )
    assert requests.every(open_box) == []


def test_nobody_is_asked_about_an_unknown_pupil(open_box: Box) -> None:
    with pytest.raises(LookupError):
        receive(open_box, "personne")


def test_what_is_done_on_the_spot_answers_what_waited(open_box: Box, lina: str) -> None:
    asked = receive(open_box, lina, Kind.ERASURE, days_ago=10)
    items = receipts.items([send(open_box, lina)], Fate.ERASED)
    assert requests.record_done(open_box, Kind.ERASURE, lina, items) == asked.id
    (done,) = requests.every(open_box)
    assert (done.outcome, done.answered_on, done.traces) == (Outcome.DONE, TODAY, tuple(items))
    other = requests.record_done(open_box, Kind.ERASURE, lina, [])
    assert other != asked.id


def test_a_receipt_follows_the_copy_at_the_ent(open_box: Box, lina: str) -> None:
    never, there, waits = (send(open_box, lina) for _ in range(3))
    carried(open_box, there)
    outbox.ask_put(open_box.database, waits.code, open_box.now())
    items = receipts.items([never, there, waits], Fate.ERASED)

    def told() -> list[Remote]:
        return [line.remote for line in receipts.lines(open_box, items)]

    assert told() == [Remote.NOTHING, Remote.THERE, Remote.COMING]
    for capture in (never, there, waits):
        outbox.ask_delete(open_box.database, capture.code, open_box.now())
    assert told() == [Remote.NOTHING, Remote.LEAVING, Remote.NOTHING]
    synced(open_box)
    assert told() == [Remote.NOTHING, Remote.GONE, Remote.NOTHING]


def test_a_year_after_the_answer_it_goes(open_box: Box, lina: str, clock: HandClock) -> None:
    receive(open_box, lina)
    requests.answer(open_box, receive(open_box, lina), Outcome.REFUSED, "non")
    assert stored.forget_answered(open_box.database, TODAY) == 0
    assert stored.forget_answered(open_box.database, TODAY + timedelta(days=1)) == 1
    assert len(requests.every(open_box)) == 1


@pytest.mark.parametrize(
    ("event", "details"),
    [
        (Event.REQUEST_RECEIVED, list(Kind)),
        (Event.REQUEST_ANSWERED, [o for o in Outcome if o is not Outcome.NONE]),
        (Event.PUT_ASIDE, [q for q in Quarantine if q is not Quarantine.NO]),
        (Event.EXPORT_MADE, ["legal", Kind.ACCESS]),
        (Event.PUPIL_FORGOTTEN, ["left"]),
        (Event.ERASED, [pupil_erasure.REASON, "left"]),
    ],
)
def test_the_journal_says_each_in_french(event: Event, details: list[str]) -> None:
    assert "{detail}" in audit_words.SENTENCES[event]
    assert set(details) <= set(audit_words.WORDS)
