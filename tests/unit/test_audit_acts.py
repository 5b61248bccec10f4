"""Which acts the journal holds, whoever writes at once, and that no line names anybody."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.config import Config, StationConfig
from appliance.domain.audit import Event, Role
from appliance.domain.captures import Capture
from appliance.domain.pairing import FINGERPRINT_BYTES, SECRET_BYTES
from appliance.domain.permissions import Nature, Scope
from appliance.hub import (
    attribution,
    audit,
    audit_copy,
    audit_words,
    openings,
    parcels,
    people,
    review,
    satellites,
)
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.keys.throttle import Throttle
from appliance.jobs import retention
from appliance.store import outbox
from appliance.vault.keys import WrongPassphrase
from tests.conftest import HandClock, MadeKeys
from tests.unit.audit_helpers import DEADLINE, length, lines, unlock, written_fixture
from tests.unit.hub_helpers import send

__all__ = ["written_fixture"]


def acts(box: Box, since: int = 0) -> list[tuple[str, str, str]]:
    return [(line.event, line.role, line.subject) for line in lines(box) if line.number > since]


WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from appliance.domain.audit import Event, Role
from appliance.store import journal
from appliance.store.database import open_database

now = datetime.now(timezone.utc)
database = open_database(Path(sys.argv[1]), now)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    act = journal.Act(Event.RETENTION_RUN, Role.RETENTION, detail=str(number))
    journal.write(database, act, now, doubtful=False)
database.close()
"""


