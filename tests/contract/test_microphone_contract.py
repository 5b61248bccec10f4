import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from appliance.config import StationConfig
from appliance.devices.ports import SAMPLE_RATE, DeviceError, Microphone, MicrophoneStream
from appliance.devices.sound import SoundCardMicrophone
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinMicrophone


@dataclass
class Bench:
    microphone: Microphone
    set_plugged: Callable[[bool], None] | None

    def plug(self, plugged: bool) -> None:
        if self.set_plugged is None:
            pytest.skip("needs a hand on the plug")
        self.set_plugged(plugged)


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "twin":
        twin = TwinMicrophone(Room())
        return Bench(twin, twin.set_plugged)
    stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
    names = [station.microphone for station in stations if station.microphone]
    if not names:
        pytest.skip("no station of this box has a microphone")
    return Bench(SoundCardMicrophone(names[0]), None)


def read_seconds(stream: MicrophoneStream, seconds: float) -> bytes:
    pcm = b""
    while len(pcm) < seconds * SAMPLE_RATE * 2:
        block = stream.read(1.0)
        assert block
        pcm += block
    return pcm


def test_blocks_are_whole_frames_at_the_pace_of_time(bench: Bench) -> None:
    with bench.microphone.open() as stream:
        read_seconds(stream, 0.02)
        begun = time.monotonic()
        pcm = read_seconds(stream, 0.6)
        assert time.monotonic() - begun > 0.4
        health = stream.health()
    assert len(pcm) % 2 == 0
    assert health.frames >= 0.62 * SAMPLE_RATE
    assert health.overflows == 0


def test_a_room_is_never_perfectly_silent(bench: Bench) -> None:
    with bench.microphone.open() as stream:
        assert any(read_seconds(stream, 0.2))


def test_closing_releases_a_reader(bench: Bench) -> None:
    ended = threading.Event()
    reading = threading.Event()
    with bench.microphone.open() as stream:

        def read() -> None:
            while stream.read(5.0) is not None:
                reading.set()
            ended.set()

        threading.Thread(target=read, daemon=True).start()
        assert reading.wait(5)
        stream.close()
        assert ended.wait(3)
        assert stream.read(1.0) is None


def test_what_came_before_closing_is_still_read(bench: Bench) -> None:
    with bench.microphone.open() as stream:
        read_seconds(stream, 0.02)
        threading.Event().wait(0.3)
    waiting = b""
    while (block := stream.read(1.0)) is not None:
        waiting += block
    assert len(waiting) > 0.1 * SAMPLE_RATE * 2


def test_it_opens_again(bench: Bench) -> None:
    for _ in range(2):
        with bench.microphone.open() as stream:
            assert stream.read(1.0)
            assert stream.health().frames > 0


def test_it_is_there(bench: Bench) -> None:
    bench.microphone.check()


def test_unplugged_while_open_it_says_so_within_three_seconds(bench: Bench) -> None:
    with bench.microphone.open() as stream:
        read_seconds(stream, 0.1)
        bench.plug(False)
        begun = time.monotonic()
        with pytest.raises(DeviceError, match="Rebranchez"):
            while True:
                stream.read(1.0)
        assert time.monotonic() - begun < 3


def test_unplugged_it_does_not_open_until_it_is_plugged_again(bench: Bench) -> None:
    bench.plug(False)
    with pytest.raises(DeviceError, match="Rebranchez"):
        bench.microphone.check()
    with pytest.raises(DeviceError, match="Rebranchez"), bench.microphone.open():
        pass
    bench.plug(True)
    bench.microphone.check()
    with bench.microphone.open() as stream:
        assert stream.read(1.0)
