"""The panel's alphabet: what happens to it, what it asks for, and the states it can be in."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.permissions import Scope


class State(StrEnum):
    """Where the panel is."""

    READY = "ready"
    OFF = "off"
    """Closed by the teacher or by the hour."""
    LOOKING = "looking"
    """A badge or a sticker is awaited, 20 s at most."""
    GATHERING = "gathering"
    """A first badge was read; a few seconds for the others of a group."""
    WELCOME = "welcome"
    """A badge was read before red was pressed."""
    CHOOSING = "choosing"
    """A pupil without a badge looks for their picture by ear."""
    BRIEFING = "briefing"
    """*Bonjour*, then the consigne; red skips it."""
    STARTING = "starting"
    """A stream opens and the start signal sounds; nothing is kept yet."""
    RECORDING = "recording"
    FINISHING = "finishing"
    REVIEW = "review"
    PLAYING = "playing"
    WISHING = "wishing"
    """The pupil says who may hear it."""
    HEARING = "hearing"
    """A sticker's capture is fetched and played."""
    KEPT = "kept"
    CANNOT = "cannot"
    STUCK = "stuck"
    """A button's contact does not open any more."""


# What happens to a panel.


@dataclass(frozen=True)
class Settings:
    """What the teacher wants of the station now; in force from the next pupil on."""

    limit_seconds: float
    group_max: int = 1
    draft: bool = False
    wish: bool = False
    paper: bool = True
    """Whether a kept take's sticker comes out now."""
    choices: int = 0
    """How many pictures a pupil without a badge chooses from, the last being *je ne trouve pas*."""


@dataclass(frozen=True)
class Hours:
    """The station opened or closed, or what it asks for changed."""

    open: bool
    settings: Settings


@dataclass(frozen=True)
class ClosingSoon:
    """It closes in a minute."""


@dataclass(frozen=True)
class Press:
    """A button went down at `at` (monotonic seconds)."""

    button: ButtonName
    at: float
    refusal: str | None = None
    """Why the station may not wake now (`closed`, `stale_roster`, `disk_full`), if so."""


@dataclass(frozen=True)
class BadgeSeen:
    """A badge was read, or a picture chosen. `pupil` is empty for somebody who found no picture."""

    pupil: str
    refusal: str | None = None
    """Why this pupil, with those before, may not start."""
    slow: bool = False
    """Has twice the time (E38)."""
    trial: bool = False
    """It is a grown-up's, who tries the station: nothing is kept."""


@dataclass(frozen=True)
class StickerSeen:
    """A sticker was read."""

    code: str


@dataclass(frozen=True)
class Refused:
    """The take may not start or go on, or a sticker may not play: a reason, or a device's fault."""

    reason: str


@dataclass(frozen=True)
class Told:
    """A greeting, a consigne or an announcement has ended."""


@dataclass(frozen=True)
class Started:
    """The signal has ended; samples are kept from `at` (monotonic seconds) on."""

    at: float


@dataclass(frozen=True)
class Finished:
    """The take is sealed and can be listened to."""

    full: bool = False
    """It reached its limit."""
    empty: bool = False
    """Nobody was heard."""
    advice: str = ""
    """What is wrong with the sound: `noisy`, `far` or `loud`."""


@dataclass(frozen=True)
class Played:
    """The replay has ended."""


@dataclass(frozen=True)
class Stuck:
    """A button has been down for far too long."""


@dataclass(frozen=True)
class Freed:
    """No button is stuck any more."""


@dataclass(frozen=True)
class Elapsed:
    """The time limit of a state is over."""

    epoch: int


Event = (
    Press
    | BadgeSeen
    | StickerSeen
    | Refused
    | Told
    | Started
    | Finished
    | Played
    | Hours
    | ClosingSoon
    | Stuck
    | Freed
    | Elapsed
)


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
class Greet:
    """Greet the pupils that were not greeted yet; with `brief`, say the consigne too, then send `Told`."""

    pupils: tuple[str, ...]
    greeted: int
    """How many of them, the first ones, have been greeted."""
    brief: bool


@dataclass(frozen=True)
class Announce:
    """Play a prompt, then send `Told`."""

    prompt: str


@dataclass(frozen=True)
class Begin:
    """Ask the domain, then open the stream for these pupils; whoever opens it lights the panel."""

    pupils: tuple[str, ...]


@dataclass(frozen=True)
class Play:
    """Replay a take, numbered from 0, the oldest."""

    take: int
    of: int


@dataclass(frozen=True)
class Keep:
    """Keep a take; the others are erased."""

    take: int
    wish: Scope | None = None


@dataclass(frozen=True)
class Offer:
    """Say the picture of a choice."""

    choice: int


@dataclass(frozen=True)
class Choose:
    """Answer with the `BadgeSeen` of a choice."""

    choice: int


@dataclass(frozen=True)
class Hear:
    """Fetch a sticker's capture and play it; `pupil` is whose badge was shown, if any."""

    code: str
    pupil: str


@dataclass(frozen=True)
class Leave:
    """Deliver a take, if there is one, as an essay that nobody kept; the others are erased."""

    take: int


class Do(StrEnum):
    """Effects without a parameter."""

    LOOK = "look"
    STOP_LOOKING = "stop_looking"
    END = "end"
    CANCEL = "cancel"
    """Stop the take in progress and erase it: it was somebody else's."""
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"
    STOP_PLAYING = "stop_playing"


Effect = Show | Say | After | Greet | Announce | Begin | Play | Keep | Offer | Choose | Hear | Leave | Do
