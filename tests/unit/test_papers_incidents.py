"""An incident: what is asked, what is sealed, and what the sheet says of the box as it was."""

from datetime import datetime, timedelta

import pytest

from appliance.clock import PARIS
from appliance.config import BackupConfig
from appliance.domain.audit import Event
from appliance.hub import audit, audit_words, backups
from appliance.hub.backups import BackupState
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.office import companion, incidents
from appliance.papers.facts import IncidentKind, LockState
from appliance.store import incidents as rows
from appliance.store import journal
from tests.conftest import HandClock, MadeKeys
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher"]

REPORT = {"nature": "theft", "constate": "2027-01-12T08:30", "survenu": "", "quoi": "L’étagère est vide."}


def note(box: Box, kind: IncidentKind = IncidentKind.THEFT) -> str:
    return incidents.note(box, kind, box.now(), None, "L’étagère est vide.")


def test_the_clock_of_72_hours_starts_when_it_is_noticed(open_box: Box) -> None:
    noticed = datetime(2027, 3, 26, 17, 5, tzinfo=PARIS)
    made = incidents.note(open_box, IncidentKind.LOSS, noticed, noticed - timedelta(days=2), "Perdue.")
    known = incidents.find(open_box, made)
    assert known is not None
    assert known.notify_before - known.noticed_at == timedelta(hours=72)
    # Summer time begins in between: 72 hours, whatever the clock on the wall does.
    assert known.notify_before.astimezone(PARIS) == known.noticed_at + timedelta(hours=72)


def test_what_happened_is_sealed(box: Box) -> None:
    note(box)
    (row,) = rows.every(box.database)
    assert "étagère".encode() not in row.sealed
    line = list(journal.every(box.database))[-1][0]
    assert (line.event, line.detail, line.subject) == (Event.INCIDENT_NOTED, "theft", "")


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_each_kind_has_steps_and_a_line_in_words(box: Box, kind: IncidentKind) -> None:
    note(box, kind)
    assert audit_words.sentence(list(journal.every(box.database))[-1][0]).partition("\u00a0: ")[2]
    steps = incidents.steps(box, kind)
    assert "délégué à la protection des données" in steps[0]
    assert len(steps) >= 3


def test_steps_speak_only_of_what_this_box_has(box: Box) -> None:
    assert any("ENT" in step for step in incidents.steps(box, IncidentKind.THEFT))
    assert not any("sauvegarde" in step for step in incidents.steps(box, IncidentKind.THEFT))
    backups.note(box.database, BackupState(box.now(), box.now(), captures=3))
    assert any("sauvegarde" in step for step in incidents.steps(box, IncidentKind.THEFT))


def test_the_sheet_counts_what_was_there(open_box: Box, lina: str, clock: HandClock) -> None:
    send(open_box, lina)
    clock.pass_(timedelta(days=1))
    send(open_box, lina)
    backups.note(open_box.database, BackupState(clock.now, clock.now, captures=1))
    made = note(open_box)
    send(open_box, lina)
    seen = incidents.every(open_box)[0].snapshot
    assert incidents.every(open_box)[0].id == made
    held = seen.holdings
    assert (held.pupils, held.heard, held.captures, held.voices, held.photos, held.films) == (
        1,
        1,
        2,
        2,
        0,
        0,
    )
    assert held.oldest is not None and held.newest is not None
    assert held.newest - held.oldest == timedelta(days=1)
    assert (seen.backup_captures, seen.backup_at) == (1, clock.now)


def test_the_journal_says_whether_the_class_was_open(box: Box, made_keys: MadeKeys, clock: HandClock) -> None:
    def state(hours: float) -> LockState:
        return companion.snapshot(box, start + timedelta(hours=hours)).lock

    start = clock.now
    clock.pass_(timedelta(hours=1))
    box.set_opener(made_keys.opener)
    audit.note_opened(box, made_keys.opener)
    clock.pass_(timedelta(hours=2))
    access.lock(box)
    clock.pass_(timedelta(hours=2))
    assert [state(hours) for hours in (0.5, 1.5, 2.9, 3.5)] == [
        LockState.UNKNOWN,
        LockState.OPEN,
        LockState.OPEN,
        LockState.LOCKED,
    ]


def test_a_report_becomes_a_sheet(teacher: Browser, box: Box, lina: str) -> None:
    answer = teacher.post("/incidents", REPORT | {"constate": "2027-01-12T08:40"})
    assert answer.status_code == 303
    sheet = said(teacher.get(answer.location))
    assert "vendredi 15 janvier 2027, 8 h 40" in sheet
    assert "ouverte depuis le" in sheet and "tenu pour lisible" in sheet
    assert "L’étagère est vide." in sheet
    assert "None" not in sheet
    assert "Boîte ou carte volée" in said(teacher.get("/incidents"))
    assert teacher.get("/incidents/inconnu").status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"nature": ""}, "Choisissez ce qui se rapproche"),
        ({"constate": ""}, "Écrivez le jour et l’heure"),
        ({"constate": "hier"}, "Écrivez le jour et l’heure"),
        ({"constate": "2027-01-12T09:30"}, "n’est pas encore venu"),
        ({"survenu": "2027-01-12T08:35"}, "ne peut pas s’être passé après"),
        ({"survenu": "avant"}, "ne se lit pas"),
        ({"quoi": " "}, "Écrivez en une phrase"),
        ({"quoi": "x" * 1501}, "1500 caractères au plus"),
    ],
)
def test_a_report_that_lacks_something_is_not_stored(
    teacher: Browser, box: Box, changed: dict[str, str], words: str
) -> None:
    answer = teacher.post("/incidents", REPORT | changed)
    assert answer.status_code == 400
    assert words in said(answer)
    assert rows.every(box.database) == []


def test_the_weekly_sheet_names_nobody_and_bears_the_witness(
    teacher: Browser, box: Box, lina: str, clock: HandClock
) -> None:
    send(box, lina, taken_at=clock.now - timedelta(days=8))
    send(box, lina)
    page = said(teacher.get("/papiers/fiche-compagnon"))
    assert "Lina" not in page
    sheet = companion.sheet(box)
    assert (sheet.taken, sheet.snapshot.holdings.captures) == (1, 2)
    assert sheet.witness == journal.head(box.database).witness()
    assert sheet.witness in page


def test_without_a_backup_configured_the_papers_say_so(teacher: Browser, box: Box) -> None:
    assert box.config.backup == BackupConfig()
    assert "Aucune sauvegarde n’est réglée" in said(teacher.get("/papiers/registre"))
