"""The panel's state machine, played on a table."""

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Scope
from appliance.simulator import panel_drawing
from appliance.station import events as e
from appliance.station.events import Do, Settings, State
from appliance.station.manners import DOUBLE_PRESS, MOST_TAKES, REFUSALS
from appliance.station.phrases import PHRASES
from tests.unit.panel_child import ALONE, BLUE, GREEN, RED, TOGETHER, Child, prompts


def test_a_whole_take() -> None:
    child = Child()
    assert Do.LOOK in child.press(RED)
    greeted = child.send(e.BadgeSeen("lina"))
    assert greeted[:3] == [e.Show(LightState.HELLO), Do.STOP_LOOKING, e.Greet(("lina",), 0, brief=True)]
    assert e.Begin(("lina",)) in child.send(e.Told())
    child.send(e.Started(child.now))
    assert child.state is State.RECORDING
    assert Do.END in child.press(RED)
    assert prompts(child.send(e.Finished())) == ["done"]
    assert e.Play(0, 1) in child.press(GREEN)
    child.send(e.Played())
    assert e.Keep(0) in child.press(BLUE)
    assert child.state is State.KEPT
    assert e.Show(LightState.READY) in child.time_out()


def test_a_second_red_skips_the_consigne() -> None:
    child = Child()
    child.press(RED)
    child.send(e.BadgeSeen("lina"))
    assert e.Begin(("lina",)) in child.press(RED)


def test_a_badge_before_red_is_greeted_and_waits_for_red() -> None:
    child = Child()
    assert child.send(e.BadgeSeen("lina"))[:2] == [
        e.Show(LightState.HELLO),
        e.Greet(("lina",), 0, brief=False),
    ]
    assert prompts(child.time_out()) == ["press_red"]
    assert e.Greet(("lina",), 1, brief=True) in child.press(RED)
    assert e.Begin(("lina",)) in child.send(e.Told())
    assert Do.LOOK not in child.effects


def test_another_badge_before_red_takes_the_place_of_the_first() -> None:
    child = Child()
    child.send(e.BadgeSeen("lina"))
    child.send(e.BadgeSeen("yanis"))
    child.press(RED)
    assert e.Begin(("yanis",)) in child.send(e.Told())


def test_a_refusal_speaks_and_opens_nothing() -> None:
    child = Child()
    child.press(RED)
    assert "listen_only" in prompts(child.send(e.BadgeSeen("lina", "no_permission")))
    assert child.state is State.CANNOT
    child.time_out()
    assert child.state is State.READY
    assert not any(isinstance(effect, e.Begin) for effect in child.effects)


def test_a_closed_station_is_dark_and_says_so_whatever_is_pressed() -> None:
    child = Child()
    assert e.Show(LightState.OFF) in child.send(e.Hours(open=False, settings=ALONE))
    for button in ButtonName:
        assert child.press(button) == [e.Say("closed")]
    assert e.Show(LightState.READY) in child.send(e.Hours(open=True, settings=ALONE))
    assert Do.LOOK in child.press(RED)


def test_the_end_of_the_workshop_lets_a_take_finish_for_a_minute() -> None:
    child = Child()
    child.start()
    assert e.After(60.0, child.panel.epoch + 1) in child.send(e.Hours(open=False, settings=ALONE))
    assert child.state is State.RECORDING
    assert Do.END in child.time_out()
    child.send(e.Finished())
    child.press(BLUE)
    assert e.Show(LightState.OFF) in child.time_out()


def test_only_an_idle_station_says_that_it_closes_soon() -> None:
    child = Child()
    assert prompts(child.send(e.ClosingSoon())) == ["closing_soon"]
    child.start()
    assert child.send(e.ClosingSoon()) == []


def test_a_group_gathers_for_five_seconds() -> None:
    child = Child(TOGETHER)
    child.press(RED)
    assert e.Greet(("ana",), 0, brief=False) in child.send(e.BadgeSeen("ana"))
    assert child.state is State.GATHERING
    assert e.Greet(("ana", "tom"), 1, brief=False) in child.send(e.BadgeSeen("tom"))
    waited = child.time_out()
    assert Do.STOP_LOOKING in waited
    assert e.Greet(("ana", "tom"), 2, brief=True) in waited
    assert e.Begin(("ana", "tom")) in child.send(e.Told())


