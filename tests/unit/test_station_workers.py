"""Buttons that stick, stickers that are stopped, cameras that are taken."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from appliance.config import StationConfig
from appliance.devices.ports import ButtonName, CameraStream, DeviceBusy
from appliance.domain.permissions import Nature
from appliance.station import events as e
from appliance.station import notebook, presses
from appliance.station.gaze import Gaze
from appliance.station.lamp import Lamp
from appliance.station.notebook import Notebook
from appliance.station.presses import Presses
from appliance.unix_http import Response
from tests.system.station_class import humming
from tests.system.station_rig import until

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


class Contact:
    """A button whose contact a test opens and closes."""

    def __init__(self, *, down: bool = False) -> None:
        self.is_pressed = down

    def when_pressed(self, callback: Callable[[], None]) -> None:
        self.close_ = callback

    def when_released(self, callback: Callable[[], None]) -> None:
        self.open_ = callback

    def close(self) -> None:
        """Nothing to give back."""


def test_a_contact_that_stays_closed_is_told_once_and_once_more_when_it_opens() -> None:
    told: list[ButtonName] = []
    red, blue = Contact(), Contact(down=True)
    pressed = Presses(told.append)
    pressed.follow({RED: red, BLUE: blue})
    red.close_()
    assert told == [RED]
    since = pressed._down[RED]
    late = since + presses.STUCK_SECONDS + 1
    assert pressed.judge(since + presses.STUCK_SECONDS - 1) == []
    assert pressed.judge(late) == [e.Stuck()]
    assert pressed.judge(late) == []
    red.open_()
    # Blue was down before anybody looked.
    assert pressed.judge(late) == []
    blue.open_()
    assert pressed.judge(late) == [e.Freed()]


class Recorder:
    """A voice that says nothing and remembers."""

    def __init__(self) -> None:
        self.replayed: list[bytes] = []

    def replay(self, pcm: bytes, _done: Callable[[], None]) -> None:
        self.replayed.append(pcm)


class SlowHub:
    """A hub that answers when a test says so."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()
        self._status = status

    def request(self, *_asked: object, **_more: object) -> Response:
        self.asked.set()
        assert self.answer.wait(10)
        return Response(self._status, {}, b"media")


def test_a_sticker_that_was_stopped_while_it_was_fetched_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notebook, "pcm_of_apart", lambda _media, _seconds: humming(1.0))
    hub, voice = SlowHub(), Recorder()
    said: list[object] = []
    played = Notebook(hub, StationConfig("A", Nature.VOICE), voice)  # type: ignore[arg-type]
    played.start("CODE", "", said.append)
    assert hub.asked.wait(10)
    played.stop()
    hub.answer.set()
    assert played._worker.stop()
    assert (voice.replayed, said) == ([], [])
    played.start("CODE", "", said.append)
    until(lambda: len(voice.replayed) == 1)


class TakenCamera:
    """A camera that the neighbour holds until a test says so."""

    def __init__(self) -> None:
        self.over = threading.Event()

    @contextmanager
    def open(self) -> Iterator[CameraStream]:
        self.over.wait(10)
        raise DeviceBusy("taken")
        yield

    def check(self) -> None:
        """It is there."""


class Dark:
    """A light that nobody sees."""

    def show(self, _state: object) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize("blind", [True, False])
def test_a_camera_that_is_taken_is_no_fault_and_none_at_all_for_a_reader(*, blind: bool) -> None:
    camera = TakenCamera()
    gaze = Gaze(camera, Lamp(Dark()), blind=blind)
    said: list[e.Refused] = []
    for _press in range(2):
        # The second look begins while the first is still waiting for its turn.
        gaze.start(said.append, lambda _code: None)
    assert said == ([e.Refused("busy")] if blind else [])
    camera.over.set()
    assert gaze._worker.stop()
    assert said == ([e.Refused("busy")] * 2 if blind else [])
