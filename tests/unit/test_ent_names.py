"""Names that every server takes, whatever a teacher or a family wrote."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.codes import ALPHABET, human_code
from appliance.ent.names import (
    MAX_BYTES,
    codes_in,
    is_temporary_of,
    safe_file_name,
    safe_segment,
    temporary_name,
)

codes = st.text(ALPHABET, min_size=12, max_size=12)
titles = st.text() | st.text('/\\:*?"<>|;. \t\n\u00a0\u202e\u0301éÉ', max_size=300)


def taken_everywhere(name: str) -> bool:
    return (
        0 < len(name.encode()) <= MAX_BYTES
        and not set(name) & set('/\\:*?"<>|;')
        and name == name.strip(" .") == unicodedata.normalize("NFC", name)
        and not any(unicodedata.category(symbol) in {"Cc", "Cf", "Cs"} for symbol in name)
        and not name.lower().endswith((".part", ".filepart"))
        and name.upper().partition(".")[0] not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
    )


@given(titles)
def test_a_folder_is_taken_everywhere_and_stays_as_it_is(title: str) -> None:
    name = safe_segment(title)
    assert taken_everywhere(name)
    assert safe_segment(name) == name


@given(titles, codes, st.sampled_from(["mp3", "jpg"]))
def test_a_file_is_taken_everywhere_and_keeps_its_code_and_extension(
    title: str, code: str, extension: str
) -> None:
    end = f" {human_code(code)}.{extension}"
    name = safe_file_name(title + end)
    assert taken_everywhere(name)
    assert name.endswith(end)
    assert safe_file_name(name) == name
    assert codes_in(name, {code}) == {code}


@given(titles)
def test_any_file_name_is_taken_everywhere(title: str) -> None:
    assert taken_everywhere(safe_file_name(title))


@given(titles, codes)
def test_what_travels_is_known_as_ours_by_its_target_only(title: str, code: str) -> None:
    target = safe_file_name(f"{title} {human_code(code)}.mp3")
    travelling = temporary_name(target, "0a1b2c3d")
    assert taken_everywhere(travelling)
    assert is_temporary_of(travelling, target)
    assert codes_in(travelling, {code}) == {code}
    assert not is_temporary_of(target, target)
    other = target.replace(human_code(code), human_code(code[::-1] if code[::-1] != code else "Z" * 12))
    assert other == target or not is_temporary_of(travelling, other)


def test_ordinary_names_stay() -> None:
    for name in ("CP-CE1", "Lila", "Zoé & Noé", "Ma lecture n° 3", "L’école"):
        assert safe_segment(name) == name


def test_known_traps() -> None:
    assert safe_segment(".htaccess") == "htaccess"
    assert safe_segment("..") == "sans nom"
    assert safe_segment("con") == "_con"
    assert safe_segment("notes.part") == "notes part"
    assert safe_segment("CP/CE1") == "CP CE1"
    assert safe_segment("Zoe\u0301") == "Zoé"
    assert safe_file_name("x.mp3\n") == "x.mp3"


@given(codes, st.text(max_size=20), st.text(max_size=20))
def test_a_code_is_found_wherever_somebody_left_it_in_a_name(code: str, before: str, after: str) -> None:
    assert codes_in(f"{before}{human_code(code).lower()}{after}", {code, "7Q2M9XKD4HTR"}) >= {code}
    assert codes_in(f"abcd-{human_code(code)}-{before}", {code}) == {code}


def test_no_other_code_is_found() -> None:
    assert codes_in("La pluie 7Q2M-9XKD-4HTR.mp3", {"0123456789AB"}) == set()
