"""What is kept of a voice, and how it is cut into parts."""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pyrage import decrypt, x25519

from appliance.devices.ports import SAMPLE_RATE, DeviceError, MicrophoneHealth
from appliance.media import mp3
from appliance.station import voice
from appliance.station.ear import Ear, Reactions
from appliance.vault.sealing import Sealer

BLOCK = 480


class ScriptedStream:
    """Hands over numbered blocks, then what the script says."""

    def __init__(self, blocks: Iterator[bytes], held: int = 0) -> None:
        self._blocks = blocks
        self._held = held
        self.closed = False

    def read(self, timeout: float) -> bytes | None:
        if self.closed:
            self._held -= 1
            return block_of(9) if self._held >= 0 else None
        return next(self._blocks)

    def health(self) -> MicrophoneHealth:
        return MicrophoneHealth(0, 0)

    def close(self) -> None:
        self.closed = True


def block_of(value: int) -> bytes:
    return np.full(BLOCK, value, "<i2").tobytes()


@pytest.fixture
def identity() -> x25519.Identity:
    return x25519.Identity.generate()


def parts_of(identity: x25519.Identity) -> tuple[voice.PartWriter, list[tuple[int, int, bytes]]]:
    written: list[tuple[int, int, bytes]] = []
    sealer = Sealer([str(identity.to_public())])
    return voice.PartWriter(sealer, lambda *part: written.append(part)), written


def test_only_what_follows_the_signal_is_kept(identity: x25519.Identity) -> None:
    signal_over = threading.Event()
    stop = threading.Event()
    handed: list[int] = []

    def blocks() -> Iterator[bytes]:
        for _ in range(5):
            handed.append(1)
            yield block_of(1)
        signal_over.set()
        while not signalled.is_set():
            yield block_of(1)
        for _ in range(10):
            yield block_of(2)
        stop.set()
        yield block_of(2)

    signalled = threading.Event()

    def signal() -> None:
        signal_over.wait(5)
        signalled.set()

    stream = ScriptedStream(blocks(), held=2)
    parts, written = parts_of(identity)
    started: list[bool] = []
    recording = voice.record(
        stream,
        signal=signal,
        started=lambda: started.append(True),
        stop=stop,
        limit_seconds=10,
        parts=parts,
        ear=ear_for(),
    )
    voice.finish(stream, recording, parts, ear_for())
    kept = np.frombuffer(bytes(recording.pcm), "<i2")
    assert started == [True]
    assert len(handed) == 5
    assert list(kept[-2 * BLOCK :]) == [9] * 2 * BLOCK
    assert set(kept) <= {1, 2, 9}
    # The first two blocks after the signal are what a sound card may still hold of it.
    assert np.count_nonzero(kept == 1) <= BLOCK
    assert sum(ms for _, ms, _ in written) == pytest.approx(recording.duration_ms, abs=1)


def test_a_reader_that_comes_late_keeps_nothing_of_the_signal(identity: x25519.Identity) -> None:
    """A busy processor: what the microphone heard during the signal is read after its end."""
    signal_over = threading.Event()
    stop = threading.Event()
    heard_of_signal = 15

    def blocks() -> Iterator[bytes]:
        yield block_of(1)
        began = time.monotonic()
        while time.monotonic() - began < heard_of_signal * BLOCK / SAMPLE_RATE:
            threading.Event().wait(0.005)
        signal_over.set()
        assert joined.wait(5)
        for _ in range(heard_of_signal):
            yield block_of(1)
        for _ in range(40):
            yield block_of(2)
        stop.set()
        yield block_of(2)

    joined = threading.Event()

    def signal() -> None:
        signal_over.wait(5)
        threading.Timer(0.05, joined.set).start()

    parts, _ = parts_of(identity)
    recording = voice.record(
        ScriptedStream(blocks()),
        signal=signal,
        started=lambda: None,
        stop=stop,
        limit_seconds=10,
        parts=parts,
        ear=ear_for(),
    )
    kept = np.frombuffer(bytes(recording.pcm), "<i2")
    assert set(kept) == {2}
    assert len(kept) > 30 * BLOCK


