import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from appliance.config import StationConfig
from appliance.devices.ports import DeviceError, Loudspeaker
from appliance.devices.sound import SoundCardLoudspeaker
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker

MakeSound = Callable[[float], bytes]


@dataclass
class Bench:
    loudspeaker: Loudspeaker
    set_plugged: Callable[[bool], None] | None

    def plug(self, plugged: bool) -> None:
        if self.set_plugged is None:
            pytest.skip("needs a hand on the plug")
        self.set_plugged(plugged)


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "twin":
        twin = TwinLoudspeaker(Room())
        return Bench(twin, twin.set_plugged)
    stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
    names = [station.loudspeaker for station in stations if station.loudspeaker]
    if not names:
        pytest.skip("no station of this box has a loudspeaker")
    return Bench(SoundCardLoudspeaker(names[0]), None)


def in_background(call: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_it_returns_when_the_sound_has_ended(bench: Bench, sound: MakeSound) -> None:
    begun = time.monotonic()
    bench.loudspeaker.play(sound(0.3), "consigne")
    bench.loudspeaker.play(sound(0.2), "consigne")
    assert time.monotonic() - begun >= 0.5


def test_an_empty_sound_ends_at_once(bench: Bench) -> None:
    bench.loudspeaker.play(b"", "rien")


def test_one_sound_at_a_time(bench: Bench, sound: MakeSound) -> None:
    begun = time.monotonic()
    both = [in_background(lambda: bench.loudspeaker.play(sound(0.3), "un")) for _ in range(2)]
    for thread in both:
        thread.join(5)
    assert time.monotonic() - begun >= 0.6


def test_stop_cuts_the_sound_and_the_next_one_plays(bench: Bench, sound: MakeSound) -> None:
    begun = time.monotonic()
    playing = in_background(lambda: bench.loudspeaker.play(sound(10), "take"))
    while playing.is_alive() and time.monotonic() - begun < 9:
        bench.loudspeaker.stop()
        playing.join(0.05)
    assert time.monotonic() - begun < 5
    begun = time.monotonic()
    bench.loudspeaker.play(sound(0.3), "consigne")
    assert time.monotonic() - begun >= 0.3


def test_stop_with_nothing_playing_does_nothing(bench: Bench) -> None:
    bench.loudspeaker.stop()


def test_it_is_there(bench: Bench) -> None:
    bench.loudspeaker.check()


def test_unplugged_it_says_so_until_it_is_plugged_again(bench: Bench, sound: MakeSound) -> None:
    bench.plug(False)
    with pytest.raises(DeviceError, match="Rebranchez"):
        bench.loudspeaker.check()
    with pytest.raises(DeviceError, match="Rebranchez"):
        bench.loudspeaker.play(sound(0.1), "consigne")
    bench.plug(True)
    bench.loudspeaker.check()
    bench.loudspeaker.play(sound(0.1), "consigne")


def test_unplugged_while_it_plays_it_says_so(bench: Bench, sound: MakeSound) -> None:
    if bench.set_plugged is None:
        pytest.skip("needs a hand on the plug")
    pull = threading.Timer(0.1, bench.set_plugged, [False])
    pull.start()
    with pytest.raises(DeviceError, match="Rebranchez"):
        bench.loudspeaker.play(sound(10), "take")
    pull.join()
