"""The panel's state machine: events in, effects out, no clock, no device (requirements §3.1, R1, R121).

Whatever happens it comes back to `ready` (or `off`, when the station is closed) by itself: each other state
has a time limit, but for a stuck button, which ends with the button. `docs/panneau.md` is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.devices.ports import ButtonName, LightState
from appliance.station.events import (
    After,
    Announce,
    BadgeSeen,
    Choose,
    ClosingSoon,
    Do,
    Effect,
    Elapsed,
    Event,
    Finished,
    Freed,
    Greet,
    Hours,
    Leave,
    Offer,
    Play,
    Played,
    Press,
    Refused,
    Say,
    Show,
    Started,
    State,
    StickerSeen,
    Stuck,
    Told,
)
from appliance.station.manners import (
    BRIEF_SECONDS,
    CHOOSE_SECONDS,
    DOUBLE_PRESS,
    GROUP_SECONDS,
    HELP,
    LAST_SECONDS,
    LOOK_SECONDS,
    MOST_TAKES,
    NOT_ME_SECONDS,
    REFUSALS,
    WISHES,
    verdict,
)
from appliance.station.moves import Moves, Step


@dataclass(frozen=True)
class Panel(Moves):
    """What a panel does about each event."""

    def step(self, event: Event) -> Step["Panel"]:
        """Return the panel after an event, and what to do about it."""
        handler = _HANDLERS[type(event)]
        return handler(self, event)

    # Buttons.

    def _press(self, press: Press) -> Step["Panel"]:
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

    def _answer(self, press: Press) -> Step["Panel"]:
        handler = _BUTTONS.get((self.state, press.button))
        if handler is not None:
            return handler(self)
        if press.button is ButtonName.RED and self.state in _AT_REST:
            return self._cannot(press.refusal) if press.refusal else self._look()
        return self, [Say("closed")] if self.state is State.OFF else []

    def _not_me(self) -> Step["Panel"]:
        """The badge was somebody else's (E6): what it began is erased, and another is awaited."""
        recording = self.state is State.RECORDING
        late = recording and self.pressed_at - self.began_at > NOT_ME_SECONDS
        if self.takes or late:
            return self, []
        ending: list[Effect] = [Do.CANCEL] if recording else []
        fresh = self._rested(self.settings)
        return fresh._enter(State.LOOKING, None, LOOK_SECONDS, [*ending, Say("not_me"), Do.LOOK])

    def _again(self) -> Step["Panel"]:
        panel, dropped = replace(self, keep_at_once=False), list[Effect]()
        if self.takes == MOST_TAKES:
            # The one chosen may be gone, and the others have other numbers: the newest again.
            left = MOST_TAKES - 1
            panel, dropped = replace(panel, takes=left, choice=left - 1, heard=False), [Do.DROP_OLDEST]
        return panel._enter(State.BRIEFING, LightState.HELLO, BRIEF_SECONDS, [*dropped, Announce("again")])

    def _listen(self) -> Step["Panel"]:
        panel = replace(self, choice=(self.choice - 1) % self.takes) if self.heard else self
        seconds = self._time(self.settings.limit_seconds) + 5
        play = Play(panel.choice, panel.takes)
        return replace(panel, heard=True)._enter(State.PLAYING, LightState.REVIEW, seconds, [play])

    def _keep_later(self) -> Step["Panel"]:
        return replace(self, keep_at_once=True), []

    def _lost_badge(self) -> Step["Panel"]:
        if self.settings.choices == 0 or self.sticker:
            return self, []
        panel = replace(self, picture=0)
        effects: list[Effect] = [Do.STOP_LOOKING, Say("choose_yourself")]
        return panel._enter(State.CHOOSING, LightState.CHOOSING, CHOOSE_SECONDS, effects)

    def _next_picture(self) -> Step["Panel"]:
        # The first press offers the first picture: the sentence before has only said how.
        picture = self.picture % self.settings.choices + 1
        panel = replace(self, picture=picture)
        return panel._enter(State.CHOOSING, None, CHOOSE_SECONDS, [Offer(picture - 1)])

    def _choose(self) -> Step["Panel"]:
        return (self, [Choose(self.picture - 1)]) if self.picture else self._next_picture()

    def _hear_no_more(self) -> Step["Panel"]:
        panel, effects = self._look()
        return panel, [Do.STOP_PLAYING, *effects]

    # What else happens.

    def _badge(self, event: BadgeSeen) -> Step["Panel"]:
        if self.state not in (*_AWAITING_BADGE, State.CHOOSING) or event.pupil in self.pupils:
            return self, []
        if self.sticker and event.refusal != "unknown_badge":
            return self._hear(self.sticker, event.pupil)
        if event.refusal is not None:
            # A badge too many does not undo the others; a permission that lacks does (rule 2).
            undone = not self.pupils or event.refusal == "no_permission"
            return self._cannot(event.refusal) if undone else (self, [])
        return self._join(event)

    def _join(self, event: BadgeSeen) -> Step["Panel"]:
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

    def _sticker(self, event: StickerSeen) -> Step["Panel"]:
        if self.state is not State.LOOKING or self.sticker:
            return self, []
        return self._hear(event.code, "")

    def _refused(self, event: Refused) -> Step["Panel"]:
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

    def _told(self, _event: Told) -> Step["Panel"]:
        return self._start([]) if self.state is State.BRIEFING else (self, [])

    def _started(self, event: Started) -> Step["Panel"]:
        if self.state is not State.STARTING:
            return self, []
        panel = replace(self, began_at=event.at)
        return panel._enter(State.RECORDING, None, self._time(self.settings.limit_seconds) + 1, [])

    def _finished(self, event: Finished) -> Step["Panel"]:
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

    def _played(self, _event: Played) -> Step["Panel"]:
        if self.state is State.PLAYING:
            return self._review([])
        return self._rest([]) if self.state is State.HEARING else (self, [])

    def _hours(self, event: Hours) -> Step["Panel"]:
        panel = replace(self, open=event.open, coming=event.settings)
        if self.state is State.RECORDING and self.open and not event.open:
            return panel._enter(State.RECORDING, None, LAST_SECONDS, [])
        if (self.state is State.READY and not event.open) or (self.state is State.OFF and event.open):
            return panel._rest([])
        return panel, []

    def _closing_soon(self, _event: ClosingSoon) -> Step["Panel"]:
        return self, [Say("closing_soon")] if self.state is State.READY else []

    def _stuck(self, _event: Stuck) -> Step["Panel"]:
        if self.state is State.STUCK:
            return self, []
        panel = replace(self._rested(self.settings), state=State.STUCK, epoch=self.epoch + 1)
        return panel, [*self.leaving(), Show(LightState.CANNOT), Say("stuck")]

    def _freed(self, _event: Freed) -> Step["Panel"]:
        return self._rest([]) if self.state is State.STUCK else (self, [])

    def _elapsed(self, event: Elapsed) -> Step["Panel"]:
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


_AT_REST = (State.READY, State.KEPT, State.CANNOT)
_AWAITING_BADGE = (*_AT_REST, State.WELCOME, State.LOOKING, State.GATHERING)
_DECIDING = (State.REVIEW, State.PLAYING, State.WISHING)
_TAKING = (State.STARTING, State.RECORDING, State.FINISHING)

_HANDLERS: dict[type, Callable[..., Step[Panel]]] = {
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

_BUTTONS: dict[tuple[State, ButtonName], Callable[[Panel], Step[Panel]]] = {
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
