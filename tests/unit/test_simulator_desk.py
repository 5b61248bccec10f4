"""One station seen from the simulator, with a wire in place of its process."""

import io
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.simulator.desk import Desk, NotThere
from appliance.simulator.link import Message, Wire, packed, unpacked
from appliance.simulator.scene import Card

CARD, OTHER = Card("B0NJ0VR1", "cat"), Card("7Q2M9XKD", "owl")


def png() -> bytes:
    file = io.BytesIO()
    Image.new("1", (384, 200), 1).save(file, "PNG")
    return file.getvalue()


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
    return Desk("A", ("badge_camera",), True, tmp_path / "A", lambda: None, has_reader=True)


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
    desk.show_badges([CARD], random.Random(1))
    process.wire.send("panel", state="looking")
    wait_for(lambda: desk.state()["state"] == "looking")
    assert desk.state()["badge"] == "B0NJ0VR1"
    assert desk.badge_view() is not None
    process.wire.send("panel", state="starting")
    wait_for(lambda: desk.state()["badge"] is None)
    wait_for(lambda: process.kinds().count("see") == 2)
    views = [unpacked(message["image"]) for message in process.heard if message["kind"] == "see"]
    assert views[0] != views[1]


def test_the_badges_of_a_group_stay_until_all_are_read(desk: Desk, process: Process) -> None:
    process.wire.send("panel", state="looking")
    wait_for(lambda: desk.state()["state"] == "looking")
    desk.show_badges([CARD, OTHER], random.Random(1))
    process.wire.send("panel", state="gathering")
    wait_for(lambda: desk.state()["state"] == "gathering")
    assert desk.state()["held"] == {"badges": [CARD.code, OTHER.code], "sticker": None}
    process.wire.send("panel", state="briefing")
    wait_for(lambda: desk.state()["held"]["badges"] == [])


def test_one_badge_of_a_group_makes_room_for_the_next(desk: Desk, process: Process) -> None:
    process.wire.send("panel", state="looking")
    wait_for(lambda: desk.state()["state"] == "looking")
    desk.show_badges([CARD], random.Random(1))
    process.wire.send("panel", state="gathering")
    wait_for(lambda: desk.state()["held"]["badges"] == [])


def test_what_is_held_up_can_be_taken_away(desk: Desk, process: Process) -> None:
    desk.show_badges([CARD], random.Random(1))
    desk.take_away()
    assert desk.state()["badge"] is None
    desk.show_sticker(3, png(), random.Random(1))
    assert desk.state()["held"] == {"badges": [], "sticker": 3}
    desk.take_away()
    assert desk.badge_view() is None


def test_a_badge_goes_to_the_reader(desk: Desk, process: Process) -> None:
    desk.read("B0NJ0VR1")
    wait_for(lambda: "read" in process.kinds())
    assert process.heard[-1]["text"] == "B0NJ0VR1"


def test_a_stuck_button_a_frozen_camera_and_an_unplugged_reader_are_told_and_mended(
    desk: Desk, process: Process
) -> None:
    def faults() -> list[tuple[str, Any]]:
        return [
            (message["kind"], message.get("down", message.get("frozen", message.get("plugged"))))
            for message in process.heard
            if message["kind"] in ("hold", "freeze", "plug")
        ]

    desk.set_fault("buttons", "red_stuck")
    desk.set_fault("buttons", "blue_stuck")
    desk.set_fault("badge_camera", "frozen")
    desk.set_fault("badge_camera", "unplugged")
    desk.set_fault("badge_reader", "unplugged")
    wait_for(lambda: len(faults()) == 7)
    assert faults() == [
        ("hold", True),
        ("hold", False),
        ("hold", True),
        ("freeze", True),
        ("freeze", False),
        ("plug", False),
        ("plug", False),
    ]
    assert desk.faults() == {
        "microphone": "ok",
        "badge_camera": "unplugged",
        "badge_reader": "unplugged",
        "loudspeaker": "ok",
        "buttons": "blue_stuck",
    }


def test_a_new_process_finds_the_world_as_it_was(desk: Desk) -> None:
    desk.hear(b"a sound")
    desk.set_fault("microphone", "unplugged")
    desk.set_fault("buttons", "red_stuck")
    process = Process(desk)
    wait_for(lambda: "begin" in process.kinds())
    process.die()
    told = {message["kind"]: message for message in process.heard}
    assert unpacked(told["hear"]["wav"]) == b"a sound"
    assert (told["plug"]["device"], told["plug"]["plugged"]) == ("microphone", False)
    assert (told["hold"]["button"], told["hold"]["down"]) == ("red", True)
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
    process.wire.send("silence", cut=True)
    wait_for(lambda: not desk.state()["sound"]["playing"])
    process.wire.send("sound", name="kept", pcm=packed(b"\1\0"))
    wait_for(lambda: len(desk.state()["sounds"]) == 2)
    told = [(heard["name"], heard["playing"], heard["cut"]) for heard in desk.state()["sounds"]]
    assert told == [("start", False, True), ("kept", True, False)]


def test_a_dead_station_is_dark(desk: Desk) -> None:
    process = Process(desk)
    process.wire.send("panel", state="recording")
    process.wire.send("light", state="recording")
    wait_for(lambda: desk.state()["light"]["state"] == "recording")
    process.die()
    state = desk.state()
    assert not state["running"]
    assert (state["state"], state["light"]["state"]) == ("away", "off")


def test_a_desk_knows_whether_its_station_speaks_as_the_teacher(desk: Desk) -> None:
    process = Process(desk)
    for whole in (True, False, True):
        process.wire.send("voices", whole=whole)
        wait_for(lambda whole=whole: desk.has_voices is whole)
    process.die()
    assert not desk.has_voices


def test_a_closed_station_is_dark_and_serves_all_the_same(desk: Desk, process: Process) -> None:
    process.wire.send("panel", state="off")
    wait_for(lambda: desk.state()["state"] == "off")
    assert desk.running
