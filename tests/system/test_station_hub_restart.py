"""The hub goes and comes back while a pupil speaks: she notices nothing, and her take arrives whole, once."""

from pathlib import Path

from appliance.devices.ports import ButtonName
from appliance.devices.wav import read_wav
from appliance.hub import traces
from appliance.hub.box import Box
from appliance.station import panel
from tests.system.station_class import badges_in_view, code_of
from tests.system.station_rig import Rig, serving

RED, BLUE = ButtonName.RED, ButtonName.BLUE
SPEECH = Path(panel.__file__).with_name("sounds") / "listen_only.wav"
"""Somebody who speaks for four seconds."""


def test_a_hub_that_restarts_in_the_middle_of_a_take(open_box: Box, lina: str) -> None:
    rig = Rig(open_box.config, open_box.config.station("A"), open_box.clock)
    try:
        with serving(open_box):
            rig.start()
            rig.wait_on_roster(lina)
            rig.wait_state("ready")
            rig.microphone.set_clip(read_wav(SPEECH.read_bytes()))
            rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
            rig.press(RED)
            rig.wait_state("recording")
        rig.wait_parts(2)
        rig.press(RED)
        rig.wait_state("review")
        rig.press(BLUE)
        rig.wait_state("kept")
        assert traces.of_day(open_box, open_box.now()).total == 0
        with serving(open_box), open_box.changed:
            assert open_box.changed.wait_for(lambda: traces.of_day(open_box, open_box.now()).total == 1, 20)
        [trace] = traces.of_day(open_box, open_box.now()).traces
        assert trace.names == ("Lina",)
        assert (trace.capture.kept, trace.capture.cut) == (True, False)
    finally:
        rig.stop()
