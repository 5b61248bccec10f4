"""A grown-up tries the box: a badge for an hour, a sticker that is nobody's, and nothing kept."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from appliance.devices.ports import LumaFrame
from appliance.domain.permissions import Nature
from appliance.domain.roster import TRIER, Refusal, Roster, RosterPupil, Task, TrialBadge
from appliance.hub import intake, printing, trials
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.station import company
from appliance.station import events as e
from appliance.station.badges import read_codes
from appliance.station.events import Settings, State
from appliance.store import printing as print_queue
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.panel_child import BLUE, GREEN, RED, TOGETHER, Child, prompts
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)
ANA = RosterPupil("ana", "AAAAAAAA", frozenset({Nature.VOICE}))
BADGE = TrialBadge("22222222", NOW + timedelta(hours=1))
TASK = Task("s", Nature.VOICE, 180, group_max=2)
LENT = Roster(NOW, "A", TASK, ("age1…",), (ANA,), trial=BADGE)
TRIED = e.BadgeSeen(TRIER, trial=True)


@pytest.mark.parametrize("nature", Nature)
def test_a_grown_up_may_try_whatever_a_station_captures(nature: Nature) -> None:
    roster = replace(LENT, task=replace(TASK, nature=nature), pupils=())
    admitted = roster.admit([TRIER], NOW)
    assert isinstance(admitted, tuple)
    assert [pupil.id for pupil in admitted] == [TRIER]
    assert company.keeps_nothing(roster.task, [TRIER])
    assert company.consigne(roster, [TRIER], lambda _item: False)[-1] == "draft"


@pytest.mark.parametrize(
    ("roster", "pupils", "reason"),
    [
        (replace(LENT, trial=None), [TRIER], "unknown_badge"),
        (replace(LENT, trial=TrialBadge(BADGE.code, NOW)), [TRIER], "unknown_badge"),
        (LENT, ["ana", TRIER], "too_many"),
        (replace(LENT, task=replace(TASK, scenario="")), [TRIER], "closed"),
    ],
)
def test_but_alone_while_it_is_lent_and_where_something_is_asked(
    roster: Roster, pupils: list[str], reason: str
) -> None:
    assert roster.admit(pupils, NOW) == Refusal(reason)


def test_the_badge_travels_and_is_read_as_a_grown_up_s() -> None:
    assert Roster.from_json(LENT.to_json()) == LENT
    assert company.read(LENT, BADGE.code, (), NOW) == TRIED
    assert company.read(replace(LENT, trial=None), BADGE.code, (), NOW) == e.BadgeSeen("", "unknown_badge")


@pytest.mark.parametrize("wanted", [Settings(180.0, wish=True), TOGETHER], ids=["alone", "together"])
def test_a_trial_is_heard_never_kept_and_asks_for_nobody_else(wanted: Settings) -> None:
    child = Child(wanted)
    child.press(RED)
    assert e.Greet((TRIER,), 0, brief=True) in child.send(TRIED)
    child.send(e.Told())
    child.send(e.Started(child.now))
    child.press(RED)
    child.send(e.Finished())
    assert e.Play(0, 1) in child.press(GREEN)
    child.send(e.Played())
    left = child.press(BLUE)
    assert (e.Leave(0) in left, prompts(left)) == (True, ["draft_gone"])
    assert not any(isinstance(effect, e.Keep) for effect in child.effects)


@pytest.mark.parametrize("way_out", ["kept", "elapsed", "not_me", "another"])
def test_after_a_trial_a_pupil_s_take_is_kept(way_out: str) -> None:
    child = Child()
    if way_out == "another":
        child.send(TRIED)
    elif way_out == "not_me":
        child.press(RED)
        child.send(TRIED)
        child.press(GREEN)
    else:
        child.press(RED)
        child.send(TRIED)
        child.send(e.Told())
        child.send(e.Started(child.now))
        child.press(RED)
        child.send(e.Finished())
        child.press(BLUE) if way_out == "kept" else child.wait_out(State.REVIEW)
    child.send(e.BadgeSeen("ana"))
    if child.state is State.WELCOME:
        child.press(RED)
    assert e.Begin(("ana",)) in child.send(e.Told())
    child.send(e.Started(child.now))
    child.press(RED)
    child.send(e.Finished())
    assert e.Keep(0) in child.press(BLUE)


def test_it_is_lent_for_an_hour_and_a_printed_one_serves_again(box: Box, clock: HandClock) -> None:
    assert intake.roster(box, "A").trial is None
    first = trials.lend(box)
    assert intake.roster(box, "A").trial == first == TrialBadge(first.code, box.now() + timedelta(hours=1))
    clock.now += timedelta(hours=1)
    assert intake.roster(box, "A").trial is None
    assert trials.lend(box).code == first.code
    trials.take_back(box)
    assert trials.lent(box) is None


@pytest.mark.parametrize("jump", [timedelta(days=-90), timedelta(days=400)])
def test_a_clock_that_jumps_lends_nothing(box: Box, clock: HandClock, jump: timedelta) -> None:
    trials.lend(box)
    clock.now += jump
    assert trials.lent(box) is None


def test_it_serves_before_the_steps_and_makes_no_pupil_recorded(box: Box, lina: str) -> None:
    checklist.untick(box, checklist.Step.NOTICE)
    trials.lend(box)
    roster = intake.roster(box, "A")
    assert not isinstance(roster.admit([TRIER], box.now()), Refusal)
    assert roster.admit([lina], box.now()) == Refusal("no_permission")


def test_a_trial_sticker_comes_after_those_that_wait_and_once(open_box: Box, lina: str) -> None:
    printing.try_printer(open_box)
    send(open_box, lina)
    waiting = printing.next_sticker(open_box, 0)
    assert waiting is not None and waiting.job != printing.NO_JOB
    print_queue.printed(open_box.database, waiting.job, open_box.now())
    handed = printing.next_sticker(open_box, 0)
    assert handed is not None and handed.job == printing.NO_JOB
    assert (handed.text.title, handed.text.human_code, "Lina" in str(handed.text)) == (
        "Étiquette d’essai",
        "",
        False,
    )
    print_queue.hand_back(open_box.database, handed.job, untouched=True)
    print_queue.printed(open_box.database, handed.job, open_box.now())
    assert printing.next_sticker(open_box, 0) is None


@pytest.mark.parametrize("away", [printing.TRIAL_WAITS, timedelta(hours=1), -timedelta(minutes=1)])
def test_a_printer_that_was_away_prints_no_trial_that_nobody_waits_for(
    box: Box, clock: HandClock, away: timedelta
) -> None:
    printing.try_printer(box)
    clock.now += away
    assert printing.next_sticker(box, 0) is None
    printing.try_printer(box)
    printing.try_printer(box)
    assert printing.next_sticker(box, 0) is not None
    assert printing.next_sticker(box, 0) is None


def test_the_teacher_lends_shows_prints_and_takes_back(teacher: Browser, box: Box) -> None:
    assert teacher.get("/essai/badge.png").status_code == 404
    assert teacher.post("/essai").location == "/essai"
    badge = trials.lent(box)
    assert badge is not None
    assert re.search(r"Prêté jusqu’à \d+\xa0h\xa0\d\d", teacher.get("/essai").text)
    with Image.open(io.BytesIO(teacher.get("/essai/badge.png").data)) as shown:
        grey = shown.convert("L")
        seen = read_codes(LumaFrame(grey.width, grey.height, grey.tobytes()))
    assert seen.badges == {badge.code}
    assert teacher.get("/essai/badge.pdf").data.startswith(b"%PDF")
    assert teacher.post("/essai/reprendre").location == "/essai"
    assert trials.lent(box) is None
    assert "Badge d’essai prêté" in said(teacher.get("/journal"))


def test_the_health_page_prints_one(teacher: Browser, box: Box) -> None:
    assert "étiquette d’essai" in teacher.get("/tout-va-bien").text
    assert teacher.post("/tout-va-bien/etiquette-d-essai").location == "/tout-va-bien"
    handed = printing.next_sticker(box, 0)
    assert handed is not None and handed.job == printing.NO_JOB