def test_a_full_group_waits_for_nobody() -> None:
    child = Child(TOGETHER)
    child.press(RED)
    for pupil in ("ana", "tom", "lina"):
        child.send(e.BadgeSeen(pupil))
    assert child.state is State.BRIEFING
    assert child.panel.pupils == ("ana", "tom", "lina")


def test_the_permission_that_one_lacks_stops_the_group() -> None:
    child = Child(TOGETHER)
    child.press(RED)
    child.send(e.BadgeSeen("ana"))
    refused = child.send(e.BadgeSeen("tom", "no_permission"))
    assert Do.STOP_LOOKING in refused
    assert prompts(refused) == ["listen_only"]
    assert child.state is State.CANNOT


def test_an_unknown_badge_beside_a_known_one_is_nobody() -> None:
    child = Child(TOGETHER)
    child.press(RED)
    child.send(e.BadgeSeen("ana"))
    assert child.send(e.BadgeSeen("", "unknown_badge")) == []
    assert child.state is State.GATHERING


def test_a_camera_that_fails_during_a_gathering_keeps_who_came() -> None:
    child = Child(TOGETHER)
    child.press(RED)
    child.send(e.BadgeSeen("ana"))
    child.send(e.Refused("camera"))
    assert e.Begin(("ana",)) in child.send(e.Told())


def test_a_pupil_without_a_badge_chooses_by_ear() -> None:
    child = Child()
    child.press(RED)
    assert prompts(child.time_out()) == ["no_badge_help"]
    assert prompts(child.press(GREEN)) == ["choose_yourself"]
    assert e.Offer(0) in child.press(GREEN)
    assert e.Offer(1) in child.press(GREEN)
    assert child.press(BLUE) == [e.Choose(1)]
    child.send(e.BadgeSeen("yanis"))
    assert e.Begin(("yanis",)) in child.send(e.Told())


def test_the_choices_go_round() -> None:
    child = Child()
    child.press(RED)
    child.press(GREEN)
    offered = [effect for _ in range(4) for effect in child.press(GREEN) if isinstance(effect, e.Offer)]
    assert offered == [e.Offer(0), e.Offer(1), e.Offer(2), e.Offer(0)]


def test_somebody_who_finds_no_picture_records_as_nobody() -> None:
    child = Child()
    child.press(RED)
    child.press(GREEN)
    child.press(GREEN)
    child.press(BLUE)
    child.send(e.BadgeSeen(""))
    assert e.Begin(()) in child.send(e.Told())


def test_without_pictures_green_does_nothing_for_a_lost_badge() -> None:
    child = Child(Settings(180.0))
    child.press(RED)
    assert child.press(GREEN) == []
    assert prompts(child.time_out()) == ["no_badge"]


def test_that_is_not_me() -> None:
    child = Child()
    child.press(RED)
    child.send(e.BadgeSeen("lina"))
    undone = child.press(GREEN)
    assert prompts(undone) == ["not_me"]
    assert Do.LOOK in undone
    child.send(e.BadgeSeen("yanis"))
    assert e.Begin(("yanis",)) in child.send(e.Told())


def test_a_take_of_somebody_else_is_erased_within_ten_seconds() -> None:
    child = Child()
    child.start()
    undone = child.press(GREEN, after=9.0)
    assert Do.CANCEL in undone
    assert child.state is State.LOOKING


def test_later_green_does_not_harm_a_take() -> None:
    child = Child()
    child.start()
    assert child.press(GREEN, after=10.5) == []
    assert child.state is State.RECORDING


def test_green_while_a_new_take_is_announced_undoes_nothing() -> None:
    child = Child()
    child.record()
    child.press(RED)
    assert child.press(GREEN) == []
    assert child.state is State.BRIEFING


