import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import av
import pytest

from appliance.config import StationConfig
from appliance.devices.camera import PiCamera
from appliance.devices.ports import DeviceError, FilmCamera, FilmStream, Picture
from appliance.media.films import thumbnail, to_mp4
from appliance.media.transport import TransportWriter
from appliance.simulator.twins.camera import TwinCamera

RATE, BIT_RATE = 20, 1_500_000


@dataclass
class Bench:
    camera: FilmCamera
    set_plugged: Callable[[bool], None] | None

    def plug(self, plugged: bool) -> None:
        if self.set_plugged is None:
            pytest.skip("needs a hand on the ribbon cable")
        self.set_plugged(plugged)


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "twin":
        twin = TwinCamera()
        return Bench(twin, twin.set_plugged)
    stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
    numbers = [station.tray_camera for station in stations if station.tray_camera is not None]
    if not numbers:
        pytest.skip("no station of this box has a camera above its tray")
    return Bench(PiCamera(numbers[0]), None)


def filmed(stream: FilmStream, count: int) -> list[Picture]:
    pictures = [stream.read(2.0) for _ in range(count)]
    assert None not in pictures
    return [picture for picture in pictures if picture is not None]


def test_a_film_begins_with_a_whole_picture_that_is_seen_after_the_start(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        asked = time.monotonic()
        stream.start()
        first = filmed(stream, 1)[0]
    assert first.whole
    assert first.data.startswith((b"\x00\x00\x00\x01", b"\x00\x00\x01"))
    assert asked * 1e6 <= first.taken_us <= time.monotonic() * 1e6
    assert thumbnail(first.data).startswith(b"\xff\xd8")


def test_pictures_come_in_order_at_the_rate_that_was_asked(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        moments = [picture.taken_us for picture in filmed(stream, 2 * RATE)]
    steps = sorted(after - before for before, after in pairwise(moments))
    assert steps[0] > 0
    assert steps[len(steps) // 2] == pytest.approx(1_000_000 / RATE, rel=0.2)


def test_a_whole_picture_comes_at_least_every_second(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        wholes = [number for number, picture in enumerate(filmed(stream, 3 * RATE)) if picture.whole]
    assert max(after - before for before, after in pairwise(wholes)) <= RATE


def test_pictures_are_what_a_phone_shows_and_weigh_what_was_asked(bench: Bench) -> None:
    writer = TransportWriter(sound=False)
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        pictures = filmed(stream, 4 * RATE)
    for picture in pictures:
        writer.add_picture(picture.data, picture.taken_us - pictures[0].taken_us, whole=picture.whole)
    writer.close()
    with av.open(BytesIO(to_mp4(writer.take()))) as film:
        shown = film.streams.video[0]
        assert shown.codec_context.pix_fmt == "yuv420p"
        assert shown.profile in {"Constrained Baseline", "Baseline", "Main"}
        assert shown.width <= 1280
        assert shown.height in range(480, 721)
        assert len(list(film.decode(shown))) == len(pictures)
    assert sum(len(picture.data) for picture in pictures) * 8 / 4 < 2_000_000


def test_close_ends_reading_and_may_be_called_twice(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        filmed(stream, 2)
        stream.close()
        stream.close()
        deadline = time.monotonic() + 10
        while stream.read(1.0) is not None:
            assert time.monotonic() < deadline
        assert stream.read(1.0) is None


def test_a_film_that_never_starts_has_no_picture(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.close()
        assert stream.read(1.0) is None


def test_it_films_photographs_and_films_again(bench: Bench) -> None:
    for _ in range(2):
        with bench.camera.film(RATE, BIT_RATE) as film:
            film.start()
            filmed(film, 2)
        with bench.camera.open() as stream:
            assert stream.still(3.0)


def test_unplugged_while_filming_it_says_so_within_its_timeout(bench: Bench) -> None:
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        filmed(stream, 2)
        bench.plug(False)
        begun = time.monotonic()
        with pytest.raises(DeviceError, match="nappe"):
            while time.monotonic() - begun < 5:
                stream.read(0.5)
    bench.plug(True)
    with bench.camera.film(RATE, BIT_RATE) as stream:
        stream.start()
        filmed(stream, 1)


def test_unplugged_it_does_not_film(bench: Bench) -> None:
    bench.plug(False)
    with pytest.raises(DeviceError, match="nappe"), bench.camera.film(RATE, BIT_RATE):
        pass
