"""Where the hub is now, asked of the network by multicast DNS: a school's router gives addresses anew.

An answer proves nothing: whoever is found still has to show the pinned certificate.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from zeroconf import Error as ZeroconfError
from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from appliance.announce import BOX_PROPERTY, HTTPS, box_property, lan_addresses

log = logging.getLogger(__name__)

SECONDS = 3.0
_ASK_MS = 1000


@dataclass(frozen=True)
class Place:
    """Where a hub says it listens."""

    address: str
    port: int


def find_hub(pin: bytes, seconds: float = SECONDS, interfaces: Sequence[str] | None = None) -> Place | None:
    """Return where the hub with this certificate says it is, or None when it does not answer in time.

    `interfaces` are addresses of this machine; all those on a network when not given.
    """
    try:
        zeroconf = Zeroconf(
            interfaces=list(interfaces or lan_addresses()) or InterfaceChoice.Default,
            ip_version=IPVersion.V4Only,
        )
    except OSError as error:
        log.debug("no network to ask: %s", error.strerror)
        return None
    listener = _Listener(box_property(pin))
    try:
        browser = ServiceBrowser(zeroconf, HTTPS, listener)
        listener.found.wait(seconds)
        browser.cancel()
    except (OSError, ZeroconfError) as error:
        log.debug("the network could not be asked: %r", error)
    finally:
        zeroconf.close()
    return listener.place


class _Listener(ServiceListener):
    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self.found = threading.Event()
        self.place: Place | None = None

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name, _ASK_MS)
        if info is not None and info.decoded_properties.get(BOX_PROPERTY) == self._wanted:
            self._take(info)

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Somebody left: the hub is sought among those who are there."""

    def _take(self, info: ServiceInfo) -> None:
        addresses = info.parsed_addresses(IPVersion.V4Only)
        if addresses and info.port:
            self.place = Place(addresses[0], info.port)
            self.found.set()