def test_red_again_starts_again_for_the_same_pupil() -> None:
    child = Child()
    child.record()
    assert e.Announce("again") in child.press(RED)
    assert e.Begin(("lina",)) in child.send(e.Told())


def test_green_goes_through_the_takes_and_blue_keeps_the_one_heard() -> None:
    child = Child()
    child.record()
    child.record_again()
    child.record_again()
    assert e.Play(2, 3) in child.press(GREEN)
    child.send(e.Played())
    assert e.Play(1, 3) in child.press(GREEN)
    child.send(e.Played())
    assert e.Keep(1) in child.press(BLUE)


def test_a_fourth_take_takes_the_place_of_the_oldest() -> None:
    child = Child()
    child.record()
    for _ in range(MOST_TAKES - 1):
        child.record_again()
    assert Do.DROP_OLDEST in child.press(RED)
    child.send(e.Told())
    child.send(e.Started(child.now))
    child.press(RED)
    child.send(e.Finished())
    assert child.panel.takes == MOST_TAKES


def test_a_new_take_that_fails_leaves_the_others_to_the_pupil() -> None:
    child = Child()
    child.record()
    child.press(RED)
    child.send(e.Told())
    assert prompts(child.send(e.Refused("microphone"))) == ["ear_unplugged"]
    assert child.state is State.REVIEW
    assert e.Keep(0) in child.press(BLUE)


def test_a_pupil_who_waits_for_a_sticker_is_told_when_none_comes() -> None:
    child = Child()
    child.record()
    child.send(e.Hours(open=True, settings=Settings(180.0, paper=False)))
    kept = child.press(BLUE)
    assert e.Keep(0) in kept
    assert prompts(kept) == ["paper_later"]


def test_what_the_pupil_leaves_goes_to_the_teacher() -> None:
    child = Child()
    child.record()
    assert e.Leave(0) in child.wait_out(State.REVIEW)
    assert child.state is State.READY


def test_a_pupil_who_hesitates_is_told_what_the_buttons_do() -> None:
    child = Child()
    child.record()
    assert prompts(child.time_out()) == ["review_help"]
    assert child.state is State.REVIEW


def test_the_sound_is_judged_and_nothing_is_blocked() -> None:
    for result, said in (
        (e.Finished(advice="noisy"), "noisy"),
        (e.Finished(advice="far", full=True), "far"),
        (e.Finished(full=True), "the_end"),
    ):
        child = Child()
        child.start()
        child.press(RED)
        assert prompts(child.send(result)) == [said]
        assert e.Keep(0) in child.press(BLUE)


def test_a_take_in_which_nobody_speaks_gets_no_sticker() -> None:
    child = Child()
    child.record(e.Finished(empty=True))
    assert "nothing_heard" in prompts(child.effects)
    left = child.press(BLUE)
    assert e.Leave(0) in left
    assert not any(isinstance(effect, e.Keep) for effect in left)


def test_a_draft_is_never_kept() -> None:
    child = Child(Settings(180.0, draft=True))
    child.record()
    assert prompts(child.press(BLUE)) == ["draft_gone"]
    child.record()
    assert prompts(child.wait_out(State.REVIEW)) == ["review_help", "draft_gone"]
    assert not any(isinstance(effect, e.Keep) for effect in child.effects)


def test_a_pupil_says_who_may_hear() -> None:
    child = Child(Settings(180.0, wish=True))
    child.record()
    assert prompts(child.press(BLUE)) == ["wish"]
    assert prompts(child.press(GREEN)) == ["wish_class"]
    assert prompts(child.press(GREEN)) == ["wish_family"]
    assert e.Keep(0, Scope.FAMILY) in child.press(BLUE)


def test_a_pupil_who_wishes_nothing_keeps_all_the_same() -> None:
    child = Child(Settings(180.0, wish=True))
    child.record()
    child.press(BLUE)
    assert e.Keep(0, None) in child.time_out()


def test_blue_before_the_take_is_ready_keeps_it_when_it_is() -> None:
    child = Child()
    child.start()
    child.press(RED)
    child.press(BLUE)
    assert e.Keep(0) in child.send(e.Finished())


