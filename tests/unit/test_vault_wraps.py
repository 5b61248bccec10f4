"""What words wrap: an ordinary age file with a passphrase, as costly to guess on a busy machine as on any."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import passphrase

from appliance.vault import wraps
from appliance.vault.wraps import WrongPassphrase, unwrap, wrap
from tests.conftest import WORK_FACTOR

IDENTITY = "AGE-SECRET-KEY-1TEST"
WORDS = "nouvel test slogan"
BY_AGE = b64decode(
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBPSnFJMXBlandMaVJWckpQbFJJV2tnIDE4CmM3MkhkRTdCQmdPUHRWQ1B5"
    "MWJLR1JDT3NsdHVFZzhtekFFeldKcVluM1UKLS0tIGk5S1hOaHFqYkJlV2lZSkhZMGw0b3crTVVGU3VYQktSWTFEWCtMQUloM3MK"
    "4o6ORqCEa0D0meKqwUdVAlSmRbB/zhnR8su6aFw7dyf2bl89pPn40DAVFIyAxjO9tpSWZg=="
)
"""`age --passphrase` 1.1.1 of IDENTITY with WORDS."""


def test_another_program_opens_what_we_wrap() -> None:
    assert passphrase.decrypt(wrap(IDENTITY, WORDS), WORDS) == IDENTITY.encode()


def test_we_open_what_the_age_command_wraps() -> None:
    assert unwrap(BY_AGE, WORDS) == IDENTITY


def test_guessing_costs_the_same_whatever_the_machine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """128 MB a guess at least, and no more than the smallest board can spare."""
    monkeypatch.setattr(wraps, "WORK_FACTOR", WORK_FACTOR)
    wrapped = wrap(IDENTITY, WORDS)
    assert wrapped.splitlines()[1].endswith(b" 17")
    assert unwrap(wrapped, WORDS) == IDENTITY


@pytest.mark.parametrize("other", ["", "nouvel test", "nouvel test slogan ", "NOUVEL TEST SLOGAN"])
def test_other_words_open_nothing(other: str) -> None:
    with pytest.raises(WrongPassphrase):
        unwrap(wrap(IDENTITY, WORDS), other)


def test_two_wraps_of_the_same_share_nothing() -> None:
    first, second = wrap(IDENTITY, WORDS), wrap(IDENTITY, WORDS)
    assert not set(first.splitlines()[1:]) & set(second.splitlines()[1:])


def test_a_file_cannot_ask_for_more_than_a_board_has() -> None:
    for work in (b"19", b"40", b"99"):
        with pytest.raises(WrongPassphrase):
            unwrap(wrap(IDENTITY, WORDS).replace(b" 1\n", b" %s\n" % work, 1), WORDS)


@given(st.data())
def test_a_damaged_file_opens_nothing(data: st.DataObject) -> None:
    wrapped = bytearray(wrap(IDENTITY, WORDS))
    if data.draw(st.booleans()):
        del wrapped[data.draw(st.integers(0, len(wrapped) - 1)) :]
    else:
        # A higher cost is another file, as dear as it says: 18 at most.
        place = data.draw(
            st.sampled_from([n for n in range(len(wrapped)) if n != wrapped.index(b" 1\n") + 1])
        )
        wrapped[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WrongPassphrase):
        unwrap(bytes(wrapped), WORDS)
