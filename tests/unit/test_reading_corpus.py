"""What a child's hand does to a badge or a sticker is read; what is not there never is."""

import json
import random
import re
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from appliance.devices.ports import DeviceError, LumaFrame
from appliance.domain.codes import badge_code
from appliance.simulator import bench_reading
from appliance.simulator.bench_reading import BEYOND, FOREIGN, HAND, crowd_figures, one_figure
from appliance.simulator.printed import Printed, printed_badge, printed_foreign, printed_sticker
from appliance.simulator.views import Condition, frames
from appliance.station import mended_badges
from appliance.station.badges import DWELL, Reader, Sighting, Watch, read_codes, watch
from appliance.stickers.qr import Level, encode

SMALL = (640, 480)
"""A part of the camera's picture: the same lens, a quarter of the work."""
VIEWS = 2
BADGE, OTHER_BADGE, STICKER = "7K3M9XQ0", "B0NJ0VR1", "7Q2M9XKD4HTR"


def one_frame(printed: list[Printed], condition: Condition, seed: int = 1) -> LumaFrame:
    return next(frames(printed, condition, seed, 1, SMALL))


def badges(*codes: str) -> Sighting:
    return Sighting(badges=frozenset(codes))


def stickers(*codes: str) -> Sighting:
    return Sighting(stickers=frozenset(codes))


@pytest.mark.parametrize("name", HAND)
@pytest.mark.parametrize("kind", ["badge", "sticker"])
def test_whatever_a_childs_hand_does_is_read(kind: str, name: str) -> None:
    figure = one_figure(kind, name, VIEWS, SMALL)
    assert (figure.read, figure.wrong) == (VIEWS, 0)


def test_two_codes_at_once_are_both_read_and_others_ignored() -> None:
    figures = list(crowd_figures(VIEWS, SMALL))
    assert [(figure.kind, figure.read, figure.wrong) for figure in figures] == [
        ("pair", VIEWS, 0),
        ("pair", VIEWS, 0),
        ("foreign", VIEWS, 0),
    ]


@pytest.mark.parametrize("kind", ["badge", "sticker"])
def test_what_cannot_be_read_is_not_guessed(kind: str) -> None:
    figure = one_figure(kind, "repère arraché (15 %)", 1, SMALL)
    assert (figure.read, figure.wrong, figure.reached) == (0, 0, True)


@pytest.mark.parametrize("text", FOREIGN)
def test_codes_of_others_are_ignored(text: str) -> None:
    assert not read_codes(one_frame([printed_foreign(text)], Condition()))


def test_a_pattern_that_is_no_badge_is_never_mended_into_one() -> None:
    chance = np.random.default_rng(7)
    for _case in range(40):
        word, doubt = mended_badges._bytes(chance.random((21, 21)), int(chance.integers(8)))
        order = [int(number) for number in np.argsort(-doubt)]
        assert mended_badges.filled(word, order[: mended_badges.MOST_UNKNOWN]) is None


def test_noise_says_nothing() -> None:
    chance = np.random.default_rng(5)
    for _frame in range(20):
        blocks = chance.integers(0, 2, (60, 80), np.uint8).repeat(8, 0).repeat(8, 1) * 200
        noisy = blocks + chance.integers(0, 50, blocks.shape, np.uint8)
        assert not read_codes(LumaFrame(640, 480, noisy.tobytes()))


def test_the_same_seed_makes_the_same_view_and_another_does_not() -> None:
    held = [printed_badge(BADGE)]
    assert one_frame(held, HAND["tout cela un peu"]) == one_frame(held, HAND["tout cela un peu"])
    assert one_frame(held, HAND["tout cela un peu"]) != one_frame(held, HAND["tout cela un peu"], seed=2)


def test_each_condition_changes_what_is_seen() -> None:
    held = [printed_badge(BADGE)]
    seen = {one_frame(held, condition).data for condition in (HAND | BEYOND).values()}
    assert len(seen) == len(HAND | BEYOND)


