"""What the station and the printer worker ask of a device, real or twin.

Implementations are checked by one contract suite, `tests/contract/`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SAMPLE_RATE = 24_000
"""Hz; every sound of a station is mono, 16-bit signed little-endian at this rate."""
BLOCK_FRAMES = 480
"""Frames in a block the microphone hands over: 20 ms."""


class DeviceError(Exception):
    """A device is missing, unplugged or does not answer. Its text is French: what happened, what to do."""


class DeviceBusy(DeviceError):
    """Somebody else uses the device now; trying again a little later is enough."""


class ButtonName(StrEnum):
    """The three buttons of a panel."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class LightState(StrEnum):
    """What the one light of a panel can say (requirements §3.1); each has its own colour and pattern."""

    READY = "ready"
    """White, breathing."""
    LOOKING = "looking"
    """White, blinking: the camera looks for a badge."""
    RECORDING = "recording"
    """Red, steady: a stream is open for a take."""
    ATTENTION = "attention"
    """Red with short amber flashes: the same, and the sound is too far, too loud or too noisy."""
    HELLO = "hello"
    """White, steady: a pupil is greeted and told what to do."""
    CHOOSING = "choosing"
    """Blue, breathing: green goes on, blue says yes."""
    REVIEW = "review"
    """Green, breathing: listen, keep or start again."""
    KEPT = "kept"
    """Blue, steady."""
    WAIT = "wait"
    """Amber, breathing."""
    CANNOT = "cannot"
    """Amber, blinking."""
    OFF = "off"
    """Dark."""


class Button(Protocol):
    """One push button; debouncing is the panel's business, so that it can be tested without one."""

    def when_pressed(self, callback: Callable[[], None]) -> None:
        """Call `callback` at each press, from any thread."""
        ...

    def when_released(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time it comes up again, from any thread."""
        ...

    @property
    def is_pressed(self) -> bool:
        """Whether it is down now, also when it has been since before this program began."""
        ...

    def close(self) -> None:
        """Give the pin back."""
        ...


class Light(Protocol):
    """The RGB light of a panel."""

    def show(self, state: LightState) -> None:
        """Show a state at once; returns without waiting for a pattern to play."""
        ...

    def close(self) -> None:
        """Go dark and give the pins back."""
        ...


@dataclass(frozen=True)
class MicrophoneHealth:
    """What went wrong in one stream so far."""

    frames: int
    """Frames handed over."""
    overflows: int
    """Times the sound system said that it dropped samples."""


class MicrophoneStream(Protocol):
    """An open microphone. It is closed by leaving its context."""

    def read(self, timeout: float) -> bytes | None:
        """Return the next block of PCM (any whole number of frames), or None when it was closed.

        Raises DeviceError when no block came for `timeout` seconds: the microphone is unplugged.
        """
        ...

    def health(self) -> MicrophoneHealth:
        """Return the counters of this stream."""
        ...

    def close(self) -> None:
        """Stop at once; a blocked `read` returns the blocks still waiting, then None."""
        ...


class Microphone(Protocol):
    """Opens only between a press and a stop."""

    def open(self) -> AbstractContextManager[MicrophoneStream]:
        """Start a stream, or raise DeviceError within 3 s."""
        ...

    def check(self) -> None:
        """Raise DeviceError when the microphone is not there. Never opens a stream."""
        ...


class Loudspeaker(Protocol):
    """Plays one sound at a time."""

    def play(self, pcm: bytes, name: str) -> None:
        """Play to the end (blocking) unless `stop` is called from another thread.

        `name` says what it is, for the twin and the logs: a prompt's name, or `take`.
        """
        ...

    def stop(self) -> None:
        """Cut the current sound within 50 ms."""
        ...

    def check(self) -> None:
        """Raise DeviceError when the loudspeaker is not there."""
        ...


@dataclass(frozen=True)
class LumaFrame:
    """A grey picture for reading codes: the Y plane of the camera's small stream."""

    width: int
    height: int
    data: bytes
    """`height` rows of `width` bytes."""


class CameraStream(Protocol):
    """An open camera. It is closed by leaving its context."""

    def luma(self, timeout: float) -> LumaFrame:
        """Return the newest small frame, or raise DeviceError after `timeout` seconds without one."""
        ...

    def still(self, timeout: float) -> bytes:
        """Return a JPEG of what the camera sees after this call, or raise DeviceError."""
        ...


class Camera(Protocol):
    """Opens only after a press woke the panel."""

    def open(self) -> AbstractContextManager[CameraStream]:
        """Start the camera, or raise DeviceError within 5 s."""
        ...

    def check(self) -> None:
        """Raise DeviceError when the camera is not there. Never opens a stream."""
        ...


class BadgeReader(Protocol):
    """A reader of badges that types what it reads, as a keyboard does. It reads nothing by itself: somebody
    holds a badge in front of it."""

    def when_read(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each text read, as it is, from any thread; it must return at once."""
        ...

    def check(self) -> None:
        """Raise DeviceError when the reader is not there. Waits for nothing."""
        ...

    def close(self) -> None:
        """Stop reading and give the device back."""
        ...


@dataclass(frozen=True)
class Picture:
    """One encoded picture of a film: H.264 in Annex B, with its parameter sets when it is whole."""

    data: bytes
    taken_us: int
    """Microseconds of `time.monotonic` when its exposure began."""
    whole: bool
    """It needs no other picture to be shown (a key frame)."""


class FilmStream(Protocol):
    """A camera ready to film. It is closed by leaving its context."""

    def start(self) -> None:
        """Begin: the first picture is whole, and its exposure begins after this call."""
        ...

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, in the order of their times, or None once closed and all were returned.

        Raises DeviceError when none came for `timeout` seconds.
        """
        ...

    def close(self) -> None:
        """Stop at once; a blocked `read` returns the pictures still waiting, then None."""
        ...


class FilmCamera(Camera, Protocol):
    """A camera that films too."""

    def film(self, pictures_per_second: int, bit_rate: int) -> AbstractContextManager[FilmStream]:
        """Start the camera without filming yet, or raise DeviceError within 5 s. `bit_rate` is in bits/s."""
        ...


class PaperState(StrEnum):
    """What a printer says of its paper; many say nothing, which is not the same as a no."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


class Printer(Protocol):
    """A thermal printer. Every call ends within its own finite timeout."""

    def status(self) -> PaperState:
        """Ask for the paper; DeviceError when the printer does not answer the connection at all."""
        ...

    def print_raster(self, rows: bytes, width: int) -> None:
        """Print a 1-bit picture (`width` dots a row, rows padded to bytes, 1 = black) and feed to tear.

        Raises DeviceError when the bytes were not all accepted; what had been sent may be on paper.
        """
        ...


@dataclass(frozen=True)
class StationDevices:
    """The devices of one panel; a station without a microphone or a tray camera has None there."""

    buttons: Mapping[ButtonName, Button]
    light: Light
    loudspeaker: Loudspeaker | None
    microphone: Microphone | None
    badge_camera: Camera | None
    tray_camera: FilmCamera | None
    badge_reader: BadgeReader | None = None
