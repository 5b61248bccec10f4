"""The sound card adapters against a fake sounddevice; `tests/system/test_portaudio.py` has the real one."""

import sys
import threading
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from appliance.devices import sound
from appliance.devices.ports import DeviceError
from appliance.devices.sound import SoundCardLoudspeaker, SoundCardMicrophone

NO_FLAG = SimpleNamespace(input_overflow=False)
OVERFLOW = SimpleNamespace(input_overflow=True)


class FakePortAudioError(Exception):
    pass


class FakeAbort(Exception):
    pass


class FakeStream:
    def __init__(
        self,
        system: "FakeSound",
        *,
        samplerate: int,
        blocksize: int,
        device: int,
        channels: int,
        dtype: str,
        latency: float,
        callback: Callable[..., None],
        finished_callback: Callable[[], None] | None,
    ) -> None:
        assert dtype == "int16"
        system.asked.append(samplerate)
        if samplerate not in system.rates:
            raise FakePortAudioError("Invalid sample rate", -9997)
        if system.busy:
            raise FakePortAudioError("Device unavailable", -9985)
        self.samplerate, self.blocksize, self.channels = float(samplerate), blocksize, channels
        self.callback, self.finished = callback, finished_callback
        self.calls: list[str] = []
        self.heard = b""
        system.streams.append(self)

    def start(self) -> None:
        self.calls.append("start")
        if self.finished:
            threading.Thread(target=self._play, daemon=True).start()

    def _play(self) -> None:
        while True:
            room = bytearray(self.blocksize * self.channels * 2)
            times = SimpleNamespace(currentTime=5.0, outputBufferDacTime=5.0)
            try:
                self.callback(room, self.blocksize, times, NO_FLAG)
            except FakeAbort:
                break
            if "abort" in self.calls:
                break
            self.heard += room
        self.finished()

    def give(self, pcm: bytes, flags: object = NO_FLAG) -> None:
        self.callback(pcm, len(pcm) // 2, None, flags)

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")


class FakeSound:
    def __init__(self) -> None:
        self.rates = {24_000, 48_000}
        self.asked: list[int] = []
        self.busy = False
        self.streams: list[FakeStream] = []
        self.scans = 0
        self.present = True
        self.listed = True

    def query_devices(self) -> list[dict[str, object]]:
        entry = {"index": 0, "name": "station1", "default_samplerate": 48_000.0}
        return [entry | {"max_input_channels": 1, "max_output_channels": 2}] if self.listed else []

    def scan(self) -> None:
        self.scans += 1
        self.listed = self.present


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    system = FakeSound()
    module = ModuleType("sounddevice")
    module.PortAudioError, module.CallbackAbort = FakePortAudioError, FakeAbort
    module.query_devices = system.query_devices
    module.RawInputStream = lambda **options: FakeStream(system, **options)
    module.RawOutputStream = lambda **options: FakeStream(system, **options)
    module._terminate = lambda: None
    module._initialize = system.scan
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return system


def tone(rate: int, seconds: float) -> bytes:
    wave = 8_000 * np.sin(2 * np.pi * 500 * np.arange(round(rate * seconds)) / rate)
    return wave.astype("<i2").tobytes()


def test_blocks_are_handed_over_as_they_came(fake: FakeSound) -> None:
    with SoundCardMicrophone("station1").open() as stream:
        fake.streams[0].give(b"\x01\x00" * 480)
        fake.streams[0].give(b"\x02\x00" * 480)
        assert stream.read(1) == b"\x01\x00" * 480
        assert stream.health().frames == 480
        assert stream.read(1) == b"\x02\x00" * 480
    assert fake.streams[0].calls == ["start", "abort", "close"]


def test_a_block_is_copied_before_the_card_reuses_its_buffer(fake: FakeSound) -> None:
    with SoundCardMicrophone("station1").open() as stream:
        buffer = bytearray(b"\x01\x00" * 480)
        fake.streams[0].give(buffer)
        buffer[:] = bytes(960)
        assert stream.read(1) == b"\x01\x00" * 480


def test_an_overflow_that_is_flagged_is_counted(fake: FakeSound) -> None:
    with SoundCardMicrophone("station1").open() as stream:
        fake.streams[0].give(bytes(960))
        fake.streams[0].give(bytes(960), OVERFLOW)
        assert stream.health().overflows == 1


def test_sound_that_vanishes_without_a_flag_is_counted(
    fake: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(sound, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with SoundCardMicrophone("station1").open() as stream:
        for number in range(400):
            now[0] += 0.02 + (0.3 if number == 150 else 0)
            fake.streams[0].give(bytes(960))
        assert stream.health().overflows == 1


def test_a_reader_that_never_comes_does_not_fill_the_memory(
    fake: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "_MAX_WAITING_BLOCKS", 3)
    with SoundCardMicrophone("station1").open() as stream:
        for _ in range(5):
            fake.streams[0].give(b"\x01\x00")
        assert stream.health().overflows == 2
    blocks = []
    while (block := stream.read(1)) is not None:
        blocks.append(block)
    assert len(blocks) == 3


def test_no_block_in_time_is_a_fault(fake: FakeSound) -> None:
    with SoundCardMicrophone("station1").open() as stream, pytest.raises(DeviceError, match="Rebranchez"):
        stream.read(0.01)


def test_a_card_without_24_khz_is_opened_at_its_own_rate_and_resampled(fake: FakeSound) -> None:
    fake.rates = {48_000}
    source = tone(48_000, 1.0)
    with SoundCardMicrophone("station1").open() as stream:
        for start in range(0, len(source), 1920):
            fake.streams[0].give(source[start : start + 1920])
    pcm = b""
    while (block := stream.read(1)) is not None:
        pcm += block
    assert fake.asked == [24_000, 48_000]
    assert fake.streams[0].blocksize == 960
    got, wanted = np.frombuffer(pcm, "<i2"), np.frombuffer(tone(24_000, 1.0), "<i2")
    assert 23_900 < len(got) <= 24_000
    assert np.abs(got.astype(int) - wanted[: len(got)])[100:].max() < 10
    assert stream.health().frames == len(got)


def test_a_busy_card_says_what_to_do_and_leaves_nothing_open(fake: FakeSound) -> None:
    fake.busy = True
    with pytest.raises(DeviceError, match="ne s’ouvre pas"), SoundCardMicrophone("station1").open():
        pass
    fake.busy = False
    with SoundCardMicrophone("station1").open() as stream:
        fake.streams[0].give(bytes(2))
        assert stream.read(1)


def test_a_card_plugged_in_later_is_found(fake: FakeSound) -> None:
    fake.listed = False
    with SoundCardMicrophone("station1").open():
        assert fake.scans == 1


def test_the_cards_are_not_scanned_while_a_stream_is_open(fake: FakeSound) -> None:
    with SoundCardMicrophone("station1").open():
        fake.listed = False
        with pytest.raises(DeviceError, match="haut-parleur"):
            SoundCardLoudspeaker("station1").play(b"\x00\x00", "consigne")
        assert fake.scans == 0


def test_checking_opens_and_scans_nothing(fake: FakeSound) -> None:
    microphone = SoundCardMicrophone("station1")
    microphone.check()
    fake.listed = False
    with pytest.raises(DeviceError, match=r"micro.*station1.*débranché"):
        microphone.check()
    assert (fake.streams, fake.scans) == ([], 0)


def test_without_portaudio_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLibrary:
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoLibrary(), *sys.meta_path])
    microphone = SoundCardMicrophone("station1")
    with pytest.raises(DeviceError, match="libportaudio2"):
        microphone.check()


def test_both_sides_of_the_card_play_the_sound(fake: FakeSound) -> None:
    pcm = tone(24_000, 0.1)
    SoundCardLoudspeaker("station1").play(pcm, "consigne")
    left, right = np.frombuffer(fake.streams[0].heard, "<i2").reshape(-1, 2).T
    assert left[:2400].tobytes() == pcm == right[:2400].tobytes()
    assert not left[2400:].any()


def test_a_sound_is_resampled_for_a_card_without_24_khz(fake: FakeSound) -> None:
    fake.rates = {48_000}
    SoundCardLoudspeaker("station1").play(tone(24_000, 0.2), "consigne")
    left = np.frombuffer(fake.streams[0].heard, "<i2").reshape(-1, 2)[:9600, 0]
    wanted = np.frombuffer(tone(48_000, 0.2), "<i2")
    assert np.abs(left.astype(int) - wanted)[200:-200].max() < 10


def test_a_card_that_stops_before_the_end_is_a_fault(
    fake: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeStream, "_play", lambda stream: stream.finished())
    with pytest.raises(DeviceError, match="ne joue plus"):
        SoundCardLoudspeaker("station1").play(tone(24_000, 0.1), "consigne")
    assert fake.streams[0].calls[-1] == "close"


def test_a_card_that_never_ends_is_a_fault(fake: FakeSound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeStream, "_play", lambda stream: None)
    monkeypatch.setattr(sound, "_GRACE_SECONDS", 0.01)
    with pytest.raises(DeviceError, match="ne joue plus"):
        SoundCardLoudspeaker("station1").play(tone(24_000, 0.01), "consigne")


def test_a_stop_does_not_wait_for_a_card_that_calls_back_no_more(
    fake: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three minutes of a pupil's voice on a loudspeaker that was pulled out: the next sound must not wait."""
    silent = threading.Event()
    monkeypatch.setattr(FakeStream, "_play", lambda stream: silent.set())
    loudspeaker = SoundCardLoudspeaker("station1")
    play = threading.Thread(target=loudspeaker.play, args=(bytes(2 * 24_000 * 180), "take"))
    play.start()
    assert silent.wait(10)
    loudspeaker.stop()
    play.join(5)
    assert not play.is_alive()
    assert fake.streams[0].calls[-1] == "close"
