"""What systemd is told and what it hands over, with a listening socket in its place."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import systemd


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield listening


def test_ready_and_alive_reach_the_manager(manager: socket.socket) -> None:
    assert systemd.ready()
    assert systemd.alive()
    assert systemd.notify("STATUS=à l’écoute")
    assert [manager.recv(200).decode() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "STATUS=à l’écoute"]


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"boite-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert systemd.ready()
        assert listening.recv(50) == b"READY=1"


def test_nothing_happens_away_from_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NOTIFY_SOCKET", "LISTEN_FDS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    assert not systemd.ready()
    assert systemd.listen_sockets() == {}
    assert systemd.credential(tmp_path / "secret") == tmp_path / "secret"


def test_a_manager_that_went_away_stops_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not systemd.ready()


TAKES_SOCKETS = """
import os
os.environ["LISTEN_PID"] = str(os.getpid())
from appliance.systemd import listen_sockets
sockets = listen_sockets()
for name, one in sorted(sockets.items()):
    print(name, one.getsockname(), os.get_inheritable(one.fileno()))
    one.close()
print([name for name in os.environ if name.startswith("LISTEN_")], listen_sockets())
"""


def test_sockets_are_taken_by_name_and_once(tmp_path: Path) -> None:
    paths = {"station": tmp_path / "station.sock", "printer": tmp_path / "printer.sock"}
    handed = []
    for path in paths.values():
        one = socket.socket(socket.AF_UNIX)
        one.bind(str(path))
        one.listen()
        handed.append(one)

    def as_systemd_does() -> None:
        copies = [os.dup(one.fileno()) for one in handed]
        high = [os.dup2(copy, 20 + index) for index, copy in enumerate(copies)]
        for index, descriptor in enumerate(high):
            os.dup2(descriptor, 3 + index)

    done = subprocess.run(
        [sys.executable, "-c", TAKES_SOCKETS],
        env={**os.environ, "LISTEN_FDS": "2", "LISTEN_FDNAMES": ":".join(paths)},
        preexec_fn=as_systemd_does,
        close_fds=False,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    for one in handed:
        one.close()
    assert done.stdout.splitlines() == [
        f"printer {paths['printer']} False",
        f"station {paths['station']} False",
        "[] {}",
    ]


def test_sockets_meant_for_another_process_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", "1")
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_FDNAMES", "https")
    assert systemd.listen_sockets() == {}
    assert "LISTEN_FDS" not in os.environ


def test_a_secret_is_read_where_systemd_put_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded = tmp_path / "credentials"
    loaded.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(loaded))
    elsewhere = tmp_path / "etc" / "ent-password"
    assert systemd.credential(elsewhere) == elsewhere
    (loaded / "ent-password").write_text("mot de passe")
    assert systemd.credential(elsewhere) == loaded / "ent-password"
