"""Whether who sits at an open session is still who came in: their own secret, asked for again.

It opens nothing and lets nobody in. Wrong secrets count with those of the same door (`throttle`).
"""

from appliance.domain.audit import Role
from appliance.hub.box import Box
from appliance.hub.keys import adults, devices
from appliance.hub.keys.devices import Trusted
from appliance.hub.keys.throttle import Throttle, checked
from appliance.vault.keys import WrongPassphrase


def by_words(box: Box, adult: str, typed: str, throttle: Throttle) -> None:
    """Check the seven words of one adult; WrongPassphrase for anybody else's, TooManyTries."""
    checked(box, throttle, lambda: box.keys.unlock(typed, [adult]))


def by_device(box: Box, adult: str, trusted: Trusted, password: str, throttle: Throttle) -> None:
    """Check the short password of a trusted device of one adult.

    WrongPassphrase, Forgotten after ten in a row, TooManyTries.
    """
    if devices.owner(box, trusted.device) != adult:
        raise WrongPassphrase
    devices.unwrapped(box, trusted, password, throttle)


def by_envelope(box: Box, typed: str, throttle: Throttle) -> None:
    """Check the text of the sealed envelope; WrongPassphrase or TooManyTries."""
    checked(box, throttle, lambda: box.keys.unlock_recovery(typed))


def by_password(box: Box, adult: str, role: Role, password: str, throttle: Throttle) -> None:
    """Check the password of one adult of a role without a key; WrongPassphrase or TooManyTries."""

    def way() -> None:
        if adults.check_password(box, role, password) != adult:
            raise WrongPassphrase

    checked(box, throttle, way)
