"""Who is at the panel, and what is said to them."""

from dataclasses import replace
from datetime import datetime

from appliance.clock import PARIS
from appliance.domain.codes import parse_badge
from appliance.domain.permissions import Nature
from appliance.domain.roster import Roster, RosterPupil, Task
from appliance.station import company
from appliance.station import events as e

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)


def pupil(name: str, *, natures: tuple[Nature, ...] = (Nature.VOICE,), invited: bool = True) -> RosterPupil:
    badge = parse_badge(f"{name:2<8}")
    assert badge is not None
    return RosterPupil(name, badge, frozenset(natures), f"{name}_sign", invited)


def roster(*pupils: RosterPupil, **task: object) -> Roster:
    wanted = replace(Task("s", Nature.VOICE, 180), **task)  # type: ignore[arg-type]
    return Roster(NOW, "A", wanted, ("age1",), pupils)


def test_what_was_read_means_a_badge_a_sticker_or_nothing() -> None:
    ana, tom = pupil("ana"), pupil("tom", natures=())
    known = roster(ana, tom, group_max=2)
    assert company.read(known, ana.badge, (), NOW) == e.BadgeSeen("ana")
    assert company.read(known, tom.badge, (), NOW) == e.BadgeSeen("tom", "no_permission")
    assert company.read(known, tom.badge, ("ana",), NOW) == e.BadgeSeen("tom", "no_permission")
    assert company.read(known, "ZZZZZZZZ", (), NOW) == e.BadgeSeen("", "unknown_badge")
    assert company.read(known, "7Q2M-9XKD-4HTR", (), NOW) == e.StickerSeen("7Q2M9XKD4HTR")
    assert company.read(known, "bonjour", (), NOW) is None


def test_a_group_too_large_is_refused() -> None:
    known = roster(pupil("ana"), pupil("tom"), pupil("zoe"), group_max=2)
    assert company.read(known, pupil("zoe").badge, ("ana", "tom"), NOW) == e.BadgeSeen("zoe", "too_many")


def test_nobody_is_a_choice_where_everyone_invited_is_permitted() -> None:
    everybody = (pupil("ana"), pupil("tom", natures=(), invited=False))
    assert company.settings_of(roster(*everybody), NOW).choices == 2
    assert company.chosen(roster(*everybody), 1, NOW) == e.BadgeSeen("")
    mixed = roster(pupil("ana"), pupil("tom", natures=()))
    assert company.settings_of(mixed, NOW).choices == 2
    assert company.chosen(mixed, 1, NOW) == e.BadgeSeen("tom", "no_permission")
    assert company.chosen(mixed, 2, NOW) == e.BadgeSeen("", "no_permission")


def test_only_a_voice_is_a_draft() -> None:
    assert company.settings_of(roster(pupil("ana"), draft=True), NOW).draft
    photo = roster(pupil("ana"), draft=True, nature=Nature.PRODUCTION)
    assert not company.settings_of(photo, NOW).draft
    assert company.consigne(photo, ("ana",), lambda _item: False) == []


def test_a_greeting_says_the_names_it_has() -> None:
    def everybody(_item: str) -> bool:
        return True

    def nobody(_item: str) -> bool:
        return False

    assert company.greeting((), 0, everybody) == ["bonjour"]
    assert company.greeting(("ana",), 0, everybody) == ["bonjour", "pupil/ana"]
    assert company.greeting(("ana", "tom"), 1, everybody) == ["and", "pupil/tom"]
    assert company.greeting(("ana", "tom"), 2, everybody) == []
    assert company.greeting(("ana", "tom"), 0, nobody) == ["bonjour", "group"]
