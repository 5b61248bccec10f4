"""Films made to measure: pictures that flash, sounds that beep, and what ffprobe and ffmpeg say of them."""

import json
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np

from appliance.devices.ports import BLOCK_FRAMES, SAMPLE_RATE, DeviceError, MicrophoneHealth, Picture

RATE = 20
PERIOD_US = 1_000_000 // RATE
SIZE = (320, 240)
BLOCK = BLOCK_FRAMES / SAMPLE_RATE
OPENED = 1000.0
"""Monotonic seconds at which a scripted microphone hears its first sample."""


def pictures(count: int, begin_us: int = 0, white: frozenset[int] = frozenset()) -> list[Picture]:
    """Return a film of `count` pictures a twentieth of a second apart, black but for those in `white`."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 1_000_000)
    encoder.framerate = Fraction(RATE)
    encoder.gop_size = RATE
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}
    grain = np.random.default_rng(1).integers(0, 16, (*SIZE[::-1], 3), np.uint8)
    made = []
    for number in range(count):
        shown = 255 - grain if number in white else grain
        frame = av.VideoFrame.from_ndarray(np.roll(shown, number, axis=1), format="rgb24")
        frame.pts, frame.time_base = begin_us + number * PERIOD_US, Fraction(1, 1_000_000)
        made += [Picture(bytes(p), p.pts or 0, p.is_keyframe) for p in encoder.encode(frame)]
    return made


def beeps(seconds: float, at: list[float], length: float = 0.1, frequency: int = 1000) -> bytes:
    """Return PCM that is silent but for a beep at each moment."""
    samples = np.zeros(round(seconds * SAMPLE_RATE))
    for moment in at:
        first = round(moment * SAMPLE_RATE)
        count = min(round(length * SAMPLE_RATE), max(0, len(samples) - first))
        samples[first : first + count] += (
            np.sin(np.arange(count) * 2 * np.pi * frequency / SAMPLE_RATE) * 12_000
        )
    return samples.astype("<i2").tobytes()


def probe(media: bytes) -> dict[str, Any]:
    """Return what ffprobe says of a media's format and streams, the picture first."""
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", "-"]
    told = json.loads(subprocess.run(command, input=media, check=True, capture_output=True).stdout)
    told["streams"].sort(key=lambda stream: stream["codec_type"] != "video")
    return told


def complaints(media: bytes) -> str:
    """Return what ffmpeg says against a media that it plays from a pipe, where it cannot go back."""
    command = ["ffmpeg", "-v", "warning", "-i", "-", "-f", "null", "-"]
    return subprocess.run(command, input=media, check=True, capture_output=True).stderr.decode()


def seconds_of(media: bytes) -> list[float]:
    """Return how long each stream of a media plays, decoded."""
    lengths = []
    with av.open(BytesIO(media)) as kinds:
        count = len(kinds.streams)
    for index in range(count):
        with av.open(BytesIO(media)) as source:
            stream = source.streams[index]
            frames = list(source.decode(stream))
            if stream.type == "video":
                lengths.append(float(frames[-1].time) + 1 / RATE)
            else:
                lengths.append(float(frames[-1].time) + frames[-1].samples / SAMPLE_RATE)
    return lengths


def flashes_and_beeps(media: bytes) -> tuple[list[float], list[float]]:
    """Return when the picture turns white and when a beep begins, in seconds."""
    flashes, dark = [], True
    with av.open(BytesIO(media)) as source:
        for frame in source.decode(video=0):
            bright = bool(frame.to_ndarray()[: frame.height].mean() > 128)
            if bright and dark:
                flashes.append(float(frame.time))
            dark = not bright
    heard: list[float] = []
    with av.open(BytesIO(media)) as source:
        for frame in source.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray().ravel()) > 0.1)
            moments = float(frame.time) + loud / SAMPLE_RATE
            for moment in moments:
                if not heard or moment - heard[-1] > 0.3:
                    heard.append(float(moment))
    return flashes, heard


class ScriptedFilm:
    """Gives pictures, then fails if the script says so; counts what was asked of it."""

    def __init__(self, given: Iterable[Picture], held: list[Picture] | None = None) -> None:
        """`held` comes after `close`, as from an encoder."""
        self._given: Iterator[Picture] = iter(given)
        self._held = iter(held or [])
        self.started = False
        self.closed = False

    def start(self) -> None:
        self.started = True

    def read(self, timeout: float) -> Picture | None:
        if self.closed:
            return next(self._held, None)
        picture = next(self._given, None)
        if picture is None:
            raise DeviceError("débranchée")
        return picture

    def close(self) -> None:
        self.closed = True


class ScriptedMicrophone:
    """Gives each block with the moment at which it came, which its `now` then tells."""

    def __init__(
        self, pcm: bytes, arrivals: list[float], *, fails: bool = False, pause_after: int | None = None
    ) -> None:
        """After `pause_after` blocks it waits for `go_on`; at the end it is unplugged if it `fails`."""
        size = BLOCK_FRAMES * 2
        self._blocks = iter([pcm[i : i + size] for i in range(0, len(pcm), size)][: len(arrivals)])
        self._arrivals = iter(arrivals)
        self._fails = fails
        self._pause_after = pause_after
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.given = 0
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def read(self, timeout: float) -> bytes | None:
        if self.given == self._pause_after:
            assert self.go_on.wait(10)
        block = next(self._blocks, None)
        if block is None:
            self.ended.set()
            if self._fails:
                raise DeviceError("débranché")
            return None
        self._now = next(self._arrivals)
        self.given += 1
        return block

    def health(self) -> MicrophoneHealth:
        return MicrophoneHealth(self.given * BLOCK_FRAMES, 0)

    def close(self) -> None:
        self.go_on.set()


def arrivals(count: int, lateness: Iterator[float] | None = None, opened: float = OPENED) -> list[float]:
    """When the blocks of a microphone opened at that moment come, each later than the one before."""
    late = lateness or iter([0.0] * count)
    came = [opened + (number + 1) * BLOCK + next(late) for number in range(count)]
    return list(np.maximum.accumulate(came))


def jitter(count: int) -> Iterator[float]:
    """Blocks come up to a tenth of a second late: a busy processor, or a card that gives five at a time."""
    return iter(np.random.default_rng(5).uniform(0, 0.1, count).tolist())


def heard_until(microphone: ScriptedMicrophone, seconds: float) -> None:
    deadline = time.monotonic() + 10
    while microphone.given < seconds / BLOCK:
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)


def numbered(seconds: float) -> bytes:
    """PCM that tells which hundredth of a second it is."""
    return np.repeat(np.arange(round(seconds * 100)), SAMPLE_RATE // 100).astype("<i2").tobytes()
