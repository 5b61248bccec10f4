"""An older copy of the database that comes back undoes no later word: table by table of what must stand."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.domain.audit import Event
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, PermissionState, Scope, Use
from appliance.hub import audit, people
from appliance.hub.box import Box
from appliance.hub.rights import permits
from appliance.store import backups, captures, pupils, settings, since
from appliance.store.database import Database, open_database
from tests.conftest import HandClock
from tests.unit.hub_helpers import send

TODAY = "2027-01-13"


@pytest.fixture
def come_back(
    box: Box, clock: HandClock, tmp_path: Path
) -> Iterator[Callable[[Callable[[], object]], Database]]:
    """Copy the box, let it do something, and return the copy as a restoration brings it back."""
    opened: list[Database] = []

    def back(act: Callable[[], object]) -> Database:
        folder = tmp_path / "older"
        folder.mkdir()
        backups.copy(box.database, folder / "boite.db")
        clock.pass_(timedelta(days=1))
        act()
        since.write(box.database, tmp_path / "since.db")
        older = open_database(folder, clock.now)
        opened.append(older)
        for _twice in range(2):
            since.catch_up(older, tmp_path / "since.db", clock.now)
        return older

    yield back
    for database in opened:
        database.close()


Back = Callable[[Callable[[], object]], Database]


def value(database: Database, statement: str, *values: object) -> object:
    row = database.db.execute(statement, list(values)).fetchone()
    return row[0] if row else None


def test_what_was_put_aside_stays_aside(box: Box, lina: str, come_back: Back) -> None:
    capture = send(box, lina)

    def put_aside() -> None:
        box.database.db.execute(
            "UPDATE captures SET quarantine = ?, quarantined_on = ?, released_at = NULL WHERE id = ?",
            [Quarantine.PROTECTED, TODAY, capture.id],
        )

    older = come_back(put_aside)
    found = captures.find(older, capture.id)
    assert found is not None
    assert found.quarantine is Quarantine.PROTECTED
    assert value(older, "SELECT quarantined_on FROM captures") == TODAY


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("anonymous", 1, 0),
        ("carnet", b"sealed reason", None),
        ("carnet", None, b"sealed reason"),
        ("last_day", "2027-08-31", "2027-02-01"),
        ("released_at", "2027-01-12T10:00:00.000+00:00", None),
        ("kept", 0, 1),
    ],
)
def test_the_latest_word_on_a_capture_stands(
    box: Box, lina: str, come_back: Back, column: str, before: object, after: object
) -> None:
    capture = send(box, lina)
    change = f"UPDATE captures SET {column} = ? WHERE id = ?"
    box.database.db.execute(change, [before, capture.id])
    older = come_back(lambda: box.database.db.execute(change, [after, capture.id]))
    assert value(older, f"SELECT {column} FROM captures") == after


def test_who_left_and_whose_guardians_disagree_stay_so(box: Box, lina: str, come_back: Back) -> None:
    older = come_back(
        lambda: box.database.db.execute("UPDATE pupils SET left_on = ?, disagreement = 1", [TODAY])
    )
    standing = pupils.standing(older, [lina])[lina]
    assert (standing.left_on, standing.disagreement) == (date.fromisoformat(TODAY), True)


def test_a_lost_badge_and_a_corrected_name_do_not_come_back(box: Box, lina: str, come_back: Back) -> None:
    lost = pupils.every(box.database)[0]

    def act() -> None:
        people.replace_badge(box, lina)
        box.database.db.execute("UPDATE pupils SET sealed = ?", [b"corrected"])

    [row] = pupils.every(come_back(act))
    assert (row.badge != lost.badge, row.sealed) == (True, b"corrected")


@pytest.mark.parametrize("scope", [Scope.CLASS, Scope.FAMILY])
def test_a_withdrawn_permission_stays_withdrawn(box: Box, lina: str, come_back: Back, scope: Scope) -> None:
    left = [other for other in (Scope.CLASS, Scope.FAMILY) if other is not scope]
    older = come_back(lambda: people.answer(box, lina, Nature.VOICE, left))
    states = {(p.nature, p.scope): p.state for p in pupils.permissions(older)[lina]}
    assert states[Nature.VOICE, scope] is PermissionState.WITHDRAWN


def test_a_trace_given_to_others_is_not_decided_by_its_former_owners(
    box: Box, lina: str, come_back: Back
) -> None:
    """A group that grew is the least of all its members, also of one whom the older copy never knew."""
    capture = send(box, lina)

    def grow() -> None:
        sacha = people.add(box, "Sacha", pictogram="fox")
        box.database.db.execute("INSERT INTO capture_pupils VALUES (?, ?)", [capture.id, sacha])

    older = come_back(grow)
    found = captures.find(older, capture.id)
    assert found is not None
    assert len(found.pupils) == 2
    now = captures.find(box.database, capture.id)
    assert now is not None
    assert not permits.of_capture(box, now, Use.CLASS).allowed


def test_a_forgotten_pupil_and_a_removed_adult_do_not_come_back(box: Box, lina: str, come_back: Back) -> None:
    box.database.db.execute(
        "INSERT INTO adults (id, role, created_at, sealed) VALUES ('a1', 'assistant', '2027', x'00')"
    )

    def leave() -> None:
        for table, event, id_ in (
            ("pupils", Event.PUPIL_FORGOTTEN, lina),
            ("adults", Event.ADULT_REMOVED, "a1"),
        ):
            box.database.db.execute(f"DELETE FROM {table} WHERE id = ?", [id_])
            audit.note(box, event, id_)

    older = come_back(leave)
    assert value(older, "SELECT COUNT(*) FROM pupils") == 0
    assert value(older, "SELECT COUNT(*) FROM adults") == 0
    assert value(older, "SELECT COUNT(*) FROM permissions") == 0


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("projects", "('p1', '2027', '2027', '', '', '', NULL, '2027', x'00')"),
        ("requests", "('r1', 'access', 'x', '2027', '2027', NULL, NULL, '', x'00')"),
        ("incidents", "('i1', '2027', '2027-01-12', x'00')"),
    ],
)
def test_what_families_and_the_direction_asked_is_not_forgotten(
    box: Box, come_back: Back, table: str, row: str
) -> None:
    older = come_back(lambda: box.database.db.execute(f"INSERT INTO {table} VALUES {row}"))
    assert value(older, f"SELECT COUNT(*) FROM {table}") == 1


def test_a_request_answered_since_is_answered_and_a_project_refused_since_is_refused(
    box: Box, come_back: Back
) -> None:
    db = box.database.db
    db.execute("INSERT INTO requests VALUES ('r1', 'access', 'x', '2027', '2027', NULL, NULL, '', x'00')")
    db.execute("INSERT INTO projects VALUES ('p1', '2027', '2027', '', '', '', '2027-01-01', '2027', x'00')")

    def act() -> None:
        db.execute("UPDATE requests SET answered_on = ?, outcome = 'granted'", [TODAY])
        db.execute("UPDATE projects SET direction_agreed_on = NULL")

    older = come_back(act)
    assert value(older, "SELECT answered_on FROM requests") == TODAY
    assert value(older, "SELECT direction_agreed_on FROM projects") is None


def test_the_choices_of_the_controller_stand_and_the_journal_keeps_its_own_seal(
    open_box: Box, come_back: Back
) -> None:
    audit.note_opened(open_box, open_box.opener)
    seal = settings.get(open_box.database, settings.JOURNAL_SEAL)
    settings.put(open_box.database, settings.SIGNATURES, "one_always")

    def act() -> None:
        settings.put(open_box.database, settings.SIGNATURES, "two_always")
        audit.note_opened(open_box, open_box.opener)

    older = come_back(act)
    assert settings.get(older, settings.SIGNATURES) == "two_always"
    assert settings.get(older, settings.JOURNAL_SEAL) == seal
    assert audit.check(older) is None


def test_what_belongs_to_the_former_machine_stays_there(box: Box) -> None:
    db = box.database.db
    db.execute("INSERT INTO adults (id, role, created_at, sealed) VALUES ('a1', 'teacher', '2027', x'00')")
    db.execute(
        "INSERT INTO trusted_devices (id, adult, created_at, used_at, sealed)"
        " VALUES ('d1', 'a1', '2027', '2027', x'00')"
    )
    db.execute("INSERT INTO exports VALUES ('e1', 'x', '2027', '2027', 1, NULL)")
    backups.start_anew(box.database)
    assert value(box.database, "SELECT COUNT(*) FROM trusted_devices") == 0
    assert value(box.database, "SELECT COUNT(*) FROM exports") == 0
