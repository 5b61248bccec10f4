"""A film while it is made: an MPEG transport stream, of which any beginning is a film that plays."""

import io
from fractions import Fraction
from typing import Any

from appliance.devices.ports import SAMPLE_RATE
from appliance.media.sounds import frame_of

FORMAT = "mpegts"
_PICTURE_TIMES = Fraction(1, 1_000_000)
SOUND_BIT_RATE = 64_000
_OPTIONS = {
    # A sound frame leaves when it is whole; the multiplexer would wait for a fuller packet.
    "pes_payload_size": "0",
    "flush_packets": "1",
    # Microseconds: how long pictures may wait for a sound that is late.
    "max_interleave_delta": "250000",
}


class TransportWriter:
    """Puts H.264 pictures and a sound together; what is ready is taken with `take`.

    The joined pieces are one stream, and so is any number of first pieces.
    """

    def __init__(self, *, sound: bool) -> None:
        """Say whether a sound will come."""
        import av

        self._buffer = io.BytesIO()
        self._container = av.open(_OneWay(self._buffer), "w", format=FORMAT, options=_OPTIONS)
        self._pictures = self._container.add_mux_stream("h264")
        self._sound = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if sound else None
        if self._sound is not None:
            self._sound.bit_rate = SOUND_BIT_RATE
        self._samples = 0

    def add_picture(self, data: bytes, microseconds: int, *, whole: bool) -> None:
        """Add one picture (Annex B) shown at `microseconds`; the first one must be `whole` (a key frame)."""
        import av

        packet = av.Packet(data)
        packet.stream = self._pictures
        packet.time_base = _PICTURE_TIMES
        packet.pts = packet.dts = microseconds
        packet.is_keyframe = whole
        self._container.mux(packet)

    def add_sound(self, pcm: bytes) -> None:
        """Add sound (PCM as of `devices.ports`) that follows the one before; the first is heard at 0."""
        if self._sound is None or not pcm:
            return
        frame = frame_of(pcm, self._samples)
        self._samples += len(pcm) // 2
        self._mux_sound(self._sound.encode(frame))

    def take(self) -> bytes:
        """Return what is ready since the last call."""
        ready = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return ready

    def close(self) -> None:
        """Make the rest ready."""
        if self._sound is not None:
            self._mux_sound(self._sound.encode(None))
        self._container.close()

    def _mux_sound(self, packets: list[Any]) -> None:
        for packet in packets:
            # The encoder's run-up, before the first sample: players would show the pictures after it.
            if packet.pts is not None and packet.pts >= 0:
                self._container.mux(packet)


class _OneWay:
    """What the multiplexer writes to, without the right to come back on it."""

    def __init__(self, buffer: io.BytesIO) -> None:
        self._buffer = buffer

    def write(self, data: bytes) -> int:
        return self._buffer.write(data)
