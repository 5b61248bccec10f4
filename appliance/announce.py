"""The box says on the school's network where it is, by multicast DNS (RFC 6762, RFC 6763).

It says the box's name and nothing of the class. The name has a single label: `<host>.local` resolves
everywhere, `a.b.local` does not (requirements E35). The network may come and go: nothing here ever
raises into the hub.
"""

import ipaddress
import logging
import threading
from collections.abc import Sequence
from importlib.metadata import version

import ifaddr

# AddressResolverIPv4 is documented, but left out of zeroconf's __all__.
from zeroconf import (  # type: ignore[attr-defined]
    AddressResolverIPv4,
    IPVersion,
    NonUniqueNameException,
    ServiceInfo,
    Zeroconf,
)
from zeroconf import Error as ZeroconfError

HTTPS = "_https._tcp.local."
HTTP = "_http._tcp.local."
BOX_PROPERTY = "box"
"""TXT key by which a linked station knows its hub again under another address."""
_NAMES_TRIED = 9
_ASK_MS = 1500
_log = logging.getLogger(__name__)


def lan_addresses() -> list[str]:
    """Return the box's IPv4 addresses on a network: neither loopback nor self-assigned."""
    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if not isinstance(ip.ip, str):
                continue
            address = ipaddress.IPv4Address(ip.ip)
            if not (address.is_loopback or address.is_link_local):
                found.append(str(address))
    return sorted(found)


def instance_name(host: str) -> str:
    """Return what a browser of services shows: the box, never the class."""
    return f"La boîte à traces ({host})"


def box_property(fingerprint: bytes) -> str:
    """Return what a hub with this certificate says of itself: enough to tell it from others, no proof."""
    return fingerprint[:8].hex()


class Announcer:
    """Announces the pages from `start` to `close`, again at each change of network.

    `addresses` and `interfaces` are those of the machine when not given; `fingerprint` is the SHA-256 of
    the certificate that is shown there.
    """

    def __init__(
        self,
        host: str,
        https_port: int,
        http_port: int = 0,
        addresses: Sequence[str] | None = None,
        interfaces: Sequence[str] | None = None,
        look_every: float = 10.0,
        fingerprint: bytes = b"",
    ) -> None:
        self._host = host
        self._https_port = https_port
        self._http_port = http_port
        self._addresses = None if addresses is None else list(addresses)
        self._interfaces = None if interfaces is None else list(interfaces)
        self._look_every = look_every
        self._properties = {"path": "/", "version": version("boite-a-traces")}
        if fingerprint:
            self._properties[BOX_PROPERTY] = box_property(fingerprint)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow_network, name="announce", daemon=True)
        self._zeroconf: Zeroconf | None = None
        self._announced_on: list[str] = []
        self._name: str | None = None

    @property
    def name(self) -> str | None:
        """The name in force, `boite` or `boite-2` when the first was taken; None while there is none."""
        return self._name

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Withdraw the box from the network (goodbye packets) and stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=8)

    def _follow_network(self) -> None:
        while not self._stopping.is_set():
            addresses = lan_addresses() if self._addresses is None else self._addresses
            if addresses != self._announced_on:
                self._withdraw()
                self._announce(addresses)
            self._stopping.wait(self._look_every)
        self._withdraw()

    def _announce(self, addresses: list[str]) -> None:
        if not addresses:
            return
        try:
            self._zeroconf = Zeroconf(interfaces=self._interfaces or addresses, ip_version=IPVersion.V4Only)
            name = self._register(self._zeroconf, addresses)
        except (OSError, ZeroconfError) as error:
            _log.warning("not announced on %s, will retry: %r", ", ".join(addresses), error)
            self._withdraw()
            return
        if name is None:
            _log.warning("not announced: %s and its followers are all taken", self._host)
            self._withdraw()
            return
        self._name, self._announced_on = name, addresses
        _log.info("announced as %s.local on %s", name, ", ".join(addresses))

    def _register(self, zeroconf: Zeroconf, addresses: list[str]) -> str | None:
        for number in range(1, _NAMES_TRIED + 1):
            name = self._host if number == 1 else f"{self._host}-{number}"
            if _is_taken(zeroconf, name, addresses):
                continue
            if self._register_as(zeroconf, name, addresses):
                return name
        return None

    def _register_as(self, zeroconf: Zeroconf, name: str, addresses: list[str]) -> bool:
        ports = {HTTPS: self._https_port, HTTP: self._http_port}
        for kind, port in ports.items():
            if not port:
                continue
            info = ServiceInfo(
                kind,
                f"{instance_name(name)}.{kind}",
                port=port,
                properties=self._properties,
                server=f"{name}.local.",
                parsed_addresses=addresses,
            )
            try:
                zeroconf.register_service(info)
            except NonUniqueNameException:
                zeroconf.unregister_all_services()
                return False
        return True

    def _withdraw(self) -> None:
        self._name, self._announced_on = None, []
        if self._zeroconf is None:
            return
        try:
            self._zeroconf.unregister_all_services()
        except (OSError, ZeroconfError) as error:
            _log.warning("left without a goodbye: %r", error)
        finally:
            self._zeroconf.close()
            self._zeroconf = None


def who_answers(host: str, interfaces: Sequence[str]) -> list[str]:
    """Return the IPv4 addresses that the network gives for `<host>.local`; none when nobody answers."""
    try:
        zeroconf = Zeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only)
    except OSError:
        return []
    try:
        return _resolve(zeroconf, host)
    finally:
        zeroconf.close()


def _resolve(zeroconf: Zeroconf, host: str) -> list[str]:
    resolver = AddressResolverIPv4(f"{host}.local.")
    return sorted(resolver.parsed_addresses()) if resolver.request(zeroconf, _ASK_MS) else []


def _is_taken(zeroconf: Zeroconf, host: str, own: list[str]) -> bool:
    # This machine's own avahi may answer too, with the same addresses: that is no conflict.
    return not set(_resolve(zeroconf, host)) <= set(own)