def test_a_take_stops_at_its_limit(identity: x25519.Identity) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield block_of(3)

    parts, _ = parts_of(identity)
    recording = voice.record(
        ScriptedStream(endless()),
        signal=lambda: None,
        started=lambda: None,
        stop=threading.Event(),
        limit_seconds=1,
        parts=parts,
        ear=ear_for(),
    )
    assert 1000 <= recording.duration_ms <= 1020


def test_a_lost_microphone_ends_the_take_with_what_it_heard(identity: x25519.Identity) -> None:
    def dying() -> Iterator[bytes]:
        for _ in range(100):
            yield block_of(3)
        raise DeviceError("débranché")

    parts, written = parts_of(identity)
    stream = ScriptedStream(dying())
    recording = voice.record(
        stream,
        signal=lambda: None,
        started=lambda: None,
        stop=threading.Event(),
        limit_seconds=60,
        parts=parts,
        ear=ear_for(),
    )
    voice.finish(stream, recording, parts, ear_for())
    assert recording.fault is not None
    assert recording.duration_ms > 1_500
    assert written


def test_parts_are_sealed_and_join_into_one_mp3(identity: x25519.Identity) -> None:
    parts, written = parts_of(identity)
    rng = np.random.default_rng(1)
    for _ in range(150):
        parts.add((rng.standard_normal(BLOCK) * 2000).astype("<i2").tobytes())
    parts.close()
    assert [index for index, _, _ in written] == list(range(len(written)))
    assert max(ms for _, ms, _ in written) <= 520
    joined = b"".join(decrypt(sealed, [identity]) for _, _, sealed in written)
    assert joined[0] == 0xFF
    assert len(joined) == pytest.approx(3.0 * mp3.BIT_RATE * 125, rel=0.1)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.013, 7.3])
def test_an_mp3_says_how_long_it_is(seconds: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).standard_normal(round(seconds * SAMPLE_RATE)) * 2000
    (tmp_path / "x.mp3").write_bytes(mp3.to_mp3(noise.astype("<i2").tobytes()))
    probe = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    told = subprocess.run([*probe, tmp_path / "x.mp3"], check=True, capture_output=True, text=True).stdout
    assert float(told) == pytest.approx(seconds, abs=0.1)


def test_a_take_stopped_before_its_first_sample_has_no_part(identity: x25519.Identity) -> None:
    parts, written = parts_of(identity)
    parts.close()
    assert written == []


def test_a_cut_at_any_block_loses_less_than_a_second(identity: x25519.Identity, tmp_path: Path) -> None:
    """What a decoder finds in the parts written so far, block after block: 0.3 s remain for the disk."""
    parts, written = parts_of(identity)
    block = (np.random.default_rng(2).standard_normal(BLOCK) * 2000).astype("<i2").tobytes()
    held, known = 0.0, 0
    for count in range(1, 200):
        lost = count * BLOCK / SAMPLE_RATE - held
        assert lost <= 0.7
        parts.add(block)
        if len(written) > known:
            known = len(written)
            opened = b"".join(decrypt(sealed, [identity]) for _, _, sealed in written)
            held = decoded_seconds(opened, tmp_path) - ENCODER_DELAY
            assert sum(ms for _, ms, _ in written) / 1000 - held < 0.12


def ear_for(seconds: float = 60.0) -> Ear:
    return Ear(
        Reactions(hint=lambda: None, last_seconds=lambda: None, attention=lambda _wrong: None), seconds
    )


ENCODER_DELAY = 1105 / SAMPLE_RATE
"""Silence that LAME and a decoder put before the first sample."""


def decoded_seconds(mp3: bytes, folder: Path) -> float:
    (folder / "x.mp3").write_bytes(mp3)
    play = ["ffmpeg", "-v", "error", "-i", folder / "x.mp3", "-f", "s16le", "-"]
    return len(subprocess.run(play, check=True, capture_output=True).stdout) / 2 / SAMPLE_RATE
