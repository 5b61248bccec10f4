"""*Tout va bien*: in large when it is, one sentence and one remedy when it is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from appliance.hub import review
from appliance.hub.box import Box
from appliance.hub.shelf import Shelf
from appliance.store import outbox, settings
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, quick_unlock, said, teacher

__all__ = ["app", "quick_unlock", "teacher"]

ALL_WELL = "Rien ne demande votre attention"


def note(box: Box, name: str, **value: object) -> None:
    box.reports[name] = value


@pytest.fixture
def well(box: Box) -> Box:
    """A box on an ordinary morning."""
    now = box.now()
    note(box, "printer", paper="ok", fault=None, at=now)
    note(box, "boot", missing=0, remains=0, unclaimed=0)
    for station in ("A", "B"):
        note(box, f"station:{station}", at=now, overflows=0, faults=())
    return box


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shelf, "free_ratio", lambda _shelf: 0.6)


def test_when_all_is_well_it_says_so_in_large(well: Box, teacher: Browser) -> None:
    page = said(teacher.get("/tout-va-bien"))
    assert ALL_WELL in page
    assert "Il reste 60 % de place" in page
    assert "mardi 12 janvier, 8 h 40" in page


def test_it_says_what_is_here_and_until_when(well: Box, teacher: Browser, lina: str) -> None:
    review.release(well, send(well, lina))
    send(well, lina, kept=False)
    page = said(teacher.get("/tout-va-bien"))
    assert "2 traces dans cette boîte" in page
    for words in ("11 février 2027", "31 août 2027", "La plus ancienne : 12 janvier 2027", "1 envoi"):
        assert words in page


def fill_disk(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    monkeypatch.setattr(Shelf, "free_ratio", lambda _shelf: 0.02)


def lose_clock(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    clock.trusted = False


def end_paper(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="out", fault=None)


def break_printer(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="unknown", fault="L’imprimante ne répond pas.")


def lose_station(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:B", at=clock.now - timedelta(hours=1), overflows=0, faults=())


def lose_samples(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:A", at=clock.now, overflows=3, faults=())


def unplug_microphone(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:A", at=clock.now, overflows=0, faults=("microphone",))


def lose_file(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "boot", missing=2, remains=0, unclaimed=0)


def fail_sync(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    run = outbox.SyncRun(ended_at=clock.now, put=0, deleted=0, failed=1, fault="L’ENT ne répond pas.")
    outbox.record_run(box.database, run)


@pytest.mark.parametrize(
    ("spoil", "sentence", "remedy"),
    [
        (fill_disk, "Il reste 2 % de place", "prévenez l’ERUN"),
        (unplug_microphone, "ne trouve plus", "Rebranchez"),
        (lose_samples, "perdu 3 instants de son", "prise USB"),
        (lose_clock, "elle n’efface rien", "elle se met à l’heure seule"),
        (end_paper, "Il n’y a plus de papier.", "Mettez un rouleau"),
        (break_printer, "L’imprimante ne répond pas.", "Les étiquettes sortiront ensuite seules"),
        (lose_station, "On ne l’a plus vue depuis mardi 12 janvier, 7 h 40.", "rallumez-la"),
        (lose_file, "Les fichiers de 2 traces manquent.", "Prévenez l’ERUN"),
        (fail_sync, "n’est pas allé au bout. Rien n’est perdu.", "Il reprendra seul ce soir"),
    ],
)
def test_each_trouble_has_one_sentence_and_one_remedy(
    well: Box,
    teacher: Browser,
    monkeypatch: pytest.MonkeyPatch,
    clock: HandClock,
    spoil: Callable[[Box, pytest.MonkeyPatch, HandClock], None],
    sentence: str,
    remedy: str,
) -> None:
    spoil(well, monkeypatch, clock)
    page = said(teacher.get("/tout-va-bien"))
    assert ALL_WELL not in page
    assert "Une chose demande votre attention" in page
    assert sentence in page
    assert remedy in page


def test_takes_about_to_go_are_announced_a_week_before(
    well: Box, teacher: Browser, lina: str, clock: HandClock
) -> None:
    send(well, lina, kept=False, taken_at=clock.now - timedelta(days=23))
    page = said(teacher.get("/tout-va-bien"))
    assert "1 trace sera effacée d’ici une semaine, la première après le 19 janvier 2027." in page
    assert "Gardez celles qui comptent" in page


def test_a_station_never_seen_and_a_silent_printer_are_told(box: Box, teacher: Browser) -> None:
    page = said(teacher.get("/tout-va-bien"))
    assert "Elle ne s’est pas encore montrée." in page
    assert "L’imprimante n’a encore rien dit." in page


def test_a_clock_that_went_back_is_believed_on_the_teacher_s_word(
    well: Box, teacher: Browser, clock: HandClock
) -> None:
    settings.raise_high_water(well.database, clock.now + timedelta(days=300))
    page = said(teacher.get("/tout-va-bien"))
    assert "Cette date est la bonne" in page
    assert well.today() > clock.now.date()
    assert teacher.post("/tout-va-bien/date", {}).status_code == 303
    assert well.today() == clock.now.date()
    assert ALL_WELL in said(teacher.get("/tout-va-bien"))
