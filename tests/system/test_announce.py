"""The box is found on the network, under its name only, and leaves it cleanly."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from zeroconf import IPVersion, ServiceBrowser, ServiceListener, Zeroconf

from appliance import announce
from appliance.announce import HTTP, HTTPS, Announcer, instance_name

LOOPBACK = ["127.0.0.1"]


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        tick.wait(0.05)
    return True


class Seen(ServiceListener):
    """What a phone on the same network knows."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.add(name)

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A change of TXT says nothing new of the presence."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.discard(name)


@pytest.fixture
def phone() -> Iterator[Zeroconf]:
    zeroconf = Zeroconf(interfaces=LOOPBACK, ip_version=IPVersion.V4Only)
    yield zeroconf
    zeroconf.close()


@pytest.fixture
def announcers() -> Iterator[list[Announcer]]:
    started: list[Announcer] = []
    yield started
    for announcer in started:
        announcer.close()


def test_found_resolved_and_withdrawn(phone: Zeroconf, announcers: list[Announcer]) -> None:
    seen = Seen()
    ServiceBrowser(phone, [HTTPS, HTTP], seen)
    announcer = Announcer("salle3", 8443, 8080, addresses=LOOPBACK, interfaces=LOOPBACK)
    announcers.append(announcer)
    announcer.start()
    name = instance_name("salle3")

    assert eventually(lambda: {f"{name}.{HTTPS}", f"{name}.{HTTP}"} <= seen.names)
    info = phone.get_service_info(HTTPS, f"{name}.{HTTPS}")
    assert info is not None
    assert (info.server, info.port, info.parsed_addresses()) == ("salle3.local.", 8443, LOOPBACK)
    assert info.decoded_properties["path"] == "/"
    assert info.decoded_properties["version"]
    plain = phone.get_service_info(HTTP, f"{name}.{HTTP}")
    assert plain is not None
    assert plain.port == 8080

    announcer.close()
    assert announcer.name is None
    assert eventually(lambda: not any(name in service for service in seen.names))


def test_no_http_service_without_its_port(phone: Zeroconf, announcers: list[Announcer]) -> None:
    seen = Seen()
    ServiceBrowser(phone, [HTTPS, HTTP], seen)
    announcers.append(Announcer("salle4", 8443, addresses=LOOPBACK, interfaces=LOOPBACK))
    announcers[0].start()
    assert eventually(lambda: f"{instance_name('salle4')}.{HTTPS}" in seen.names)
    assert eventually(lambda: announcers[0].name == "salle4")
    assert f"{instance_name('salle4')}.{HTTP}" not in seen.names


def test_the_second_box_of_a_school_takes_another_name(announcers: list[Announcer]) -> None:
    first = Announcer("salle5", 8443, addresses=["127.0.0.2"], interfaces=LOOPBACK)
    second = Announcer("salle5", 9443, addresses=LOOPBACK, interfaces=LOOPBACK)
    announcers += [first, second]
    first.start()
    assert eventually(lambda: first.name == "salle5")
    second.start()
    assert eventually(lambda: second.name == "salle5-2")


def test_without_a_network_it_waits_for_one(
    monkeypatch: pytest.MonkeyPatch, announcers: list[Announcer]
) -> None:
    looked = threading.Event()
    network: list[str] = []

    def addresses() -> list[str]:
        looked.set()
        return list(network)

    monkeypatch.setattr(announce, "lan_addresses", addresses)
    announcer = Announcer("salle6", 8443, interfaces=LOOPBACK, look_every=0.05)
    announcers.append(announcer)
    announcer.start()
    assert looked.wait(10)
    assert announcer.name is None

    network.append("127.0.0.1")
    assert eventually(lambda: announcer.name == "salle6")
    network.clear()
    assert eventually(lambda: announcer.name is None)


def test_a_network_that_fails_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, announcers: list[Announcer], caplog: pytest.LogCaptureFixture
) -> None:
    class Dead:
        def __init__(self, **_: object) -> None:
            raise OSError("Network is unreachable")

    with monkeypatch.context() as broken:
        broken.setattr(announce, "Zeroconf", Dead)
        announcer = Announcer("salle7", 8443, addresses=LOOPBACK, interfaces=LOOPBACK, look_every=0.05)
        announcers.append(announcer)
        announcer.start()
        assert eventually(lambda: "will retry" in caplog.text)
        assert announcer.name is None
    assert eventually(lambda: announcer.name == "salle7")
