"""A hub and a satellite over a wire that breaks at any byte: each capture once, and no word to a stranger."""

import hashlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.announce import Announcer
from appliance.config import Config, StationConfig
from appliance.domain.captures import Packing
from appliance.domain.ids import new_id
from appliance.domain.pairing import SECRET_BYTES, PairingCode
from appliance.domain.permissions import Nature
from appliance.hub import people, satellites
from appliance.hub.box import Box
from appliance.pinned_http import WrongHub, request_pinned
from appliance.satellite import bond as bonds
from appliance.satellite import finding, pairing
from appliance.satellite.bond import Bond
from appliance.satellite.clock import HubClock
from appliance.satellite.finding import Place, find_hub
from appliance.satellite.link import SatelliteLink
from appliance.satellite.patience import Patience
from appliance.station.spool import Spool, Take
from appliance.station.uplink import Uplink
from appliance.store import captures, scenarios
from appliance.unix_http import HubUnavailable, Response
from web.doors import Door, TlsAdapter, tcp_socket
from web.satellite_door import with_satellites
from web.tls import certificate_digest, ensure_certificate, server_context

LOOPBACK = "127.0.0.1"
SECRET = bytes(range(SECRET_BYTES))
TAKES = 12
SIZE = 20_000
"""Bytes of a capture."""


