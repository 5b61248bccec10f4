"""Everything around the box: what stations hear and see, paper, clock, the ENT's moods."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from appliance.clock import SimulatedClock
from appliance.simulator.desk import Desk
from appliance.simulator.ent_door import EntDoor
from appliance.simulator.hub_door import HubDoor
from appliance.simulator.link import Wire, listen
from appliance.simulator.paper import PaperPrinter
from appliance.simulator.places import ENT_USER, Places, Ports
from appliance.simulator.register import Register
from appliance.simulator.supervisor import Supervisor
from appliance.vault.keys import WrongPassphrase

_LOOK_SECONDS = 0.25
_HUB_EVERY = 4
"""Looks between two looks at the hub and the class."""

_log = logging.getLogger(__name__)


class World:
    """The demo as the panel page and its interface see it. Thread-safe."""

    def __init__(self, places: Places, ports: Ports, supervisor: Supervisor, certificate: str) -> None:
        """`certificate` is where the hub leaves its public certificate, below the data folder."""
        self.places = places
        self.ports = ports
        self.supervisor = supervisor
        self.clock = SimulatedClock(places.clock)
        self.printer = PaperPrinter(places.papers, ports.paper)
        self.ent = EntDoor(
            f"http://127.0.0.1:{ports.ent}/", places.ent_password, places.run / "ent-faults.json"
        )
        self.hub = HubDoor(ports.https, places.data / certificate, places.run / "hub-station.sock")
        self.certificate = places.data / certificate
        self.desks = {
            "A": Desk("A", ("badge_camera",), True, places.material / "A", self.touch),
            "B": Desk("B", ("badge_camera", "camera"), True, places.material / "B", self.touch, True),
        }
        self._change = threading.Condition()
        self._version = time.time_ns() // 1_000_000
        self._class: dict[str, Any] = {"badges": [], "trial_badge": None, "titles": {}}
        self._locked: bool | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Take the printer's port and wait for stations; OSError when a port is taken."""
        self.printer.start()
        listener = listen(self.places.link)
        for target in (lambda: self._accept(listener), self._watch):
            threading.Thread(target=target, daemon=True).start()

    def stop(self) -> None:
        """Stop looking and printing; who waits for a change is let go."""
        self._stop.set()
        self.touch()
        self.printer.stop()

    def touch(self) -> None:
        """Say that something changed."""
        with self._change:
            self._version += 1
            self._change.notify_all()

    def processes_changed(self) -> None:
        """Say that a process was born or died; the class of a hub that died is not known to be open."""
        if self.supervisor.states()["hub"].pid is None:
            self._locked = None
        self.touch()

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds, looking at each change; whether it holds."""
        with self._change:
            return self._change.wait_for(condition, seconds)

    def wait_beyond(self, version: int, seconds: float) -> None:
        """Wait until something changed after `version`, at most `seconds`."""
        self.wait_for(lambda: self._version > version or self._stop.is_set(), seconds)

    def open_class(self) -> bool:
        """Open the class through its page, with the passphrase of the envelope; whether it is open."""
        is_open = self.hub.open_class(self.places.passphrase.read_text().strip())
        self._locked = not is_open
        self.touch()
        return is_open

    def is_up(self) -> bool:
        """Whether the hub answers and every station serves pupils, and speaks as the teacher when it may.

        Takes no lock.
        """
        return self.hub_answers() and all(
            desk.running and (self._locked or desk.has_voices) for desk in self.desks.values()
        )

    def hub_answers(self) -> bool:
        """Whether the hub answered when it was last asked. Takes no lock."""
        return self._locked is not None

    def pictogram(self, code: str) -> str:
        """Return the pictogram on a badge; a badge of nobody here bears a star."""
        pupils: list[dict[str, Any]] = self._class["badges"]
        return next((str(p["pictogram"]) for p in pupils if p["code"] == code), "star")

    def sticker(self, n: int) -> bytes | None:
        """Return the picture of a sticker that came out (PNG), or None."""
        path = self.places.papers / f"{n}.png"
        return path.read_bytes() if path.is_file() else None

    def faults(self) -> dict[str, str]:
        """Return every fault as `POST /sim/faults` names it."""
        found = {"printer": self.printer.fault.value, "ent": self.ent.fault()}
        for desk in self.desks.values():
            found |= {f"{device}:{desk.id}": fault for device, fault in desk.faults().items()}
        return found

    def state(self) -> dict[str, Any]:
        """Return what `GET /sim/state` shows."""
        reading = self.clock.read()
        return {
            "version": self._version,
            "stations": {desk.id: desk.state() for desk in self.desks.values()},
            "paper": {"count": len(self.printer.papers()), "fault": self.printer.fault.value},
            "clock": {"now": reading.now.isoformat(), "trusted": reading.trusted},
            "faults": self.faults(),
            "hub": {
                "https": f"https://127.0.0.1:{self.ports.https}",
                "http": f"http://127.0.0.1:{self.ports.http}",
                "certificate": str(self.certificate),
                "locked": self._locked,
            },
            "ent": {
                "url": self.ent.url,
                "user": ENT_USER,
                "password_file": str(self.places.ent_password),
                "requests": self.ent.requests(),
                "fault": self.ent.fault(),
            },
            "processes": {
                name: {"pid": state.pid, "restarts": state.restarts}
                for name, state in self.supervisor.states().items()
            },
            "class": {
                "data_folder": str(self.places.data),
                "outside_folder": str(self.places.outside),
                "config": str(self.places.config),
                "passphrase": self.places.passphrase.read_text().strip(),
                "recovery_identity_file": str(self.places.recovery),
                **self._class,
            },
        }

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _peer = listener.accept()
            threading.Thread(target=self._serve, args=(Wire(connection),), daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        hello = next(wire.messages(), None)
        desk = self.desks.get(hello["station"]) if hello and hello["kind"] == "hello" else None
        if desk is not None:
            desk.serve(wire)
        wire.close()

    def _watch(self) -> None:
        register = Register(self.places)
        last: tuple[bool, int] | None = None
        looks = 0
        while not self._stop.wait(_LOOK_SECONDS):
            if looks % _HUB_EVERY == 0 or not self.is_up():
                self._look_at_class(register)
            seen = (self.is_up(), len(self.printer.papers()))
            if seen != last:
                last = seen
                self.touch()
            looks += 1

    def _look_at_class(self, register: Register) -> None:
        locked = self.hub.locked()
        try:
            seen = {
                "badges": register.pupils(),
                "trial_badge": register.trial_badge(),
                "titles": register.titles(),
            }
        except WrongPassphrase:
            # The demo's envelope was renewed by its teacher: the panel goes on with what it last read.
            seen = self._class
        if (locked, seen) != (self._locked, self._class):
            self._locked, self._class = locked, seen
            self.touch()
