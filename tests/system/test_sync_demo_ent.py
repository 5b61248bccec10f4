"""The demo's ENT as a teacher's browser and the simulator see it."""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.simulator.ent_server import counts_beside, fault_in


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "ent" / "CP-CE1" / "Zoé").mkdir(parents=True)
    command = [sys.executable, "-m", "appliance.simulator.ent_server", "--user", "classe"]
    command += ["--port", str(port), "--root", str(tmp_path / "ent")]
    command += ["--password-file", str(tmp_path / "password"), "--faults", str(tmp_path / "faults.json")]
    with subprocess.Popen(command) as process:
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            assert process.wait(20) == 0


def ask(url: str, password: str = "secret") -> tuple[int, str]:
    """Ask as a browser does, waiting for the server to be up."""
    credentials = base64.b64encode(f"classe:{password}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {credentials}"})
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, ""
        except OSError:
            assert time.monotonic() < end, "the demo's ENT never answered"
            threading.Event().wait(0.05)


def test_a_teacher_sees_the_folders_in_french(address: str) -> None:
    status, page = ask(address + "CP-CE1/")
    assert status == 200
    assert '<html lang="fr">' in page
    assert "ENT de démonstration" in page
    assert "Zoé" in page


def test_nobody_enters_without_the_password(address: str) -> None:
    assert ask(address, password="autre")[0] == 401


def test_requests_are_counted_by_method(address: str, tmp_path: Path) -> None:
    ask(address)
    ask(address)
    assert json.loads(counts_beside(tmp_path / "faults.json").read_text())["GET"] == 2


def test_a_faults_file_that_says_nothing_means_that_all_is_well(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    assert fault_in(faults) == "ok"
    faults.write_text('{"printer": "hung"}')
    assert fault_in(faults) == "ok"
    faults.write_text("{")
    assert fault_in(faults) == "ok"
    faults.write_text('{"ent": "down"}')
    assert fault_in(faults) == "down"
