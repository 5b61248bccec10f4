"""Sound between our PCM (mono, 16 bits, `devices.ports.SAMPLE_RATE`) and PyAV's frames."""

from fractions import Fraction
from typing import TYPE_CHECKING

from appliance.devices.ports import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame


def frame_of(pcm: bytes, first: int) -> "AudioFrame":
    """Return PCM as a frame whose first sample is the `first`th of its sound."""
    import av

    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.planes[0].update(pcm)
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = Fraction(1, SAMPLE_RATE)
    frame.pts = first
    return frame


def pcm_in(frame: "AudioFrame") -> bytes:
    """Return the PCM in a frame of our own format; its plane is padded."""
    return bytes(memoryview(frame.planes[0])[: frame.samples * 2])
