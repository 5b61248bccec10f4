"""The panel's state machine, played on a table and by Hypothesis."""

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.devices.ports import ButtonName, LightState
from appliance.station import panel as p
from appliance.station.panel import Do, Panel, State

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


class Child:
    """Plays events one second apart and remembers the effects."""

    def __init__(self) -> None:
        self.panel = Panel(limit_seconds=180)
        self.now = 0.0
        self.effects: list[p.Effect] = []

    def send(self, event: p.Event) -> list[p.Effect]:
        self.panel, effects = self.panel.step(event)
        self.effects += effects
        return effects

    def press(self, button: ButtonName, *, after: float = 1.0, refusal: str | None = None) -> list[p.Effect]:
        self.now += after
        return self.send(p.Press(button, self.now, refusal))

    def time_out(self) -> list[p.Effect]:
        return self.send(p.Elapsed(self.panel.epoch))

    def record(self) -> None:
        self.press(RED)
        self.send(p.BadgeSeen("AAAAAAAA"))
        self.send(p.Started())
        self.press(RED)
        self.send(p.Finished())


def recording_child() -> Child:
    child = Child()
    child.press(RED)
    child.send(p.BadgeSeen("AAAAAAAA"))
    child.send(p.Started())
    return child


def test_a_whole_take() -> None:
    child = Child()
    assert Do.LOOK in child.press(RED)
    assert child.send(p.BadgeSeen("AAAAAAAA"))[:2] == [Do.STOP_LOOKING, p.Begin("AAAAAAAA")]
    child.send(p.Started())
    assert child.panel.state is State.RECORDING
    assert Do.END in child.press(RED)
    child.send(p.Finished())
    assert Do.PLAY in child.press(GREEN)
    child.send(p.Played())
    assert Do.KEEP in child.press(BLUE)
    assert child.panel.state is State.KEPT
    assert p.Show(LightState.READY) in child.time_out()


def test_a_refusal_speaks_and_opens_nothing() -> None:
    child = Child()
    child.press(RED)
    child.send(p.BadgeSeen("AAAAAAAA"))
    assert p.Say("listen_only") in child.send(p.Refused("no_permission"))
    assert child.panel.state is State.CANNOT
    child.time_out()
    assert child.panel.state is State.READY


def test_a_closed_station_says_so_without_waking_its_camera() -> None:
    child = Child()
    assert p.Say("not_now") in child.press(RED, refusal="closed")
    assert Do.LOOK not in child.effects


def test_red_again_starts_again_for_the_same_pupil() -> None:
    child = Child()
    child.record()
    assert p.Begin("AAAAAAAA") in child.press(RED)


def test_blue_pressed_too_early_keeps_as_soon_as_the_take_is_ready() -> None:
    child = recording_child()
    child.press(RED)
    child.press(BLUE)
    assert Do.KEEP in child.send(p.Finished())


def test_the_same_button_within_400_ms_is_one_press() -> None:
    child = recording_child()
    child.press(RED)
    assert child.press(RED, after=0.3) == []


def test_the_limit_ends_a_take_and_keeps_it() -> None:
    child = recording_child()
    assert Do.END in child.time_out()
    child.send(p.Finished())
    assert child.panel.state is State.REVIEW


def test_a_take_left_alone_goes_to_the_teacher_as_an_essay() -> None:
    child = Child()
    child.record()
    assert Do.LEAVE in child.time_out()


def test_a_take_that_is_ready_too_late_is_left_not_lost() -> None:
    child = recording_child()
    child.press(RED)
    child.time_out()
    assert Do.LEAVE in child.send(p.Finished())


def test_a_second_take_that_fails_leaves_the_first_to_the_teacher() -> None:
    for failure in ("too_short", "microphone", "no_permission", "disk_full"):
        child = Child()
        child.record()
        child.press(RED)
        assert Do.LEAVE in child.send(p.Refused(failure))


def test_a_second_take_that_never_starts_leaves_the_first_to_the_teacher() -> None:
    child = Child()
    child.record()
    child.press(RED)
    assert child.time_out()[:2] == [Do.END, Do.LEAVE]


def test_red_while_a_take_starts_neither_stops_nor_doubles_it() -> None:
    child = Child()
    child.press(RED)
    child.send(p.BadgeSeen("AAAAAAAA"))
    assert child.press(RED) == []
    assert child.panel.state is State.STARTING


def test_a_timer_of_an_earlier_state_does_nothing() -> None:
    child = Child()
    child.press(RED)
    old = child.panel.epoch
    child.send(p.BadgeSeen("AAAAAAAA"))
    assert child.send(p.Elapsed(old)) == []


EVENTS = st.one_of(
    st.tuples(st.sampled_from(ButtonName), st.floats(0, 1), st.sampled_from([None, None, "closed"])),
    st.sampled_from(
        [
            p.BadgeSeen("AAAAAAAA"),
            p.BadgeSeen("BBBBBBBB"),
            p.Refused("microphone"),
            p.Started(),
            p.Finished(),
            p.Played(),
            "time",
        ]
    ),
)


@settings(max_examples=400)
@given(st.lists(EVENTS, max_size=60))
def test_from_anywhere_it_comes_back_to_ready_by_itself(events: list[object]) -> None:
    child = Child()
    looking = False
    for event in events:
        if isinstance(event, tuple):
            effects = child.press(event[0], after=event[1], refusal=event[2])
        elif event == "time":
            effects = child.time_out()
        else:
            effects = child.send(event)  # type: ignore[arg-type]
        for effect in effects:
            looking = (looking or effect is Do.LOOK) and effect is not Do.STOP_LOOKING
        assert looking is (child.panel.state is State.LOOKING)
        if child.panel.state is not State.READY and effects and effects != [Do.LEAVE]:
            assert any(isinstance(effect, p.After) for effect in effects)
    for _ in range(4):
        child.time_out()
    assert child.panel.state is State.READY


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=60))
def test_a_stream_is_only_asked_for_after_a_press_and_a_badge(events: list[object]) -> None:
    child = Child()
    for event in events:
        before = child.panel
        if isinstance(event, tuple):
            effects = child.press(event[0], after=event[1], refusal=event[2])
        elif event == "time":
            effects = child.time_out()
        else:
            effects = child.send(event)  # type: ignore[arg-type]
        if any(isinstance(effect, p.Begin) for effect in effects):
            by_badge = before.state is State.LOOKING and isinstance(event, p.BadgeSeen)
            again = before.state is State.REVIEW and isinstance(event, tuple) and event[0] is RED
            assert by_badge or again
