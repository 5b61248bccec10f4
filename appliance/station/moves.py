"""A panel's memory, and how it goes from one state to another, whatever led there (`panel.py`)."""

from dataclasses import dataclass, replace
from typing import Self, TypeVar

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Scope
from appliance.station.events import (
    After,
    Begin,
    Do,
    Effect,
    Greet,
    Hear,
    Keep,
    Leave,
    Say,
    Settings,
    Show,
    State,
)
from appliance.station.manners import (
    BRIEF_SECONDS,
    CANNOT_SECONDS,
    DRAFT_SECONDS,
    FINISH_SECONDS,
    FIRST_WISH,
    HEAR_SECONDS,
    HELP,
    KEPT_SECONDS,
    LOOK_SECONDS,
    REFUSALS,
    REVIEW_SECONDS,
    START_SECONDS,
    WISH_SECONDS,
    WISHES,
)

_Panel = TypeVar("_Panel")
Step = tuple[_Panel, list[Effect]]
"""A panel after something, and what to do about it."""


@dataclass(frozen=True)
class Moves:
    """The whole memory of a panel, and its ways from one state to another."""

    settings: Settings
    """Of this pupil's turn."""
    coming: Settings | None = None
    """Of the next one's; None when nothing changed."""
    state: State = State.READY
    open: bool = True
    pupils: tuple[str, ...] = ()
    greeted: int = 0
    """How many of them have been greeted."""
    slow: bool = False
    trial: bool = False
    """A grown-up tries the station: nothing is kept."""
    sticker: str = ""
    """A sticker that only its author may hear: whose badge is awaited."""
    takes: int = 0
    choice: int = 0
    """The take that blue keeps: the newest, or the one heard last."""
    heard: bool = False
    """Whether that one was listened to: green then goes on to another."""
    empty: bool = False
    """Nobody was heard in the only take."""
    keep_at_once: bool = False
    """Blue was pressed before the take was ready."""
    picture: int = 0
    """What CHOOSING or WISHING last offered."""
    epoch: int = 0
    pressed: ButtonName | None = None
    pressed_at: float = 0.0
    answered: int = 0
    """The epoch that the latest press led to."""
    began_at: float = 0.0
    """When the take in progress began."""
    left: float = 0.0
    """Seconds that the state still lasts once its help was said."""

    @property
    def draft(self) -> bool:
        """Whether nothing of this turn is kept."""
        return self.settings.draft or self.trial

    @property
    def gathers(self) -> bool:
        """Whether another pupil may join those of this turn."""
        return self.settings.group_max > 1 and not self.trial

    def leaving(self) -> list[Effect]:
        """Return what ends all that its state has going, takes included."""
        going: dict[State, list[Effect]] = {
            State.LOOKING: [Do.STOP_LOOKING],
            State.GATHERING: [Do.STOP_LOOKING],
            State.STARTING: [Do.END],
            State.RECORDING: [Do.END],
            State.PLAYING: [Do.STOP_PLAYING],
            State.HEARING: [Do.STOP_PLAYING],
        }
        if self.takes:
            # In WISHING blue has been pressed already: it is kept, whatever happens next.
            left = Keep(self.choice) if self.state is State.WISHING else Leave(self.choice)
            return [*going.get(self.state, []), left]
        return going.get(self.state, [])

    def _look(self) -> Step[Self]:
        fresh = self._rested(self.coming or self.settings)
        return fresh._enter(State.LOOKING, None, LOOK_SECONDS, [Say("show_badge"), Do.LOOK])

    def _hear(self, code: str, pupil: str) -> Step[Self]:
        panel = replace(self, sticker=code, pupils=(pupil,) if pupil else ())
        effects: list[Effect] = [Do.STOP_LOOKING, Hear(code, pupil)]
        return panel._enter(State.HEARING, LightState.REVIEW, HEAR_SECONDS, effects)

    def _brief(self, effects: list[Effect]) -> Step[Self]:
        greeting = Greet(self.pupils, self.greeted, brief=True)
        panel = replace(self, greeted=len(self.pupils))
        return panel._enter(State.BRIEFING, LightState.HELLO, BRIEF_SECONDS, [*effects, greeting])

    def _gathered(self) -> Step[Self]:
        return self._brief([Do.STOP_LOOKING])

    def _start(self, effects: list[Effect]) -> Step[Self]:
        return self._enter(State.STARTING, None, START_SECONDS, [*effects, Begin(self.pupils)])

    def _stop(self) -> Step[Self]:
        return self._enter(State.FINISHING, None, FINISH_SECONDS, [Do.END])

    def _review(self, effects: list[Effect]) -> Step[Self]:
        seconds = DRAFT_SECONDS if self.draft else self._time(REVIEW_SECONDS)
        return self._enter(State.REVIEW, LightState.REVIEW, seconds, effects)

    def _decide(self, effects: list[Effect]) -> Step[Self]:
        """Blue: keep, but for a draft and for a take in which nobody is heard."""
        if self.draft:
            return self._rest([*effects, Leave(self.choice), Say("draft_gone")])
        if self.empty:
            return self._rest([*effects, Leave(self.choice), Say("nothing_heard")])
        if self.settings.wish:
            panel = replace(self, picture=FIRST_WISH - 1)
            asked: list[Effect] = [*effects, Say("wish")]
            return panel._enter(State.WISHING, LightState.CHOOSING, WISH_SECONDS, asked)
        return self._keep(None, effects)

    def _next_wish(self) -> Step[Self]:
        panel = replace(self, picture=(self.picture + 1) % len(WISHES))
        said = Say(f"wish_{WISHES[panel.picture]}")
        return panel._enter(State.WISHING, None, WISH_SECONDS, [said])

    def _keep(self, wish: Scope | None, effects: list[Effect]) -> Step[Self]:
        keep = Keep(self.choice, wish)
        panel = replace(self, takes=0, pupils=())
        said = Say("kept" if (self.coming or self.settings).paper else "paper_later")
        return panel._enter(State.KEPT, LightState.KEPT, KEPT_SECONDS, [*effects, keep, said])

    def _cannot(self, reason: str) -> Step[Self]:
        prompt = REFUSALS.get(reason, "not_now")
        panel = replace(self, takes=0, pupils=(), sticker="")
        effects: list[Effect] = [*self.leaving(), Say(prompt)]
        return panel._enter(State.CANNOT, LightState.CANNOT, CANNOT_SECONDS, effects)

    def _rest(self, effects: list[Effect]) -> Step[Self]:
        fresh = self._rested(self.coming or self.settings)
        state, light = (State.READY, LightState.READY) if self.open else (State.OFF, LightState.OFF)
        return replace(fresh, state=state, epoch=self.epoch + 1), [*effects, Show(light)]

    def _rested(self, settings: Settings) -> Self:
        """Return a panel that remembers nobody."""
        return type(self)(
            settings,
            self.coming,
            self.state,
            self.open,
            epoch=self.epoch,
            pressed=self.pressed,
            pressed_at=self.pressed_at,
            answered=self.answered,
        )

    def _enter(
        self, state: State, light: LightState | None, seconds: float, effects: list[Effect]
    ) -> Step[Self]:
        patience = HELP[state][0] if state in HELP and self._may_help(state) else seconds
        panel = replace(self, state=state, epoch=self.epoch + 1, left=seconds - patience)
        shown: list[Effect] = [Show(light)] if light else []
        return panel, [*shown, *effects, After(patience, panel.epoch)]

    def _time(self, seconds: float) -> float:
        return seconds * 2 if self.slow else seconds

    def _may_help(self, state: State) -> bool:
        # Without a picture to choose, green would do nothing for a lost badge.
        return state is not State.LOOKING or (self.settings.choices > 0 and not self.sticker)
