import struct

import numpy as np
import pytest

from appliance.devices.wav import read_wav

WAVE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2_400) / 24_000)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)


def wav(
    raw: bytes, bits: int, kind: int = 1, rate: int = 24_000, channels: int = 1, extra: bytes = b""
) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits) + extra
    body = b"WAVE" + chunk(b"fmt ", form) + chunk(b"LIST", b"odd") + chunk(b"data", raw)
    return chunk(b"RIFF", body)


def pcm24(wave: np.ndarray) -> bytes:
    wide = np.rint(wave * (2**23 - 1)).astype("<i4")
    return b"".join(int(sample).to_bytes(3, "little", signed=True) for sample in wide)


FILES = {
    "8 bits": wav(np.rint(WAVE * 127 + 128).astype(np.uint8).tobytes(), 8),
    "16 bits": wav((WAVE * 32767).astype("<i2").tobytes(), 16),
    "24 bits": wav(pcm24(WAVE), 24),
    "32 bits": wav((WAVE * (2**31 - 1)).astype("<i4").tobytes(), 32),
    "float": wav(WAVE.astype("<f4").tobytes(), 32, kind=3),
    "double": wav(WAVE.astype("<f8").tobytes(), 64, kind=3),
    "extensible": wav(
        (WAVE * 32767).astype("<i2").tobytes(),
        16,
        kind=0xFFFE,
        extra=struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14),
    ),
    "stereo": wav(np.repeat(WAVE * 32767, 2).astype("<i2").tobytes(), 16, channels=2),
}


@pytest.mark.parametrize("name", FILES)
def test_every_ordinary_wav_is_the_same_sound(name: str) -> None:
    samples = np.frombuffer(read_wav(FILES[name]), "<i2") / 32768
    assert len(samples) == len(WAVE)
    assert np.abs(samples - WAVE).max() < (0.01 if name == "8 bits" else 0.0002)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_any_rate_becomes_24_khz(rate: int) -> None:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate // 10) / rate)
    samples = np.frombuffer(read_wav(wav((wave * 32767).astype("<i2").tobytes(), 16, rate=rate)), "<i2")
    assert abs(len(samples) - 2_400) <= 1
    assert np.abs(samples[200:2200] / 32768 - WAVE[200:2200]).max() < 0.002


def test_the_two_sides_of_a_stereo_sound_are_mixed() -> None:
    sides = np.zeros(4_800, "<i2")
    sides[::2] = 20_000
    samples = np.frombuffer(read_wav(wav(sides.tobytes(), 16, channels=2)), "<i2")
    assert (samples == 10_000).all()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_wav_written_to_a_pipe_has_no_true_size(size: int) -> None:
    raw = (WAVE * 32767).astype("<i2").tobytes()
    whole = wav(raw, 16)
    piped = whole[: -len(raw) - 4] + struct.pack("<I", size) + raw
    assert read_wav(piped) == read_wav(whole)


def test_a_frame_cut_in_two_at_the_end_is_dropped() -> None:
    raw = np.full(100, 500, "<i2").tobytes() + b"\x01"
    assert len(read_wav(wav(raw, 16))) == 200


def test_numbers_that_are_none_are_silence() -> None:
    raw = np.array([np.nan, np.inf, 0.5], "<f4").tobytes()
    assert np.frombuffer(read_wav(wav(raw, 32, kind=3)), "<i2").tolist() == [0, 0, 16384]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "pas un WAV"),
        (b"ID3\x04mp3 of somebody", "pas un WAV"),
        (b"RIFF\x04\x00\x00\x00WAVE", "pas de son"),
        (wav(b"", 16), "pas de son"),
        (wav(b"\x00" * 64, 4, kind=2), "compressé"),
        (wav(b"\x00" * 64, 12), "compressé"),
        (wav(b"\x00" * 64, 16, channels=0), "en-tête"),
        (wav(b"\x00" * 64, 16, rate=0), "en-tête"),
    ],
)
def test_what_cannot_be_read_is_refused_in_french(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_wav(data)
