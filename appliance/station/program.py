"""One panel at work: events come in from buttons, camera, takes and time; effects go out to devices."""

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from appliance import systemd
from appliance.clock import Clock
from appliance.config import Config, StationConfig
from appliance.devices.ports import ButtonName, DeviceError, LightState, StationDevices
from appliance.domain.ids import new_id
from appliance.domain.roster import Refusal, Roster, RosterPupil
from appliance.station import badges
from appliance.station import panel as p
from appliance.station.prompts import Voice
from appliance.station.spool import Spool, Take
from appliance.station.takes import Made, TakeFailed, TakeMaker
from appliance.station.uplink import Uplink
from appliance.vault.sealing import Sealer

log = logging.getLogger(__name__)

Observer = Callable[[str, dict[str, Any]], None]
HEARTBEAT_SECONDS = 1.0
HUB_SECONDS = 10.0
"""How long a station that starts waits for the hub before it serves with its last roster."""
CLOSE_SECONDS = 1.0


def ignore(event: str, facts: dict[str, Any]) -> None:
    """Observe nothing; what a box does."""


class StationProgram:
    """The program of one station. `run` returns when `stop` is set, with every stream closed."""

    def __init__(
        self,
        config: Config,
        station: StationConfig,
        devices: StationDevices,
        clock: Clock,
        observer: Observer = ignore,
    ) -> None:
        folder = config.spool(station.id)
        self._station = station
        self._devices = devices
        self._clock = clock
        self._observer = observer
        self._spool = Spool(folder)
        self._uplink = Uplink(config.socket("station"), station.id, self._spool, folder / "roster.json")
        self._voice = Voice(devices.loudspeaker, lambda name: observer("prompt", {"name": name}))
        self._maker = TakeMaker(station, devices, self._spool, self._voice, self._uplink.count_overflows)
        self._events: queue.Queue[p.Event | None] = queue.Queue()
        self._panel = p.Panel(limit_seconds=float(station.limit_seconds))
        self._deadline: tuple[float, int] | None = None
        self._made: Made | None = None
        self._looking = _Worker()
        self._taking = _Worker()

    def run(self, stop: threading.Event) -> None:
        """Serve pupils until `stop`."""
        interrupted = self._spool.recover()
        if interrupted:
            log.warning("%d interrupted take(s) found after a restart", interrupted)
        uplink = threading.Thread(target=self._uplink.run, args=(stop,), daemon=True)
        uplink.start()
        self._wait_for_hub(stop)
        for name, button in self._devices.buttons.items():
            button.when_pressed(partial(self._pressed, name))
        self._devices.light.show(LightState.READY)
        self._observe_state()
        systemd.ready()
        try:
            while not stop.is_set():
                self._turn()
        finally:
            self._close()
            self._uplink.wake()
            uplink.join(CLOSE_SECONDS)

    def _wait_for_hub(self, stop: threading.Event) -> None:
        """Say *attends* while the hub starts; without a hub the last roster serves (ARCHITECTURE)."""
        self._devices.light.show(LightState.WAIT)
        self._observer("panel", {"state": "wait"})
        deadline = time.monotonic() + HUB_SECONDS
        while not stop.is_set() and time.monotonic() < deadline:
            if self._uplink.wait_for_roster(HEARTBEAT_SECONDS / 10):
                return

    def _turn(self) -> None:
        event = self._next_event()
        systemd.alive()
        if event is None:
            return
        before = self._panel.state
        self._panel, effects = self._panel.step(event)
        for effect in effects:
            self._perform(effect)
        if self._panel.state is not before:
            self._observe_state()

    def _next_event(self) -> p.Event | None:
        wait = HEARTBEAT_SECONDS
        if self._deadline is not None:
            at, epoch = self._deadline
            wait = min(wait, at - time.monotonic())
            if wait <= 0:
                self._deadline = None
                return p.Elapsed(epoch)
        try:
            return self._events.get(timeout=wait)
        except queue.Empty:
            return None

    def _perform(self, effect: p.Effect) -> None:
        if isinstance(effect, p.Show):
            self._devices.light.show(effect.light)
        elif isinstance(effect, p.Say):
            self._voice.say(effect.prompt)
        elif isinstance(effect, p.After):
            self._deadline = (time.monotonic() + effect.seconds, effect.epoch)
        elif isinstance(effect, p.Begin):
            self._begin(effect.badge)
        else:
            self._do(effect)

    def _do(self, effect: p.Do) -> None:
        if effect is p.Do.LOOK:
            self._looking.start(self._look)
        elif effect is p.Do.STOP_LOOKING:
            self._looking.stop()
        elif effect is p.Do.END:
            self._taking.ask_to_stop()
        elif effect is p.Do.PLAY:
            self._play()
        elif effect is p.Do.STOP_PLAYING:
            self._voice.hush()
        else:
            self._let_go(kept=effect is p.Do.KEEP)

    def _pressed(self, name: ButtonName) -> None:
        self._events.put(p.Press(name, time.monotonic(), self._refusal_to_wake()))

    def _refusal_to_wake(self) -> str | None:
        roster = self._uplink.roster
        if roster is None or roster.is_stale(self._clock.read().now):
            return "stale_roster"
        return None if roster.open else "closed"

    def _look(self, stop: threading.Event) -> None:
        if self._devices.badge_camera is None:
            self._events.put(p.Refused("camera"))
            return
        try:
            self._devices.light.show(LightState.LOOKING)
            with self._devices.badge_camera.open() as stream:
                badges.look(stream, stop, lambda code: self._events.put(p.BadgeSeen(code)))
        except DeviceError as error:
            log.warning("badge camera: %s", error)
            self._events.put(p.Refused("camera"))

    def _begin(self, badge: str) -> None:
        """Ask the domain before any device opens (rule 2); a second take of a pupil is asked again."""
        roster = self._uplink.roster
        admitted = roster.admit(badge, self._clock.read().now) if roster else Refusal("stale_roster")
        if isinstance(admitted, Refusal) or roster is None:
            self._leave_unkept()
            self._events.put(p.Refused(admitted.reason if isinstance(admitted, Refusal) else "stale_roster"))
            return
        pupil: RosterPupil = admitted
        self._taking.start(lambda stop: self._take(roster, pupil, stop))

    def _take(self, roster: Roster, pupil: RosterPupil, stop: threading.Event) -> None:
        now = self._clock.read().now
        take = Take(
            id=new_id(now, secrets.token_bytes(10)),
            station=self._station.id,
            scenario=roster.scenario,
            nature=self._station.nature,
            pupil=pupil.id,
            taken_at=now,
        )
        try:
            made = self._maker.make(take, Sealer(roster.recipients), stop, self._started)
        except TakeFailed as error:
            self._uplink.wake()
            self._leave_unkept()
            self._events.put(p.Refused(error.reason))
        except OSError as error:
            log.error("take %s could not be written: %s", take.id, error.strerror)  # noqa: TRY400
            self._leave_unkept()
            self._events.put(p.Refused("disk_full"))
        else:
            # The earlier take goes only now that its successor is whole (requirement D14).
            if self._made is not None:
                self._spool.discard(self._made.take.id)
            self._made = made
            self._events.put(p.Finished())

    def _started(self) -> None:
        self._events.put(p.Started())

    def _play(self) -> None:
        replay = self._made.replay if self._made else b""
        if replay:
            self._voice.replay(replay, lambda: self._events.put(p.Played()))
        else:
            self._voice.say("photo_taken")
            self._events.put(p.Played())

    def _let_go(self, *, kept: bool) -> None:
        made, self._made = self._made, None
        if made is not None:
            self._spool.let_go(made.take, kept=kept)
            self._uplink.wake()

    def _leave_unkept(self) -> None:
        self._let_go(kept=False)

    def _observe_state(self) -> None:
        self._observer("panel", {"state": str(self._panel.state)})

    def _close(self) -> None:
        self._voice.hush()
        self._looking.stop()
        self._taking.stop()
        self._leave_unkept()
        for button in self._devices.buttons.values():
            button.close()
        self._devices.light.close()


class _Worker:
    """At most one thread at a time for one job, asked to stop by an event."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self, job: Callable[[threading.Event], None]) -> None:
        self.stop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=job, args=(self._stop,), daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_SECONDS)
