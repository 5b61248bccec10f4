"""Key events become the codes that were read, whatever keyboard the reader was set to."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.devices.keystrokes import AZERTY, LONGEST, NATIVE, QWERTY, Keystrokes, Layout
from appliance.domain.codes import ALPHABET, badge_code
from tests.unit.reader_helpers import ENTER, event, stroke, typed

BADGE = "7Q2M9XKA"
LINK = "https://boite.local/e/7Q2M9XKD4HTR"
WIDE, NARROW = struct.Struct("<qqHHi"), struct.Struct("<iiHHi")


def read(*pieces: bytes) -> list[str]:
    keystrokes = Keystrokes()
    return [text for piece in pieces for text in keystrokes.feed(piece, 0.0)]


@pytest.mark.parametrize("form", [WIDE, NARROW])
def test_both_word_sizes_are_understood(form: struct.Struct) -> None:
    assert Keystrokes(form).feed(typed(BADGE, form=form), 0.0) == [BADGE]


def test_this_machines_events_have_its_word_size() -> None:
    assert NATIVE.size == 8 + 2 * struct.calcsize("@l")


def test_key_codes_are_those_of_the_kernel() -> None:
    """KEY_A 30, KEY_Z 44, KEY_M 50, KEY_0 11, KEY_9 10, KEY_KP7 71 (linux/input-event-codes.h)."""
    keys = [stroke(code, shift=True) for code in (30, 44, 50)] + [stroke(code) for code in (11, 10, 71)]
    assert read(*keys, stroke(ENTER)) == ["AZM097"]
    assert read(stroke(3, shift=True), stroke(30, shift=True), stroke(96)) == ["2Q"]


@pytest.mark.parametrize("layout", [QWERTY, AZERTY])
@pytest.mark.parametrize("text", [BADGE, LINK, BADGE.lower(), "7Q2M-9XKD-4HTR"])
def test_codes_and_links_are_read_on_either_keyboard(layout: Layout, text: str) -> None:
    assert read(typed(text, layout)) == [text]


@pytest.mark.parametrize("layout", [QWERTY, AZERTY])
def test_a_code_of_letters_alone_is_settled_by_the_one_before(layout: Layout) -> None:
    assert read(typed(BADGE, layout), typed("AZWQAZWQ", layout)) == [BADGE, "AZWQAZWQ"]


@given(st.binary(min_size=8, max_size=8), st.sampled_from([QWERTY, AZERTY]))
def test_every_badge_with_a_digit_is_read(random: bytes, layout: Layout) -> None:
    code = badge_code(random)
    if any(symbol.isdigit() for symbol in code):
        assert read(typed(code, layout)) == [code]


@pytest.mark.parametrize("layout", [QWERTY, AZERTY])
def test_every_symbol_of_a_badge_has_its_key(layout: Layout) -> None:
    assert set(ALPHABET) <= set(layout.values())


def test_a_key_that_repeats_counts_once_and_an_empty_line_for_nothing() -> None:
    held = event(1, 3, 1) + event(1, 3, 2) + event(1, 3, 2) + event(1, 3, 0)
    assert read(stroke(ENTER), held, stroke(ENTER)) == ["2"]


def test_events_may_come_in_any_pieces() -> None:
    data = typed(BADGE)
    assert read(*(data[i : i + 7] for i in range(0, len(data), 7))) == [BADGE]


def test_a_second_of_silence_drops_what_was_begun() -> None:
    keystrokes = Keystrokes()
    begun = typed("ZZZ")[: -len(stroke(ENTER))]
    assert keystrokes.feed(begun, 10.0) == []
    assert keystrokes.feed(typed(BADGE), 11.5) == [BADGE]
    assert keystrokes.feed(begun, 20.0) == []
    assert keystrokes.feed(typed(BADGE), 20.5) == ["ZZZ" + BADGE]


def test_events_that_the_kernel_dropped_spoil_their_code_and_no_other() -> None:
    dropped = event(0, 3, 0)
    stale = event(1, 3, 1) + event(0, 0, 0)
    data, cut = typed(BADGE), 9 * NATIVE.size
    assert read(data[:cut], dropped, stale, data[cut:], typed(BADGE)) == [BADGE]


def test_an_endless_line_is_nobodys_code() -> None:
    assert read(typed("A" * (LONGEST + 1)), typed("A" * LONGEST)) == ["A" * LONGEST]


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_junk_raises_nothing(pieces: list[bytes]) -> None:
    keystrokes = Keystrokes()
    for number, piece in enumerate(pieces):
        keystrokes.feed(piece, number / 10)
    assert keystrokes.feed(typed(BADGE), 9.0) == [BADGE]
