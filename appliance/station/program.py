"""One panel at work: events come in from buttons, camera, takes and time; effects go out to devices."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from appliance import systemd
from appliance.clock import Clock
from appliance.config import Config, StationConfig
from appliance.devices.ports import ButtonName, LightState, StationDevices
from appliance.domain.opening import LAST_MINUTE
from appliance.domain.permissions import Nature
from appliance.station import company
from appliance.station import events as e
from appliance.station.gaze import Gaze
from appliance.station.lamp import Lamp
from appliance.station.link import HubLink, SocketLink
from appliance.station.notebook import Notebook
from appliance.station.panel import Panel
from appliance.station.presses import Presses
from appliance.station.prompts import Voice
from appliance.station.recordings import Recordings
from appliance.station.room_left import refusal
from appliance.station.selftest import SelfTest
from appliance.station.spool import Spool
from appliance.station.studio import Studio
from appliance.station.takes import Made, TakeMaker
from appliance.station.takings import Takings
from appliance.station.uplink import Uplink

log = logging.getLogger(__name__)

Observer = Callable[[str, dict[str, Any]], None]
HEARTBEAT_SECONDS = 1.0
HUB_SECONDS = 10.0
"""How long a station that starts waits for the hub before it serves with its last roster."""
CLOSE_SECONDS = 1.0


def ignore(event: str, facts: dict[str, Any]) -> None:
    """Observe nothing; what a box does."""


_SEEN = {Nature.PRODUCTION: "photo_taken", Nature.IMAGE: "photo_taken", Nature.FILM: "film_done"}
"""What green says before the sound of what has a picture: the panel has no screen."""


class _Said(NamedTuple):
    """An event on its way to the panel, or a code that was read."""

    event: e.Event | None
    job: int | None = None
    """Which look, hearing or take says it; None for a button or a reader."""
    made: Made | None = None
    code: str = ""


class StationProgram:
    """The program of one station. `run` returns when `stop` is set, with every stream closed."""

    def __init__(
        self,
        config: Config,
        station: StationConfig,
        devices: StationDevices,
        clock: Clock,
        observer: Observer = ignore,
        link: HubLink | None = None,
    ) -> None:
        """`link` reaches a hub on another machine; this machine's own when there is none."""
        folder = config.spool(station.id)
        self._devices = devices
        self._clock = clock
        self._observer = observer
        self._spool = Spool(folder)
        self._takings = Takings(self._spool)
        selftest = SelfTest(
            devices, lambda: self._panel.state in (e.State.READY, e.State.OFF), self._other_faults
        )
        link = link or SocketLink(config.socket("station"))
        recordings = Recordings(lambda whole: observer("voices", {"whole": whole}))
        self._uplink = Uplink(
            link, station.id, self._spool, folder / "roster.json", selftest.faults, recordings
        )
        self._voice = Voice(
            devices.loudspeaker, lambda name: observer("prompt", {"name": name}), recordings, station.volume
        )
        self._lamp = Lamp(devices.light)
        maker = TakeMaker(
            devices, self._lamp, self._spool, self._voice, self._uplink.count_overflows, station.volume
        )
        self._room = partial(refusal, config.data)
        self._studio = Studio(station.id, maker, self._spool, clock, self._room)
        self._gaze = Gaze(devices.badge_camera, self._lamp, blind=devices.badge_reader is None)
        self._notebook = Notebook(link, station, self._voice)
        self._said: queue.Queue[_Said] = queue.Queue()
        self._job = 0
        """Number of the latest look, hearing or take: what an earlier one still says is out of date."""
        self._panel = Panel(e.Settings(limit_seconds=float(station.limit_seconds)))
        self._hours: e.Hours | None = None
        self._warned_of: object = None
        """The closing that pupils were told of."""
        self._deadline: tuple[float, int] | None = None
        self._presses = Presses(lambda name: self._said.put(_Said(self._press(name))))

    def run(self, stop: threading.Event) -> None:
        """Serve pupils until `stop`."""
        interrupted = self._spool.recover()
        if interrupted:
            log.warning("%d interrupted take(s) found after a restart", interrupted)
        uplink = threading.Thread(target=self._uplink.run, args=(stop,), daemon=True)
        uplink.start()
        self._wait_for_hub(stop)
        self._presses.follow(self._devices.buttons)
        if self._devices.badge_reader is not None:
            self._devices.badge_reader.when_read(lambda text: self._said.put(_Said(None, code=text)))
        self._lamp.show(LightState.READY)
        self._look_at_the_hour()
        self._observe_state()
        systemd.ready()
        self._voice.say("kept_begin" if interrupted else "ready")
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
        self._look_at_the_hour()
        for stuck in self._presses.judge(time.monotonic()):
            self._step(stuck)
        if said is None:
            return
        if said.job not in (None, self._job):
            self._forget(said)
            return
        event = said.event if said.event is not None else self._meaning(said.code)
        if said.made is not None:
            self._takings.add(said.made)
        if event is not None:
            self._step(event)

    def _step(self, event: e.Event) -> None:
        before = self._panel.state
        self._panel, effects = self._panel.step(event)
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
                return _Said(e.Elapsed(epoch))
        try:
            return self._said.get(timeout=wait)
        except queue.Empty:
            return None

    def _look_at_the_hour(self) -> None:
        """Tell the panel when the station opens, closes, or asks for something else."""
        roster, now = self._uplink.roster, self._clock.read().now
        if roster is None:
            return
        hours = e.Hours(roster.opening.is_open(now), company.settings_of(roster, now))
        if hours != self._hours:
            self._hours = hours
            self._step(hours)
        closing = roster.opening.closes_at(now)
        if closing is not None and closing - now <= LAST_MINUTE and closing != self._warned_of:
            self._warned_of = closing
            self._step(e.ClosingSoon())

    def _meaning(self, code: str) -> e.Event | None:
        roster = self._uplink.roster
        if roster is None:
            return e.Refused("stale_roster")
        others = self._panel.pupils if self._panel.gathers else ()
        return company.read(roster, code, others, self._clock.read().now)

    def _press(self, name: ButtonName) -> e.Press:
        return e.Press(name, time.monotonic(), self._refusal_to_wake())

    def _refusal_to_wake(self) -> str | None:
        roster = self._uplink.roster
        if roster is None:
            return "stale_roster"
        refused = roster.refusal_to_wake(self._clock.read().now)
        if refused is not None:
            if refused.reason == "stale_roster":
                # After a jump of the clock the hub's next answer mends it: it is asked now.
                self._uplink.wake()
            return refused.reason
        return self._room(roster.task.nature)

    def _perform(self, effect: e.Effect) -> None:
        match effect:
            case e.Show():
                self._lamp.show(effect.light)
            case e.Say():
                self._voice.say(effect.prompt)
            case e.After():
                self._deadline = (time.monotonic() + effect.seconds, effect.epoch)
            case e.Greet():
                self._greet(effect)
            case e.Announce():
                self._voice.say_all([effect.prompt], self._new_job(e.Told()))
            case e.Begin():
                self._begin(effect.pupils)
            case e.Play():
                self._play(effect)
            case e.Keep():
                self._let_go(effect.take, effect)
            case e.Leave():
                self._let_go(effect.take, None)
            case e.Do():
                self._do(effect)
            case _:
                self._ask(effect)

    def _ask(self, effect: e.Offer | e.Choose | e.Hear) -> None:
        roster, now = self._uplink.roster, self._clock.read().now
        if isinstance(effect, e.Hear):
            self._notebook.start(effect.code, effect.pupil, self._reporter())
        elif roster is None:
            self._step(e.Refused("stale_roster"))
        elif isinstance(effect, e.Offer):
            self._voice.say_all([company.offer(roster, effect.choice, self._voice.knows)])
        else:
            self._step(company.chosen(roster, effect.choice, now))

    def _do(self, effect: e.Do) -> None:
        if effect is e.Do.LOOK:
            self._gaze.start(self._reporter(), self._code_reporter())
        elif effect is e.Do.STOP_LOOKING:
            self._gaze.stop()
            # What a camera that is slow to close still says must not end what comes next.
            self._job += 1
        elif effect is e.Do.END:
            self._studio.stop()
        elif effect is e.Do.CANCEL:
            self._studio.cancel()
        elif effect is e.Do.DROP_OLDEST:
            self._takings.drop_oldest()
        elif effect is e.Do.DROP_NEWEST:
            self._takings.drop_newest()
        else:
            self._notebook.stop()
            self._voice.hush()

    def _reporter(self) -> Callable[..., None]:
        """Number a job; returns how it says what becomes of it: an event, and what it made."""
        self._job += 1
        job = self._job
        return lambda event, made=None: self._said.put(_Said(event, job, made))

    def _code_reporter(self) -> Callable[[str], None]:
        job = self._job
        return lambda code: self._said.put(_Said(None, job, code=code))

    def _new_job(self, event: e.Event) -> Callable[[], None]:
        say = self._reporter()
        return lambda: say(event)

    def _greet(self, effect: e.Greet) -> None:
        roster = self._uplink.roster
        items: list[str] = []
        if roster is not None:
            items = company.greeting(effect.pupils, effect.greeted, self._voice.knows)
            if effect.brief:
                items += company.consigne(roster, effect.pupils, self._voice.knows)
        self._voice.say_all(items, self._new_job(e.Told()) if effect.brief else None)

    def _begin(self, pupils: tuple[str, ...]) -> None:
        draft = self._panel.draft
        self._studio.start(self._uplink.roster, pupils, self._reporter(), self._uplink.wake, draft=draft)

    def _play(self, effect: e.Play) -> None:
        made = self._takings.get(effect.take)
        spoken = [f"take_{effect.take + 1}"] if effect.of > 1 else []
        seen = _SEEN.get(made.take.nature) if made else None
        if seen is not None:
            spoken.append(seen)
        played = partial(self._said.put, _Said(e.Played()))
        self._voice.say_all(spoken, played, (made and made.replay) or None)

    def _let_go(self, number: int, keep: e.Keep | None) -> None:
        if self._takings.let_go(number, kept=keep is not None, wish=keep.wish if keep else None):
            self._uplink.wake()

    def _forget(self, said: _Said) -> None:
        """Let go what a job made that the panel does not wait for any more; nothing of a disowned take."""
        made = said.made
        if made is None or made.draft:
            return
        if self._studio.disowned(made.take.id):
            self._spool.discard(made.take.id)
        else:
            self._spool.let_go(made.take, kept=False)
            self._uplink.wake()

    def _other_faults(self) -> tuple[str, ...]:
        return ("stuck",) if self._panel.state is e.State.STUCK else ()

    def _observe_state(self) -> None:
        self._observer("panel", {"state": str(self._panel.state)})

    def _close(self) -> None:
        self._voice.hush()
        self._gaze.stop()
        self._notebook.stop()
        self._studio.close()
        for effect in self._panel.leaving():
            self._perform(effect)
        for device in (*self._devices.buttons.values(), self._devices.badge_reader):
            if device is not None:
                device.close()
        self._lamp.close()
