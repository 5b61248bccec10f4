"""Who comes in, until when, and by which way (law.md §5.1, §7.4; requirement E18)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest

from appliance.clock import PARIS
from appliance.domain.audit import Event, Role
from appliance.hub import audit
from appliance.hub.box import Box, Locked
from appliance.hub.keys import access, adults
from appliance.hub.keys.access import NeedsDayCode, NoLongerAllowed
from appliance.hub.keys.throttle import FREE_TRIES, Throttle, TooManyTries
from appliance.store import journal
from appliance.vault.keys import FIRST_ADULT, WrongPassphrase
from tests.conftest import HandClock
from tests.unit.key_helpers import start

TODAY = date(2027, 1, 12)


@pytest.fixture
def words(new_box: Box) -> str:
    """The first teacher's seven words, in an open class with its own quick keys."""
    return start(new_box).keys.passphrase


def lines(box: Box, event: Event) -> list[tuple[str, str, str]]:
    found = [line for line, _digest in journal.every(box.database)]
    return [(line.role, line.subject, line.detail) for line in found if line.event == event]


def test_an_adult_has_words_of_their_own_and_a_sealed_name(new_box: Box, words: str) -> None:
    box = new_box
    adult, theirs = adults.add(box, "Aïcha Diallo", Role.TEACHER)
    assert [found.name for found in adults.every(box)] == ["", "Aïcha Diallo"]
    access.lock(box)
    assert [found.name for found in adults.every(box)] == ["", ""]
    assert adults.openers(box) == {FIRST_ADULT: Role.TEACHER, adult: Role.TEACHER}
    assert access.unlock(box, theirs, Throttle()) == access.Opened(adult, Role.TEACHER)
    assert box.adult == adult
    assert lines(box, Event.ADULT_ADDED) == [("teacher", adult, "teacher")]
    assert access.unlock(box, words, Throttle()).adult == FIRST_ADULT, "the class is open already"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ASSISTANT, Role.SUBSTITUTE])
def test_a_last_day_is_a_last_day(new_box: Box, words: str, clock: HandClock, role: Role) -> None:
    box = new_box
    adult, theirs = adults.add(box, "Paul", role, until=TODAY)
    assert adults.may_come_in(box, adult) is role
    access.lock(box)
    clock.pass_(timedelta(days=1))
    assert adults.may_come_in(box, adult) is None
    with pytest.raises(NoLongerAllowed):
        access.unlock(box, theirs, Throttle())
    assert not box.is_open
    access.unlock(box, words, Throttle())


def test_who_was_removed_while_open_gets_no_key_of_what_comes(new_box: Box, words: str) -> None:
    box = new_box
    adult, theirs = adults.add(box, "Paul", Role.ASSISTANT)
    before = box.sealer.recipients
    adults.remove(box, adult)
    assert box.sealer.recipients[0] != before[0]
    assert box.opener.open(box.sealer.seal(b"ensuite")) == b"ensuite"
    access.lock(box)
    with pytest.raises(WrongPassphrase):
        access.unlock(box, theirs, Throttle())
    access.unlock(box, words, Throttle())
    assert lines(box, Event.JOURNAL_BROKEN) == []
    assert adults.find(box, adult).is_gone  # type: ignore[union-attr]


def test_the_direction_removes_somebody_while_the_class_is_locked(new_box: Box, words: str) -> None:
    box = new_box
    adult, theirs = adults.add(box, "Paul", Role.TEACHER)
    access.lock(box)
    before = box.sealer.recipients[0]
    with box.acting_as(Role.DIRECTION):
        adults.remove(box, adult)
    assert lines(box, Event.ADULT_REMOVED) == [("direction", adult, "")]
    with pytest.raises(WrongPassphrase):
        access.unlock(box, theirs, Throttle())
    access.unlock(box, words, Throttle())
    assert box.sealer.recipients[0] != before, "the next opening makes the new class key"
    assert box.keys.leaving() == []


def test_somebody_stays_to_open(new_box: Box, words: str) -> None:
    box = new_box
    adults.add(box, "Paul", Role.ASSISTANT)
    adults.add(box, "Rose", Role.TEACHER, until=TODAY)
    for act in (adults.remove, lambda box, adult: adults.set_until(box, adult, TODAY)):
        with pytest.raises(adults.LastTeacher):
            act(box, FIRST_ADULT)
    other, _words = adults.add(box, "Aïcha", Role.TEACHER)
    adults.remove(box, FIRST_ADULT)
    assert list(adults.openers(box)).count(other) == 1
    assert FIRST_ADULT not in adults.openers(box)


