"""A copy for each family when the year ends: one parcel for the teacher, one set of words a child."""

import io
import zipfile

import pytest
import pyzipper

from appliance.domain.permissions import Nature, Scope
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.retention import year_end
from appliance.hub.rights import keepsakes
from tests.unit.hub_helpers import send


@pytest.fixture
def three(open_box: Box, lina: str) -> list[str]:
    """Lina and Adam have a trace each; Zoé has none."""
    adam = people.add(open_box, "Adam", pictogram="rocket")
    people.add(open_box, "Zoé", pictogram="owl")
    people.answer(open_box, adam, Nature.VOICE, [Scope.CLASS])
    send(open_box, lina, b"la voix de Lina")
    send(open_box, adam, b"la voix d'Adam")
    return [adam, lina]


def test_each_child_with_traces_gets_a_copy_and_words_of_their_own(open_box: Box, three: list[str]) -> None:
    made = keepsakes.begin(open_box)
    open_box.errands.join()
    assert [(k.number, k.pupil.id) for k in made] == [(1, three[0]), (2, three[1])]
    assert len({k.words for k in made}) == 2
    assert all(len(k.words.split()) == 7 for k in made)
    ended = open_box.errands.of(keepsakes.ERRAND)
    assert ended is not None
    assert (ended.percent, ended.failed) == (100, False)
    assert sorted(keepsakes.ready(open_box)) == [1, 2]


def test_the_parcel_holds_every_copy_under_its_number_and_no_name(open_box: Box, three: list[str]) -> None:
    made = keepsakes.begin(open_box)
    open_box.errands.join()
    whole = b"".join(keepsakes.parcel(open_box))
    assert b"Lina" not in whole
    with zipfile.ZipFile(io.BytesIO(whole)) as parcel:
        assert parcel.namelist() == ["01.zip", "02.zip"]
        assert parcel.testzip() is None
        inner = parcel.read("02.zip")
    with pyzipper.AESZipFile(io.BytesIO(inner)) as copy:
        copy.setpassword(made[1].words.encode())
        medium = next(name for name in copy.namelist() if name.startswith("medias/"))
        assert copy.read(medium) == b"la voix de Lina"
        copy.setpassword(made[0].words.encode())
        with pytest.raises(RuntimeError):
            copy.read("index.html")


def test_copies_handed_over_are_no_longer_asked_for(open_box: Box, three: list[str]) -> None:
    keepsakes.begin(open_box)
    open_box.errands.join()
    assert sorted(year_end.balance(open_box).without_copy) == sorted(three)
    assert keepsakes.hand_all(open_box) == 2
    assert year_end.balance(open_box).without_copy == ()
    assert keepsakes.hand_all(open_box) == 0
