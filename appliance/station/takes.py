"""Making one take with a panel's devices: the only place where a stream opens for a take.

The lamp and the stream go together, in `_open`: no microphone or camera opens for a take anywhere else.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.config import StationConfig
from appliance.devices.ports import DeviceError, LightState, StationDevices
from appliance.domain.permissions import Nature
from appliance.station import voice
from appliance.station.lamp import Lamp
from appliance.station.levelling import level
from appliance.station.photo import STILL_TIMEOUT, develop
from appliance.station.prompts import Voice
from appliance.station.spool import Spool, Stage, Take
from appliance.vault.sealing import Sealer

COUNTDOWN = ("three", "two", "one")
_Stream = TypeVar("_Stream")


class TakeFailed(Exception):
    """Nothing was kept. `reason` is `microphone`, `camera` or `too_short`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Made:
    """A finished take; what the pupil may hear of it is in memory only."""

    take: Take
    replay: bytes
    """PCM; empty for a photo."""


class TakeMaker:
    """Makes takes for one station."""

    def __init__(
        self,
        station: StationConfig,
        devices: StationDevices,
        lamp: Lamp,
        spool: Spool,
        voice_: Voice,
        overflowed: Callable[[int], None],
    ) -> None:
        """`overflowed` is told how many times a stream lost samples."""
        self._station = station
        self._devices = devices
        self._lamp = lamp
        self._spool = spool
        self._voice = voice_
        self._overflowed = overflowed

    def make(self, take: Take, sealer: Sealer, stop: threading.Event, started: Callable[[], None]) -> Made:
        """Make a take until `stop`, its limit, or the end of the countdown; TakeFailed otherwise.

        `started` is called when the first kept sample (or the countdown) begins.
        """
        if self._station.nature is Nature.VOICE:
            return self._record(take, sealer, stop, started)
        return self._photograph(take, sealer, started)

    def _record(self, take: Take, sealer: Sealer, stop: threading.Event, started: Callable[[], None]) -> Made:
        if self._devices.microphone is None:
            raise TakeFailed("microphone")
        self._spool.begin(take)
        parts = voice.PartWriter(sealer, lambda i, ms, sealed: self._spool.add_part(take.id, i, ms, sealed))
        try:
            with self._open(self._devices.microphone.open()) as stream:
                recording = voice.record(
                    stream,
                    signal=lambda: self._voice.signal("start"),
                    started=started,
                    stop=stop,
                    limit_seconds=self._station.limit_seconds,
                    parts=parts,
                )
                voice.finish(stream, recording, parts)
                self._overflowed(stream.health().overflows)
        except DeviceError as error:
            self._spool.rescue(take.id)
            raise TakeFailed("microphone") from error
        return self._seal_recording(take, sealer, recording)

    def _seal_recording(self, take: Take, sealer: Sealer, recording: voice.Recording) -> Made:
        if recording.duration_ms < voice.MINIMUM_SECONDS * 1000:
            self._spool.discard(take.id)
            raise TakeFailed("microphone" if recording.fault else "too_short")
        cut = recording.fault is not None
        stopped = replace(take, stage=Stage.STOPPED, duration_ms=recording.duration_ms, cut=cut)
        self._spool.save(stopped)
        levelled = level(bytes(recording.pcm))
        finished = self._spool.finish(stopped, sealer.seal(voice.to_mp3(levelled)))
        if cut:
            self._spool.let_go(finished, kept=False)
            raise TakeFailed("microphone")
        return Made(finished, levelled)

    def _photograph(self, take: Take, sealer: Sealer, started: Callable[[], None]) -> Made:
        if self._devices.tray_camera is None:
            raise TakeFailed("camera")
        try:
            with self._open(self._devices.tray_camera.open()) as stream:
                started()
                for number in COUNTDOWN:
                    self._voice.signal(number)
                jpeg = stream.still(STILL_TIMEOUT)
                self._voice.say("click")
            photo, thumbnail = develop(jpeg)
        except (DeviceError, ValueError) as error:
            raise TakeFailed("camera") from error
        self._spool.begin(take)
        finished = self._spool.finish(take, sealer.seal(photo), sealer.seal(thumbnail))
        return Made(finished, b"")

    @contextmanager
    def _open(self, device: AbstractContextManager[_Stream]) -> Iterator[_Stream]:
        self._voice.hush()
        with self._lamp.streaming(LightState.RECORDING), device as stream:
            yield stream
