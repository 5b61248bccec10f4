"""A satellite and its hub on two hosts: linked by a code, cut, slowed, moved, cut off; each capture once."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from appliance.clock import PARIS
from appliance.config import Config, StationConfig, load_config
from appliance.domain.captures import Packing
from appliance.domain.ids import new_id
from appliance.domain.pairing import FINGERPRINT_BYTES, PairingCode
from appliance.domain.permissions import Nature
from appliance.hub import satellites
from appliance.hub.box import Box
from appliance.satellite import bond as bonds
from appliance.satellite.bond import FILE_NAME, ROSTER_NAME
from appliance.satellite.clock import HubClock
from appliance.station.spool import Spool, Take
from appliance.stickers.qr import Level, encode
from appliance.store import captures, scenarios
from tests.system.network import HUB_ADDRESS, Wire, eventually, two_hosts, why_not
from web.tls import certificate_digest, ensure_certificate

REPO = Path(__file__).parents[2]
PORT = 8443
OTHER_ADDRESS = "10.77.0.9"
AHEAD = timedelta(days=40)
"""The hub's time is not the satellite's machine's: it has to be taken from the hub."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    return replace(
        config,
        stations=(
            *config.stations,
            StationConfig("C", Nature.VOICE, microphone="twin", badge_camera=0, satellite=True),
        ),
    )


class Host:
    """One process on one of the hosts; what it says is kept."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log.open("a")
        self._said: list[str] = []
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=REPO,
            env={**os.environ, "PYTHONPATH": str(REPO)},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def order(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def said(self, line: str) -> int:
        return self._said.count(line)

    def wait_for(self, line: str, times: int = 1) -> None:
        assert eventually(lambda: self.said(line) >= times), (line, self._said, self.log())

    def wait_for_end(self) -> int:
        assert eventually(lambda: self._process.poll() is not None), self._said
        return self._process.returncode

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def stop(self, *, hard: bool = False) -> None:
        if self._log.closed:
            return
        if hard:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait(30)
            self._reader.join(30)
            for stream in (self._process.stdin, self._process.stdout, self._log):
                assert stream is not None
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line.strip())


class Classroom:
    """A hub and a satellite on two machines with a wire between them."""

    def __init__(self, box: Box, pupil: str, wire: Wire, folder: Path) -> None:
        self.box = box
        self.wire = wire
        self.folder = folder
        self.station_data = folder / "satellite"
        self.spool_folder = self.station_data / "spool" / "C"
        self.spool = Spool(self.spool_folder)
        self.sent: dict[str, str] = {}
        self._pupil = pupil
        self._clock = folder / "clock.json"
        self._clock.write_text(json.dumps({"offset": AHEAD.total_seconds(), "trusted": True}))
        self._hub_config = self._write("hub.toml", box.config.data, folder / "run")
        self._station_config = self._write("station.toml", self.station_data, folder / "station-run")
        self._started = ExitStack()

    def start_hub(self) -> Host:
        return self._start(self.wire.hub, "web", "--config", str(self._hub_config))

    def start_satellite(self) -> Host:
        module = "tests.system.satellite_host"
        return self._start(self.wire.station, module, "--config", str(self._station_config), "--station", "C")

    def code(self, address: str = HUB_ADDRESS) -> PairingCode:
        pin = certificate_digest(self.box.config.data)[:FINGERPRINT_BYTES]
        return satellites.invite(self.box, "C", address, PORT, pin)

    def show(self, satellite: Host, code: PairingCode) -> None:
        picture = self.folder / "code.png"
        scene = Image.new("RGB", (1280, 960), "#b9b2a6")
        scene.paste(encode(code.text(), Level.M).image(6).convert("RGB"), (500, 350))
        scene.save(picture)
        satellite.order(f"see {picture}")

    def record(self, count: int, size: int) -> None:
        """Leave takes on the satellite, as its panel does once a pupil has kept them."""
        scenario = scenarios.current(self.box.database, "A")
        assert scenario is not None
        for _number in range(count):
            taken_at = self.hub_now()
            sealed = self.box.sealer.seal(os.urandom(size))
            take = Take(
                new_id(taken_at, os.urandom(10)), "C", scenario.id, Nature.VOICE, (self._pupil,), taken_at
            )
            self.spool.begin(take)
            self.spool.let_go(self.spool.finish(take, sealed), kept=True)
            self.sent[take.id] = hashlib.sha256(sealed).hexdigest()

    def hub_now(self) -> datetime:
        return datetime.now(PARIS) + AHEAD

    def arrived(self) -> dict[str, str]:
        """What the hub has: capture to the digest of its bytes."""
        shelf = self.box.shelf
        return {
            capture: hashlib.sha256(shelf.media(capture, Packing.WHOLE).read_bytes()).hexdigest()
            for capture in captures.ids(self.box.database)
        }

    def wait_until_all_arrived(self, seconds: float = 120) -> None:
        waiting = eventually(lambda: not self.spool.leaving(), seconds)
        assert waiting, [log.read_text()[-3000:] for log in self.folder.glob("*.log")]
        assert self.arrived() == self.sent
        files = [path for _id, path in self.box.shelf.stored()]
        assert len(files) == len(self.sent)

    def is_arriving(self) -> bool:
        """Whether a capture is on its way into the hub."""
        return any((self.box.config.data / "media" / ".incoming").iterdir())

    def wait_for_the_middle(self) -> None:
        """Wait until a good part of a capture has left, and not all of it."""
        assert eventually(self.is_arriving)
        before = self.wire.sent()
        assert eventually(lambda: self.wire.sent() > before + 20_000)
        assert self.is_arriving()

    def close(self) -> None:
        self._started.close()

    def _start(self, host: str, module: str, *arguments: str) -> Host:
        command = self.wire.inside(host, sys.executable, "-m", module, *arguments)
        process = Host(command, self.folder / f"{module}.log")
        self._started.callback(process.stop)
        return process

    def _write(self, name: str, data: Path, run: Path) -> Path:
        path = self.folder / name
        path.write_text(
            f'[box]\ndata = "{data}"\nrun = "{run}"\nsimulated_clock = "{self._clock}"\n'
            f"[hub]\nhttps_port = {PORT}\nhttp_port = 0\n"
            '[[stations]]\nid = "A"\nnature = "voice"\nmicrophone = "twin"\nbadge_camera = 0\n'
            '[[stations]]\nid = "B"\nnature = "production"\nbadge_camera = 0\ntray_camera = 1\n'
            '[[stations]]\nid = "C"\nnature = "voice"\nmicrophone = "twin"\nbadge_camera = 0\n'
            "satellite = true\n"
        )
        load_config(path)
        return path


@pytest.fixture(scope="module")
def network() -> None:
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture
def classroom(network: None, box: Box, lina: str, tmp_path: Path) -> Iterator[Classroom]:
    with two_hosts() as wire, closing(Classroom(box, lina, wire, tmp_path)) as room:
        box.clock = load_config(tmp_path / "hub.toml").clock()
        ensure_certificate(box.config.data, box.config.host, box.now())
        yield room


def test_the_whole_life_of_a_satellite(classroom: Classroom) -> None:
    """Linked by its camera, then all that a school's network does to it, then cut off and linked again."""
    hub, satellite = classroom.start_hub(), classroom.start_satellite()
    assert eventually(lambda: "announced as" in hub.log()), hub.log()
    satellite.wait_for("prompt needs_pairing")
    link(classroom, satellite, HUB_ADDRESS)
    takes_the_time_from_the_hub(classroom)
    delivers_what_it_recorded(classroom)
    is_cut_in_the_middle_and_slowed(classroom)
    outlives_its_hub_and_follows_it(classroom, hub)
    is_cut_off_and_linked_again(classroom, satellite)
    assert "Traceback" not in hub.log() + satellite.log()
    assert "ERROR" not in hub.log() + satellite.log()


