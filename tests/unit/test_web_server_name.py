"""The hub tells its pages under which name the network knows it."""

from types import SimpleNamespace
from typing import cast

from appliance.announce import Announcer
from appliance.hub.box import Box
from web import server
from web.server import HubServer


class Heartbeats:
    """A stop that comes after some heartbeats."""

    def __init__(self, count: int) -> None:
        self._left = count

    def wait(self, _seconds: float) -> bool:
        self._left -= 1
        return self._left < 0


def test_each_heartbeat_notes_the_name_in_force(box: Box) -> None:
    box.close()
    hub = HubServer(box.config)
    hub._announcer = cast(Announcer, SimpleNamespace(name="boite-2", close=lambda: None))
    hub.wait(cast(server.threading.Event, Heartbeats(1)))
    assert hub.box.reports["name"] == {"announced": "boite-2"}
    hub.close()
