"""law.md §7.4, row by row: what happens at each event of a class's life, as a lawyer would read the table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from appliance.domain.audit import Role
from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, intake, people, review
from appliance.hub.box import Box, Locked
from appliance.hub.keys import access, adults
from appliance.hub.keys.throttle import Throttle
from appliance.hub.retention import blank, year_end
from appliance.hub.rights import departures
from appliance.jobs import retention
from appliance.store import captures, outbox, pupils
from appliance.vault.keys import FIRST_ADULT, WrongPassphrase
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.key_helpers import start
from web.findings import findings
from web.server import HubServer


@dataclass
class Class:
    """A class in real keys, one pupil and one trace that is at home."""

    box: Box
    clock: HandClock
    pupil: str
    trace: Capture
    words: str
    envelope: str

    def here(self) -> bool:
        return captures.find(self.box.database, self.trace.id) is not None

    def asked_of_the_ent(self) -> list[str]:
        return [action.verb for action in outbox.pending(self.box.database)]

    def night(self, later: timedelta) -> None:
        self.clock.pass_(later)
        assert retention.run(self.box.config, self.clock).ok


@pytest.fixture
def classe(new_box: Box, clock: HandClock) -> Class:
    keys = start(new_box).keys
    pupil = _pupil(new_box)
    trace = send(new_box, pupil)
    outbox.ask_put(new_box.database, trace.code, new_box.now())
    (put,) = outbox.pending(new_box.database)
    outbox.begin(new_box.database, put.id, new_box.now())
    outbox.verified(new_box.database, put.id, new_box.now(), 10)
    return Class(new_box, clock, pupil, trace, keys.passphrase, keys.recovery_identity)


def _pupil(box: Box) -> str:
    pupil = people.add(box, "Lina", level="GS", pictogram="turtle")
    people.answer(box, pupil, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    return pupil


def year_ends_by_itself(c: Class) -> None:
    c.box.set_opener(None)
    c.clock.now = c.clock.now.replace(month=5, day=15)
    c.night(timedelta(0))
    c.clock.now = c.clock.now.replace(month=8, day=31, hour=22)
    c.night(timedelta(0))
    assert c.here()
    c.night(timedelta(hours=3))
    assert not c.here()
    assert c.asked_of_the_ent() == ["delete"]


def year_is_closed(c: Class) -> None:
    year_end.close(c.box, lambda _done, _total: None)
    assert (c.here(), pupils.every(c.box.database), c.asked_of_the_ent()) == (False, [], ["delete"])


def pupil_leaves(c: Class) -> None:
    departures.leave(c.box, c.pupil)
    with pytest.raises(intake.NotAllowed):
        send(c.box, c.pupil)
    assert c.asked_of_the_ent() == ["delete"]
    c.night(timedelta(days=30))
    assert c.here()
    c.night(timedelta(days=1))
    assert not c.here()
    assert pupils.every(c.box.database) == []


def teacher_changes(c: Class) -> None:
    before = c.box.sealer.recipients[0]
    _adult, theirs = adults.add(c.box, "M. Diallo", Role.TEACHER)
    adults.remove(c.box, FIRST_ADULT)
    access.lock(c.box)
    with pytest.raises(WrongPassphrase):
        access.unlock(c.box, c.words, Throttle())
    access.unlock(c.box, theirs, Throttle())
    assert c.here()
    assert c.box.sealer.recipients[0] != before


def substitute_comes(c: Class) -> None:
    _adult, card = adults.add(c.box, "Mme Remy", Role.SUBSTITUTE)
    code = adults.make_day_code(c.box, Role.DIRECTION)
    access.lock(c.box)
    with pytest.raises(WrongPassphrase):
        access.unlock(c.box, card, Throttle())
    access.unlock_day(c.box, card, code, Throttle())
    assert c.box.actor is Role.SUBSTITUTE
    c.clock.now = c.clock.now.replace(hour=18)
    assert access.must_lock(c.box, timedelta(0))


def words_are_forgotten(c: Class) -> None:
    access.lock(c.box)
    access.recover(c.box, c.envelope, Throttle())
    assert c.box.is_open


def box_is_stolen_locked(c: Class) -> None:
    access.lock(c.box)
    assert review.open_sticker(c.box, c.trace.code) == (review.Opening.CLOSED, None)
    with pytest.raises(Locked):
        _ = c.box.opener


def sticker_is_lost(c: Class) -> None:
    renewed = attribution.renew_sticker(c.box, c.trace)
    assert renewed is not None
    assert review.open_sticker(c.box, c.trace.code)[0] is review.Opening.CANCELLED
    assert review.open_sticker(c.box, renewed.code)[0] is review.Opening.PLAYS
    assert c.asked_of_the_ent() == ["delete"]


def box_is_decommissioned(c: Class) -> None:
    blank.condemn(c.box)
    assert not c.box.is_open
    c.box.close()
    blank.finish(c.box.config.data)
    assert list(c.box.config.data.iterdir()) == []


def box_slept_for_sixty_days(c: Class) -> None:
    access.lock(c.box)
    access.unlock(c.box, c.words, Throttle())
    access.lock(c.box)
    c.clock.pass_(timedelta(days=61))
    hub = HubServer(replace(c.box.config, hub=replace(c.box.config.hub, announce=False)))
    hub.box.clock = c.clock
    hub._note_absence()
    try:
        said = next(f for f in findings(hub.box) if f.icon == "hourglass" and "61" in f.sentence)
        assert said.remedy
    finally:
        hub.box.close()


TABLE: dict[str, Callable[[Class], None]] = {
    "fin d’année : effacée d’office le 31 août au soir, ENT compris": year_ends_by_itself,
    "fin d’année : fermée par l’enseignant·e, il ne reste ni trace ni élève": year_is_closed,
    "radiation : plus rien n’est enregistré, l’ENT s’efface, tout part après trente jours": pupil_leaves,
    "changement d’enseignant·e : anciens mots fermés, nouvelle clé pour la suite": teacher_changes,
    "remplacement : la carte avec le code du jour, jusqu’à 18 h": substitute_comes,
    "mots oubliés : l’enveloppe de secours ouvre": words_are_forgotten,
    "boîte volée, verrouillée : rien ne s’ouvre": box_is_stolen_locked,
    "étiquette perdue : l’ancienne ne montre rien, la nouvelle ouvre": sticker_is_lost,
    "mise hors service : il ne reste rien": box_is_decommissioned,
    "boîte inutilisée soixante jours : un rappel au démarrage": box_slept_for_sixty_days,
}
"""« Prêtée à une autre classe » is « hors service »; a failed update is told in docs/menaces.md (T9)."""


@pytest.mark.parametrize("row", TABLE)
def test_the_table_of_events(row: str, classe: Class) -> None:
    TABLE[row](classe)
