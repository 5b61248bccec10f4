"""The panel's state machine: events in, effects out, no clock, no device (requirements §3.1, R1, R121).

Whatever happens it comes back to `ready` by itself: each state but that one has a time limit.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.devices.ports import ButtonName, LightState

DOUBLE_PRESS = 0.4
"""Seconds within which a second press of the same button is the same press (§3.1, DOUBLE)."""
LOOK_SECONDS = 20.0
"""Longest time a camera looks for a badge (ARCHITECTURE, rule 1)."""
REVIEW_SECONDS = 60.0
START_SECONDS = 8.0
FINISH_SECONDS = 60.0
KEPT_SECONDS = 2.5
CANNOT_SECONDS = 3.0


class State(StrEnum):
    """Where the panel is."""

    READY = "ready"
    LOOKING = "looking"
    STARTING = "starting"
    """A stream opens and the start signal sounds; nothing is kept yet."""
    RECORDING = "recording"
    FINISHING = "finishing"
    REVIEW = "review"
    PLAYING = "playing"
    KEPT = "kept"
    CANNOT = "cannot"


# What happens to a panel.


@dataclass(frozen=True)
class Press:
    """A button went down at `at` (monotonic seconds)."""

    button: ButtonName
    at: float
    refusal: str | None = None
    """Why the station may not wake now (`closed`, `stale_roster`), if so."""


@dataclass(frozen=True)
class BadgeSeen:
    """A badge was read."""

    code: str


@dataclass(frozen=True)
class Refused:
    """The take may not start or go on: a reason of `domain.roster.Refusal`, or a device's fault."""

    reason: str


@dataclass(frozen=True)
class Started:
    """The signal has ended; from now on samples are kept."""


@dataclass(frozen=True)
class Finished:
    """The take is sealed and can be listened to."""


@dataclass(frozen=True)
class Played:
    """The replay has ended."""


@dataclass(frozen=True)
class Elapsed:
    """The time limit of a state is over."""

    epoch: int


Event = Press | BadgeSeen | Refused | Started | Finished | Played | Elapsed


# What the panel asks for.


@dataclass(frozen=True)
class Show:
    """Show a light."""

    light: LightState


@dataclass(frozen=True)
class Say:
    """Play a prompt, cutting the one before."""

    prompt: str


@dataclass(frozen=True)
class After:
    """Send `Elapsed(epoch)` after some seconds."""

    seconds: float
    epoch: int


@dataclass(frozen=True)
class Begin:
    """Ask the domain, then open the stream for this badge; whoever opens it lights the panel."""

    badge: str


class Do(StrEnum):
    """Effects without a parameter."""

    LOOK = "look"
    STOP_LOOKING = "stop_looking"
    END = "end"
    PLAY = "play"
    STOP_PLAYING = "stop_playing"
    KEEP = "keep"
    LEAVE = "leave"
    """Deliver the take, if there is one, as an essay that nobody kept."""


Effect = Show | Say | After | Begin | Do

REFUSALS = {
    "unknown_badge": "unknown_badge",
    "no_permission": "listen_only",
    "stale_roster": "not_ready",
    "closed": "not_now",
    "microphone": "ear_unplugged",
    "camera": "eye_unplugged",
    "too_short": "too_short",
    "disk_full": "not_now",
}
"""The prompt for each reason. A missing permission is never told apart from another day (E8)."""


