import pytest

from appliance.devices.losses import LossMeter

RATE = 24_000
BLOCK = 480


def run(meter: LossMeter, moments: list[float]) -> int:
    return sum(meter.add(moment, BLOCK) for moment in moments)


def on_time(start: float, seconds: float) -> list[float]:
    return [start + number * 0.02 for number in range(round(seconds / 0.02))]


def test_a_steady_stream_loses_nothing() -> None:
    assert run(LossMeter(RATE), on_time(100.0, 60)) == 0


@pytest.mark.parametrize("drift", [0.9997, 1.0003])
def test_a_card_whose_clock_drifts_loses_nothing(drift: float) -> None:
    assert run(LossMeter(RATE), [moment * drift for moment in on_time(0, 300)]) == 0


def test_late_blocks_that_catch_up_are_not_a_loss() -> None:
    late = [max(moment, 7.8) if 5 < moment < 7.8 else moment for moment in on_time(0, 20)]
    assert run(LossMeter(RATE), late) == 0


def test_samples_that_vanish_without_a_flag_are_one_loss() -> None:
    gone = [moment for moment in on_time(0, 20) if not 5 < moment < 5.5]
    assert run(LossMeter(RATE), gone) == 1


def test_each_loss_counts() -> None:
    gone = [moment for moment in on_time(0, 20) if not (5 < moment < 5.5 or 12 < moment < 13)]
    assert run(LossMeter(RATE), gone) == 2


def test_a_loss_is_told_within_two_seconds() -> None:
    meter = LossMeter(RATE)
    gone = [moment for moment in on_time(0, 20) if not 5 < moment < 5.5]
    told = [moment for moment in gone if meter.add(moment, BLOCK)]
    assert told[0] < 7.6


def test_a_loss_that_a_flag_told_is_not_counted_twice() -> None:
    meter = LossMeter(RATE)
    assert run(meter, on_time(0, 5)) == 0
    meter.forgive()
    assert run(meter, on_time(5.5, 10)) == 0