def test_a_badge_and_a_sticker_in_one_frame_are_both_found() -> None:
    both = read_codes(one_frame([printed_badge(BADGE), printed_sticker(STICKER)], Condition(4.5)))
    assert both == Sighting(frozenset({BADGE}), frozenset({STICKER}))


def test_a_code_seen_aslant_needs_a_second_look_that_the_next_frame_begins_with() -> None:
    aslant = HAND["penché de 45° dans les deux sens"]
    shown = list(frames([printed_badge(BADGE)], aslant, _a_seed_to_look_at_twice(), 2, SMALL))
    patient, hasty = Reader(1), Reader(0)
    assert [bool(hasty.read(frame)) for frame in shown] == [False, False]
    first_success = next(count for count in range(1, 6) if patient.read(shown[0]))
    assert first_success > 1
    assert patient.read(shown[1]) == badges(BADGE)


def _a_seed_to_look_at_twice() -> int:
    aslant = HAND["penché de 45° dans les deux sens"]
    for seed in range(20):
        shown = list(frames([printed_badge(BADGE)], aslant, seed, 2, SMALL))
        if not any(Reader(1).read(frame) for frame in shown) and all(read_codes(frame) for frame in shown):
            return seed
    raise AssertionError("no view of the corpus needs a second look")


def test_a_finger_is_read_around(monkeypatch: pytest.MonkeyPatch) -> None:
    finger = HAND["doigt sur 15 % du code"]
    shown = [one_frame([printed_badge(BADGE)], finger, seed) for seed in range(12)]
    read = [read_codes(frame) for frame in shown]
    assert read.count(badges(BADGE)) >= 10
    assert set(read) <= {badges(BADGE), Sighting()}
    monkeypatch.setattr("appliance.station.badges.mend", lambda _grey, _barcode: None)
    assert [read_codes(frame) for frame in shown].count(badges(BADGE)) <= 8


def codewords(code: str) -> tuple[list[int], np.ndarray]:
    """The 26 bytes of a badge, taken from its own drawing with each of the eight masks until one fits."""
    modules = np.array([[0.0 if black else 1.0 for black in row] for row in encode(code, Level.H).rows])
    for mask in range(8):
        word, doubt = mended_badges._bytes(modules, mask)
        if mended_badges.filled(word, []) is not None:
            return word, doubt
    raise AssertionError("no mask fits")


def test_unknown_bytes_are_worked_out_and_contradictions_refused() -> None:
    chance = random.Random(3)
    for _case in range(10):
        code = badge_code(chance.randbytes(8))
        word, _doubt = codewords(code)
        assert mended_badges._message(word) == code
        unknown = chance.sample(range(26), mended_badges.MOST_UNKNOWN)
        spoilt = [value ^ 0x5A if number in unknown else value for number, value in enumerate(word)]
        assert mended_badges.filled(spoilt, unknown) == word
        wrong = next(number for number in range(26) if number not in unknown)
        spoilt[wrong] ^= 1
        assert mended_badges.filled(spoilt, unknown) is None


def test_a_mended_message_has_the_shape_of_a_badges() -> None:
    for text in ("7K3M9XQ", "7K3M9XQO", "7k3m9x", "12345678"):
        word, _doubt = codewords(text)
        assert mended_badges._message(word) is None


class Shown:
    """A camera stream that shows frames, then calls `dry` and repeats the last."""

    def __init__(self, shown: Iterator[LumaFrame], dry: Callable[[], None]) -> None:
        self._shown = shown
        self._dry = dry
        self._last: LumaFrame | None = None

    def luma(self, timeout: float) -> LumaFrame:
        for frame in self._shown:
            self._last = frame
            return frame
        self._dry()
        assert self._last is not None
        return self._last

    def still(self, timeout: float) -> bytes:
        raise NotImplementedError