def link(room: Classroom, satellite: Host, address: str) -> None:
    satellite.order("press")
    satellite.wait_for("panel pairing_look")
    room.show(satellite, room.code(address))
    satellite.wait_for("prompt paired")
    satellite.wait_for("panel ready")
    assert (room.spool_folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert eventually((room.spool_folder / ROSTER_NAME).is_file)
    assert [known.station for known in satellites.every(room.box) if known.linked_at] == ["C"]


def takes_the_time_from_the_hub(room: Classroom) -> None:
    reading = HubClock(room.spool_folder / "clock.json").read()
    assert reading.trusted
    assert abs(reading.now - room.hub_now()) < timedelta(seconds=2)


def delivers_what_it_recorded(room: Classroom) -> None:
    room.record(3, 30_000)
    room.wait_until_all_arrived()


def is_cut_in_the_middle_and_slowed(room: Classroom) -> None:
    """A capture takes longer than any timeout on 64 kbit/s, and the wire goes while it travels."""
    room.wire.slow(64)
    room.record(1, 170_000)
    room.wait_for_the_middle()
    room.wire.cut()
    # The hub gives up a silent sender; nothing of the half capture stays.
    assert eventually(lambda: not room.is_arriving())
    room.wire.mend()
    room.wait_until_all_arrived(240)
    room.wire.speed_up()


def outlives_its_hub_and_follows_it(room: Classroom, hub: Host) -> None:
    """The hub dies while a capture travels, and comes back under another address."""
    room.wire.slow(256)
    room.record(1, 250_000)
    room.wait_for_the_middle()
    hub.stop(hard=True)
    room.record(2, 30_000)
    room.wire.speed_up()
    room.wire.move_hub(HUB_ADDRESS, OTHER_ADDRESS)
    room.start_hub()
    room.wait_until_all_arrived()
    bond = bonds.load(room.spool_folder)
    assert bond is not None
    assert bond.address == OTHER_ADDRESS


def is_cut_off_and_linked_again(room: Classroom, satellite: Host) -> None:
    """What it recorded and could not deliver any more waits, sealed, until it is linked again."""
    satellites.cut_off(room.box, "C")
    assert satellite.wait_for_end() == 0
    assert bonds.load(room.spool_folder) is None
    assert not (room.spool_folder / ROSTER_NAME).exists()
    room.record(2, 30_000)
    again = room.start_satellite()
    again.wait_for("prompt needs_pairing")
    assert len(room.spool.leaving()) == 2
    link(room, again, OTHER_ADDRESS)
    room.wait_until_all_arrived()
