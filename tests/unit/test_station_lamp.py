"""The light says that a stream is open as long as one is, whatever the panel asks meanwhile (rule 1)."""

import pytest

from appliance.devices.ports import LightState
from appliance.station.lamp import Lamp


class Shown:
    """Remembers what it was asked to show; closed, it refuses like gpiozero."""

    def __init__(self) -> None:
        self.state = LightState.OFF
        self.closed = False

    def show(self, state: LightState) -> None:
        assert not self.closed
        self.state = state

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("stream", [LightState.RECORDING, LightState.LOOKING])
def test_nothing_hides_an_open_stream(stream: LightState) -> None:
    light = Shown()
    lamp = Lamp(light)
    with lamp.streaming(stream):
        lamp.show(LightState.READY)
        assert light.state is stream
    assert light.state is LightState.READY


def test_a_stream_that_closes_asks_to_wait() -> None:
    light = Shown()
    lamp = Lamp(light)
    lamp.show(LightState.READY)
    with lamp.streaming(LightState.RECORDING):
        pass
    assert light.state is LightState.WAIT


def test_a_badge_camera_that_closes_late_does_not_hide_a_take() -> None:
    light = Shown()
    lamp = Lamp(light)
    look, take = lamp.streaming(LightState.LOOKING), lamp.streaming(LightState.RECORDING)
    look.__enter__()
    with take:
        assert light.state is LightState.RECORDING
        look.__exit__(None, None, None)
        assert light.state is LightState.RECORDING


def test_a_stream_that_breaks_gives_the_light_back() -> None:
    light = Shown()
    lamp = Lamp(light)
    with pytest.raises(OSError, match="gone"), lamp.streaming(LightState.RECORDING):
        raise OSError("gone")
    lamp.show(LightState.READY)
    assert light.state is LightState.READY


def test_a_stream_that_outlives_the_panel_leaves_the_pins_alone() -> None:
    light = Shown()
    lamp = Lamp(light)
    with lamp.streaming(LightState.RECORDING):
        lamp.close()
    assert light.closed
