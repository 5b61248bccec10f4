"""What every view needs from the application that answers."""

from dataclasses import dataclass

from flask import current_app

from appliance.hub.box import Box
from web.desk import Desk
from web.first_start import FirstStart
from web.guesses import GuessGuard

KEY = "boite"


@dataclass(frozen=True)
class Shared:
    """One per application."""

    box: Box
    desk: Desk
    first_start: FirstStart
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
