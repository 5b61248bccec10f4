"""A finished film: one MP4 file that any phone plays from its first byte, and its picture in a list."""

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from appliance.devices.ports import SAMPLE_RATE
from appliance.media.sounds import frame_of
from appliance.media.transport import FORMAT, SOUND_BIT_RATE

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

THUMBNAIL_SIDE = 360
_SOUND_FRAME = 1024
_INDEX_BASE, _INDEX_PER_PACKET = 8_192, 32
"""Bytes kept for the index in front: the boxes that are always there, then the most that one packet adds to
the five tables (stts 8, stsz 4, stco 4, stsc 12, stss 4). What is left over is a `free` box."""


def to_mp4(stream: bytes, sound: bytes | None = None) -> bytes:
    """Return an MP4 of a transport stream, whole or cut anywhere: same pictures, not encoded again.

    `sound` (PCM heard from the stream's beginning) takes the place of its own. ValueError when there is no
    picture in the stream.
    """
    import av

    try:
        with av.open(io.BytesIO(stream), "r", format=FORMAT) as source:
            return _remuxed(source, sound)
    except av.FFmpegError as error:
        raise ValueError("not a film") from error


def thumbnail(picture: bytes) -> bytes:
    """Return a small JPEG of one whole picture (H.264, Annex B); ValueError when it is none."""
    import av

    decoder = av.CodecContext.create("h264", "r")
    try:
        shown = next(iter([*decoder.decode(av.Packet(picture)), *decoder.decode(None)]), None)
    except av.FFmpegError as error:
        raise ValueError("not a picture") from error
    if shown is None:
        raise ValueError("not a picture")
    image = shown.to_image()  # type: ignore[no-untyped-call]
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80, optimize=True)
    return buffer.getvalue()


def _remuxed(source: "InputContainer", sound: bytes | None) -> bytes:
    import av

    packets = [
        packet
        for packet in source.demux()
        if packet.dts is not None and (packet.stream.type == "video" or sound is None)
    ]
    if not any(packet.stream.type == "video" for packet in packets):
        raise ValueError("a film without a picture")
    file = io.BytesIO()
    samples = len(sound or b"") // 2
    room = _INDEX_BASE + _INDEX_PER_PACKET * (len(packets) + samples // _SOUND_FRAME + 2)
    with av.open(file, "w", format="mp4", options={"moov_size": str(room)}) as film:
        present = sorted({packet.stream for packet in packets}, key=lambda stream: stream.type != "video")
        copies: dict[Stream, Stream] = {stream: film.add_stream_from_template(stream) for stream in present}
        for packet in packets:
            packet.stream = copies[packet.stream]
        if sound:
            packets += _encoded(film, sound)
        for packet in sorted(packets, key=_moment):
            film.mux(packet)
    return file.getvalue()


def _encoded(film: "OutputContainer", sound: bytes) -> "list[Packet[Any]]":
    stream = film.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
    stream.bit_rate = SOUND_BIT_RATE
    return [*stream.encode(frame_of(sound, 0)), *stream.encode(None)]


def _moment(packet: "Packet[Any]") -> Fraction:
    return (packet.dts or 0) * packet.time_base
