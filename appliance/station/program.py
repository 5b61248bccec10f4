"""One panel at work: events come in from buttons, camera, takes and time; effects go out to devices."""

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from appliance import systemd
from appliance.clock import Clock
from appliance.config import Config, StationConfig
from appliance.devices.ports import ButtonName, Camera, DeviceError, LightState, StationDevices
from appliance.domain.ids import new_id
from appliance.domain.roster import Refusal, Roster, RosterPupil
from appliance.station import badges
from appliance.station import panel as p
from appliance.station.lamp import Lamp
from appliance.station.prompts import Voice
from appliance.station.selftest import SelfTest
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


class _Said(NamedTuple):
    """An event on its way to the panel."""

    event: p.Event
    job: int | None = None
    """Which look or take says it; None for a button."""
    made: Made | None = None


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
        selftest = SelfTest(devices, lambda: self._panel.state is p.State.READY)
        self._uplink = Uplink(
            config.socket("station"), station.id, self._spool, folder / "roster.json", selftest.faults
        )
        self._voice = Voice(devices.loudspeaker, lambda name: observer("prompt", {"name": name}))
        self._lamp = Lamp(devices.light)
        self._maker = TakeMaker(
            station, devices, self._lamp, self._spool, self._voice, self._uplink.count_overflows
        )
        self._said: queue.Queue[_Said] = queue.Queue()
        self._job = 0
        """Number of the latest look or take: what an earlier one still says is out of date."""
        self._panel = p.Panel(limit_seconds=float(station.limit_seconds))
        self._deadline: tuple[float, int] | None = None
        self._made: Made | None = None
        """The take that the pupil may listen to, keep or make again; touched by the main thread alone."""
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
        self._lamp.show(LightState.READY)
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
        self._lamp.show(LightState.WAIT)
        self._observer("panel", {"state": "wait"})
        deadline = time.monotonic() + HUB_SECONDS
        while not stop.is_set() and time.monotonic() < deadline:
            if self._uplink.wait_for_roster(HEARTBEAT_SECONDS / 10):
                return

    def _turn(self) -> None:
        said = self._next_said()
        systemd.alive()
        if said is None:
            return
        if said.job not in (None, self._job):
            self._deliver(said.made, kept=False)
            return
        if said.made is not None:
            # The earlier take goes only now that its successor is whole (requirement D14).
            if self._made is not None:
                self._spool.discard(self._made.take.id)
            self._made = said.made
        before = self._panel.state
        self._panel, effects = self._panel.step(said.event)
        for effect in effects:
            self._perform(effect)
        if self._panel.state is not before:
            self._observe_state()

    def _next_said(self) -> _Said | None:
        wait = HEARTBEAT_SECONDS
        if self._deadline is not None:
            at, epoch = self._deadline
            wait = min(wait, at - time.monotonic())
            if wait <= 0:
                self._deadline = None
                return _Said(p.Elapsed(epoch))
        try:
            return self._said.get(timeout=wait)
        except queue.Empty:
            return None

    def _perform(self, effect: p.Effect) -> None:
        if isinstance(effect, p.Show):
            self._lamp.show(effect.light)
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
            self._start_looking()
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
        self._said.put(_Said(p.Press(name, time.monotonic(), self._refusal_to_wake())))

    def _refusal_to_wake(self) -> str | None:
        roster = self._uplink.roster
        if roster is None or roster.is_stale(self._clock.read().now):
            return "stale_roster"
        return None if roster.open else "closed"

    def _new_job(self) -> Callable[..., None]:
        """Number a look or a take; returns how it says what becomes of it: an event, and what it made."""
        self._job += 1
        job = self._job
        return lambda event, made=None: self._said.put(_Said(event, job, made))

    def _start_looking(self) -> None:
        say = self._new_job()
        camera = self._devices.badge_camera
        if camera is None or not self._looking.start(lambda stop: self._look(camera, say, stop)):
            say(p.Refused("camera"))

    def _look(self, camera: Camera, say: Callable[..., None], stop: threading.Event) -> None:
        try:
            with self._lamp.streaming(LightState.LOOKING), camera.open() as stream:
                badges.look(stream, stop, lambda code: say(p.BadgeSeen(code)))
        except DeviceError as error:
            log.warning("badge camera: %s", error)
            say(p.Refused("camera"))
        except Exception:
            log.exception("the look for a badge broke off")
            say(p.Refused("camera"))

    def _begin(self, badge: str) -> None:
        """Ask the domain before any device opens (rule 2); a second take of a pupil is asked again."""
        say = self._new_job()
        roster = self._uplink.roster
        admitted = roster.admit(badge, self._clock.read().now) if roster else Refusal("stale_roster")
        if isinstance(admitted, Refusal) or roster is None:
            say(p.Refused(admitted.reason if isinstance(admitted, Refusal) else "stale_roster"))
            return
        pupil: RosterPupil = admitted
        if not self._taking.start(lambda stop: self._take(roster, pupil, say, stop)):
            say(p.Refused("busy"))

    def _take(
        self, roster: Roster, pupil: RosterPupil, say: Callable[..., None], stop: threading.Event
    ) -> None:
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
            made = self._maker.make(take, Sealer(roster.recipients), stop, lambda: say(p.Started()))
        except TakeFailed as error:
            say(p.Refused(error.reason))
        except OSError as error:
            log.error("take %s could not be written: %s", take.id, error.strerror)  # noqa: TRY400
            self._spool.rescue(take.id)
            say(p.Refused("disk_full"))
        except Exception:
            log.exception("take %s broke off", take.id)
            self._spool.rescue(take.id)
            say(p.Refused("fault"))
        else:
            say(p.Finished(), made)
        self._uplink.wake()

    def _play(self) -> None:
        replay = self._made.replay if self._made else b""
        if replay:
            self._voice.replay(replay, lambda: self._said.put(_Said(p.Played())))
        else:
            self._voice.say("photo_taken")
            self._said.put(_Said(p.Played()))

    def _let_go(self, *, kept: bool) -> None:
        made, self._made = self._made, None
        self._deliver(made, kept=kept)

    def _deliver(self, made: Made | None, *, kept: bool) -> None:
        if made is not None:
            self._spool.let_go(made.take, kept=kept)
            self._uplink.wake()

    def _observe_state(self) -> None:
        self._observer("panel", {"state": str(self._panel.state)})

    def _close(self) -> None:
        self._voice.hush()
        self._looking.stop()
        self._taking.stop()
        self._let_go(kept=False)
        for button in self._devices.buttons.values():
            button.close()
        self._lamp.close()


class _Worker:
    """At most one thread at a time for one job, asked to stop by an event."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self, job: Callable[[threading.Event], None]) -> bool:
        """Begin a job; False when the one before does not end."""
        if not self.stop():
            return False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=job, args=(self._stop,), daemon=True)
        self._thread.start()
        return True

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self) -> bool:
        """Ask the job to stop and wait a little; whether it has ended."""
        self._stop.set()
        if self._thread is None:
            return True
        self._thread.join(CLOSE_SECONDS)
        return not self._thread.is_alive()
