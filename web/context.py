"""What every view needs from the application that answers."""

from dataclasses import dataclass

from flask import current_app

from appliance.hub.box import Box
from web.desk import Desk
from web.guesses import GuessGuard
from web.showing import Showing

KEY = "boite"


@dataclass(frozen=True)
class Shared:
    """One per application."""

    box: Box
    desk: Desk
    showing: Showing
    guesses: GuessGuard


def shared() -> Shared:
    """Return what this application shares between requests."""
    found: Shared = current_app.extensions[KEY]
    return found


def box() -> Box:
    """Return the box that this application shows."""
    return shared().box


def desk() -> Desk:
    """Return who is at the teacher's pages."""
    return shared().desk
