"""A badge reader: the twin, and the real one over a pipe that gives the kernel's own event structures."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.config import StationConfig
from appliance.devices import reader as reader_module
from appliance.devices.ports import BadgeReader, DeviceError
from appliance.devices.reader import EVIOCGRAB, KeyboardReader
from appliance.simulator.twins.reader import TwinReader
from tests.unit.reader_helpers import typed

BADGE, OTHER = "7Q2M9XKD", "0W8ZAM33"
Until = Callable[[Callable[[], bool]], None]


class Pipe:
    """A named pipe in the place of `/dev/input/by-id/…-event-kbd`."""

    def __init__(self, path: Path, until: Until) -> None:
        self.path = path
        self._until = until
        self._end = -1
        os.mkfifo(path)

    def present(self, text: str) -> None:
        self.send(typed(text))

    def send(self, data: bytes) -> None:
        self._until(self._connected)
        os.write(self._end, data)

    def set_plugged(self, plugged: bool) -> None:
        if plugged:
            os.mkfifo(self.path)
        else:
            self.path.unlink()
            self.close()

    def close(self) -> None:
        if self._end >= 0:
            os.close(self._end)
        self._end = -1

    def _connected(self) -> bool:
        if self._end < 0:
            try:
                self._end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                assert error.errno == errno.ENXIO
                return False
        return True


@dataclass
class Bench:
    reader: BadgeReader
    present: Callable[[str], None] | None
    set_plugged: Callable[[bool], None] | None


@pytest.fixture(params=["twin", "pipe", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest, tmp_path: Path, until: Until) -> Iterator[Bench]:
    if request.param == "twin":
        twin = TwinReader()
        yield Bench(twin, twin.present, twin.set_plugged)
        twin.close()
    elif request.param == "pipe":
        pipe = Pipe(tmp_path / "reader-event-kbd", until)
        reader = KeyboardReader(pipe.path, look_every=0.01)
        yield Bench(reader, pipe.present, pipe.set_plugged)
        reader.close()
        pipe.close()
    else:
        stations: tuple[StationConfig, ...] = request.getfixturevalue("real_stations")
        paths = [station.badge_reader for station in stations if station.badge_reader]
        if not paths:
            pytest.skip("no station of this box has a reader")
        real = KeyboardReader(Path(paths[0]))
        yield Bench(real, None, None)
        real.close()


def test_it_is_there(bench: Bench) -> None:
    bench.reader.check()


def test_each_text_is_told_once_and_as_it_is(bench: Bench, until: Until) -> None:
    if bench.present is None:
        pytest.skip("needs a hand with a badge")
    heard: list[str] = []
    bench.reader.when_read(heard.append)
    bench.present(BADGE)
    bench.present(OTHER)
    bench.present(OTHER)
    until(lambda: len(heard) == 3)
    assert heard == [BADGE, OTHER, OTHER]


def test_unplugged_it_says_so_and_plugged_again_it_reads(bench: Bench, until: Until) -> None:
    if bench.present is None or bench.set_plugged is None:
        pytest.skip("needs a hand on the plug")
    heard: list[str] = []
    bench.reader.when_read(heard.append)
    bench.present(BADGE)
    until(lambda: heard == [BADGE])
    for _ in range(2):
        bench.set_plugged(False)
        with pytest.raises(DeviceError, match="débranché"):
            bench.reader.check()
        bench.set_plugged(True)
        bench.reader.check()
        heard.clear()
        bench.present(OTHER)
        until(lambda: heard == [OTHER])


@pytest.fixture
def pipe(tmp_path: Path, until: Until) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "reader-event-kbd", until)
    yield pipe
    pipe.close()


def test_junk_and_half_codes_do_not_stop_it(pipe: Pipe, until: Until) -> None:
    reader = KeyboardReader(pipe.path, look_every=0.01)
    heard: list[str] = []
    reader.when_read(heard.append)
    pipe.send(os.urandom(24 * 40))
    pipe.send(typed(BADGE)[:101])
    pipe.set_plugged(False)
    pipe.set_plugged(True)
    pipe.present(OTHER)
    until(lambda: OTHER in heard)
    reader.close()


def test_a_reader_that_was_never_there_is_found_when_it_comes(tmp_path: Path, until: Until) -> None:
    path = tmp_path / "later-event-kbd"
    reader = KeyboardReader(path, look_every=0.01)
    heard: list[str] = []
    reader.when_read(heard.append)
    with pytest.raises(DeviceError, match="Rebranchez"):
        reader.check()
    pipe = Pipe(path, until)
    pipe.present(BADGE)
    until(lambda: heard == [BADGE])
    reader.close()
    pipe.close()


def test_closed_it_leaves_no_thread_and_no_descriptor(pipe: Pipe, until: Until) -> None:
    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
    reader = KeyboardReader(pipe.path, look_every=0.01)
    heard: list[str] = []
    reader.when_read(heard.append)
    pipe.present(BADGE)
    until(lambda: heard == [BADGE])
    reader.close()
    pipe.close()
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before


def test_it_is_grabbed_so_that_nothing_types_on_the_console(
    pipe: Pipe, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(
        reader_module.fcntl, "ioctl", lambda _fd, request, value: asked.append((request, value))
    )
    reader = KeyboardReader(pipe.path, look_every=0.01)
    reader.when_read(lambda _text: None)
    until(lambda: bool(asked))
    assert asked[0] == (EVIOCGRAB, 1)
    reader.close()


def test_a_reader_in_another_program_s_hands_is_told_and_taken_when_free(
    pipe: Pipe, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    held.set()

    def grab(_descriptor: int, _request: int, _value: int) -> None:
        if held.is_set():
            raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(reader_module.fcntl, "ioctl", grab)
    reader = KeyboardReader(pipe.path, look_every=0.01)
    heard: list[str] = []
    reader.when_read(heard.append)

    def refused() -> bool:
        try:
            reader.check()
        except DeviceError as error:
            return "autre programme" in str(error)
        return False

    until(refused)
    held.clear()
    pipe.present(BADGE)
    until(lambda: heard == [BADGE])
    reader.check()
    reader.close()
