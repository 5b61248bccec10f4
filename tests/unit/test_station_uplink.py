"""The way to the hub, against a hub that answers what a test wants."""

import errno
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from appliance.domain.opening import Opening
from appliance.domain.permissions import Nature
from appliance.domain.roster import Roster, RosterPupil, Task
from appliance.station import uplink as uplink_module
from appliance.station.link import SocketLink
from appliance.station.spool import Spool, Take
from appliance.station.uplink import Uplink
from appliance.unix_http import HubUnavailable

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)
ROSTER = Roster(NOW, "A", Task("s1", Nature.VOICE, 180), ("age1qyz",), ())
CLOSED = Opening(said_at=NOW)
TAKE = Take("0198", "A", "s1", Nature.VOICE, ("p1",), NOW)


class Hub(socketserver.ThreadingUnixStreamServer):
    """Answers `answer` to every capture and remembers what came."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.answer = 201
        self.thumbnail_answer = 204
        self.roster: object = ROSTER.to_json()
        self.came: list[str] = []
        super().__init__(str(path), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self._reply(200, json.dumps(self.server.roster).encode())

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(self.path)
        is_thumbnail = self.path.endswith("/thumbnail")
        self._reply(self.server.thumbnail_answer if is_thumbnail else self.server.answer, b"")

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        return

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "hub.sock")
    thread = threading.Thread(target=hub.serve_forever)
    thread.start()
    yield hub
    hub.shutdown()
    thread.join()
    hub.server_close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "A")


@pytest.fixture
def uplink(tmp_path: Path, spool: Spool) -> Uplink:
    return Uplink(SocketLink(tmp_path / "hub.sock"), "A", spool, tmp_path / "A" / "roster.json")


def leave(spool: Spool, take: Take = TAKE) -> None:
    spool.begin(take)
    spool.let_go(spool.finish(take, b"sealed"), kept=True)


@pytest.mark.parametrize(
    ("answer", "remains"), [(201, 0), (200, 0), (410, 0), (403, 0), (422, 1), (500, 1), (400, 1)]
)
def test_a_take_stays_until_the_hub_has_or_refuses_it(
    hub: Hub, spool: Spool, uplink: Uplink, answer: int, remains: int
) -> None:
    leave(spool)
    hub.answer = answer
    uplink.deliver()
    assert len(spool.leaving()) == remains
    assert hub.came == ["/captures/0198"]


def test_a_hub_that_is_away_keeps_everything(spool: Spool, uplink: Uplink) -> None:
    leave(spool)
    with pytest.raises(HubUnavailable):
        uplink.deliver()
    assert len(spool.leaving()) == 1


def test_an_unreadable_take_does_not_hold_up_the_others(
    hub: Hub, spool: Spool, uplink: Uplink, tmp_path: Path
) -> None:
    leave(spool)
    leave(spool, replace(TAKE, id="0199"))
    (tmp_path / "A/0198/media.age").unlink()
    uplink.deliver()
    assert hub.came == ["/captures/0199"]


def test_a_roster_serves_after_a_restart_without_the_hub(
    hub: Hub, uplink: Uplink, spool: Spool, tmp_path: Path
) -> None:
    assert uplink.roster is None
    uplink.refresh()
    again = Uplink(SocketLink(tmp_path / "nobody.sock"), "A", spool, tmp_path / "A" / "roster.json")
    assert again.roster == ROSTER


def test_how_a_station_speaks_to_whom_is_in_its_memory_alone(
    hub: Hub, uplink: Uplink, spool: Spool, tmp_path: Path
) -> None:
    lina = RosterPupil("1", "AAAAAAAA", frozenset({Nature.VOICE}), "turtle", language="pt", slow=True)
    hub.roster = replace(ROSTER, pupils=(lina,)).to_json()
    uplink.refresh()
    assert uplink.roster is not None and uplink.roster.pupils == (lina,)
    file = tmp_path / "A" / "roster.json"
    again = Uplink(SocketLink(tmp_path / "nobody.sock"), "A", spool, file)
    assert again.roster is not None
    assert again.roster.pupils == (replace(lina, language="fr", slow=False),)
    before = file.stat().st_ino
    hub.roster = replace(ROSTER, pupils=(replace(lina, language="ar"),)).to_json()
    uplink.refresh()
    assert file.stat().st_ino == before


def test_an_unchanged_roster_is_not_written_again(hub: Hub, uplink: Uplink, tmp_path: Path) -> None:
    file = tmp_path / "A" / "roster.json"
    uplink.refresh()
    before = file.stat().st_ino
    hub.roster = replace(ROSTER, issued_at=NOW.replace(second=2)).to_json()
    uplink.refresh()
    assert uplink.roster is not None
    assert uplink.roster.issued_at.second == 2
    assert file.stat().st_ino == before
    hub.roster = replace(ROSTER, opening=CLOSED).to_json()
    uplink.refresh()
    assert file.stat().st_ino != before


def test_a_spoilt_answer_does_not_end_the_uplink(hub: Hub, uplink: Uplink, spool: Spool) -> None:
    hub.roster = {"nonsense": True}
    stop = threading.Event()
    thread = threading.Thread(target=uplink.run, args=(stop,))
    thread.start()
    hub.roster = ROSTER.to_json()
    assert uplink.wait_for_roster(10)
    stop.set()
    uplink.wake()
    thread.join(10)
    assert not thread.is_alive()


def test_a_withdrawal_counts_even_when_the_disk_is_full(
    hub: Hub, uplink: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    uplink.refresh()
    monkeypatch.setattr(uplink_module, "write_durably", full)
    hub.roster = replace(ROSTER, opening=CLOSED).to_json()
    with pytest.raises(OSError, match="No space"):
        uplink.refresh()
    assert uplink.roster is not None
    assert not uplink.roster.opening.is_open(NOW)


def test_a_take_that_never_gets_through_does_not_keep_the_roster_from_coming(
    hub: Hub, uplink: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise HubUnavailable("the hub hangs up on this one")

    monkeypatch.setattr(uplink, "deliver", broken)
    stop = threading.Event()
    thread = threading.Thread(target=uplink.run, args=(stop,))
    thread.start()
    assert uplink.wait_for_roster(10)
    stop.set()
    uplink.wake()
    thread.join(10)


def test_a_photo_waits_for_a_hub_that_could_not_take_its_thumbnail(
    hub: Hub, spool: Spool, uplink: Uplink
) -> None:
    spool.begin(TAKE)
    spool.let_go(spool.finish(TAKE, b"sealed", b"small"), kept=True)
    hub.thumbnail_answer = 500
    uplink.deliver()
    assert hub.came == ["/captures/0198/thumbnail"]
    assert len(spool.leaving()) == 1
    hub.thumbnail_answer = 204
    uplink.deliver()
    assert hub.came[1:] == ["/captures/0198/thumbnail", "/captures/0198"]
    assert spool.leaving() == []
