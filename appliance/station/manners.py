"""How a panel behaves: how long it waits, what it says when it cannot, how it helps (requirements §3.1)."""

from appliance.domain.permissions import Scope
from appliance.station.events import Finished, State

DOUBLE_PRESS = 0.4
"""Seconds after a press within which no other counts (§3.1, DOUBLE; E2)."""
LOOK_SECONDS = 20.0
"""Longest time a camera looks for a badge (ARCHITECTURE, rule 1)."""
GROUP_SECONDS = 5.0
"""Time for the other badges of a group (D19)."""
CHOOSE_SECONDS = 20.0
BRIEF_SECONDS = 75.0
"""Longest consigne, after the first names."""
START_SECONDS = 8.0
FINISH_SECONDS = 60.0
REVIEW_SECONDS = 60.0
DRAFT_SECONDS = 120.0
"""A draft is forgotten after this long (R19)."""
WISH_SECONDS = 15.0
HEAR_SECONDS = 630.0
"""Longest capture, and a little for the way to it."""
KEPT_SECONDS = 2.5
CANNOT_SECONDS = 3.0
LAST_SECONDS = 60.0
"""A take in progress when the station closes may go on this long (D23)."""
MOST_TAKES = 3
"""How many takes a pupil may choose from (D14)."""
WISHES = (Scope.SELF, Scope.CLASS, Scope.FAMILY, Scope.PARTNER_CLASS)
FIRST_WISH = 1
NOT_ME_SECONDS = 10.0
"""How long after its beginning a take may be disowned (§3.1, UNDO)."""

HELP = {
    State.LOOKING: (7.0, "no_badge_help"),
    State.WELCOME: (6.0, "press_red"),
    State.CHOOSING: (6.0, "choose_yourself"),
    State.REVIEW: (6.0, "review_help"),
}
"""After how many seconds a pupil who does nothing is told what the buttons do."""
REFUSALS = {
    "unknown_badge": "unknown_badge",
    "no_permission": "listen_only",
    "not_in_group": "not_in_group",
    "too_many": "not_now",
    "stale_roster": "not_ready",
    "closed": "closed",
    "busy": "wait",
    "microphone": "ear_unplugged",
    "camera": "eye_unplugged",
    "too_short": "too_short",
    "disk_full": "disk_full",
    "sound_only": "sound_only",
    "hear_closed": "hear_closed",
}
"""The prompt for each reason. A missing permission is never told apart from another day (E8)."""


def verdict(event: Finished) -> str:
    """Return what is said of a take that has just ended."""
    if event.empty:
        return "nothing_heard"
    return event.advice or ("the_end" if event.full else "done")