@dataclass(frozen=True)
class Panel:
    """The whole memory of a panel."""

    limit_seconds: float
    state: State = State.READY
    badge: str = ""
    keep_at_once: bool = False
    """Blue was pressed before the take was ready."""
    epoch: int = 0
    pressed: dict[ButtonName, float] = field(default_factory=dict)

    def step(self, event: Event) -> tuple["Panel", list[Effect]]:
        """Return the panel after an event, and what to do about it."""
        if isinstance(event, Press):
            return self._press(event)
        if isinstance(event, Elapsed):
            return self._elapsed() if event.epoch == self.epoch else (self, [])
        if isinstance(event, BadgeSeen):
            return self._begin(event.code) if self.state is State.LOOKING else (self, [])
        if isinstance(event, Refused):
            return self._refused(event.reason)
        if isinstance(event, Started):
            return self._started()
        if isinstance(event, Finished):
            return self._finished()
        return self._review([]) if self.state is State.PLAYING else (self, [])

    def _press(self, press: Press) -> tuple["Panel", list[Effect]]:
        last = self.pressed.get(press.button)
        if last is not None and 0 <= press.at - last < DOUBLE_PRESS:
            return self, []
        panel = replace(self, pressed={**self.pressed, press.button: press.at})
        return getattr(panel, f"_{press.button}")(press)  # type: ignore[no-any-return]

    def _red(self, press: Press) -> tuple["Panel", list[Effect]]:
        if self.state in (State.READY, State.KEPT, State.CANNOT):
            return self._cannot(press.refusal) if press.refusal else self._look()
        if self.state is State.RECORDING:
            return self._enter(State.FINISHING, None, FINISH_SECONDS, [Do.END])
        if self.state is State.REVIEW:
            return self._begin(self.badge)
        if self.state is State.PLAYING:
            return self._review([Do.STOP_PLAYING])
        return self, []

    def _green(self, press: Press) -> tuple["Panel", list[Effect]]:
        if self.state is State.REVIEW:
            return self._enter(State.PLAYING, LightState.REVIEW, self.limit_seconds + 5, [Do.PLAY])
        if self.state is State.PLAYING:
            return self._review([Do.STOP_PLAYING])
        return self, []

    def _blue(self, press: Press) -> tuple["Panel", list[Effect]]:
        if self.state is State.REVIEW:
            return self._keep([])
        if self.state is State.PLAYING:
            return self._keep([Do.STOP_PLAYING])
        if self.state is State.FINISHING:
            return replace(self, keep_at_once=True), []
        return self, []

    def _look(self) -> tuple["Panel", list[Effect]]:
        return self._enter(State.LOOKING, None, LOOK_SECONDS, [Say("show_badge"), Do.LOOK])

    def _begin(self, badge: str) -> tuple["Panel", list[Effect]]:
        panel = replace(self, badge=badge, keep_at_once=False)
        before: list[Effect] = [Do.STOP_LOOKING] if self.state is State.LOOKING else []
        return panel._enter(State.STARTING, None, START_SECONDS, [*before, Begin(badge)])

    def _started(self) -> tuple["Panel", list[Effect]]:
        if self.state is not State.STARTING:
            return self, []
        return self._enter(State.RECORDING, None, self.limit_seconds, [])

    def _finished(self) -> tuple["Panel", list[Effect]]:
        if self.state not in (State.STARTING, State.RECORDING, State.FINISHING):
            return self, [Do.LEAVE]
        return self._keep([]) if self.keep_at_once else self._review([Say("done")])

    def _review(self, effects: list[Effect]) -> tuple["Panel", list[Effect]]:
        return self._enter(State.REVIEW, LightState.REVIEW, REVIEW_SECONDS, effects)

    def _keep(self, effects: list[Effect]) -> tuple["Panel", list[Effect]]:
        return self._enter(State.KEPT, LightState.KEPT, KEPT_SECONDS, [*effects, Do.KEEP, Say("kept")])

    def _refused(self, reason: str) -> tuple["Panel", list[Effect]]:
        if self.state in (State.READY, State.KEPT, State.CANNOT):
            return self, []
        return self._cannot(reason)

    def _cannot(self, reason: str) -> tuple["Panel", list[Effect]]:
        # A new take that fails lets the one before it go to the teacher.
        effects: list[Effect] = [Do.STOP_LOOKING if self.state is State.LOOKING else Do.LEAVE]
        return self._enter(
            State.CANNOT, LightState.CANNOT, CANNOT_SECONDS, [*effects, Say(REFUSALS.get(reason, "not_now"))]
        )

    def _elapsed(self) -> tuple["Panel", list[Effect]]:
        if self.state is State.RECORDING:
            return self._enter(State.FINISHING, None, FINISH_SECONDS, [Do.END])
        leaving: dict[State, list[Effect]] = {
            State.LOOKING: [Do.STOP_LOOKING, Say("no_badge")],
            State.STARTING: [Do.END, Do.LEAVE],
            State.FINISHING: [Do.LEAVE],
            State.REVIEW: [Do.LEAVE],
            State.PLAYING: [Do.STOP_PLAYING, Do.LEAVE],
        }
        ready = replace(self, state=State.READY, badge="", keep_at_once=False, epoch=self.epoch + 1)
        return ready, [*leaving.get(self.state, []), Show(LightState.READY)]

    def _enter(
        self, state: State, light: LightState | None, seconds: float, effects: list[Effect]
    ) -> tuple["Panel", list[Effect]]:
        panel = replace(self, state=state, epoch=self.epoch + 1)
        shown: list[Effect] = [Show(light)] if light else []
        return panel, [*shown, *effects, After(seconds, panel.epoch)]
