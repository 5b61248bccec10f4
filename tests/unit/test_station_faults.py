"""What goes wrong around a station: no room left, devices pulled out, a board that suffers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.devices.ports import LightState, StationDevices
from appliance.domain.permissions import Nature
from appliance.domain.room import Room, judge, percent_used, reason_to_refuse
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.reader import TwinReader
from appliance.simulator.twins.room import Room as Air
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone
from appliance.station.room_left import measure, refusal
from appliance.station.selftest import SelfTest

PICTURES = (Nature.PRODUCTION, Nature.IMAGE, Nature.FILM)


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (21, Room.FINE),
        (20, Room.WARN),
        (11, Room.WARN),
        (10, Room.PROPOSE),
        (6, Room.PROPOSE),
        (5, Room.AUDIO_ONLY),
        (3, Room.AUDIO_ONLY),
        (2, Room.FULL),
        (0, Room.FULL),
    ],
)
def test_each_step_begins_at_its_percentage(free: int, room: Room) -> None:
    assert judge(100, free) is room


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_fuller_disk_never_takes_more(total: int, free: int) -> None:
    order = list(Room)
    assert order.index(judge(total, free // 2)) >= order.index(judge(total, free))
    assert 0 <= percent_used(total, free) <= 100


def test_nothing_without_room_is_full() -> None:
    assert judge(0, 0) is Room.FULL


def test_pictures_stop_first_and_voices_last() -> None:
    for nature in PICTURES:
        assert [reason_to_refuse(nature, room) for room in Room] == [
            None,
            None,
            None,
            "sound_only",
            "disk_full",
        ]
    assert [reason_to_refuse(Nature.VOICE, room) for room in Room] == [None, None, None, None, "disk_full"]


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone", Nature.VOICE) == "disk_full"
    assert refusal(tmp_path / "gone", Nature.PRODUCTION) == "disk_full"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 10 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(folder)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("this account cannot mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_disk_fills_up_step_by_step_and_empties_again(small_disk: Path) -> None:
    block = 1024 * 1024 // 10
    seen = []
    for number in range(101):
        used = measure(small_disk).percent_used
        refused = refusal(small_disk, Nature.VOICE), refusal(small_disk, Nature.FILM)
        expected = ("disk_full", "disk_full") if used >= 98 else (None, "sound_only" if used >= 95 else None)
        assert refused == expected, used
        seen.append(refused)
        if measure(small_disk).free >= block:
            (small_disk / str(number)).write_bytes(bytes(block))
    assert len(set(seen)) == 3
    for number in range(50):
        (small_disk / str(number)).unlink()
    assert measure(small_disk).room is Room.FINE


class Panel:
    """The devices of a station, all there, and whether a pupil uses them."""

    def __init__(self) -> None:
        self.idle = True
        self.others: tuple[str, ...] = ()
        self.microphone, self.loudspeaker = TwinMicrophone(Air()), TwinLoudspeaker(Air())
        self.badge_camera, self.tray_camera, self.badge_reader = TwinCamera(), TwinCamera(), TwinReader()
        devices = StationDevices(
            buttons={},
            light=Dark(),
            loudspeaker=self.loudspeaker,
            microphone=self.microphone,
            badge_camera=self.badge_camera,
            tray_camera=self.tray_camera,
            badge_reader=self.badge_reader,
        )
        self.selftest = SelfTest(devices, lambda: self.idle, lambda: self.others)


class Dark:
    def show(self, state: LightState) -> None:
        """Nothing to see."""

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.mark.parametrize("name", ["microphone", "loudspeaker", "badge_camera", "tray_camera", "badge_reader"])
def test_each_device_that_is_pulled_out_is_named_and_forgotten_once_back(panel: Panel, name: str) -> None:
    device = getattr(panel, name)
    assert panel.selftest.faults() == ()
    device.set_plugged(False)
    assert panel.selftest.faults() == (name,)
    device.set_plugged(True)
    assert panel.selftest.faults() == ()


def test_while_a_pupil_is_there_nothing_is_asked_and_nothing_forgotten(panel: Panel) -> None:
    panel.microphone.set_plugged(False)
    panel.selftest.faults()
    panel.idle = False
    panel.microphone.set_plugged(True)
    panel.loudspeaker.set_plugged(False)
    assert panel.selftest.faults() == ("microphone",)
    panel.idle = True
    assert panel.selftest.faults() == ("loudspeaker",)


def test_what_else_is_wrong_is_told_with_the_devices(panel: Panel) -> None:
    panel.badge_reader.set_plugged(False)
    panel.others = ("stuck", "undervoltage")
    assert panel.selftest.faults() == ("badge_reader", "stuck", "undervoltage")


def test_a_device_that_a_station_does_not_have_is_not_missing() -> None:
    devices = StationDevices({}, Dark(), None, None, None, None)
    assert SelfTest(devices, lambda: True).faults() == ()
