"""When sound was heard, worked out from blocks that come late, in bursts, or not at all."""

import pytest

from appliance.devices.ports import SAMPLE_RATE
from appliance.station.hearing import Hearing
from tests.unit.film_helpers import OPENED, ScriptedMicrophone, arrivals, heard_until, jitter, numbered


def dated(microphone: ScriptedMicrophone) -> float:
    """Return how many seconds of sound come from a microphone whose first 50 blocks date it."""
    hearing = Hearing(microphone, microphone.now)
    heard_until(microphone, 1)
    hearing.begin(round(OPENED * 1e6))
    microphone.go_on.set()
    assert microphone.ended.wait(10)
    return len(hearing.close()) / 2 / SAMPLE_RATE


def test_lost_sound_becomes_silence_and_what_follows_keeps_its_time() -> None:
    """After 2 s, half a second of sound is lost without a word; blocks are a tenth late at most."""
    came = arrivals(100, jitter(100)) + arrivals(200, jitter(200), opened=OPENED + 2.5)
    microphone = ScriptedMicrophone(numbered(6), came, pause_after=50)
    assert dated(microphone) == pytest.approx(6.5, abs=0.03)


def test_blocks_that_wait_and_then_come_together_are_no_loss() -> None:
    steady = arrivals(400)
    stalled = [max(moment, OPENED + 4) if 100 <= n < 200 else moment for n, moment in enumerate(steady)]
    assert dated(ScriptedMicrophone(numbered(8), stalled, pause_after=50)) == 8