def test_a_class_key_is_given_by_an_open_class_only(new_box: Box, words: str) -> None:
    box = new_box
    access.lock(box)
    with pytest.raises(Locked):
        adults.add(box, "Paul", Role.TEACHER)
    assert len(adults.every(box)) == 1
    adult, none = adults.add(box, "La direction", Role.DIRECTION)
    assert none == ""
    assert adult not in adults.openers(box)


def test_who_holds_no_key_signs_in_by_a_password_and_opens_nothing(new_box: Box, words: str) -> None:
    box = new_box
    adult, _none = adults.add(box, "La direction", Role.DIRECTION)
    access.lock(box)
    with pytest.raises(adults.WeakPassword):
        adults.set_password(box, adult, "onze signes")
    adults.set_password(box, adult, "une phrase assez longue")
    throttle = Throttle()
    assert access.sign_in(box, Role.DIRECTION, "une phrase assez longue", throttle).adult == adult
    assert not box.is_open
    for wrong in (
        (Role.DIRECTION, "une autre phrase"),
        (Role.ERUN, "une phrase assez longue"),
        (Role.TEACHER, ""),
    ):
        with pytest.raises(WrongPassphrase):
            access.sign_in(box, *wrong, throttle)
    with pytest.raises(TooManyTries):
        access.sign_in(box, Role.DIRECTION, "une phrase assez longue", throttle)
    adults.remove(box, adult)
    with pytest.raises(WrongPassphrase):
        access.sign_in(box, Role.DIRECTION, "une phrase assez longue", Throttle())


class TestTheSubstitute:
    @pytest.fixture
    def card(self, new_box: Box, words: str) -> str:
        card = adults.add(new_box, "", Role.SUBSTITUTE)[1]
        access.lock(new_box)
        return card

    def test_the_card_opens_with_the_day_s_code_only(self, new_box: Box, card: str, words: str) -> None:
        with pytest.raises(NeedsDayCode):
            access.unlock(new_box, card, Throttle())
        with pytest.raises(WrongPassphrase):
            access.unlock_day(new_box, card, "123456", Throttle())
        code = adults.make_day_code(new_box, Role.ERUN)
        assert lines(new_box, Event.DAY_CODE_MADE) == [("erun", "", "")]
        for typed, given in ((words, code), (card, f"{(int(code) + 1) % 10**6:06d}")):
            with pytest.raises(WrongPassphrase):
                access.unlock_day(new_box, typed, given, Throttle())
        assert not new_box.is_open
        assert access.unlock_day(new_box, card, f"{code[:3]} {code[3:]}", Throttle()).role is Role.SUBSTITUTE
        assert new_box.actor is Role.SUBSTITUTE
        assert lines(new_box, Event.CLASS_OPENED)[-1] == ("substitute", "", "")

    @pytest.mark.parametrize("later", [timedelta(hours=9, minutes=20), timedelta(days=1)])
    def test_the_code_dies_at_18_00(
        self, new_box: Box, card: str, clock: HandClock, later: timedelta
    ) -> None:
        code = adults.make_day_code(new_box, Role.DIRECTION)
        assert adults.has_day_code(new_box)
        clock.pass_(later)
        assert not adults.has_day_code(new_box)
        with pytest.raises(WrongPassphrase):
            access.unlock_day(new_box, card, code, Throttle())

    def test_a_new_code_takes_the_place_of_the_former(self, new_box: Box, card: str) -> None:
        first, second = (adults.make_day_code(new_box, Role.DIRECTION) for _ in range(2))
        assert adults.check_day_code(new_box, second)
        assert first == second or not adults.check_day_code(new_box, first)

    def test_guessing_the_code_is_slowed_down(self, new_box: Box, card: str) -> None:
        adults.make_day_code(new_box, Role.DIRECTION)
        throttle = Throttle()
        for _try in range(FREE_TRIES):
            with pytest.raises(WrongPassphrase):
                access.unlock_day(new_box, card, "no", throttle)
        with pytest.raises(TooManyTries):
            access.unlock_day(new_box, card, "no", throttle)


