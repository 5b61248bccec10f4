"""One station as the simulator knows it: what is in front of its devices, and what came out of them."""

import io
import itertools
import random
import threading
import time
import wave
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.devices.ports import SAMPLE_RATE
from appliance.simulator.link import Message, Wire, packed, unpacked
from appliance.simulator.scene import badge_in_hand, bare_desk

BADGE_SECONDS = 20.0
"""How long a badge is held up when nobody recognises it."""
ANSWER_SECONDS = 5.0
_SOUNDS_KEPT = 8


class NotThere(Exception):
    """The station's process is not running now."""


_STREAMS = ("microphone", "camera", "badge_camera")


@dataclass(frozen=True)
class Sound:
    """What the loudspeaker played; kept in memory only, a few of them."""

    n: int
    name: str
    pcm: bytes

    def wav(self) -> bytes:
        """Return it as a file a browser plays."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(SAMPLE_RATE)
            writer.writeframes(self.pcm)
        return file.getvalue()


@dataclass
class _Counter:
    opened: int = 0
    open: int = 0


@dataclass
class Desk:
    """One station seen from outside. Counters belong to the simulator: they outlive the station's process."""

    id: str
    cameras: tuple[str, ...]
    has_microphone: bool
    folder: Path
    """Where what its devices were given lies, outside of the box."""
    changed: Callable[[], None]
    _wire: Wire | None = None
    _state: str = "off"
    _light: str = "off"
    _rgb: tuple[float, ...] = (0.0, 0.0, 0.0)
    _prompt: str | None = None
    _badge: str | None = None
    _badge_view: bytes | None = None
    _badge_number: int = 0
    _playing: int | None = None
    _unplugged: set[str] = field(default_factory=set)
    _sounds: deque[Sound] = field(default_factory=lambda: deque(maxlen=_SOUNDS_KEPT))
    _pressing: dict[int, threading.Event] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _turn: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        devices = (("microphone",) if self.has_microphone else ()) + self.cameras
        # A device that a station does not have is counted too: zero is an answer.
        self._counters = {device: _Counter() for device in _STREAMS}
        self.devices = (*devices, "loudspeaker")
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def running(self) -> bool:
        """Whether its process is there, has its world, and serves pupils."""
        return self._state not in ("off", "wait")

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

    def show_badge(self, code: str, pictogram: str, chance: random.Random) -> None:
        """Hold a badge up until the station has read it, 20 s at most."""
        view = badge_in_hand(code, pictogram, chance, self._given("badge_camera"))
        with self._turn:
            self._badge_number += 1
            number = self._badge_number
            self._badge, self._badge_view = code, view
            self._send("see", camera="badge_camera", image=packed(view))
        timer = threading.Timer(BADGE_SECONDS, self._take_badge_away, args=(number,))
        timer.daemon = True
        timer.start()
        self.changed()

    def hide_badge(self) -> None:
        """Take the badge away."""
        self._take_badge_away(self._badge_number)

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
        elif self._badge is None:
            self._send("see", camera=camera, image=packed(bare_desk(picture)))
        self.changed()

    def plug(self, device: str, plugged: bool) -> None:
        """Pull a device's plug, or put it back."""
        with self._turn:
            (self._unplugged.discard if plugged else self._unplugged.add)(device)
            self._send("plug", device=device, plugged=plugged)
        self.changed()

    def picture(self) -> bytes | None:
        """Return what lies before the tray's camera."""
        return self._given("camera")

    def badge_view(self) -> bytes | None:
        """Return what the badge camera sees while a badge is held up."""
        return self._badge_view

    def device(self, name: str) -> str:
        """Return one of this station's devices by name, or an empty name; `camera` is its only one at A."""
        if name == "camera" and "camera" not in self.cameras:
            return "badge_camera"
        return name if name in self.devices else ""

    def sound(self, n: int) -> Sound | None:
        """Return one of the last sounds."""
        return next((sound for sound in list(self._sounds) if sound.n == n), None)

    def faults(self) -> dict[str, str]:
        """Return each device's fault as `POST /sim/faults` names it."""
        return {d: "unplugged" if d in self._unplugged else "ok" for d in self.devices}

    def state(self) -> dict[str, Any]:
        """Return this station's part of `GET /sim/state`."""
        with self._turn:
            latest = self._sounds[-1] if self._sounds else None
            return {
                "running": self.running,
                "state": self._state,
                "light": {"state": self._light, "rgb": list(self._rgb)},
                "last_prompt": self._prompt,
                "badge": self._badge,
                "sound": {"n": latest.n, "name": latest.name, "playing": self._playing == latest.n}
                if latest
                else None,
                "devices": list(self.devices),
                "streams": {
                    device: {"opened": counter.opened, "open": counter.open}
                    for device, counter in self._counters.items()
                },
            }

    def _give_world(self, wire: Wire) -> None:
        for device in self._unplugged:
            wire.send("plug", device=device, plugged=False)
        clip, tray, desk = (self._given(name) for name in ("microphone", "camera", "badge_camera"))
        if clip is not None:
            wire.send("hear", wav=packed(clip))
        if tray is not None:
            wire.send("see", camera="camera", image=packed(tray))
        view = self._badge_view or (bare_desk(desk) if desk is not None else None)
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
                case "sound":
                    n = self._sounds[-1].n + 1 if self._sounds else int(time.time())
                    self._sounds.append(Sound(n, message["name"], unpacked(message["pcm"])))
                    self._playing = n
                case "silence":
                    self._playing = None
        self.changed()

    def _enter(self, state: str) -> None:
        was_read = self._state == "looking" and state not in ("looking", "ready")
        self._state = state
        if was_read:
            self._take_badge_away(self._badge_number)

    def _take_badge_away(self, number: int) -> None:
        with self._turn:
            if number != self._badge_number or self._badge is None:
                return
            self._badge = self._badge_view = None
            self._send("see", camera="badge_camera", image=packed(bare_desk(self._given("badge_camera"))))
        self.changed()

    def _go_dark(self) -> None:
        self._state, self._light, self._rgb, self._playing = "off", "off", (0.0, 0.0, 0.0), None
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
