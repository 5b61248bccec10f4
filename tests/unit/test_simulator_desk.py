"""One station seen from the simulator, with a wire in place of its process."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.simulator.desk import Desk, NotThere
from appliance.simulator.link import Message, Wire, packed, unpacked


class Process:
    """The other end of the wire: what a station's process would do."""

    def __init__(self, desk: Desk) -> None:
        ours, theirs = socket.socketpair()
        self.wire = Wire(theirs)
        self._served = Wire(ours)
        self.heard: list[Message] = []
        self._threads = [
            threading.Thread(target=desk.serve, args=(self._served,)),
            threading.Thread(target=self._listen),
        ]
        for thread in self._threads:
            thread.start()

    def kinds(self) -> list[str]:
        return [message["kind"] for message in self.heard]

    def die(self) -> None:
        self.wire.close()
        for thread in self._threads:
            thread.join()
        self._served.close()

    def _listen(self) -> None:
        for message in self.wire.messages():
            self.heard.append(message)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk("A", ("badge_camera",), True, tmp_path / "A", lambda: None)


@pytest.fixture
def process(desk: Desk) -> Iterator[Process]:
    process = Process(desk)
    wait_for(lambda: "begin" in process.kinds())
    yield process
    process.die()


def streams(desk: Desk) -> dict[str, int]:
    found: dict[str, int] = desk.state()["streams"]["microphone"]
    return found


def test_streams_are_counted_across_the_lives_of_a_process(desk: Desk) -> None:
    first = Process(desk)
    first.wire.send("stream", device="microphone", open=True)
    wait_for(lambda: streams(desk) == {"opened": 1, "open": 1})
    first.die()
    assert streams(desk) == {"opened": 1, "open": 0}
    second = Process(desk)
    second.wire.send("stream", device="microphone", open=True)
    second.wire.send("stream", device="microphone", open=False)
    wait_for(lambda: streams(desk) == {"opened": 2, "open": 0})
    second.die()


def test_a_press_answers_after_the_release(desk: Desk, process: Process) -> None:
    pressing = threading.Thread(target=desk.press, args=("red", 50))
    pressing.start()
    wait_for(lambda: "press" in process.kinds())
    assert pressing.is_alive()
    asked = process.heard[-1]
    assert (asked["button"], asked["ms"]) == ("red", 50)
    process.wire.send("pressed", id=asked["id"])
    pressing.join(10)
    assert not pressing.is_alive()


def test_nobody_can_press_a_station_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotThere):
        desk.press("red", 50)


def test_a_press_is_let_go_when_the_station_dies_meanwhile(desk: Desk) -> None:
    process, refused = Process(desk), threading.Event()

    def press() -> None:
        with pytest.raises(NotThere):
            desk.press("red", 60_000)
        refused.set()

    pressing = threading.Thread(target=press)
    wait_for(lambda: "begin" in process.kinds())
    pressing.start()
    wait_for(lambda: "press" in process.kinds())
    process.die()
    pressing.join(10)
    assert refused.is_set()


def test_a_badge_stays_until_it_is_read(desk: Desk, process: Process) -> None:
    process.wire.send("panel", state="ready")
    desk.show_badge("B0NJ0VR1", "cat", random.Random(1))
    process.wire.send("panel", state="looking")
    wait_for(lambda: desk.state()["state"] == "looking")
    assert desk.state()["badge"] == "B0NJ0VR1"
    assert desk.badge_view() is not None
    process.wire.send("panel", state="starting")
    wait_for(lambda: desk.state()["badge"] is None)
    wait_for(lambda: process.kinds().count("see") == 2)
    views = [unpacked(message["image"]) for message in process.heard if message["kind"] == "see"]
    assert views[0] != views[1]


def test_a_badge_can_be_taken_away(desk: Desk, process: Process) -> None:
    desk.show_badge("B0NJ0VR1", "cat", random.Random(1))
    desk.hide_badge()
    assert desk.state()["badge"] is None


def test_a_new_process_finds_the_world_as_it_was(desk: Desk) -> None:
    desk.hear(b"a sound")
    desk.plug("microphone", False)
    process = Process(desk)
    wait_for(lambda: "begin" in process.kinds())
    process.die()
    told = {message["kind"]: message for message in process.heard}
    assert unpacked(told["hear"]["wav"]) == b"a sound"
    assert (told["plug"]["device"], told["plug"]["plugged"]) == ("microphone", False)
    assert process.kinds()[-1] == "begin"


def test_what_the_station_shows_and_says_is_seen(desk: Desk, process: Process) -> None:
    process.wire.send("panel", state="recording")
    process.wire.send("light", state="recording")
    process.wire.send("colour", rgb=[1, 0, 0])
    process.wire.send("prompt", name="start")
    process.wire.send("sound", name="start", pcm=packed(b"\1\0" * 24_000))
    wait_for(lambda: desk.state()["sound"] is not None)
    state = desk.state()
    assert state["state"] == "recording"
    assert state["light"] == {"state": "recording", "rgb": [1, 0, 0]}
    assert state["last_prompt"] == "start"
    assert state["sound"]["playing"]
    sound = desk.sound(state["sound"]["n"])
    assert sound is not None
    assert sound.wav().startswith(b"RIFF")
    assert len(sound.wav()) > 48_000
    process.wire.send("silence")
    wait_for(lambda: not desk.state()["sound"]["playing"])


def test_a_dead_station_is_dark(desk: Desk) -> None:
    process = Process(desk)
    process.wire.send("panel", state="recording")
    process.wire.send("light", state="recording")
    wait_for(lambda: desk.state()["light"]["state"] == "recording")
    process.die()
    state = desk.state()
    assert not state["running"]
    assert state["state"] == state["light"]["state"] == "off"
