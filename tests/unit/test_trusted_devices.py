"""A trusted device: 256 bits in the browser and a short password, ten tries, and gone with its owner."""

import pytest

from appliance.domain.audit import Event, Role
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, devices, proving
from appliance.hub.keys.devices import Forgotten, Trusted
from appliance.hub.keys.throttle import FREE_TRIES, Throttle, TooManyTries
from appliance.store import journal
from appliance.vault.keys import FIRST_ADULT, ShortPassword, WrongPassphrase
from tests.unit.key_helpers import start


@pytest.fixture
def trusted(new_box: Box) -> Trusted:
    """A device of the first teacher, and a locked class."""
    start(new_box)
    made = devices.trust(new_box, "Tablette du fond", "soleil")
    access.lock(new_box)
    return made


def test_the_short_password_opens_on_this_device_only(new_box: Box, trusted: Trusted) -> None:
    assert devices.is_trusted(new_box, trusted.device)
    assert not devices.is_trusted(new_box, "another")
    for other in (Trusted(trusted.device, "guess"), Trusted("another", trusted.secret)):
        with pytest.raises(WrongPassphrase):
            devices.unlock(new_box, other, "soleil", Throttle())
    assert devices.unlock(new_box, trusted, "soleil", Throttle()).adult == FIRST_ADULT
    assert new_box.is_open
    assert [device.label for device in devices.every(new_box)] == ["Tablette du fond"]
    access.lock(new_box)
    assert [device.label for device in devices.every(new_box)] == [""]


def test_ten_wrong_passwords_forget_the_device_also_over_restarts(new_box: Box, trusted: Trusted) -> None:
    for _try in range(devices.MOST_TRIES - 1):
        with pytest.raises(WrongPassphrase) as caught:
            devices.unlock(new_box, trusted, "hasard", Throttle())
        assert not isinstance(caught.value, Forgotten)
    with pytest.raises(Forgotten):
        devices.unlock(new_box, trusted, "hasard", Throttle())
    with pytest.raises(Forgotten):
        devices.unlock(new_box, trusted, "soleil", Throttle())
    assert devices.every(new_box) == []
    assert not list((new_box.config.data / "keys" / "devices").iterdir())


def test_the_right_password_gives_the_tries_back(new_box: Box, trusted: Trusted) -> None:
    for _round in range(2):
        for _try in range(devices.MOST_TRIES - 1):
            with pytest.raises(WrongPassphrase):
                devices.unlock(new_box, trusted, "hasard", Throttle())
        devices.unlock(new_box, trusted, "soleil", Throttle())
        access.lock(new_box)


def test_a_device_proves_nobody_but_its_owner(new_box: Box, trusted: Trusted) -> None:
    proving.by_device(new_box, FIRST_ADULT, trusted, "soleil", Throttle())
    with pytest.raises(WrongPassphrase):
        proving.by_device(new_box, "another", trusted, "soleil", Throttle())
    assert not new_box.is_open


def test_guessing_is_slowed_down_before_it_is_tried(new_box: Box, trusted: Trusted) -> None:
    throttle = Throttle()
    for _try in range(FREE_TRIES):
        with pytest.raises(WrongPassphrase):
            devices.unlock(new_box, trusted, "hasard", throttle)
    with pytest.raises(TooManyTries):
        devices.unlock(new_box, trusted, "soleil", throttle)


def test_a_short_password_has_six_characters(new_box: Box, trusted: Trusted) -> None:
    devices.unlock(new_box, trusted, "soleil", Throttle())
    with pytest.raises(ShortPassword):
        devices.trust(new_box, "Téléphone", "court")
    assert len(devices.every(new_box)) == 1


def test_a_device_is_revoked_while_locked_and_goes_with_its_owner(new_box: Box, trusted: Trusted) -> None:
    devices.unlock(new_box, trusted, "soleil", Throttle())
    paul, words = adults.add(new_box, "Paul", Role.ASSISTANT)
    with pytest.raises(LookupError):
        devices.trust(new_box, "Ordinateur", "nuages", "nobody")
    access.unlock(new_box, words, Throttle())
    theirs = devices.trust(new_box, "Ordinateur", "nuages", paul)
    adults.remove(new_box, paul)
    access.lock(new_box)
    with pytest.raises(Forgotten):
        devices.unlock(new_box, theirs, "nuages", Throttle())
    assert devices.forget(new_box, trusted.device)
    assert not devices.forget(new_box, trusted.device)
    with pytest.raises(Forgotten):
        devices.unlock(new_box, trusted, "soleil", Throttle())
    noted = [line.event for line, _digest in journal.every(new_box.database)]
    assert noted.count(Event.DEVICE_TRUSTED) == 2
    assert noted.count(Event.DEVICE_FORGOTTEN) == 1
