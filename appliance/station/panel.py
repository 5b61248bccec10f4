"""The panel's state machine: events in, effects out, no clock, no device (requirements §3.1, R1, R121).

Whatever happens it comes back to `ready` (or `off`, when the station is closed) by itself: each other state
has a time limit, but for a stuck button, which ends with the button. `docs/panneau.md` is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Scope
from appliance.station.events import (
    After,
    Announce,
    BadgeSeen,
    Begin,
    Choose,
    ClosingSoon,
    Do,
    Effect,
    Elapsed,
    Event,
    Finished,
    Freed,
    Greet,
    Hear,
    Hours,
    Keep,
    Leave,
    Offer,
    Play,
    Played,
    Press,
    Refused,
    Say,
    Settings,
    Show,
    Started,
    State,
    StickerSeen,
    Stuck,
    Told,
)
from appliance.station.manners import (
    BRIEF_SECONDS,
    CANNOT_SECONDS,
    CHOOSE_SECONDS,
    DOUBLE_PRESS,
    DRAFT_SECONDS,
    FINISH_SECONDS,
    FIRST_WISH,
    GROUP_SECONDS,
    HEAR_SECONDS,
    HELP,
    KEPT_SECONDS,
    LAST_SECONDS,
    LOOK_SECONDS,
    MOST_TAKES,
    NOT_ME_SECONDS,
    REFUSALS,
    REVIEW_SECONDS,
    START_SECONDS,
    WISH_SECONDS,
    WISHES,
    verdict,
)

Step = tuple["Panel", list[Effect]]


@dataclass(frozen=True)
class Panel:
    """The whole memory of a panel."""

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

    def step(self, event: Event) -> Step:
        """Return the panel after an event, and what to do about it."""
        handler = _HANDLERS[type(event)]
        return handler(self, event)

    @property
    def draft(self) -> bool:
        """Whether nothing of this turn is kept."""
        return self.settings.draft or self.trial

    @property
    def gathers(self) -> bool:
        """Whether another pupil may join those of this turn."""
        return self.settings.group_max > 1 and not self.trial

    # Buttons.

    def _press(self, press: Press) -> Step:
        if self._is_echo(press):
            return self, []
        noted = replace(self, pressed=press.button, pressed_at=press.at)
        panel, effects = noted._answer(press)
        return replace(panel, answered=panel.epoch), effects

    def _is_echo(self, press: Press) -> bool:
        """Whether it is the same press again, or another finger on another button at the same time.

        Another button counts as soon as the panel has moved on by itself since.
        """
        close = self.pressed is not None and 0 <= press.at - self.pressed_at < DOUBLE_PRESS
        return close and (press.button is self.pressed or self.epoch == self.answered)

    def _answer(self, press: Press) -> Step:
        handler = _BUTTONS.get((self.state, press.button))
        if handler is not None:
            return handler(self)
        if press.button is ButtonName.RED and self.state in _AT_REST:
            return self._cannot(press.refusal) if press.refusal else self._look()
        return self, [Say("closed")] if self.state is State.OFF else []

    def _look(self) -> Step:
        fresh = self._rested(self.coming or self.settings)
        return fresh._enter(State.LOOKING, None, LOOK_SECONDS, [Say("show_badge"), Do.LOOK])

    def _gathered(self) -> Step:
        return self._brief([Do.STOP_LOOKING])

    def _stop(self) -> Step:
        return self._enter(State.FINISHING, None, FINISH_SECONDS, [Do.END])

    def _not_me(self) -> Step:
        """The badge was somebody else's (E6): what it began is erased, and another is awaited."""
        recording = self.state is State.RECORDING
        late = recording and self.pressed_at - self.began_at > NOT_ME_SECONDS
        if self.takes or late:
            return self, []
        ending: list[Effect] = [Do.CANCEL] if recording else []
        fresh = self._rested(self.settings)
        return fresh._enter(State.LOOKING, None, LOOK_SECONDS, [*ending, Say("not_me"), Do.LOOK])

    def _again(self) -> Step:
        panel, dropped = replace(self, keep_at_once=False), list[Effect]()
        if self.takes == MOST_TAKES:
            # The one chosen may be gone, and the others have other numbers: the newest again.
            left = MOST_TAKES - 1
            panel, dropped = replace(panel, takes=left, choice=left - 1, heard=False), [Do.DROP_OLDEST]
        return panel._enter(State.BRIEFING, LightState.HELLO, BRIEF_SECONDS, [*dropped, Announce("again")])

    def _listen(self) -> Step:
        panel = replace(self, choice=(self.choice - 1) % self.takes) if self.heard else self
        seconds = self._time(self.settings.limit_seconds) + 5
        play = Play(panel.choice, panel.takes)
        return replace(panel, heard=True)._enter(State.PLAYING, LightState.REVIEW, seconds, [play])

    def _keep_later(self) -> Step:
        return replace(self, keep_at_once=True), []

    def _lost_badge(self) -> Step:
        if self.settings.choices == 0 or self.sticker:
            return self, []
        panel = replace(self, picture=0)
        effects: list[Effect] = [Do.STOP_LOOKING, Say("choose_yourself")]
        return panel._enter(State.CHOOSING, LightState.CHOOSING, CHOOSE_SECONDS, effects)

    def _next_picture(self) -> Step:
        # The first press offers the first picture: the sentence before has only said how.
        picture = self.picture % self.settings.choices + 1
        panel = replace(self, picture=picture)
        return panel._enter(State.CHOOSING, None, CHOOSE_SECONDS, [Offer(picture - 1)])

    def _choose(self) -> Step:
        return (self, [Choose(self.picture - 1)]) if self.picture else self._next_picture()

    def _next_wish(self) -> Step:
        panel = replace(self, picture=(self.picture + 1) % len(WISHES))
        said = Say(f"wish_{WISHES[panel.picture]}")
        return panel._enter(State.WISHING, None, WISH_SECONDS, [said])

    def _hear_no_more(self) -> Step:
        panel, effects = self._look()
        return panel, [Do.STOP_PLAYING, *effects]

    # What else happens.

    def _badge(self, event: BadgeSeen) -> Step:
        if self.state not in (*_AWAITING_BADGE, State.CHOOSING) or event.pupil in self.pupils:
            return self, []
        if self.sticker and event.refusal != "unknown_badge":
            return self._hear(self.sticker, event.pupil)
        if event.refusal is not None:
            # A badge too many does not undo the others; a permission that lacks does (rule 2).
            undone = not self.pupils or event.refusal == "no_permission"
            return self._cannot(event.refusal) if undone else (self, [])
        return self._join(event)

    def _join(self, event: BadgeSeen) -> Step:
        alone = self.state in _AT_REST or (self.state is State.WELCOME and not self.gathers)
        before = self._rested(self.coming or self.settings) if alone else self
        if len(before.pupils) >= before.settings.group_max:
            return self, []
        pupils = (*before.pupils, event.pupil) if event.pupil else ()
        panel = replace(before, pupils=pupils, slow=before.slow or event.slow, trial=event.trial)
        if self.state is State.CHOOSING:
            return panel._brief([])
        full = not panel.gathers or len(pupils) >= panel.settings.group_max
        if self.state in (State.LOOKING, State.GATHERING) and full:
            return panel._brief([Do.STOP_LOOKING])
        greeting: list[Effect] = [Greet(pupils, panel.greeted, brief=False)]
        panel = replace(panel, greeted=len(pupils))
        if self.state in (*_AT_REST, State.WELCOME):
            return panel._enter(State.WELCOME, LightState.HELLO, LOOK_SECONDS, greeting)
        return panel._enter(State.GATHERING, None, GROUP_SECONDS, greeting)

    def _sticker(self, event: StickerSeen) -> Step:
        if self.state is not State.LOOKING or self.sticker:
            return self, []
        return self._hear(event.code, "")

    def _hear(self, code: str, pupil: str) -> Step:
        panel = replace(self, sticker=code, pupils=(pupil,) if pupil else ())
        effects: list[Effect] = [Do.STOP_LOOKING, Hear(code, pupil)]
        return panel._enter(State.HEARING, LightState.REVIEW, HEAR_SECONDS, effects)

    def _refused(self, event: Refused) -> Step:
        if self.state in (*_AT_REST, *_DECIDING, State.OFF, State.STUCK):
            return self, []
        if self.state is State.HEARING and event.reason == "author" and not self.pupils:
            return self._enter(State.LOOKING, None, LOOK_SECONDS, [Say("show_badge"), Do.LOOK])
        if self.state is State.GATHERING and event.reason == "camera":
            return self._gathered()
        if self.takes and self.state in _TAKING:
            # The takes before are still there to be heard and kept.
            return self._review([Say(REFUSALS.get(event.reason, "not_now"))])
        return self._cannot(event.reason)

    def _told(self, _event: Told) -> Step:
        return self._start([]) if self.state is State.BRIEFING else (self, [])

    def _started(self, event: Started) -> Step:
        if self.state is not State.STARTING:
            return self, []
        panel = replace(self, began_at=event.at)
        return panel._enter(State.RECORDING, None, self._time(self.settings.limit_seconds) + 1, [])

    def _finished(self, event: Finished) -> Step:
        takes = self.takes + 1
        if self.state not in _TAKING:
            return self, [Leave(takes - 1)]
        if event.empty and self.takes:
            # Beside a take that holds something, one in which nobody is heard would only be in its way.
            panel = replace(self, keep_at_once=False)
            return panel._review([Do.DROP_NEWEST, Say(verdict(event))])
        panel = replace(self, takes=takes, choice=takes - 1, heard=False, empty=event.empty)
        if self.keep_at_once:
            return panel._decide([])
        return panel._review([Say(verdict(event))])

    def _played(self, _event: Played) -> Step:
        if self.state is State.PLAYING:
            return self._review([])
        return self._rest([]) if self.state is State.HEARING else (self, [])

    def _hours(self, event: Hours) -> Step:
        panel = replace(self, open=event.open, coming=event.settings)
        if self.state is State.RECORDING and self.open and not event.open:
            return panel._enter(State.RECORDING, None, LAST_SECONDS, [])
        if (self.state is State.READY and not event.open) or (self.state is State.OFF and event.open):
            return panel._rest([])
        return panel, []

    def _closing_soon(self, _event: ClosingSoon) -> Step:
        return self, [Say("closing_soon")] if self.state is State.READY else []

    def _stuck(self, _event: Stuck) -> Step:
        if self.state is State.STUCK:
            return self, []
        panel = replace(self._rested(self.settings), state=State.STUCK, epoch=self.epoch + 1)
        return panel, [*self.leaving(), Show(LightState.CANNOT), Say("stuck")]

    def _freed(self, _event: Freed) -> Step:
        return self._rest([]) if self.state is State.STUCK else (self, [])

    def _elapsed(self, event: Elapsed) -> Step:
        if event.epoch != self.epoch or self.state is State.STUCK:
            return self, []
        if self.left:
            helped = replace(self, left=0.0, epoch=self.epoch + 1)
            return helped, [Say(HELP[self.state][1]), After(self.left, helped.epoch)]
        if self.state is State.RECORDING:
            return self._stop()
        if self.state is State.GATHERING:
            return self._gathered()
        if self.state is State.BRIEFING:
            return self._start([])
        if self.state is State.WISHING:
            return self._keep(None, [])
        spoken: list[Effect] = [Say("no_badge")] if self.state in (State.LOOKING, State.CHOOSING) else []
        if self.draft and self.state in (State.REVIEW, State.PLAYING):
            spoken = [Say("draft_gone")]
        return self._rest([*self.leaving(), *spoken])

    def _brief(self, effects: list[Effect]) -> Step:
        greeting = Greet(self.pupils, self.greeted, brief=True)
        panel = replace(self, greeted=len(self.pupils))
        return panel._enter(State.BRIEFING, LightState.HELLO, BRIEF_SECONDS, [*effects, greeting])

    def _start(self, effects: list[Effect]) -> Step:
        return self._enter(State.STARTING, None, START_SECONDS, [*effects, Begin(self.pupils)])

    def _review(self, effects: list[Effect]) -> Step:
        seconds = DRAFT_SECONDS if self.draft else self._time(REVIEW_SECONDS)
        return self._enter(State.REVIEW, LightState.REVIEW, seconds, effects)

    def _decide(self, effects: list[Effect]) -> Step:
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

    def _keep(self, wish: Scope | None, effects: list[Effect]) -> Step:
        keep = Keep(self.choice, wish)
        panel = replace(self, takes=0, pupils=())
        said = Say("kept" if (self.coming or self.settings).paper else "paper_later")
        return panel._enter(State.KEPT, LightState.KEPT, KEPT_SECONDS, [*effects, keep, said])

    def _cannot(self, reason: str) -> Step:
        prompt = REFUSALS.get(reason, "not_now")
        panel = replace(self, takes=0, pupils=(), sticker="")
        effects: list[Effect] = [*self.leaving(), Say(prompt)]
        return panel._enter(State.CANNOT, LightState.CANNOT, CANNOT_SECONDS, effects)

    def _rest(self, effects: list[Effect]) -> Step:
        fresh = self._rested(self.coming or self.settings)
        state, light = (State.READY, LightState.READY) if self.open else (State.OFF, LightState.OFF)
        return replace(fresh, state=state, epoch=self.epoch + 1), [*effects, Show(light)]

    def _rested(self, settings: Settings) -> "Panel":
        """Return a panel that remembers nobody."""
        return Panel(
            settings,
            self.coming,
            self.state,
            self.open,
            epoch=self.epoch,
            pressed=self.pressed,
            pressed_at=self.pressed_at,
            answered=self.answered,
        )

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

    def _time(self, seconds: float) -> float:
        return seconds * 2 if self.slow else seconds

    def _enter(self, state: State, light: LightState | None, seconds: float, effects: list[Effect]) -> Step:
        patience = HELP[state][0] if state in HELP and self._may_help(state) else seconds
        panel = replace(self, state=state, epoch=self.epoch + 1, left=seconds - patience)
        shown: list[Effect] = [Show(light)] if light else []
        return panel, [*shown, *effects, After(patience, panel.epoch)]

    def _may_help(self, state: State) -> bool:
        # Without a picture to choose, green would do nothing for a lost badge.
        return state is not State.LOOKING or (self.settings.choices > 0 and not self.sticker)


