"""What a station does about what it hears while a pupil speaks."""

import pytest

from appliance.devices.ports import SAMPLE_RATE
from appliance.station.ear import Ear, Reactions
from tests.system.station_class import humming

SILENCE = bytes(SAMPLE_RATE * 2)


class Heard:
    """What an ear does."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.reactions = Reactions(
            hint=lambda: self.said.append("hint"),
            last_seconds=lambda: self.said.append("last_seconds"),
            attention=self.said.append,
        )


def test_an_ear_encourages_once_a_silence_and_ends_it() -> None:
    listening = Ear(Heard().reactions, 180)
    wanted = []
    for _second in range(15):
        listening.hear(SILENCE)
        wanted.append(listening.wants_hint())
        assert listening.is_over() is (len(wanted) == 15)
    assert wanted.index(True) == 4
    assert sum(wanted) == 1
    assert listening.tail() == 14 * SAMPLE_RATE * 2
    assert listening.is_empty


def test_a_pupil_who_speaks_again_may_be_encouraged_again() -> None:
    listening = Ear(Heard().reactions, 180)
    wanted = 0
    for block in (SILENCE,) * 6 + (humming(1.0),) * 2 + (SILENCE,) * 6:
        listening.hear(block)
        wanted += listening.wants_hint()
    assert wanted == 2
    assert not listening.is_over()


def test_an_ear_is_patient_with_who_needs_time() -> None:
    listening = Ear(Heard().reactions, 360, patience=2.0)
    for _second in range(16):
        listening.hear(SILENCE)
    assert not listening.is_over()
    for _second in range(14):
        listening.hear(SILENCE)
    assert listening.is_over()


@pytest.mark.parametrize(("limit", "warned_at"), [(60, 40), (41, 21), (40, None)])
def test_an_ear_warns_before_the_limit_unless_the_take_is_short(limit: int, warned_at: int | None) -> None:
    heard = Heard()
    listening = Ear(heard.reactions, limit)
    for second in range(1, limit + 1):
        listening.hear(SILENCE)
        assert ("last_seconds" in heard.said) is (warned_at is not None and second >= warned_at)
    assert heard.said.count("last_seconds") <= 1


def test_an_ear_says_that_the_sound_is_not_good_and_that_it_is_again() -> None:
    heard = Heard()
    listening = Ear(heard.reactions, 180)
    for _second in range(5):
        listening.hear(humming(1.0, 0.004))
    assert (heard.said, listening.advice) == ([True], "far")
    for _second in range(5):
        listening.hear(humming(1.0))
    assert listening.advice == ""
    assert heard.said == [True, False]


def test_a_short_silence_may_end_a_take_without_a_word() -> None:
    listening = Ear(Heard().reactions, 10, silence=4.0)
    listening.hear(humming(2.0))
    for second in range(1, 5):
        listening.hear(SILENCE)
        assert not listening.wants_hint()
        assert listening.is_over() is (second == 4)
