"""Making one take with a panel's devices: the only place where a stream opens for a take.

The lamp and the stream go together, in `_open`: no microphone or camera opens for a take anywhere else.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from appliance.devices.ports import DeviceError, LightState, MicrophoneStream, StationDevices
from appliance.domain.permissions import Nature
from appliance.media import mp3
from appliance.station import film, voice
from appliance.station.ear import Ear, Reactions
from appliance.station.lamp import Lamp
from appliance.station.levelling import at_volume, level
from appliance.station.listening import SILENCE_STOP
from appliance.station.photo import STILL_TIMEOUT, develop
from appliance.station.prompts import Voice
from appliance.station.spool import Spool, Stage, Take
from appliance.station.worker import Stop
from appliance.vault.sealing import Sealer

COUNTDOWN = ("three", "two", "one")
CAPTION_SILENCE = 4.0
"""Seconds of silence that end a caption: a pupil who has said it waits for the panel, not for a word."""
CAPTION_SECONDS = 10.0
"""Longest spoken caption of a photo (D18)."""
_Stream = TypeVar("_Stream")


class TakeFailed(Exception):
    """Nothing was kept. `reason` is `microphone`, `camera`, `too_short` or `cancelled`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Order:
    """What to make."""

    take: Take
    limit_seconds: float
    draft: bool = False
    """Heard, and never written."""
    caption: bool = False
    """A photo's ten seconds are asked for, and everybody in it may be recorded."""
    patience: float = 1.0
    """Multiplies the silences allowed."""


@dataclass(frozen=True)
class Made:
    """A finished take; what the pupil may hear of it is in memory only."""

    take: Take
    replay: bytes
    """PCM at the station's volume: what was heard, or a photo's caption; empty for a photo without one."""
    draft: bool = False
    """There is nothing of it in the spool."""
    full: bool = False
    """It reached its limit."""