def frozen() -> None:
    raise DeviceError("La caméra n’envoie plus d’image.")


def test_watching_tells_badges_and_stickers_once_until_told_to_stop() -> None:
    stop, told = threading.Event(), []
    held = [printed_badge(BADGE), printed_sticker(STICKER)]
    stream = Shown(frames(held, Condition(4.5), 3, 5, SMALL), stop.set)
    watch(stream, stop, lambda c: told.append(("badge", c)), lambda c: told.append(("sticker", c)))
    assert told == [("badge", BADGE), ("sticker", STICKER)]


def test_a_frozen_camera_is_not_kept_silent() -> None:
    told: list[str] = []
    stream = Shown(frames([printed_badge(BADGE)], Condition(), 3, 1, SMALL), frozen)
    with pytest.raises(DeviceError):
        watch(stream, threading.Event(), told.append, told.append)
    assert told == []


def test_a_code_counts_once_it_is_in_two_of_three_frames() -> None:
    for shown, seen_at in (
        ([1, 1], 1),
        ([1, 0, 1], 2),
        ([0, 1, 0, 1], 3),
        ([1, 0, 0, 1, 0, 0, 1], None),
    ):
        watching = Watch()
        told = [
            watching.take(badges(BADGE) if there else Sighting(), n * 0.1) for n, there in enumerate(shown)
        ]
        assert [n for n, sighting in enumerate(told) if sighting] == ([] if seen_at is None else [seen_at])


def test_several_codes_count_at_once_each_for_itself() -> None:
    watching = Watch()
    assert not watching.take(badges(BADGE, OTHER_BADGE), 0.0)
    assert watching.take(badges(BADGE, OTHER_BADGE), 0.1) == badges(BADGE, OTHER_BADGE)
    assert not watching.take(stickers(STICKER), 0.2)
    assert watching.take(Sighting(frozenset({BADGE}), frozenset({STICKER})), 0.3) == stickers(STICKER)


@pytest.mark.parametrize("shown", [badges(BADGE), stickers(STICKER)])
def test_a_code_that_stays_or_comes_back_too_soon_does_not_count_again(shown: Sighting) -> None:
    watching = Watch()
    told = [watching.take(shown, step * 0.5) for step in range(40)]
    assert told.count(shown) == 1
    left = 39 * 0.5
    assert not watching.take(Sighting(), left + 0.1)
    assert not watching.take(shown, left + DWELL)
    assert not watching.take(shown, left + DWELL + 0.1)
    last = left + DWELL + 0.1
    assert not any(watching.take(Sighting(), last + step) for step in (1.0, 2.0, 3.0))
    assert not watching.take(shown, last + DWELL + 0.1)
    assert watching.take(shown, last + DWELL + 0.2) == shown


@pytest.fixture
def short_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_reading, "HAND", {"à 6 points par module": Condition(6)})
    monkeypatch.setattr(bench_reading, "BEYOND", {"repère arraché (15 %)": Condition(4.5, damage="mark")})


@pytest.mark.usefixtures("short_bench")
def test_the_bench_prints_each_figure_with_its_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_reading.main(views=1) == 0
    printed = capsys.readouterr().out
    assert re.search(r"✓ tenu +étiquette +à 6 points par module +1 lues sur 1 \(100 %; but 99 %\)", printed)
    assert re.search(r"limite +badge +repère arraché \(15 %\) +0 lues sur 1 \(0 %; sans but\)", printed)
    assert "× 1.0 la référence" in printed


@pytest.mark.usefixtures("short_bench")
def test_the_bench_says_so_when_a_target_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Reader, "read", lambda _self, _frame: Sighting())
    assert bench_reading.main(views=1, as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert {
        figure["reached"] for figure in told["views"] if figure["kind"] == "badge" and figure["expected"]
    } == {False}
    assert len(told["milliseconds"]) == 5
