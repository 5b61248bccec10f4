"""Somebody had the card twice and put keys of their own beside ours: changing the keys drops them all."""

import pytest
from pyrage import x25519

from appliance.domain.audit import Role
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, rotation
from appliance.hub.keys.throttle import Throttle
from appliance.store import adults as rows
from appliance.store import captures, sealed
from appliance.vault import ring, wraps
from appliance.vault.keys import FIRST_ADULT, KeyFolder, WrongPassphrase
from appliance.vault.opening import NotForThisKey, Opener
from appliance.vault.sealing import Sealer
from tests.unit.hub_helpers import send
from tests.unit.rotation_helpers import VOICE, Class, confirm, under_former_keys

THEIR_WORDS = "les mots de qui passait par la"


class Stranger:
    """Who wrote on the card, while the class was locked and the box off."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.folder = box.config.data / "keys"
        self.identity = str(x25519.Identity.generate())
        self.public = ring.public_half(self.identity)

    def swap_the_envelope(self) -> None:
        (self.folder / ring.RECOVERY_PUBLIC).write_bytes(self.public)

    def swap_the_class_key(self) -> None:
        """Theirs is wrapped for everybody: were it not, what is recorded would open for nobody here."""
        readers = [path.read_text().strip() for path in self.folder.glob("adults/*.pub")]
        recovery = (self.folder / ring.RECOVERY_PUBLIC).read_text().strip()
        wrapped = Sealer([*readers, recovery]).seal(f"{self.identity}\n".encode())
        (self.folder / "class" / f"{self.public.decode()}.age").write_bytes(wrapped)
        (self.folder / ring.CLASS_PUBLIC).write_bytes(self.public)

    def add_themselves(self) -> None:
        (self.folder / "adults" / "intrus.age").write_bytes(wraps.wrap(self.identity, THEIR_WORDS))
        (self.folder / "adults" / "intrus.pub").write_bytes(self.public)

    def enrol(self) -> None:
        """An adult like another: they show in *Adultes et appareils*, and get a sheet of new words."""
        self.add_themselves()
        name = self.box.sealer.seal_json({"name": "Mme Inconnue"})
        rows.add(self.box.database, rows.AdultRow("intrus", Role.TEACHER, name, self.box.now()))

    def swap_an_adult(self) -> None:
        (self.folder / "adults" / f"{FIRST_ADULT}.pub").write_bytes(self.public)

    def reads(self) -> int:
        """How much of what is on the card now opens with what they hold, be it by way of a class key."""
        openers = [Opener(self.identity)]
        for path in self.folder.glob("class/*.age"):
            found = _opened(openers[0], path.read_bytes())
            openers += [Opener(found.decode())] if found is not None else []
        values = [
            value
            for place in sealed.places(self.box.database)
            for _row, value in sealed.values(self.box.database, place)
        ]
        folders = (self.box.config.data / name for name in ("media", "voices"))
        values += [path.read_bytes() for folder in folders for path in folder.rglob("*.age")]
        return sum(any(_opened(one, value) is not None for one in openers) for value in values)


def _opened(opener: Opener, data: bytes) -> bytes | None:
    try:
        return opener.open(data)
    except NotForThisKey:
        return None


@pytest.fixture
def school(new_box: Box) -> Class:
    return Class(new_box)


@pytest.mark.parametrize(
    "ways",
    [
        ["swap_the_envelope"],
        ["swap_the_class_key"],
        ["add_themselves"],
        ["swap_an_adult"],
        ["enrol"],
        ["swap_the_class_key", "swap_the_envelope", "add_themselves", "swap_an_adult"],
    ],
)
def test_a_whole_change_of_keys_leaves_nothing_to_who_swapped_them(school: Class, ways: list[str]) -> None:
    box = school.box
    access.lock(box)
    stranger = Stranger(box)
    for way in ways:
        getattr(stranger, way)()
    box.keys_changed()
    assert box.keys.lost() == []
    access.unlock(box, school.keys.passphrase, Throttle())
    # What gives a class key to everybody's public half gives it to theirs.
    adults.add(box, "Aïcha", Role.ASSISTANT)
    school.captures.append(send(box, school.pupil, VOICE))
    assert stranger.reads() > 0, "the box does not see it by itself"

    draft = rotation.draft(box)
    assert ("intrus" in draft.words) is ("enrol" in ways)
    rotation.begin(box, draft)
    confirm(box)
    assert rotation.join(box, 30)

    assert stranger.reads() == 0
    assert under_former_keys(box) == []
    assert captures.overview(box.database)["total"] == len(school.captures)
    held = {path: path.read_bytes() for path in stranger.folder.rglob("*") if path.is_file()}
    assert not [path for path, data in held.items() if stranger.public in data]
    assert {path.name for path in held if path.parent.name == "adults"} == {
        f"{adult}.{part}" for adult in draft.words for part in ("age", "pub")
    }
    assert len(list(stranger.folder.glob("class/*.age"))) == 1
    with pytest.raises(WrongPassphrase):
        KeyFolder(stranger.folder).unlock(THEIR_WORDS)
    with pytest.raises(WrongPassphrase):
        KeyFolder(stranger.folder).unlock_recovery(stranger.identity)