class TakeMaker:
    """Makes takes for one station."""

    def __init__(
        self,
        devices: StationDevices,
        lamp: Lamp,
        spool: Spool,
        voice_: Voice,
        overflowed: Callable[[int], None],
        volume: float = 1.0,
    ) -> None:
        """`overflowed` is told how many times a stream lost samples; `volume` is that of the replay."""
        self._devices = devices
        self._lamp = lamp
        self._spool = spool
        self._voice = voice_
        self._overflowed = overflowed
        self._volume = volume

    def make(self, order: Order, sealer: Sealer, stop: Stop, started: Callable[[], None]) -> Made:
        """Make a take until `stop`, its limit, a long silence, or the end of the countdown.

        `started` is called when the first kept sample (or the countdown) begins. TakeFailed when there is
        nothing to keep.
        """
        if order.take.nature is Nature.VOICE:
            return self._record(order, sealer, stop, started)
        if order.take.nature is Nature.FILM:
            return self._film(order, sealer, stop, started)
        return self._photograph(order, sealer, stop, started)

    def _record(self, order: Order, sealer: Sealer, stop: Stop, started: Callable[[], None]) -> Made:
        if self._devices.microphone is None:
            raise TakeFailed("microphone")
        take = order.take
        parts: voice.Parts = voice.NoParts()
        if not order.draft:
            self._spool.begin(take)
            parts = voice.PartWriter(sealer, partial(self._spool.add_part, take.id))
        ear = self._ear(order.limit_seconds, order.patience)
        try:
            with self._open(self._devices.microphone.open()) as stream:
                recording = self._listen(stream, stop, started, order.limit_seconds, parts, ear)
        except DeviceError as error:
            self._spool.rescue(take.id)
            raise TakeFailed("microphone") from error
        self._check(order, stop, recording, "microphone")
        levelled = level(bytes(recording.pcm))
        replay = at_volume(levelled, self._volume)
        heard = replace(take, duration_ms=recording.duration_ms, empty=ear.is_empty, advice=ear.advice)
        if order.draft:
            return Made(heard, replay, draft=True, full=recording.full)
        cut = recording.fault is not None
        sealed = self._seal(heard, lambda: (sealer.seal(mp3.to_mp3(levelled)), None), cut, "microphone")
        return Made(sealed, replay, full=recording.full)

    def _listen(
        self,
        stream: MicrophoneStream,
        stop: Stop,
        started: Callable[[], None],
        limit_seconds: float,
        parts: voice.Parts,
        ear: Ear,
    ) -> voice.Recording:
        recording = voice.record(
            stream,
            signal=lambda: self._voice.signal("start"),
            started=started,
            stop=stop,
            limit_seconds=limit_seconds,
            parts=parts,
            ear=ear,
        )
        voice.finish(stream, recording, parts, ear)
        self._overflowed(stream.health().overflows)
        return recording

    def _check(self, order: Order, stop: Stop, made: voice.Recording | film.Film, device: str) -> None:
        if stop.cancelled:
            self._spool.discard(order.take.id)
            raise TakeFailed("cancelled")
        too_short = made.duration_ms < voice.MINIMUM_SECONDS * 1000
        if too_short or (order.draft and made.fault):
            self._spool.discard(order.take.id)
            raise TakeFailed(device if made.fault else "too_short")

    def _seal(
        self, take: Take, media: Callable[[], tuple[bytes, bytes | None]], cut: bool, device: str
    ) -> Take:
        """Write what was stopped, whole; what a device's fault cut leaves at once, as it is."""
        stopped = replace(take, stage=Stage.STOPPED, cut=cut)
        self._spool.save(stopped)
        finished = self._spool.finish(stopped, *media())
        if cut:
            self._spool.let_go(finished, kept=False)
            raise TakeFailed(device)
        return finished

    def _film(self, order: Order, sealer: Sealer, stop: Stop, started: Callable[[], None]) -> Made:
        camera, microphone, take = self._devices.tray_camera, self._devices.microphone, order.take
        if camera is None:
            raise TakeFailed("camera")
        if not order.draft:
            self._spool.begin(take)
        write = _forget if order.draft else partial(self._spool.add_part, take.id)
        parts = film.PartWriter(sealer, write, sound=microphone is not None)
        limit = min(order.limit_seconds, film.LONGEST_SECONDS)
        opening = "camera"
        try:
            with ExitStack() as streams:
                filming = camera.film(film.PICTURES_PER_SECOND, film.BIT_RATE)
                video = streams.enter_context(self._open(filming))
                opening = "microphone"
                heard = streams.enter_context(self._open(microphone.open())) if microphone else None
                made = film.record(
                    video,
                    heard,
                    signal=lambda: self._count_down(stop),
                    started=started,
                    stop=stop,
                    limit_seconds=limit,
                    parts=parts,
                )
                self._overflowed(heard.health().overflows if heard else 0)
        except DeviceError as error:
            self._spool.rescue(take.id)
            raise TakeFailed(opening) from error
        device = "microphone" if made.deaf else "camera"
        self._check(order, stop, made, device)
        sound = made.sound()
        seen = replace(take, duration_ms=made.duration_ms)
        full = made.duration_ms >= limit * 1000
        if order.draft:
            return Made(seen, at_volume(sound, self._volume), draft=True, full=full)
        sealed = self._seal(
            seen,
            lambda: (sealer.seal(made.mp4(sound)), sealer.seal(made.thumbnail())),
            made.fault is not None,
            device,
        )
        return Made(sealed, at_volume(sound, self._volume), full=full)

    def _count_down(self, stop: Stop) -> None:
        for signal in (*COUNTDOWN, "start"):
            if not stop.cancelled:
                self._voice.signal(signal)

    def _photograph(self, order: Order, sealer: Sealer, stop: Stop, started: Callable[[], None]) -> Made:
        if self._devices.tray_camera is None:
            raise TakeFailed("camera")
        try:
            with self._open(self._devices.tray_camera.open()) as stream:
                started()
                for number in COUNTDOWN:
                    if stop.cancelled:
                        raise TakeFailed("cancelled")
                    self._voice.signal(number)
                jpeg = stream.still(STILL_TIMEOUT)
                self._voice.say("click")
            photo, thumbnail = develop(jpeg)
        except (DeviceError, ValueError) as error:
            raise TakeFailed("camera") from error
        if stop.cancelled:
            raise TakeFailed("cancelled")
        finished = order.take
        if not order.draft:
            # Before the caption: a power cut while the pupil speaks takes no picture away.
            self._spool.begin(order.take)
            finished = self._spool.finish(order.take, sealer.seal(photo), sealer.seal(thumbnail))
        return self._captioned(finished, order, sealer, stop)

    def _captioned(self, photo: Take, order: Order, sealer: Sealer, stop: Stop) -> Made:
        """Record a photo's caption; without one when nobody speaks or the microphone is away."""
        without = Made(photo, b"", draft=order.draft)
        if not order.caption or self._devices.microphone is None or stop.is_set():
            return without
        self._voice.signal("tell")
        if stop.is_set():
            return without
        ear = self._ear(CAPTION_SECONDS, order.patience, CAPTION_SILENCE)
        try:
            with self._open(self._devices.microphone.open()) as stream:
                recording = self._listen(stream, stop, _ignore, CAPTION_SECONDS, voice.NoParts(), ear)
        except DeviceError:
            return without
        too_short = recording.duration_ms < voice.MINIMUM_SECONDS * 1000
        if stop.cancelled or too_short or ear.is_empty:
            return without
        levelled = level(bytes(recording.pcm))
        captioned = photo
        if not order.draft:
            sealed = sealer.seal(mp3.to_mp3(levelled))
            captioned = self._spool.add_caption(photo, sealed, recording.duration_ms)
        return Made(captioned, at_volume(levelled, self._volume), draft=order.draft)

    def _ear(self, limit_seconds: float, patience: float, silence: float = SILENCE_STOP) -> Ear:
        return Ear(
            Reactions(
                hint=lambda: self._voice.signal("listen_hint"),
                last_seconds=lambda: self._voice.say("last_seconds"),
                attention=lambda wrong: self._lamp.warn(attention=wrong),
            ),
            limit_seconds,
            patience,
            silence,
        )

    @contextmanager
    def _open(self, device: AbstractContextManager[_Stream]) -> Iterator[_Stream]:
        self._voice.hush()
        with self._lamp.streaming(LightState.RECORDING), device as stream:
            yield stream


def _forget(_index: int, _milliseconds: int, _sealed: bytes) -> None:
    """A part of what is not kept."""


def _ignore() -> None:
    """A caption's beginning is told to nobody: its photo has begun already."""
