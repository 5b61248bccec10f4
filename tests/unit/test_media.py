"""Films and sounds as bytes: made, joined, decoded; ffprobe and ffmpeg are the judges."""

import io
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from appliance.devices.ports import SAMPLE_RATE
from appliance.domain.permissions import Nature
from appliance.media import decode
from appliance.media.films import THUMBNAIL_SIDE, thumbnail, to_mp4
from appliance.media.joining import join
from appliance.media.mp3 import to_mp3
from appliance.media.transport import TransportWriter
from tests.unit.film_helpers import (
    RATE,
    beeps,
    complaints,
    flashes_and_beeps,
    pictures,
    probe,
    seconds_of,
)

SECONDS = 5
PICTURE_SOUND = SAMPLE_RATE // RATE * 2


def pieces(seconds: int = SECONDS, *, sound: bool = True) -> list[bytes]:
    """A film in pieces of half a second: it flashes and beeps at 1.5 s and 3.5 s."""
    writer = TransportWriter(sound=sound)
    pcm = beeps(seconds, [1.5, 3.5])
    made = []
    for number, picture in enumerate(pictures(seconds * RATE, white=frozenset({30, 31, 70, 71}))):
        writer.add_picture(picture.data, picture.taken_us, whole=picture.whole)
        writer.add_sound(pcm[number * PICTURE_SOUND : (number + 1) * PICTURE_SOUND])
        if number % (RATE // 2) == RATE // 2 - 1:
            made.append(writer.take())
    writer.close()
    return [*made, writer.take()]


@pytest.fixture(scope="module")
def parts() -> list[bytes]:
    return pieces()


def boxes(mp4: bytes) -> list[str]:
    names, at = [], 0
    while at < len(mp4):
        size, name = struct.unpack(">I4s", mp4[at : at + 8])
        names.append(name.decode())
        at += size
    return names


def test_a_film_is_what_any_phone_plays(parts: list[bytes]) -> None:
    mp4 = join(Nature.FILM, parts)
    told = probe(mp4)
    picture, sound = told["streams"]
    assert picture["codec_name"] == "h264"
    assert picture["profile"] in {"Constrained Baseline", "Main"}
    assert picture["pix_fmt"] == "yuv420p"
    assert (sound["codec_name"], sound["profile"], sound["channels"]) == ("aac", "LC", 1)
    assert "mp4" in told["format"]["format_name"]
    assert float(told["format"]["duration"]) == pytest.approx(SECONDS, abs=0.1)
    assert float(picture["start_time"]) == float(sound["start_time"]) == 0


def test_a_film_plays_from_its_first_byte(parts: list[bytes]) -> None:
    mp4 = join(Nature.FILM, parts)
    names = boxes(mp4)
    assert names.index("moov") < names.index("mdat")
    assert complaints(mp4) == ""


def test_joining_encodes_nothing_again(parts: list[bytes]) -> None:
    def pictures_of(media: bytes) -> list[bytes]:
        command = ["ffmpeg", "-v", "error", "-i", "-", "-map", "0:v", "-vsync", "0", "-f", "framehash", "-"]
        lines = subprocess.run(command, input=media, check=True, capture_output=True).stdout.splitlines()
        return [line.split(b",")[-1] for line in lines if not line.startswith(b"#")]

    kept = pictures_of(join(Nature.FILM, parts))
    assert len(kept) == SECONDS * RATE
    assert kept == pictures_of(b"".join(parts))


def test_every_beginning_of_a_film_plays_to_its_end(parts: list[bytes]) -> None:
    for count in range(1, len(parts)):
        mp4 = join(Nature.FILM, parts[:count])
        assert complaints(mp4) == ""
        assert min(seconds_of(mp4)) >= count / 2 - 0.2


def test_a_film_cut_at_any_byte_plays_or_is_refused(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    for length in np.random.default_rng(7).integers(0, len(stream), 40):
        try:
            mp4 = to_mp4(stream[:length])
        except ValueError:
            assert length < len(parts[0])
        else:
            assert probe(mp4)["streams"][0]["codec_name"] == "h264"


def test_pictures_and_sound_stay_together(parts: list[bytes]) -> None:
    for mp4 in (to_mp4(b"".join(parts)), to_mp4(b"".join(parts), beeps(SECONDS, [1.5, 3.5]))):
        flashes, heard = flashes_and_beeps(mp4)
        assert flashes == pytest.approx([1.5, 3.5], abs=0.01)
        assert heard == pytest.approx([1.5, 3.5], abs=0.025)


def test_another_sound_may_take_the_place_of_the_first(parts: list[bytes]) -> None:
    _, heard = flashes_and_beeps(to_mp4(b"".join(parts), beeps(SECONDS, [2.2])))
    assert heard == pytest.approx([2.2], abs=0.025)


def test_a_film_may_have_no_sound() -> None:
    streams = probe(join(Nature.FILM, pieces(2, sound=False)))["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264"]


def test_a_sound_that_never_came_leaves_a_film_without_one() -> None:
    writer = TransportWriter(sound=True)
    for picture in pictures(30):
        writer.add_picture(picture.data, picture.taken_us, whole=picture.whole)
    writer.close()
    streams = probe(to_mp4(writer.take()))["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264"]


def test_pictures_keep_their_uneven_times() -> None:
    """A camera in a dim room gives fewer; none is invented."""
    writer = TransportWriter(sound=False)
    moments = [0, 50_000, 250_000, 300_000, 700_000, 750_000]
    for picture, moment in zip(pictures(6), moments, strict=True):
        writer.add_picture(picture.data, moment, whole=picture.whole)
    writer.close()
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", "-"]
    told = subprocess.run(command, input=to_mp4(writer.take()), check=True, capture_output=True)
    assert [float(line) for line in told.stdout.split()] == pytest.approx(
        [m / 1e6 for m in moments], abs=0.001
    )


@pytest.mark.parametrize("junk", [b"", b"x" * 5000, bytes(100_000), b"\xff\xd8\xff\xe0junk"])
def test_what_is_not_a_film_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="film"):
        join(Nature.FILM, [junk])


def test_the_parts_of_a_voice_are_one_after_the_other() -> None:
    assert join(Nature.VOICE, [b"\xff\xfb1", b"\xff\xfb2"]) == b"\xff\xfb1\xff\xfb2"


def test_a_thumbnail_is_a_small_jpeg_of_the_picture() -> None:
    shown = Image.open(io.BytesIO(thumbnail(pictures(1, white=frozenset({0}))[0].data)))
    assert shown.format == "JPEG"
    assert max(shown.size) <= THUMBNAIL_SIDE
    assert shown.getpixel((20, 20)) > (240, 240, 240)
    assert not shown.getexif()


@pytest.mark.parametrize("junk", [b"", b"junk", bytes(500)])
def test_what_is_no_picture_has_no_thumbnail(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        thumbnail(junk)


def loudest_hertz(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * SAMPLE_RATE / len(samples))


def test_a_voice_is_decoded_as_it_was() -> None:
    pcm = decode.pcm_of(to_mp3(beeps(2, [0], length=2, frequency=440)))
    assert len(pcm) / 2 / SAMPLE_RATE == pytest.approx(2, abs=0.1)
    assert loudest_hertz(pcm) == pytest.approx(440, abs=2)


def test_a_film_s_sound_is_decoded(parts: list[bytes]) -> None:
    for media in (join(Nature.FILM, parts), b"".join(parts)):
        pcm = decode.pcm_of(media)
        assert len(pcm) / 2 / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)
        assert loudest_hertz(pcm) == pytest.approx(1000, abs=10)


def test_a_sound_from_elsewhere_comes_out_at_our_rate() -> None:
    """From a parent's phone, or another class: stereo, at another rate."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=600:d=1.5:r=44100", "-ac", "2"]
    mp3 = subprocess.run([*command, "-f", "mp3", "-"], check=True, capture_output=True).stdout
    pcm = decode.pcm_of(mp3)
    assert len(pcm) / 2 / SAMPLE_RATE == pytest.approx(1.5, abs=0.1)
    assert loudest_hertz(pcm) == pytest.approx(600, abs=3)


def test_a_cut_sound_gives_what_is_left() -> None:
    mp3 = to_mp3(beeps(4, [0], length=4))
    assert len(decode.pcm_of(mp3[: len(mp3) // 2])) / 2 / SAMPLE_RATE == pytest.approx(2, abs=0.2)


def test_a_sound_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "LONGEST_SECONDS", 1)
    assert len(decode.pcm_of(to_mp3(beeps(30, [0])))) / 2 / SAMPLE_RATE < 1.2


JUNK = [b"", b"x" * 5000, bytes(100_000), b"\xff\xd8\xff\xe0junk"]


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_not_a_sound_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="sound"):
        decode.pcm_of(junk)
    with pytest.raises(ValueError, match="sound"):
        decode.pcm_of_apart(junk, 60)


def test_a_film_without_sound_has_none_to_play() -> None:
    with pytest.raises(ValueError, match="sound"):
        decode.pcm_of(join(Nature.FILM, pieces(1, sound=False)))


def test_decoding_apart_gives_the_same_and_leaves_nothing_in_memory() -> None:
    script = (
        "import sys; from appliance.media import decode, films, joining, transport\n"
        "media = sys.stdin.buffer.read()\n"
        "pcm = decode.pcm_of_apart(media, 60)\n"
        "assert 'av' not in sys.modules\n"
        "assert pcm == decode.pcm_of(media)\n"
        "print(len(pcm))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], input=to_mp3(beeps(1, [0])), capture_output=True, timeout=120
    )
    assert int(run.stdout) == pytest.approx(2 * SAMPLE_RATE, rel=0.1), run.stderr


def test_decoding_apart_takes_no_longer_than_allowed() -> None:
    with pytest.raises(TimeoutError):
        decode.pcm_of_apart(to_mp3(beeps(1, [0])), 0.001)


def test_a_decoder_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode.sys, "executable", "/bin/false")
    with pytest.raises(OSError, match="ended with 1"):
        decode.pcm_of_apart(b"", 10)
