"""One station as the simulator knows it: what is in front of its devices, and what came out of them."""

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.simulator.link import Message, Wire, packed, unpacked
from appliance.simulator.scene import Card, badges_in_hand, bare_desk, sticker_in_hand
from appliance.simulator.sounds import Sound, Sounds

HELD_SECONDS = 20.0
"""How long a badge or a sticker is held up when nobody recognises it."""
ANSWER_SECONDS = 5.0
AWAY = "away"
"""The state of a station whose process is not there."""
UNPLUGGED, FROZEN, STUCK = "unplugged", "frozen", "_stuck"
BUTTONS = "buttons"
"""What the three of them are called where things break."""


class NotThere(Exception):
    """The station's process is not running now."""


_STREAMS = ("microphone", "camera", "badge_camera")
_BEFORE_READING = ("looking", "gathering", "ready", "off", "wait", AWAY)
"""States that a station enters without having read what is held up."""


@dataclass
class _Counter:
    opened: int = 0
    open: int = 0


@dataclass(frozen=True)
class _Held:
    """What is held up before the badge camera."""

    number: int = 0
    badges: tuple[str, ...] = ()
    sticker: int | None = None
    view: bytes | None = None
    """JPEG of what the camera sees; None when nothing is held up."""


@dataclass
class Desk:
    """One station seen from outside. Counters belong to the simulator: they outlive the station's process."""

    id: str
    cameras: tuple[str, ...]
    has_microphone: bool
    folder: Path
    """Where what its devices were given lies, outside of the box."""
    changed: Callable[[], None]
    has_reader: bool = False
    has_voices: bool = False
    """Whether its station holds all that the teacher recorded."""
    _wire: Wire | None = None
    _state: str = AWAY
    _light: str = "off"
    _rgb: tuple[float, ...] = (0.0, 0.0, 0.0)
    _prompt: str | None = None
    _held: _Held = _Held()
    _faults: dict[str, str] = field(default_factory=dict)
    _sounds: Sounds = field(default_factory=Sounds)
    _pressing: dict[int, threading.Event] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _turn: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        devices = (("microphone",) if self.has_microphone else ()) + self.cameras
        # A device that a station does not have is counted too: zero is an answer.
        self._counters = {device: _Counter() for device in _STREAMS}
        self.devices = (*devices, *(("badge_reader",) if self.has_reader else ()), "loudspeaker")
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def running(self) -> bool:
        """Whether its process is there, has its world, and serves pupils."""
        return self._state not in (AWAY, "wait")

    def serve(self, wire: Wire) -> None:
        """Give a station's process its world, then follow what it tells until it goes."""
        with self._turn:
            self._wire = wire
            self._give_world(wire)
        for message in wire.messages():
            self._hear(message)
        with self._turn:
            if self._wire is wire:
                self._wire = None
                self._go_dark()
        self.changed()

    def press(self, button: str, ms: int) -> None:
        """Hold a button down; returns after its release, NotThere when the station is not running."""
        with self._turn:
            wire, number, done = self._wire, next(self._numbers), threading.Event()
            if wire is None:
                raise NotThere(self.id)
            self._pressing[number] = done
        wire.send("press", id=number, button=button, ms=ms)
        try:
            if not done.wait(ms / 1000 + ANSWER_SECONDS):
                raise NotThere(self.id)
        finally:
            self._pressing.pop(number, None)
        if self._wire is not wire:
            raise NotThere(self.id)

    def show_badges(self, cards: Sequence[Card], chance: random.Random) -> None:
        """Hold badges up until the station has read them, 20 s at most."""
        view = badges_in_hand(cards, chance, self._given("badge_camera"))
        self._hold_up(view, badges=tuple(card.code for card in cards))

    def show_sticker(self, n: int, picture: bytes, chance: random.Random) -> None:
        """Hold the `n`th sticker up, stuck on nothing yet; `picture` is what the printer printed."""
        self._hold_up(sticker_in_hand(picture, chance, self._given("badge_camera")), sticker=n)

    def take_away(self) -> None:
        """Take away what is held up."""
        self._take_away(self._held.number)

    def read(self, code: str) -> None:
        """Hold a badge before the reader; NotThere when the station is not running."""
        wire = self._wire
        if wire is None:
            raise NotThere(self.id)
        wire.send("read", text=code)

    def hear(self, wav: bytes) -> None:
        """Let a WAV be what the microphone hears; it must have been checked."""
        self._keep("microphone", wav)
        self._send("hear", wav=packed(wav))
        self.changed()

    def see(self, picture: bytes) -> None:
        """Put a picture before the tray's camera, or behind the badges where there is no tray."""
        camera = self.device("camera")
        self._keep(camera, picture)
        if camera == "camera":
            self._send("see", camera=camera, image=packed(picture))
        elif self._held.view is None:
            self._send("see", camera=camera, image=packed(bare_desk(picture)))
        self.changed()

    def set_fault(self, thing: str, fault: str) -> None:
        """Break a device or the buttons, or mend them with `ok`."""
        with self._turn:
            before = self._faults.pop(thing, "")
            if before:
                self._tell_fault(thing, before, there=False)
            if fault != "ok":
                self._faults[thing] = fault
                self._tell_fault(thing, fault, there=True)
        self.changed()

    def picture(self) -> bytes | None:
        """Return what lies before the tray's camera."""
        return self._given("camera")

    def badge_view(self) -> bytes | None:
        """Return what the badge camera sees while something is held up."""
        return self._held.view

    def device(self, name: str) -> str:
        """Return one of this station's devices by name, or an empty name; `camera` is its only one at A."""
        if name == "camera" and "camera" not in self.cameras:
            return "badge_camera"
        return name if name in self.devices else ""

    def sound(self, n: int) -> Sound | None:
        """Return one of the last sounds."""
        return self._sounds.get(n)

    def faults(self) -> dict[str, str]:
        """Return each device's fault, and the buttons', as `POST /sim/faults` names it."""
        return {thing: self._faults.get(thing, "ok") for thing in (*self.devices, BUTTONS)}

    def state(self) -> dict[str, Any]:
        """Return this station's part of `GET /sim/state`."""
        with self._turn:
            return {
                "running": self.running,
                "state": self._state,
                "light": {"state": self._light, "rgb": list(self._rgb)},
                "last_prompt": self._prompt,
                "badge": next(iter(self._held.badges), None),
                "held": {"badges": list(self._held.badges), "sticker": self._held.sticker},
                "sound": self._sounds.latest(),
                "sounds": self._sounds.all(),
                "devices": list(self.devices),
                "streams": {
                    device: {"opened": counter.opened, "open": counter.open}
                    for device, counter in self._counters.items()
                },
            }

    def _give_world(self, wire: Wire) -> None:
        for thing, fault in self._faults.items():
            self._tell_fault(thing, fault, there=True)
        clip, tray, desk = (self._given(name) for name in ("microphone", "camera", "badge_camera"))
        if clip is not None:
            wire.send("hear", wav=packed(clip))
        if tray is not None:
            wire.send("see", camera="camera", image=packed(tray))
        view = self._held.view or (bare_desk(desk) if desk is not None else None)
        if view is not None:
            wire.send("see", camera="badge_camera", image=packed(view))
        wire.send("begin")

    def _hear(self, message: Message) -> None:
        kind = message["kind"]
        if kind == "pressed":
            done = self._pressing.get(message["id"])
            if done is not None:
                done.set()
            return
        if kind == "colour":
            # A breathing light would wake every page that waits for a change.
            self._rgb = tuple(message["rgb"])
            return
        with self._turn:
            match kind:
                case "stream":
                    counter = self._counters[message["device"]]
                    counter.opened += message["open"]
                    counter.open += 1 if message["open"] else -1
                case "light":
                    self._light = message["state"]
                case "panel":
                    self._enter(message["state"])
                case "prompt":
                    self._prompt = message["name"]
                case "voices":
                    self.has_voices = message["whole"]
                case "sound":
                    self._sounds.begin(message["name"], unpacked(message["pcm"]))
                case "silence":
                    self._sounds.end(cut=message["cut"])
        self.changed()

    def _enter(self, state: str) -> None:
        one_of_a_group = state == "gathering" and len(self._held.badges) == 1
        was_looking, self._state = self._state in ("looking", "gathering"), state
        if was_looking and (one_of_a_group or state not in _BEFORE_READING):
            self.take_away()

    def _hold_up(self, view: bytes, badges: tuple[str, ...] = (), sticker: int | None = None) -> None:
        with self._turn:
            number = self._held.number + 1
            self._held = _Held(number, badges, sticker, view)
            self._send("see", camera="badge_camera", image=packed(view))
        timer = threading.Timer(HELD_SECONDS, self._take_away, args=(number,))
        timer.daemon = True
        timer.start()
        self.changed()

    def _take_away(self, number: int) -> None:
        with self._turn:
            if number != self._held.number or self._held.view is None:
                return
            self._held = _Held(number)
            self._send("see", camera="badge_camera", image=packed(bare_desk(self._given("badge_camera"))))
        self.changed()

    def _tell_fault(self, thing: str, fault: str, *, there: bool) -> None:
        if thing == BUTTONS:
            self._send("hold", button=fault.removesuffix(STUCK), down=there)
        elif fault == FROZEN:
            self._send("freeze", device=thing, frozen=there)
        else:
            self._send("plug", device=thing, plugged=not there)

    def _go_dark(self) -> None:
        self._state, self._light, self._rgb, self.has_voices = AWAY, "off", (0.0, 0.0, 0.0), False
        self._sounds.end(cut=True)
        for counter in self._counters.values():
            counter.open = 0
        for done in self._pressing.values():
            done.set()

    def _send(self, kind: str, **facts: Any) -> None:
        wire = self._wire
        if wire is not None:
            wire.send(kind, **facts)

    def _given(self, device: str) -> bytes | None:
        path = self.folder / device
        return path.read_bytes() if path.is_file() else None

    def _keep(self, device: str, data: bytes) -> None:
        temporary = self.folder / f"{device}.new"
        temporary.write_bytes(data)
        temporary.replace(self.folder / device)