def writer(folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_processes_and_threads_that_write_at_once_make_one_chain(box: Box) -> None:
    before = length(box)
    processes = [writer(box.config.data, 60) for _each in range(2)]
    thread = threading.Thread(target=lambda: [audit.note(box, Event.BOX_STARTED) for _each in range(60)])
    for process in processes:
        go(process)
    thread.start()
    for process in processes:
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
    thread.join(DEADLINE)
    assert length(box) == before + 180
    assert audit.check(box.database) is None


def test_a_writer_killed_in_the_middle_leaves_a_whole_chain(box: Box) -> None:
    before = length(box)
    process = writer(box.config.data, 1_000_000)
    go(process)
    until = time.monotonic() + DEADLINE
    while length(box) < before + 20:
        assert time.monotonic() < until, "nothing was written"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    written = length(box)
    assert audit.check(box.database) is None
    audit.note(box, Event.BOX_STARTED)
    assert (length(box), audit.check(box.database)) == (written + 1, None)


def test_an_act_that_is_undone_leaves_no_line(box: Box) -> None:
    before = length(box)
    with pytest.raises(LookupError), box.database.transaction():
        audit.note(box, Event.BOX_STARTED)
        raise LookupError
    assert length(box) == before
    assert audit.check(box.database) is None


@pytest.fixture
def capture(open_box: Box, lina: str) -> Capture:
    return send(open_box, lina)


def carried(box: Box, capture: Capture) -> None:
    review.release(box, capture)
    (action,) = outbox.pending(box.database)
    parcels.finish(box, action.id, 10)


def erased_everywhere(box: Box, capture: Capture) -> None:
    carried(box, capture)
    review.delete(box, capture)
    (action,) = outbox.pending(box.database)
    parcels.finish(box, action.id, None)


ACTS: dict[str, tuple[Callable[[Box, Capture], object], str, Role]] = {
    "released": (review.release, Event.RELEASED, Role.TEACHER),
    "reprinted": (review.reprint, Event.REPRINTED, Role.TEACHER),
    "erased": (review.delete, Event.ERASED, Role.TEACHER),
    "sent": (carried, Event.SENT, Role.SYNC),
    "erased at the ENT": (erased_everywhere, Event.ERASED_AT_ENT, Role.SYNC),
    "heard at a station": (
        lambda box, capture: review.hear_at_station(box, capture.code, ""),
        Event.HEARD,
        Role.STATION,
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_a_capture_has_its_line(open_box: Box, capture: Capture, name: str) -> None:
    act, event, role = ACTS[name]
    before = length(open_box)
    act(open_box, capture)
    assert acts(open_box, before).count((event, role, capture.id)) == 1


def test_taking_in_giving_and_keeping_have_their_lines(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    people.answer(open_box, tom, Nature.VOICE, [Scope.CLASS])
    before = length(open_box)
    capture = send(open_box, lina, kept=False)
    review.keep(open_box, capture)
    attribution.give(open_box, capture, [tom])
    assert acts(open_box, before) == [
        ("taken_in", "station", capture.id),
        ("kept", "teacher", capture.id),
        ("taken_back", "teacher", capture.id),
        ("given", "teacher", capture.id),
    ]


def test_each_answer_of_a_family_has_its_line(box: Box, lina: str) -> None:
    before = length(box)
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS])
    (line,) = lines(box)[before:]
    assert (line.event, line.subject, line.detail) == (
        "permission_answered",
        lina,
        "withdrawn/voice/family",
    )
    said = "Autorisation notée : autorisation retirée, voix, à la maison"
    assert audit_words.sentence(line).replace("\u00a0", " ") == said


def test_opening_locking_and_guessing_have_their_lines(box: Box, made_keys: MadeKeys) -> None:
    before = length(box)
    with pytest.raises(WrongPassphrase):
        access.unlock(box, "sept faux mots", Throttle())
    unlock(box, made_keys)
    access.lock(box)
    access.lock(box)
    unlock(box, made_keys)
    access.lock(box, Role.BOX)
    assert [(event, role) for event, role, _subject in acts(box, before)] == [
        ("wrong_passphrase", "visitor"),
        ("class_opened", "teacher"),
        ("class_locked", "teacher"),
        ("class_opened", "teacher"),
        ("class_locked", "box"),
    ]


def test_stations_and_badges_have_their_lines(box: Box, lina: str) -> None:
    before = length(box)
    openings.open_now(box, ["A"])
    openings.close_now(box, ["A"])
    people.replace_badge(box, lina)
    assert acts(box, before) == [
        ("station_opened", "teacher", "A"),
        ("station_closed", "teacher", "A"),
        ("badge_replaced", "teacher", lina),
    ]


def test_a_satellite_has_its_lines(box: Box) -> None:
    far = StationConfig("C", Nature.VOICE, satellite=True)
    box.config = replace(box.config, stations=(*box.config.stations, far))
    before = length(box)
    code = satellites.invite(box, "C", "192.168.4.1", 443, bytes(FINGERPRINT_BYTES))
    satellites.link(box, "C", code.one_time, bytes(SECRET_BYTES))
    satellites.cut_off(box, "C")
    assert acts(box, before) == [
        ("satellite_invited", "teacher", "C"),
        ("satellite_linked", "station", "C"),
        ("satellite_cut_off", "teacher", "C"),
    ]


def test_what_retention_erases_is_not_the_teachers_act(
    open_box: Box, capture: Capture, clock: HandClock, config: Config
) -> None:
    clock.pass_(timedelta(days=300))
    before = length(open_box)
    retention.run(config, clock)
    assert ("erased", "retention", capture.id) in acts(open_box, before)
    clock.trusted = False
    retention.run(config, clock)
    last = lines(open_box)[-1]
    assert (last.event, last.detail, last.doubtful) == ("retention_held", "untrusted", 1)


def test_hearing_has_one_line_a_day_for_each_role(open_box: Box, capture: Capture, clock: HandClock) -> None:
    before = length(open_box)
    for _time in range(3):
        for role in (Role.TEACHER, Role.STATION, Role.VISITOR):
            audit.note_heard(open_box, capture, role)
    clock.pass_(timedelta(days=1))
    audit.note_heard(open_box, capture, Role.STATION)
    heard = [(role, subject) for event, role, subject in acts(open_box, before) if event == Event.HEARD]
    assert heard == [(role, capture.id) for role in ("teacher", "station", "visitor", "station")]


def test_a_sound_fetched_by_several_requests_at_once_has_one_line(open_box: Box, capture: Capture) -> None:
    before = length(open_box)
    start = threading.Barrier(4)

    def fetch() -> None:
        start.wait(DEADLINE)
        audit.note_heard(open_box, capture, Role.TEACHER)

    threads = [threading.Thread(target=fetch) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert acts(open_box, before) == [("heard", "teacher", capture.id)]


def test_what_may_only_be_read_is_heard_all_the_same(open_box: Box, capture: Capture, config: Config) -> None:
    open_box.database.db.execute("PRAGMA query_only = ON")
    before = length(open_box)
    content, _type = review.hear_at_station(open_box, capture.code, "")
    assert (content, length(open_box)) == (b"une voix", before)


def test_no_line_holds_a_name_a_title_or_a_code(open_box: Box, lina: str, made_keys: MadeKeys) -> None:
    capture = send(open_box, lina)
    erased_everywhere(open_box, capture)
    out = io.StringIO()
    audit_copy.write_csv(open_box.database, out)
    assert len(out.getvalue().splitlines()) == length(open_box) + 1
    for secret in ("Lina", "Lecture", "CP de", capture.code):
        assert secret not in out.getvalue()
