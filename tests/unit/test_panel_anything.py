"""The panel's state machine under any sequence of events (E2)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.devices.ports import ButtonName
from appliance.domain.roster import TRIER
from appliance.station import events as e
from appliance.station.events import Do, Settings, State
from tests.unit.panel_child import BLUE, GREEN, RED, Child

pupils = st.sampled_from(["ana", "tom", "lina", ""])
wanted_settings = st.builds(
    Settings,
    st.just(180.0),
    group_max=st.integers(1, 3),
    draft=st.booleans(),
    wish=st.booleans(),
    choices=st.integers(0, 3),
)
happenings = st.one_of(
    st.just("next"),
    st.tuples(st.just("press"), st.sampled_from(list(ButtonName)), st.floats(0, 30)),
    st.tuples(
        st.just("badge"), pupils, st.sampled_from([None, "no_permission", "unknown_badge", "too_many"])
    ),
    st.sampled_from(
        [
            e.BadgeSeen(TRIER, trial=True),
            e.BadgeSeen(TRIER, "too_many", trial=True),
            e.StickerSeen("CODE"),
            e.Refused("camera"),
            e.Refused("too_short"),
            e.Refused("author"),
            e.Told(),
            e.Finished(),
            e.Finished(empty=True),
            e.Played(),
            e.Stuck(),
            e.Freed(),
            e.ClosingSoon(),
            "started",
            "late",
            "time",
        ]
    ),
    st.builds(e.Hours, st.booleans(), wanted_settings),
)


NEXT = {
    State.READY: e.Press(RED, 0),
    State.LOOKING: e.BadgeSeen("lina"),
    State.GATHERING: e.Press(RED, 0),
    State.WELCOME: e.Press(RED, 0),
    State.CHOOSING: e.Press(GREEN, 0),
    State.BRIEFING: e.Told(),
    State.STARTING: e.Started(0),
    State.RECORDING: e.Press(RED, 0),
    State.FINISHING: e.Finished(),
    State.REVIEW: e.Press(RED, 0),
    State.PLAYING: e.Played(),
    State.WISHING: e.Press(BLUE, 0),
    State.STUCK: e.Freed(),
}
"""What leads on in each state: random events alone seldom come as far as a second take."""


class World:
    """What the effects open, start and hold, as the program would."""

    def __init__(self, wanted: Settings) -> None:
        self.child = Child(wanted)
        self.looking = self.taking = self.trying = False
        self.held = 0

    def send(self, happening: object) -> None:
        child, event = self.child, happening
        if happening == "next":
            happening = event = NEXT.get(child.state, e.Freed())
            if isinstance(event, e.Press):
                happening = ("press", event.button, 1.0)
            elif isinstance(event, e.Started):
                happening = "started"
        if isinstance(happening, tuple):
            kind, what, more = happening
            child.now += more if kind == "press" else 0
            event = e.Press(what, child.now) if kind == "press" else e.BadgeSeen(what, more)
        elif happening == "started":
            event = e.Started(child.now)
        elif happening in ("late", "time"):
            event = e.Elapsed(child.panel.epoch - (happening == "late"))
        if isinstance(event, e.Finished) and not self.taking:
            return
        if isinstance(event, e.Started | e.Finished | e.Refused) and self.taking:
            self.taking = isinstance(event, e.Started)
        self.held += isinstance(event, e.Finished)
        self.follow(child.send(event))

    def follow(self, effects: list[e.Effect]) -> None:
        for effect in effects:
            if effect is Do.LOOK:
                self.looking = True
            elif effect is Do.STOP_LOOKING:
                self.looking = False
            elif isinstance(effect, e.Begin):
                assert not self.looking, "one stream at a time"
                self.trying = TRIER in effect.pupils
                assert self.trying is self.child.panel.trial
                self.taking = True
            elif effect in (Do.END, Do.CANCEL):
                self.taking = False if effect is Do.CANCEL else self.taking
            elif effect in (Do.DROP_OLDEST, Do.DROP_NEWEST):
                self.held -= 1
            elif isinstance(effect, e.Keep | e.Leave):
                assert effect.take < self.held, "a take that is not there"
                assert not (isinstance(effect, e.Keep) and (self.trying or self.child.panel.settings.draft))
                self.held = 0
            elif isinstance(effect, e.Play):
                assert effect.take < effect.of == self.held


@settings(max_examples=600, deadline=None)
@given(wanted_settings, st.lists(happenings, max_size=40))
def test_from_anything_it_comes_back_in_bounded_time_with_nothing_open(
    wanted: Settings, events: list[object]
) -> None:
    world = World(wanted)
    for event in events:
        world.send(event)
    world.send(e.Freed())
    spent = 0.0
    for _ in range(12):
        if world.child.state in (State.READY, State.OFF):
            break
        afters = [effect for effect in world.child.effects if isinstance(effect, e.After)]
        spent += afters[-1].seconds
        # A take that was asked to end does end.
        world.send(e.Finished() if world.child.state is State.FINISHING and world.taking else "time")
    assert world.child.state in (State.READY, State.OFF)
    assert spent < 1200
    if world.taking:
        world.send(e.Finished())
    assert not world.looking
    assert world.held == 0, "a take stayed with nobody"
