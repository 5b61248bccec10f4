"""`boite sync` between a hub on a real UNIX socket and the demo's ENT, a real process."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from appliance.config import load_config
from appliance.jobs import sync
from tests.system.sync_rig import LILA, PASSWORD, SACHA, TOUR, Box, sync_box, wait_for  # noqa: F401  `sync_box` is the fixture


def test_what_was_released_arrives_and_a_second_run_asks_nothing_of_the_ent(box: Box) -> None:
    items = [box.hub.put(LILA), box.hub.put(SACHA), box.hub.put(TOUR)]
    report = box.sync()
    assert (report.put, report.deleted, report.failed, report.ok) == (3, 0, 0, True)
    assert report.sentence() == "3 traces rangées à l’ENT."
    assert box.at_the_ent() == {LILA, SACHA, TOUR}
    assert all((box.ent / item.paths[0]).read_bytes() == item.content for item in items)
    assert [(item.state, item.size) for item in items] == [("verified", len(i.content)) for i in items]
    before = box.requests()
    again = box.sync()
    assert again.sentence() == "Rien à envoyer\u00a0: l’ENT est à jour."
    assert box.requests() == before
    assert [run["put"] for run in box.hub.runs] == [3, 0]


def test_a_hub_that_forgot_its_results_makes_no_file_travel_again(box: Box) -> None:
    items = [box.hub.put(LILA), box.hub.put(SACHA)]
    box.sync()
    puts = box.requests()["PUT"]
    for item in items:
        item.state = "queued"
    assert box.sync().put == 2
    assert box.requests()["PUT"] == puts == 2
    assert box.at_the_ent() == {LILA, SACHA}


def test_a_groups_trace_arrives_with_each_of_them(box: Box) -> None:
    both = [LILA, LILA.replace("Lila", "Sacha")]
    box.hub.put(*both)
    assert box.sync().put == 1
    assert box.at_the_ent() == set(both)


def test_a_withdrawal_leaves_neither_file_nor_name(box: Box) -> None:
    lila, sacha = box.hub.put(LILA), box.hub.put(SACHA)
    box.sync()
    moved = box.ent / "Exposé" / "pluie 7q2m-9xkd-4htr (copie).mp3"
    moved.parent.mkdir()
    shutil.copy(box.ent / LILA, moved)
    doomed = box.hub.delete(lila)
    report = box.sync()
    assert (report.deleted, report.put, report.ok) == (1, 0, True)
    assert doomed.state == "verified"
    assert {str(path.relative_to(box.ent)) for path in box.ent.rglob("*")} == {
        "CP-CE1",
        "CP-CE1/Sacha",
        SACHA,
    }
    box.hub.delete(sacha)
    box.sync()
    assert list(box.ent.iterdir()) == []


def test_withdrawals_go_first_even_when_the_ent_is_full(box: Box) -> None:
    lila = box.hub.put(LILA)
    box.sync()
    box.hub.put(SACHA)
    box.hub.delete(lila)
    box.hub.order.clear()
    box.fault("full")
    report = box.sync()
    assert box.hub.order == ["delete 7Q2M9XKD4HTR verified", "put 0123456789AB failed"]
    assert report.fault is not None
    assert report.fault.slug == "ent_full"
    assert "plein" in report.sentence()
    assert list(box.ent.iterdir()) == []
    box.fault("ok")
    assert box.sync().ok
    assert box.at_the_ent() == {SACHA}


def test_a_full_ent_is_not_asked_again_for_each_trace(box: Box) -> None:
    for number in range(10):
        box.hub.put(f"CP-CE1/Lila/Essai 7Q2M-9XKD-4HT{number}.mp3")
    box.fault("full")
    report = box.sync()
    assert (report.put, report.failed) == (0, 10)
    assert sum(box.requests().values()) <= 3


def test_nothing_is_lost_while_the_ent_is_down(box: Box) -> None:
    items = [box.hub.put(LILA), box.hub.put(SACHA)]
    box.fault("down")
    report = box.sync()
    assert not report.ok
    assert "L’ENT ne répond pas" in report.sentence()
    assert [item.state for item in items] == ["queued", "queued"]
    assert box.hub.runs[-1]["fault"] == "ent_away"
    box.fault("ok")
    assert box.sync().put == 2
    assert box.at_the_ent() == {LILA, SACHA}


def test_an_ent_that_falls_in_the_middle_is_taken_up_where_it_fell(box: Box) -> None:
    items = [box.hub.put(f"CP-CE1/Lila/Essai 7Q2M-9XKD-4HT{number}.mp3") for number in range(8)]
    reports: list[sync.SyncReport] = []
    worker = threading.Thread(target=lambda: reports.append(box.sync()))
    box.fault("slow")
    worker.start()
    wait_for(lambda: box.requests().get("PUT", 0) >= 1)
    box.fault("down")
    worker.join()
    assert reports[0].fault is not None
    assert reports[0].fault.slug == "ent_away"
    box.fault("ok")
    assert box.sync().ok
    assert box.at_the_ent() == {item.paths[0] for item in items}


def test_a_slow_ent_only_takes_longer(box: Box) -> None:
    box.hub.put(LILA)
    box.fault("slow")
    assert box.sync().put == 1
    assert box.at_the_ent() == {LILA}


def test_a_wrong_password_stops_at_the_first_no(box: Box) -> None:
    box.hub.put(LILA)
    box.hub.put(SACHA)
    (box.folder / "password").write_text("ancien")
    report = box.sync()
    assert report.fault is not None
    assert report.fault.slug == "ent_refused"
    assert sum(box.requests().values()) == 1
    assert box.hub.runs[-1]["message"] == report.fault.message


def test_a_trace_that_cannot_be_prepared_stops_no_other(box: Box) -> None:
    damaged, gone, later, well = (
        box.hub.put(LILA),
        box.hub.put(TOUR),
        box.hub.put(TOUR.replace("WWWW", "AAAA")),
        box.hub.put(SACHA),
    )
    damaged.damaged = True
    gone.parcel_status, later.parcel_status = 404, 409
    report = box.sync()
    assert (report.put, report.failed) == (1, 1)
    assert damaged.fault == "parcel"
    assert (gone.fault, later.fault, well.state) == (None, None, "verified")
    assert box.at_the_ent() == {SACHA}


def test_a_name_that_is_taken_stops_no_other(box: Box) -> None:
    taken, well = box.hub.put(LILA), box.hub.put(SACHA)
    (box.ent / LILA).parent.mkdir(parents=True)
    (box.ent / LILA).write_bytes(b"the teacher's own")
    report = box.sync()
    assert (report.put, report.failed) == (1, 1)
    assert (taken.fault, well.state) == ("ent_taken", "verified")
    assert (box.ent / LILA).read_bytes() == b"the teacher's own"


def test_two_syncs_never_run_at_once(box: Box) -> None:
    box.hub.put(LILA)
    held = os.open(box.folder / "run", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    report = box.sync()
    assert report.ok
    assert report.sentence() == "Une synchronisation est déjà en cours."
    assert box.hub.items[0].attempts == 0
    os.close(held)
    assert box.sync().put == 1


def test_without_an_ent_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "boite.toml").write_text(f'[box]\ndata = "{tmp_path}"\nrun = "{tmp_path}"\n')
    report = sync.run(load_config(tmp_path / "boite.toml"))
    assert report.ok
    assert "Aucun ENT" in report.sentence()


def test_without_a_hub_it_says_so(box: Box) -> None:
    (box.folder / "run" / "hub-sync.sock").unlink()
    report = box.sync()
    assert not report.ok
    assert report.fault is not None
    assert report.fault.slug == "hub_away"


def test_what_waits_for_the_class_to_be_opened_is_counted(box: Box) -> None:
    box.hub.waiting = 2
    assert box.sync().sentence() == "2 traces attendent que la classe soit ouverte."


def test_systemd_hands_the_password_over(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.hub.put(LILA)
    (box.folder / "password").rename(box.folder / "data" / "password")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(box.folder / "data"))
    assert box.sync().put == 1


def test_a_missing_password_is_said_in_french(box: Box) -> None:
    box.hub.put(LILA)
    (box.folder / "password").unlink()
    report = box.sync()
    assert report.fault is not None
    assert report.fault.slug == "ent_setup"
    assert "mot de passe" in report.sentence()
    assert box.requests() == {}


ONE_RUN = """
import os, signal, sys
from pathlib import Path
from appliance.config import load_config
from appliance.ent.connection import Connection
from appliance.jobs import sync
real, left = Connection._send, int(sys.argv[2])
def send(self, *arguments):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    real(self, *arguments)
Connection._send = send
print(sync.run(load_config(Path(sys.argv[1]))).sentence())
"""


def test_killed_before_each_request_the_next_runs_end_in_the_same_state(box: Box) -> None:
    gone = box.hub.put(LILA)
    box.sync()
    box.hub.delete(gone)
    box.hub.put(SACHA)
    box.hub.put(TOUR)
    for count in range(30):
        command = [sys.executable, "-c", ONE_RUN, str(box.folder / "boite.toml"), str(count)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert run.stderr == ""
        if run.stdout:
            break
    assert count >= 5
    assert {str(path.relative_to(box.ent)) for path in box.ent.rglob("*")} == {
        "CP-CE1",
        "CP-CE1/Sacha",
        SACHA,
        TOUR,
    }
    assert {item.state for item in box.hub.items} == {"verified"}


def test_no_name_reaches_a_disk_or_a_log_of_the_box(box: Box, capfd: pytest.CaptureFixture[str]) -> None:
    box.hub.put(LILA)
    box.sync()
    box.fault("down")
    box.hub.put(SACHA)
    report = box.sync()
    captured = capfd.readouterr()
    written = [captured.out, captured.err, report.sentence(), json.dumps(box.hub.runs)]
    for path in [*(box.folder / "data").rglob("*"), *(box.folder / "run").rglob("*"), box.folder / "ent.log"]:
        if path.is_file():
            written.append(path.read_text(errors="replace"))
    for word in ("Lila", "Sacha", "pluie", "loup", PASSWORD):
        assert not any(word in text for text in written)