LOCKING = (
    # opened, looked at, minutes without an action, locks
    ((12, 8, 40), (12, 9, 24), 44, False),
    ((12, 8, 40), (12, 9, 25), 45, True),
    ((12, 8, 40), (12, 16, 29), 20, False),
    ((12, 8, 40), (12, 16, 30), 4, False),
    ((12, 8, 40), (12, 16, 30), 5, True),
    ((12, 8, 40), (12, 17, 10), 0, False),
    ((12, 8, 40), (12, 18, 0), 0, True),
    ((12, 16, 40), (12, 17, 10), 30, False),
    ((12, 18, 20), (12, 18, 40), 20, False),
    ((12, 17, 0), (13, 8, 40), 0, True),
)


@pytest.mark.parametrize(("opened", "looked", "idle", "locks"), LOCKING)
def test_when_an_open_class_locks_by_itself(
    new_box: Box,
    words: str,
    clock: HandClock,
    opened: tuple[int, int, int],
    looked: tuple[int, int, int],
    idle: int,
    locks: bool,
) -> None:
    """law.md §8.4: 45 minutes idle; 16:30 unless somebody is at work; 18:00 in any case."""
    access.lock(new_box)
    clock.now = at(*opened)
    access.unlock(new_box, words, Throttle())
    clock.now = at(*looked)
    assert access.must_lock(new_box, timedelta(minutes=idle)) is locks


def test_the_time_of_locking_is_chosen(new_box: Box, words: str, clock: HandClock) -> None:
    assert access.closing_time(new_box) == time(16, 30)
    access.set_lock_time(new_box, time(12, 15))
    clock.now = at(12, 12, 20)
    assert access.must_lock(new_box, timedelta(minutes=5))
    assert access.closing_time(new_box) == time(18, 0)
    for wrong in (time(9), time(18, 30)):
        with pytest.raises(ValueError, match=":"):
            access.set_lock_time(new_box, wrong)
    assert lines(new_box, Event.POLICY_SET) == [("teacher", "", "lock_at/12/15")]


def test_the_envelope_opens_and_is_renewed_with_new_words(new_box: Box) -> None:
    keys = start(new_box).keys
    access.lock(new_box)
    with pytest.raises(WrongPassphrase):
        access.recover(new_box, "AGE-SECRET-KEY-1NON", Throttle())
    assert access.recover(new_box, keys.recovery_identity, Throttle()) == access.Opened("", Role.TEACHER)
    draft = access.draft_recovery(new_box, FIRST_ADULT)
    access.adopt(new_box, draft)
    assert new_box.sealer.recipients[1] != keys.recovery_identity
    access.lock(new_box)
    for closed in (
        lambda: access.unlock(new_box, keys.passphrase, Throttle()),
        lambda: access.recover(new_box, keys.recovery_identity, Throttle()),
    ):
        refused(closed)
    access.unlock(new_box, draft.words[FIRST_ADULT], Throttle())
    assert len(lines(new_box, Event.RECOVERY_USED)) == 1


def test_an_adult_s_own_voice_is_theirs_to_lend(new_box: Box, words: str) -> None:
    """law.md §7.1, K8: their written yes, two years at most."""
    adult, _words = adults.add(new_box, "Paul", Role.ASSISTANT)
    assert not adults.may_lend_voice(new_box, adult)
    adults.allow_voice(new_box, adult, date(2040, 1, 1))
    assert adults.find(new_box, adult).voice_until == TODAY + adults.VOICE_LONGEST  # type: ignore[union-attr]
    assert adults.may_lend_voice(new_box, adult)
    adults.refuse_voice(new_box, adult)
    assert not adults.may_lend_voice(new_box, adult)


def test_what_the_teacher_usually_does_is_noted_for_who_does_it(new_box: Box, words: str) -> None:
    with new_box.acting_as(Role.ASSISTANT):
        audit.note(new_box, Event.REPRINTED, "x")
    audit.note(new_box, Event.REPRINTED, "y")
    assert lines(new_box, Event.REPRINTED) == [("assistant", "x", ""), ("teacher", "y", "")]


def at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2027, 1, day, hour, minute, tzinfo=PARIS)


def refused(way: Callable[[], object]) -> None:
    with pytest.raises(WrongPassphrase):
        way()


def test_another_password_and_another_last_day_are_written_down(open_box: Box) -> None:
    head, _no_words = adults.add(open_box, "Mme Roux", Role.DIRECTION)
    adults.set_password(open_box, head, "trois petits chats")
    adults.set_until(open_box, head, open_box.today())
    written = [(subject, detail) for _role, subject, detail in lines(open_box, Event.ADULT_CHANGED)]
    assert written == [(head, "password"), (head, "until")]