_AT_REST = (State.READY, State.KEPT, State.CANNOT)
_AWAITING_BADGE = (*_AT_REST, State.WELCOME, State.LOOKING, State.GATHERING)
_DECIDING = (State.REVIEW, State.PLAYING, State.WISHING)
_TAKING = (State.STARTING, State.RECORDING, State.FINISHING)

_HANDLERS: dict[type, Callable[..., Step]] = {
    Press: Panel._press,
    BadgeSeen: Panel._badge,
    StickerSeen: Panel._sticker,
    Refused: Panel._refused,
    Told: Panel._told,
    Started: Panel._started,
    Finished: Panel._finished,
    Played: Panel._played,
    Hours: Panel._hours,
    ClosingSoon: Panel._closing_soon,
    Stuck: Panel._stuck,
    Freed: Panel._freed,
    Elapsed: Panel._elapsed,
}

_BUTTONS: dict[tuple[State, ButtonName], Callable[[Panel], Step]] = {
    (State.LOOKING, ButtonName.GREEN): Panel._lost_badge,
    (State.GATHERING, ButtonName.RED): Panel._gathered,
    (State.GATHERING, ButtonName.GREEN): Panel._not_me,
    (State.WELCOME, ButtonName.RED): lambda panel: panel._brief([]),
    (State.WELCOME, ButtonName.GREEN): Panel._not_me,
    (State.CHOOSING, ButtonName.GREEN): Panel._next_picture,
    (State.CHOOSING, ButtonName.BLUE): Panel._choose,
    (State.CHOOSING, ButtonName.RED): Panel._choose,
    (State.BRIEFING, ButtonName.RED): lambda panel: panel._start([]),
    (State.BRIEFING, ButtonName.GREEN): Panel._not_me,
    (State.RECORDING, ButtonName.RED): Panel._stop,
    (State.RECORDING, ButtonName.GREEN): Panel._not_me,
    (State.FINISHING, ButtonName.BLUE): Panel._keep_later,
    (State.REVIEW, ButtonName.RED): Panel._again,
    (State.REVIEW, ButtonName.GREEN): Panel._listen,
    (State.REVIEW, ButtonName.BLUE): lambda panel: panel._decide([]),
    (State.PLAYING, ButtonName.RED): lambda panel: panel._review([Do.STOP_PLAYING]),
    (State.PLAYING, ButtonName.GREEN): lambda panel: panel._review([Do.STOP_PLAYING]),
    (State.PLAYING, ButtonName.BLUE): lambda panel: panel._decide([Do.STOP_PLAYING]),
    (State.WISHING, ButtonName.GREEN): Panel._next_wish,
    (State.WISHING, ButtonName.BLUE): lambda panel: panel._keep(WISHES[panel.picture], []),
    (State.HEARING, ButtonName.RED): Panel._hear_no_more,
    (State.HEARING, ButtonName.GREEN): lambda panel: panel._rest([Do.STOP_PLAYING]),
    (State.HEARING, ButtonName.BLUE): lambda panel: panel._rest([Do.STOP_PLAYING]),
}
