"""*Tout va bien*: in large when it is, one sentence and one remedy when it is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.config import BackupConfig
from appliance.devices.board import Board
from appliance.hub import review
from appliance.hub.box import Box
from appliance.station.room_left import Space
from appliance.store import outbox, settings
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher
from web import findings_devices

__all__ = ["app", "teacher"]

ALL_WELL = "Rien ne demande votre attention"


def note(box: Box, name: str, **value: object) -> None:
    box.reports[name] = value


def leave(monkeypatch: pytest.MonkeyPatch, percent: int) -> None:
    """Leave that much room on the disk."""
    monkeypatch.setattr(findings_devices, "measure", lambda _folder: Space(100, percent))


@pytest.fixture
def well(box: Box) -> Box:
    """A box on an ordinary morning, with its stick."""
    box.config = replace(box.config, backup=BackupConfig(box.config.data.with_name("stick")))
    now = box.now()
    note(box, "printer", paper="ok", fault=None, at=now)
    note(box, "boot", missing=0, remains=0, unclaimed=0)
    for station in ("A", "B"):
        note(box, f"station:{station}", at=now, overflows=0, faults=())
    return box


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, 60)
    monkeypatch.setattr(findings_devices, "read_board", Board)


def test_when_all_is_well_it_says_so_in_large(well: Box, teacher: Browser) -> None:
    page = said(teacher.get("/tout-va-bien"))
    assert ALL_WELL in page
    assert "Il reste 60 % de place" in page
    assert "mardi 12 janvier, 8 h 40" in page


def test_a_box_without_a_backup_asks_for_one_unless_its_class_is_invented(
    well: Box, teacher: Browser
) -> None:
    well.config = replace(well.config, backup=BackupConfig())
    page = said(teacher.get("/tout-va-bien"))
    assert ALL_WELL not in page
    assert "Demandez à l’ERUN de régler une clé USB ou un dossier de l’ENT." in page
    well.config = replace(well.config, watermark="DÉMO")
    assert ALL_WELL in said(teacher.get("/tout-va-bien"))


def test_it_says_what_is_here_and_until_when(well: Box, teacher: Browser, lina: str) -> None:
    review.release(well, send(well, lina))
    send(well, lina, kept=False)
    page = said(teacher.get("/tout-va-bien"))
    assert "2 traces dans cette boîte" in page
    for words in ("11 février 2027", "31 août 2027", "La plus ancienne : 12 janvier 2027", "1 envoi"):
        assert words in page


def fill_disk(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    leave(monkeypatch, 2)


def lose_clock(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    clock.trusted = False


def end_paper(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="out", fault=None)


def break_printer(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="unknown", fault="L’imprimante ne répond pas.")


def lose_station(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:B", at=clock.now - timedelta(hours=1), overflows=0, faults=())


def unplug_reader(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:A", at=clock.now, overflows=0, faults=("badge_reader",))


def stick_button(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:B", at=clock.now, overflows=0, faults=("stuck",))


def starve_satellite(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:B", at=clock.now, overflows=0, faults=("undervoltage",))


def fill_satellite(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "station:B", at=clock.now, overflows=0, faults=("sound_only",))


def starve(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    monkeypatch.setattr(findings_devices, "read_board", lambda: Board(50.0, 0x1))


def have_starved(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    monkeypatch.setattr(findings_devices, "read_board", lambda: Board(50.0, 0x10000))


def overheat(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    monkeypatch.setattr(findings_devices, "read_board", lambda: Board(84.0, 0))


def take_name(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "name", announced="boite-2")


def hang_printer(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="unknown", fault=None, talks=True, at=clock.now)


def lose_printer(box: Box, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    note(box, "printer", paper="ok", fault=None, at=clock.now - timedelta(hours=1))


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
        (unplug_microphone, "ne trouve plus : son micro", "Rebranchez"),
        (unplug_reader, "ne trouve plus : son lecteur de badges", "Rebranchez"),
        (stick_button, "Un de ses boutons reste enfoncé", "Décoincez-le"),
        (starve_satellite, "Elle manque de courant", "chargeur officiel"),
        (fill_satellite, "ni photo ni film, les voix continuent", "Reliez-la à la boîte"),
        (starve, "La boîte manque de courant", "chargeur officiel"),
        (have_starved, "La boîte a manqué de courant", "chargeur officiel"),
        (overheat, "La boîte a trop chaud", "Aérez"),
        (take_name, "cette boîte répond au nom boite-2.local", "Débranchez l’autre"),
        (hang_printer, "elle est peut-être bloquée", "Éteignez-la, attendez dix secondes"),
        (
            lose_printer,
            "On n’a plus de nouvelles de l’imprimante depuis mardi 12 janvier, 7 h 40",
            "rallumez",
        ),
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


@pytest.mark.parametrize(
    ("percent", "sentence", "grave"),
    [
        (20, "Il reste 20 % de place sur la carte mémoire.", False),
        (10, "Il reste 10 % de place sur la carte mémoire.", False),
        (5, "les photos et les films sont arrêtés, les voix continuent", True),
        (2, "plus rien ne s’enregistre. Ce qui est déjà là n’est pas perdu", True),
    ],
)
def test_each_step_of_a_disk_that_fills_has_its_words(
    well: Box,
    teacher: Browser,
    monkeypatch: pytest.MonkeyPatch,
    percent: int,
    sentence: str,
    grave: bool,
) -> None:
    leave(monkeypatch, percent)
    page = said(teacher.get("/tout-va-bien"))
    assert "Une chose demande votre attention" in page
    assert sentence in page
    assert ("À faire" in page) is grave
    leave(monkeypatch, 21)
    assert ALL_WELL in said(teacher.get("/tout-va-bien"))


def test_a_full_disk_proposes_what_goes_soon_anyway_and_deletes_nothing(
    well: Box, teacher: Browser, lina: str, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    yesterday = clock.now - timedelta(days=1)
    for taken_at in (clock.now, yesterday, yesterday):
        send(well, lina, kept=False, taken_at=taken_at)
    send(well, lina)
    leave(monkeypatch, 10)
    response = teacher.get("/tout-va-bien")
    page = said(response)
    assert "3 traces s’en vont de toute façon d’ici un mois" in page
    assert 'href="/jour/2027-01-11"' in response.text
    assert "aujourd’hui : 1 trace" in page
    assert "4 traces dans cette boîte" in page


def test_a_printer_that_never_says_anything_is_not_called_ready_nor_hung(well: Box, teacher: Browser) -> None:
    note(well, "printer", paper="unknown", fault=None, talks=False, at=well.now())
    page = said(teacher.get("/tout-va-bien"))
    assert ALL_WELL in page
    assert "elle ne sait pas dire s’il reste du papier" in page


def test_several_troubles_at_once_are_each_told(
    well: Box, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 4)
    monkeypatch.setattr(findings_devices, "read_board", lambda: Board(85.0, 0x9))
    note(well, "station:A", at=well.now(), overflows=2, faults=("microphone", "stuck"))
    page = said(teacher.get("/tout-va-bien"))
    assert "6 choses demandent votre attention" in page


def test_a_name_that_is_ours_or_not_announced_at_all_is_no_trouble(well: Box, teacher: Browser) -> None:
    note(well, "name", announced=None)
    assert ALL_WELL in said(teacher.get("/tout-va-bien"))
    note(well, "name", announced=well.config.host)
    assert ALL_WELL in said(teacher.get("/tout-va-bien"))


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
