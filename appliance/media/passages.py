"""A sound of several voices of which one passage stays, the rest silent (law.md §3, Third parties)."""

from dataclasses import dataclass

from appliance.devices.ports import SAMPLE_RATE
from appliance.media.decode import pcm_of_apart
from appliance.media.mp3 import to_mp3

_DECODING_SECONDS = 60.0
_SAMPLE = 2
"""Bytes."""


@dataclass(frozen=True)
class Passage:
    """What is heard of a sound, in seconds from its beginning."""

    start: float
    end: float


def only(media: bytes, passage: Passage) -> bytes:
    """Return a sound as an MP3 of the same length in which nothing but a passage is heard.

    ValueError when it is no sound; TimeoutError or OSError when it could not be decoded.
    """
    pcm = bytearray(pcm_of_apart(media, _DECODING_SECONDS))
    first, last = (min(len(pcm), _place(second)) for second in (passage.start, passage.end))
    pcm[:first] = bytes(first)
    pcm[last:] = bytes(len(pcm) - last)
    return to_mp3(bytes(pcm))


def _place(second: float) -> int:
    return max(0, round(second * SAMPLE_RATE)) * _SAMPLE