def pages(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


@pytest.fixture
def config(config: Config) -> Config:
    satellite = StationConfig("C", Nature.VOICE, microphone="twin", badge_camera=0, satellite=True)
    return replace(config, stations=(*config.stations, satellite))


@contextmanager
def served(box: Box, data: Path) -> Iterator[int]:
    """Serve a box over HTTPS with the certificate of a data folder; yields the port."""
    folder = ensure_certificate(data, box.config.host, box.now())
    sock = tcp_socket(LOOPBACK, 0)
    door = Door(sock, with_satellites(pages, box), 4)
    door.ssl_adapter = TlsAdapter(server_context(folder))
    door.open()
    try:
        yield sock.getsockname()[1]
    finally:
        door.stop()


@pytest.fixture
def hub(box: Box) -> Iterator[int]:
    with served(box, box.config.data) as port:
        yield port


@dataclass(frozen=True)
class Fate:
    """Where a connection breaks."""

    there: int = 1 << 30
    """Bytes that reach the hub."""
    back: int = 1 << 30
    """Bytes that reach the satellite."""
    answer_lost: bool = False
    """Whatever the hub says once a whole capture went through is lost."""


WHOLE, LOST = Fate(), Fate(answer_lost=True)


class BadWire:
    """Carries connections to a port, and cuts them where `fate` says."""

    def __init__(self, port: int, fate: Callable[[], Fate]) -> None:
        self._port = port
        self._fate = fate
        self._listener = socket.create_server((LOOPBACK, 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _accept(self) -> None:
        while True:
            try:
                near, _peer = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._carry, args=(near, self._fate()), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, near: socket.socket, fate: Fate) -> None:
        with near, socket.create_connection((LOOPBACK, self._port)) as far:
            through = [0]

            def is_lost() -> bool:
                return fate.answer_lost and through[0] > SIZE

            other = threading.Thread(
                target=self._pump, args=(far, near, fate.back, [0], is_lost), daemon=True
            )
            other.start()
            self._pump(near, far, fate.there, through, lambda: False)
            other.join(20)

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        limit: int,
        through: list[int],
        is_lost: Callable[[], bool],
    ) -> None:
        with suppress(OSError):
            while data := source.recv(1024):
                if is_lost() or through[0] + len(data) > limit:
                    sink.sendall(data[: 0 if is_lost() else limit - through[0]])
                    self.cuts += 1
                    break
                sink.sendall(data)
                through[0] += len(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Counting(SatelliteLink):
    """A link that remembers what was answered to captures."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.statuses: list[int] = []

    def request(self, method: str, path: str, *rest: Any, **named: Any) -> Response:
        answer = super().request(method, path, *rest, **named)
        if method == "PUT":
            self.statuses.append(answer.status)
        return answer


def impatient() -> Patience:
    steps = iter(range(0, 10**9, 1000))
    return Patience(lambda: float(next(steps)), lambda: 1.0)


def no_patience_left() -> Patience:
    """One failure, and no other try for ever."""
    return Patience(lambda: 0.0, lambda: 1.0)


def a_link(
    box: Box,
    folder: Path,
    port: int,
    cut_off: Callable[[], None] = lambda: None,
    find: Callable[[bytes], Place | None] = lambda _pin: None,
    patience: Callable[[], Patience] = impatient,
    own_faults: tuple[str, ...] = (),
) -> Counting:
    folder.mkdir(parents=True, exist_ok=True)
    pin = certificate_digest(box.config.data)
    bond = Bond("C", LOOPBACK, port, pin.hex(), SECRET.hex())
    bonds.save(folder, bond)
    clock = HubClock(folder / "clock.json")
    return Counting(folder, bond, clock, cut_off, find, patience, lambda: own_faults)


def link_up(box: Box) -> None:
    code = satellites.invite(box, "C", LOOPBACK, 1, bytes(16))
    satellites.link(box, "C", code.one_time, SECRET)


def record(box: Box, spool: Spool, pupil: str, count: int) -> dict[str, str]:
    scenario = scenarios.current(box.database, "A")
    assert scenario is not None
    sent = {}
    for _number in range(count):
        sealed = box.sealer.seal(os.urandom(SIZE))
        at = box.now()
        take = Take(new_id(at, os.urandom(10)), "C", scenario.id, Nature.VOICE, (pupil,), at)
        spool.begin(take)
        spool.let_go(spool.finish(take, sealed), kept=True)
        sent[take.id] = hashlib.sha256(sealed).hexdigest()
    return sent


def test_each_capture_arrives_once_wherever_the_wire_breaks(
    box: Box, lina: str, hub: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    link_up(box)
    chance = random.Random(2027)

    def fate() -> Fate:
        kinds = (Fate(there=chance.randrange(SIZE + 3000)), Fate(back=chance.randrange(2500)), LOST, WHOLE)
        return chance.choice(kinds)

    fates = iter([LOST])
    with closing(BadWire(hub, lambda: next(fates, None) or fate())) as wire:
        folder = tmp_path / "spool" / "C"
        link = a_link(box, folder, wire.port)
        spool = Spool(folder)
        uplink = Uplink(link, "C", spool, folder / "roster.json")
        sent = record(box, spool, lina, TAKES)
        deadline = time.monotonic() + 120
        while spool.leaving():
            assert time.monotonic() < deadline
            with suppress(HubUnavailable):
                uplink.deliver()
    shelf = box.shelf
    assert {
        capture: hashlib.sha256(shelf.media(capture, Packing.WHOLE).read_bytes()).hexdigest()
        for capture in captures.ids(box.database)
    } == sent
    assert len(list(shelf.stored())) == TAKES
    jobs = box.database.db.execute("SELECT count(*), count(DISTINCT capture) FROM print_jobs").fetchone()
    assert jobs == (TAKES, TAKES)
    assert wire.cuts >= 3
    # The hub had it already: the answer to the first was lost.
    assert 200 in link.statuses
    assert set(link.statuses) <= {200, 201}
    assert "Traceback" not in caplog.text


def test_a_withdrawal_comes_while_no_take_gets_through(box: Box, lina: str, hub: int, tmp_path: Path) -> None:
    """Small packets pass, large ones do not: an everyday fault of a wireless network."""
    link_up(box)
    with closing(BadWire(hub, lambda: Fate(there=SIZE))) as wire:
        folder = tmp_path / "C"
        spool = Spool(folder)
        uplink = Uplink(
            a_link(box, folder, wire.port, patience=no_patience_left), "C", spool, folder / "roster.json"
        )
        record(box, spool, lina, 1)
        people.answer(box, lina, Nature.VOICE, [])
        with pytest.raises(HubUnavailable):
            uplink.deliver()
        cuts = wire.cuts
        with pytest.raises(HubUnavailable):
            uplink.deliver()
        assert wire.cuts == cuts, "left in peace"
        uplink.refresh()
    assert uplink.roster is not None
    assert [Nature.VOICE in pupil.natures for pupil in uplink.roster.pupils] == [False]
    assert len(spool.leaving()) == 1


def test_whoever_says_that_it_is_the_hub_and_is_not_does_not_keep_the_station(
    box: Box, hub: int, tmp_path: Path
) -> None:
    link_up(box)
    fates = iter([Fate(there=0), WHOLE])
    with (
        closing(BadWire(hub, lambda: next(fates))) as wire,
        served(box, tmp_path / "stranger") as port,
    ):
        link = a_link(box, tmp_path / "C", wire.port, find=lambda _pin: Place(LOOPBACK, port))
        with pytest.raises(HubUnavailable):
            link.request("GET", "/roster/C")
        with pytest.raises(WrongHub):
            link.request("GET", "/roster/C")
        assert link.request("GET", "/roster/C").status == 200
    kept = bonds.load(tmp_path / "C")
    assert kept is not None
    assert kept.port == wire.port


def test_what_its_own_machine_suffers_from_reaches_the_hub(box: Box, hub: int, tmp_path: Path) -> None:
    link_up(box)
    folder = tmp_path / "C"
    link = a_link(box, folder, hub, own_faults=("overheating", "disk_full"))
    Uplink(link, "C", Spool(folder), folder / "roster.json", lambda: ["microphone"]).refresh()
    assert box.reports["station:C"]["faults"] == ("microphone", "overheating", "disk_full")


def test_another_certificate_is_told_nothing(
    box: Box, hub: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def door(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        return pages(environ, start_response)

    link_up(box)
    sock = tcp_socket(LOOPBACK, 0)
    stranger = Door(sock, door, 1)
    stranger.ssl_adapter = TlsAdapter(server_context(ensure_certificate(tmp_path / "x", "boite", box.now())))
    stranger.open()
    link = a_link(box, tmp_path / "C", sock.getsockname()[1])
    with pytest.raises(WrongHub, match="certificat"):
        link.request("GET", "/roster/C")
    stranger.stop()
    assert asked == []
    assert SECRET.hex() not in caplog.text


def test_the_beginning_of_the_right_fingerprint_is_enough_and_one_bit_less_is_not(box: Box, hub: int) -> None:
    pin = certificate_digest(box.config.data)[:16]
    assert request_pinned(LOOPBACK, hub, pin, "GET", "/satellite/health").status == 401
    wrong = bytes([pin[0] ^ 1]) + pin[1:]
    with pytest.raises(WrongHub):
        request_pinned(LOOPBACK, hub, wrong, "GET", "/satellite/health")


def test_one_that_is_cut_off_forgets_the_hub_and_keeps_its_takes(
    box: Box, lina: str, hub: int, tmp_path: Path
) -> None:
    link_up(box)
    folder = tmp_path / "C"
    told = threading.Event()
    link = a_link(box, folder, hub, told.set)
    spool = Spool(folder)
    uplink = Uplink(link, "C", spool, folder / "roster.json")
    uplink.refresh()
    assert (folder / "roster.json").is_file()
    record(box, spool, lina, 1)
    satellites.cut_off(box, "C")
    with pytest.raises(HubUnavailable):
        uplink.deliver()
    assert told.is_set()
    assert bonds.load(folder) is None
    assert not (folder / "roster.json").exists()
    assert len(spool.leaving()) == 1


def test_an_exchange_whose_answer_is_lost_is_made_again(
    box: Box, hub: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fates = iter([Fate(back=1200), Fate(back=1450), WHOLE])
    with closing(BadWire(hub, lambda: next(fates))) as wire:
        monkeypatch.setattr(pairing, "find_hub", lambda _pin: None)
        pin = certificate_digest(box.config.data)[:16]
        code = satellites.invite(box, "C", LOOPBACK, wire.port, pin)
        bond = pairing.exchange(code, "C", SECRET)
    assert bond == Bond("C", LOOPBACK, wire.port, pin.hex(), SECRET.hex())
    assert satellites.knows(box, "C", SECRET)


def test_a_code_that_was_used_says_so_in_french(box: Box, hub: int) -> None:
    pin = certificate_digest(box.config.data)[:16]
    code = satellites.invite(box, "C", LOOPBACK, hub, pin)
    pairing.exchange(code, "C", SECRET)
    with pytest.raises(pairing.PairingRefused, match="dix minutes"):
        pairing.exchange(code, "C", bytes(SECRET_BYTES))


def test_a_code_shown_to_a_stranger_is_not_given_away(
    box: Box, tmp_path: Path, hub: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody took the hub's address: the one-time secret is not told, and serves still."""
    monkeypatch.setattr(pairing, "find_hub", lambda _pin: None)
    pin = certificate_digest(box.config.data)[:16]
    with served(box, tmp_path / "stranger") as port:
        code = satellites.invite(box, "C", LOOPBACK, port, pin)
        with pytest.raises(WrongHub):
            pairing.exchange(code, "C", SECRET)
    pairing.exchange(PairingCode(LOOPBACK, hub, pin, code.one_time), "C", SECRET)


def test_a_hub_that_moved_is_found_by_its_announcement(box: Box, hub: int) -> None:
    pin = certificate_digest(box.config.data)[:16]
    loopback = [LOOPBACK]
    other = Announcer("salle8", 8444, addresses=loopback, interfaces=loopback, fingerprint=bytes(32))
    ours = Announcer("salle9", hub, addresses=loopback, interfaces=loopback, fingerprint=pin)
    other.start()
    ours.start()
    try:
        found = None
        deadline = time.monotonic() + 30
        while found is None and time.monotonic() < deadline:
            found = find_hub(pin, interfaces=loopback)
    finally:
        other.close()
        ours.close()
    assert found == Place(LOOPBACK, hub)


def test_no_network_to_ask_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(**_named: Any) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(finding, "Zeroconf", no_socket)
    assert find_hub(bytes(16)) is None