def test_a_sticker_plays_once_and_any_button_ends_it() -> None:
    child = Child()
    child.press(RED)
    assert child.send(e.StickerSeen("CODE"))[1:3] == [Do.STOP_LOOKING, e.Hear("CODE", "")]
    assert child.send(e.StickerSeen("CODE")) == []
    assert Do.STOP_PLAYING in child.press(GREEN)
    assert child.state is State.READY


def test_a_sticker_of_one_pupil_alone_asks_for_the_badge() -> None:
    child = Child()
    child.press(RED)
    child.send(e.StickerSeen("CODE"))
    asked = child.send(e.Refused("author"))
    assert Do.LOOK in asked
    # A pupil who may not be recorded today may still hear what is theirs.
    assert e.Hear("CODE", "lina") in child.send(e.BadgeSeen("lina", "no_permission"))
    assert prompts(child.send(e.Refused("author"))) == ["not_now"]
    assert child.state is State.CANNOT


def test_a_stuck_button_ends_what_goes_on_and_is_said_once() -> None:
    child = Child()
    child.start()
    stuck = child.send(e.Stuck())
    assert Do.END in stuck
    assert prompts(stuck) == ["stuck"]
    assert child.send(e.Stuck()) == []
    assert child.press(RED) == []
    assert e.Leave(0) in child.send(e.Finished())
    child.send(e.Freed())
    assert child.state is State.READY


def test_a_stuck_button_silences_a_sticker() -> None:
    child = Child()
    child.press(RED)
    child.send(e.StickerSeen("CODE"))
    assert Do.STOP_PLAYING in child.send(e.Stuck())


def test_a_stuck_button_does_not_undo_what_blue_kept() -> None:
    child = Child(Settings(180.0, wish=True))
    child.record()
    child.press(BLUE)
    assert e.Keep(0) in child.send(e.Stuck())


def test_the_first_of_two_presses_wins() -> None:
    child = Child()
    child.press(RED)
    assert child.press(GREEN, after=DOUBLE_PRESS / 2) == []
    child.send(e.BadgeSeen("lina"))
    assert child.press(RED, after=DOUBLE_PRESS / 4) == []
    assert child.press(RED, after=DOUBLE_PRESS) != []


def test_a_quick_finger_is_heard_once_the_panel_has_moved_on() -> None:
    child = Child()
    child.start()
    child.press(RED)
    child.send(e.Finished())
    assert child.press(RED, after=DOUBLE_PRESS / 4) == []
    assert e.Play(0, 1) in child.press(GREEN, after=DOUBLE_PRESS / 4)


def test_a_slow_pupil_has_twice_the_time() -> None:
    child = Child()
    child.press(RED)
    child.send(e.BadgeSeen("lina", slow=True))
    child.send(e.Told())
    assert e.After(361.0, child.panel.epoch + 1) in child.send(e.Started(child.now))


def test_what_the_teacher_changes_waits_for_the_next_pupil() -> None:
    child = Child()
    child.start()
    child.send(e.Hours(open=True, settings=Settings(30.0, draft=True)))
    child.press(RED)
    child.send(e.Finished())
    assert e.Keep(0) in child.press(BLUE)
    child.time_out()
    child.press(RED)
    assert child.panel.settings.draft


def test_a_late_end_of_time_is_nobodys() -> None:
    child = Child()
    child.press(RED)
    late = e.Elapsed(child.panel.epoch)
    child.send(e.BadgeSeen("lina"))
    assert child.send(late) == []


def test_all_that_is_said_can_be_said() -> None:
    said = set(REFUSALS.values())
    for wanted in (ALONE, TOGETHER, Settings(180.0, draft=True), Settings(180.0, wish=True)):
        child = Child(wanted)
        child.record()
        child.wait_out(State.REVIEW)
        said |= set(prompts(child.effects))
    said |= {f"take_{number}" for number in range(1, MOST_TAKES + 1)}
    assert said <= PHRASES.keys()


def test_the_drawing_is_up_to_date() -> None:
    assert panel_drawing.main(["--check"]) == 0
