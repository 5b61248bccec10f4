"""A box with as many stations as wanted: its own processes, supervised, and all that is around them."""

import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import zxingcpp
from PIL import Image

from appliance.clock import SimulatedClock
from appliance.config import load_config
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.hub.keys import first_start
from appliance.hub.office import checklist
from appliance.simulator.client import free_ports
from appliance.simulator.hub_door import HubAway, HubDoor
from appliance.simulator.link import Wire, listen
from appliance.simulator.paper import PaperPrinter
from appliance.simulator.places import Places, Ports
from appliance.simulator.scene import Card as Badge
from appliance.simulator.supervisor import Job, Supervisor
from appliance.store import pupils
from tests.crash.card import Card
from tests.crash.desk_watch import Watch

START_SECONDS = 60.0


@dataclass(frozen=True)
class Corner:
    """One station and what it asks for."""

    id: str
    nature: Nature = Nature.VOICE
    badge_camera: bool = False
    """Badges are shown to a camera, not to a reader."""
    caption: bool = False
    wish: bool = False
    draft: bool = False
    group_max: int = 1
    limit_seconds: int = 30


class Classroom:
    """A box, its pupils, and what they meet. Stations are followed through `desks`."""

    def __init__(self, folder: Path, corners: Sequence[Corner], *, card: bool = False) -> None:
        """With `card`, the box's data lies on a card that loses what was not flushed."""
        self.places = Places(folder / "box")
        self.corners = {corner.id: corner for corner in corners}
        self._memory = self.places.run
        self._ports = Ports(free_ports(5))
        self._card = Card(folder / "card.img", self.places.data) if card else None
        self.clock = SimulatedClock(self.places.clock)
        self.printer = PaperPrinter(self.places.papers, self._ports.paper)
        self.door = HubDoor(
            self._ports.https,
            self.places.data / "tls/certificate.pem",
            self._memory / "run" / "hub-station.sock",
        )
        self._make_box()
        self.desks = {corner.id: Watch(corner.id, self._devices(corner), folder) for corner in corners}
        self._listener = listen(self._memory / "link.sock")
        threading.Thread(target=self._accept, daemon=True).start()
        self.printer.start()
        self.supervisor = Supervisor(())
        self._thread = threading.Thread(target=lambda: None)

    def start(self) -> float:
        """Start every process; returns the seconds until each station serves pupils and the hub answers."""
        began = time.monotonic()
        self.supervisor = Supervisor(self._jobs())
        self._thread = threading.Thread(target=self.supervisor.run)
        self._thread.start()
        self.wait(
            lambda: self.door.locked() is not None and all(desk.at_rest() for desk in self.desks.values())
        )
        return time.monotonic() - began

    def stop(self) -> None:
        """End every process as a shutdown would."""
        self.supervisor.stop()
        self._thread.join()

    def close(self) -> None:
        """Clear everything away."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.printer.stop()
        if self._card is not None:
            self._card.take_out()
            assert not self._card.needs_repair()
        shutil.rmtree(self._memory)

    def pull_the_plug(self) -> float:
        """Cut the power: the card stops, every process dies, what was in memory is gone.

        Returns the moment (monotonic seconds).
        """
        # First of all they stop, so that nobody sees what they would still do without a card.
        self._signal(signal.SIGSTOP)
        at = time.monotonic()
        if self._card is not None:
            self._card.lose_power()
        self._signal(signal.SIGKILL)
        self.stop()
        shutil.rmtree(self._memory / "run", ignore_errors=True)
        if self._card is not None:
            self._card.take_out()
            self._card.insert()
        return at

    def kill(self, process: str) -> None:
        """Kill one process; it is started again."""
        self.supervisor.kill(process)

    def freeze(self, process: str, seconds: float) -> None:
        """Let a process do nothing for a while."""
        pid = self.supervisor.states()[process].pid
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)
            threading.Event().wait(seconds)
            os.kill(pid, signal.SIGCONT)

    def open_class(self) -> None:
        """Open the class as the teacher does, once the hub is there."""
        words = self.places.passphrase.read_text().strip()
        self.wait(lambda: self._open(words))

    def wait(self, wanted: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait until a condition holds; AssertionError when it does not in time."""
        deadline = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < deadline, {name: desk.tell() for name, desk in self.desks.items()}
            time.sleep(0.05)

    def spooled(self) -> list[Path]:
        """Return what the hub has not taken in."""
        return [path for path in (self.places.data / "spool").glob("*/*") if path.is_dir()]

    def tracebacks(self) -> list[str]:
        """Return the logs in which something ended in a way that nobody had foreseen."""
        logs = sorted((self.places.outside / "logs").glob("*.log"))
        return [log.name for log in logs if "Traceback" in log.read_text()]

    def _signal(self, number: int) -> None:
        for state in self.supervisor.states().values():
            if state.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(state.pid, number)

    def code_on(self, paper: Path) -> str:
        """Return what a reader reads on a sticker, nothing when it reads nothing."""
        with Image.open(paper) as image:
            found = zxingcpp.read_barcodes(image.convert("L"))
        return found[0].text if found else ""

    def _open(self, words: str) -> bool:
        try:
            return self.door.open_class(words)
        except HubAway:
            return False

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(Wire(connection),), daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        hello = next(wire.messages(), None)
        if hello is not None:
            self.desks[hello["station"]].serve(wire)
        wire.close()

    def _jobs(self) -> list[Job]:
        config = str(self.places.config)
        commands = {
            "hub": ["web", "--config", config],
            "printer": ["appliance", "printer", "--config", config],
            **{
                f"station-{station}": [
                    *("appliance.simulator.station", "--config", config, "--station", station),
                    *("--link", str(self._memory / "link.sock")),
                ]
                for station in self.corners
            },
        }
        logs = self.places.outside / "logs"
        return [
            Job(name, [sys.executable, "-m", *command], logs / f"{name}.log")
            for name, command in commands.items()
        ]

    def _make_box(self) -> None:
        for folder in (self.places.data, self.places.outside, self._memory):
            folder.mkdir(parents=True, exist_ok=True)
        self.places.config.write_text(self._toml())
        box = Box(load_config(self.places.config), self.clock)
        keys = first_start.draft_key(box)
        self.places.envelope.mkdir()
        self.places.passphrase.write_text(keys.keys.passphrase)
        self.places.recovery.write_text(f"{keys.keys.recovery_identity}\n")
        first_start.adopt(box, keys)
        self._fill(box)
        box.close()
        # What the installation wrote is on the card for long when a power loss comes.
        os.sync()

    def _fill(self, box: Box) -> None:
        checklist.tick_all(box, box.today(), "essai")
        natures = (Nature.VOICE, Nature.PRODUCTION, Nature.FILM)
        names = ("Ana", "Bao", "Célia", "Dimitri", "Noé")
        ids = [
            people.add(box, name, initial="", level="CP", pictogram="turtle", slow=name == "Dimitri")
            for name in names
        ]
        for pupil in ids:
            for nature in natures:
                people.answer(box, pupil, nature, () if pupil == ids[-1] else (Scope.CLASS,))
        for corner in self.corners.values():
            row = replace(
                stations.scenario(box, corner.id),
                pictogram="book",
                nature=corner.nature,
                group_max=corner.group_max,
                limit_seconds=corner.limit_seconds,
                **{name: getattr(corner, name) for name in ("caption", "wish", "draft")},
            )
            stations.save(box, row, stations.Words(f"Atelier {corner.id}"), is_new=True)
        badges = {row.id: Badge(row.badge, row.pictogram) for row in pupils.every(box.database)}
        self.badges = [badges[pupil] for pupil in ids[:-1]]
        """Of pupils who may do everything; the last one is slow."""
        self.forbidden = badges[ids[-1]]
        """Of a pupil who may do nothing."""

    def _devices(self, corner: Corner) -> tuple[str, ...]:
        tray = ("camera",) if corner.nature is not Nature.VOICE else ()
        return (("badge_camera",) if corner.badge_camera else ("badge_reader",)) + tray

    def _toml(self) -> str:
        lines = [
            f'[box]\ndata = "{self.places.data}"\nrun = "{self._memory / "run"}"\nwatermark = "ESSAI"',
            f'simulated_clock = "{self.places.clock}"',
            f'[hub]\nbind = "127.0.0.1"\nhttps_port = {self._ports.https}\nhttp_port = 0\nannounce = false',
            f'[printer]\nconnection = "network"\naddress = "127.0.0.1:{self._ports.paper}"',
        ]
        for corner in self.corners.values():
            nature = "voice" if corner.nature is Nature.VOICE else "production"
            lines.append(
                f'[[stations]]\nid = "{corner.id}"\nnature = "{nature}"\nmicrophone = "twin"\n'
                'loudspeaker = "twin"'
            )
            lines += {
                "badge_camera": ["badge_camera = 0"],
                "badge_reader": ['badge_reader = "twin"'],
            }[self._devices(corner)[0]]
            lines += ["tray_camera = 1"] if nature == "production" else []
        return "\n".join(lines) + "\n"
