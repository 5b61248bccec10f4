"""Our sound as an MP3 that any phone plays."""

import lameenc

from appliance.devices.ports import SAMPLE_RATE

BIT_RATE = 48
"""kbit/s; constant, so that a phone can seek in it and a cut file still plays."""


def new_encoder() -> "lameenc.Encoder":
    """Return an MP3 encoder for our sound: mono, constant bit rate."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(BIT_RATE)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(1)
    encoder.set_quality(3)
    encoder.silence()
    return encoder


def to_mp3(pcm: bytes) -> bytes:
    """Return a sound as an MP3."""
    encoder = new_encoder()
    return bytes(encoder.encode(pcm)) + bytes(encoder.flush())
