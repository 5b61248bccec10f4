"""From a capture's media to the sound a station plays.

PyAV would stay in the station's memory for ever: a station that only plays uses `pcm_of_apart`, whose process
ends with its work. `python -m appliance.media.decode` is that process: media in, PCM out, nothing on disk.
"""

import io
import subprocess
import sys

from appliance.devices.ports import SAMPLE_RATE
from appliance.media.sounds import pcm_in

LONGEST_SECONDS = 900
"""What follows is not decoded: a media may come from another class, and a station has little memory."""
_JUNK = 65
"""Exit status: what was given is no sound (EX_DATAERR)."""


def pcm_of(media: bytes) -> bytes:
    """Return the sound of an MP3, MP4 or MPEG-TS as PCM of `devices.ports`; ValueError when it has none."""
    import av

    ours = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    pcm = bytearray()
    try:
        with av.open(io.BytesIO(media), "r") as source:
            if not source.streams.audio:
                raise ValueError("no sound in this media")
            for frame in source.decode(audio=0):
                for piece in ours.resample(frame):
                    pcm += pcm_in(piece)
                if len(pcm) >= LONGEST_SECONDS * SAMPLE_RATE * 2:
                    break
            for piece in ours.resample(None):
                pcm += pcm_in(piece)
    except av.FFmpegError as error:
        if not pcm:
            raise ValueError("not a sound") from error
    if not pcm:
        raise ValueError("not a sound")
    return bytes(pcm)


def pcm_of_apart(media: bytes, timeout: float) -> bytes:
    """Do as `pcm_of`, in a process of its own that ends within `timeout` seconds.

    ValueError when it has no sound; TimeoutError when it took too long; OSError when it could not run.
    """
    command = [sys.executable, "-m", "appliance.media.decode"]
    try:
        run = subprocess.run(
            command, input=media, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError("the sound took too long to decode") from error
    if run.returncode == _JUNK:
        raise ValueError("not a sound")
    if run.returncode != 0:
        raise OSError(f"the decoder ended with {run.returncode}")
    return run.stdout


def main() -> int:
    """Decode standard input to standard output."""
    try:
        pcm = pcm_of(sys.stdin.buffer.read())
    except ValueError:
        return _JUNK
    sys.stdout.buffer.write(pcm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
