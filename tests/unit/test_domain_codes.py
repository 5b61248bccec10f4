from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import codes
from appliance.domain.ids import new_id

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=UTC)


@given(st.binary(min_size=12, max_size=12))
def test_a_sticker_code_survives_its_journey_through_a_link_and_a_hand(raw: bytes) -> None:
    code = codes.sticker_code(raw)
    assert codes.parse_sticker(f"https://boite.local/e/{code}") == code
    assert codes.parse_sticker(codes.human_code(code).lower()) == code


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7q2m 9xkd 4htr", "7Q2M9XKD4HTR"),
        ("7Q2M-9XKD-4HTO", "7Q2M9XKD4HT0"),
        ("IL2M9XKD4HTR", "112M9XKD4HTR"),
        ("https://boite.local/e/7Q2M9XKD4HTR?x=1", "7Q2M9XKD4HTR"),
        ("https://exemple.fr/autre/7Q2M9XKD4HTR", None),
        ("7Q2M9XKD4HT", None),
        ("7Q2M9XKD4HTRR", None),
        ("7Q2M9XKD4HT!", None),
        ("", None),
    ],
)
def test_what_is_typed_or_scanned_is_read_or_refused(typed: str, read: str | None) -> None:
    assert codes.parse_sticker(typed) == read


def test_a_badge_is_not_a_sticker() -> None:
    badge = codes.badge_code(bytes(range(8)))
    assert codes.parse_badge(badge) == badge
    assert codes.parse_sticker(badge) is None
    assert codes.parse_badge(codes.sticker_code(bytes(12))) is None


def test_codes_have_no_look_alikes() -> None:
    assert not set("ILOU") & set(codes.ALPHABET)
    assert len(set(codes.ALPHABET)) == 32


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_ids_sort_by_time_and_are_uuid7(first: bytes, second: bytes) -> None:
    earlier, later = new_id(NOW, first), new_id(NOW + timedelta(milliseconds=1), second)
    assert earlier < later
    assert UUID(earlier).version == 7
    assert UUID(earlier).variant == "specified in RFC 4122"


def test_an_id_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        new_id(NOW.replace(tzinfo=None), bytes(10))
