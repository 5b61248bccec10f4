"""A short film: kept from the end of the signal on, and sealed to the disk part by part.

Pictures carry the camera's own time. A microphone gives none, so a sound's time is worked out: `Hearing`
says when each sample was heard, and the sound of a film begins at the sample heard with its first picture.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from appliance.devices.ports import SAMPLE_RATE, DeviceError, FilmStream, MicrophoneStream, Picture
from appliance.media.films import thumbnail, to_mp4
from appliance.media.transport import TransportWriter
from appliance.station.hearing import Hearing
from appliance.station.levelling import level
from appliance.vault.sealing import Sealer

PICTURES_PER_SECOND = 20
BIT_RATE = 1_500_000
"""bits/s of the pictures; with the sound, a film of a minute weighs 12 MB at most."""
LONGEST_SECONDS = 60
PART_SECONDS = 0.5
"""A part reaches the disk this often: ARCHITECTURE rule 4 allows the loss of one second."""
GUARD_SECONDS = 0.03
"""Let go after the signal, whatever it is: what sound cards still hold of it."""
READ_TIMEOUT = 1.0
_MICROSECONDS = 1_000_000


class PartWriter:
    """Multiplexes as it goes and hands a sealed part over twice a second; keeps the whole in memory."""

    def __init__(self, sealer: Sealer, write: Callable[[int, int, bytes], None], *, sound: bool) -> None:
        """`write(index, milliseconds, sealed)` puts a part on the disk, durably; `sound`: one will come."""
        self._transport = TransportWriter(sound=sound)
        self._sealer = sealer
        self._write = write
        self._index = 0
        self._from_ms = 0
        self._to_ms = 0
        self.stream = bytearray()
        """The opened parts so far, as one MPEG transport stream."""

    def add_picture(self, picture: Picture, microseconds: int) -> None:
        """Take a picture shown at `microseconds`; writes a part when it is full."""
        self._transport.add_picture(picture.data, microseconds, whole=picture.whole)
        self._to_ms = microseconds // 1000
        if self._to_ms - self._from_ms >= PART_SECONDS * 1000:
            self._flush()

    def add_sound(self, pcm: bytes) -> None:
        """Take what was heard next."""
        self._transport.add_sound(pcm)

    def close(self, milliseconds: int) -> None:
        """Write what is left of a film of that length."""
        self._transport.close()
        self._to_ms = milliseconds
        self._flush()

    def _flush(self) -> None:
        part = self._transport.take()
        if part:
            self.stream += part
            self._write(self._index, self._to_ms - self._from_ms, self._sealer.seal(part))
            self._index += 1
            self._from_ms = self._to_ms


@dataclass
class Film:
    """What was kept of one film. In memory only."""

    stream: bytes = b""
    """MPEG transport stream."""
    pcm: bytearray = field(default_factory=bytearray)
    """What was heard, from the first picture on; empty without a microphone."""
    duration_ms: int = 0
    first_picture: bytes = b""
    fault: DeviceError | None = None
    """The camera or the microphone went away before the pupil stopped."""
    deaf: bool = False
    """It was the microphone."""

    def sound(self) -> bytes:
        """Return the film's sound as the green button plays it: PCM at the loudness of all children."""
        return level(bytes(self.pcm)) if self.pcm else b""

    def mp4(self, sound: bytes) -> bytes:
        """Return the film as one file, with what `sound()` returned in place of what was heard.

        ValueError when nothing was filmed.
        """
        return to_mp4(self.stream, sound or None)

    def thumbnail(self) -> bytes:
        """Return its first picture as a small JPEG; ValueError when nothing was filmed."""
        return thumbnail(self.first_picture)


def record(
    video: FilmStream,
    microphone: MicrophoneStream | None,
    *,
    signal: Callable[[], None],
    started: Callable[[], None],
    stop: Event,
    limit_seconds: float,
    parts: PartWriter,
    now: Callable[[], float] = time.monotonic,
) -> Film:
    """Film from open streams until `stop`, the limit (at most a minute), or a stream's end; closes both.

    The signal sounds once the microphone gave its first block; neither a picture nor a sound from before its
    end is kept. `started` is called with the first kept picture. `now` dates the sound as pictures are.
    """
    film = Film()
    hearing = Hearing(microphone, now) if microphone is not None else None
    shooting = _Shooting(film, hearing, parts, started)
    limit = round(min(limit_seconds, LONGEST_SECONDS) * _MICROSECONDS)
    try:
        if hearing is not None:
            hearing.wait_for_first()
        signal()
        stop.wait(GUARD_SECONDS)
        video.start()
        while not stop.is_set() and shooting.length_us < limit:
            if not shooting.take(video.read(READ_TIMEOUT)):
                break
        video.close()
        while shooting.take(video.read(READ_TIMEOUT)):
            pass
    except DeviceError as error:
        film.fault = error
    video.close()
    shooting.finish()
    film.deaf = hearing is not None and hearing.fault is not None
    return film


class _Shooting:
    """A film being made."""

    def __init__(
        self, film: Film, hearing: Hearing | None, parts: PartWriter, started: Callable[[], None]
    ) -> None:
        self._film = film
        self._hearing = hearing
        self._parts = parts
        self._started = started
        self._begin_us: int | None = None
        self._last_us = 0
        self._ahead = bytearray()

    @property
    def length_us(self) -> int:
        """Length so far, the last picture's own time included."""
        if self._begin_us is None:
            return 0
        return self._last_us - self._begin_us + _MICROSECONDS // PICTURES_PER_SECOND

    def take(self, picture: Picture | None) -> bool:
        """Keep a picture and what was heard meanwhile; False when there is no more."""
        if picture is None:
            return False
        begin_us = self._begin(picture) if self._begin_us is None else self._begin_us
        self._last_us = picture.taken_us
        self._parts.add_picture(picture, picture.taken_us - begin_us)
        if self._hearing is not None:
            self._hear(self._hearing.taken())
        return True

    def finish(self) -> None:
        """Keep what was still heard, up to the last picture's end, and write the last part."""
        rest = self._hearing.close() if self._hearing is not None else b""
        if self._hearing is not None and self._film.fault is None:
            self._film.fault = self._hearing.fault
        if self._begin_us is None:
            return
        self._film.duration_ms = self.length_us // 1000
        self._hear(rest)
        self._parts.close(self._film.duration_ms)
        self._film.stream = bytes(self._parts.stream)

    def _begin(self, picture: Picture) -> int:
        self._begin_us = picture.taken_us
        self._film.first_picture = picture.data
        if self._hearing is not None:
            self._hearing.begin(picture.taken_us)
        self._started()
        return picture.taken_us

    def _hear(self, pcm: bytes) -> None:
        """Keep what was heard, no further than the pictures go."""
        self._ahead += pcm
        room = self.length_us * SAMPLE_RATE // _MICROSECONDS * 2 - len(self._film.pcm)
        heard = bytes(self._ahead[:room])
        del self._ahead[:room]
        self._film.pcm += heard
        self._parts.add_sound(heard)
