"""`image-build/install.sh` makes a box of a bare Debian, twice the same, and the box starts."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
INSTALL = "image-build/install.sh"
PARTS = ("appliance", "web", "systemd", "image-build", "docs", "pyproject.toml", "README.md")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a Debian tree"),
    pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="mmdebstrap is not installed"),
]


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        if (REPO / part).is_dir():
            shutil.copytree(REPO / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(REPO / part, copy / part)
    return copy


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    got = run(
        sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder, checkout, "setuptools", "wheel"
    )
    if got.returncode != 0:
        pytest.skip(f"the Python packages cannot be downloaded: {got.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    tree = tmp_path_factory.mktemp("debian") / "root"
    made = run(
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--include=systemd,systemd-sysv,udev,dbus,python3-venv,libportaudio2,ca-certificates",
        "bookworm",
        tree,
    )
    if made.returncode != 0:
        pytest.skip(f"no Debian tree can be made here: {made.stderr[-300:]}")
    yield tree
    shutil.rmtree(tree)


@pytest.fixture(scope="module")
def box(bare: Path, checkout: Path, wheels: Path) -> Path:
    done = run(checkout / INSTALL, "--root", bare, BOITE_WHEELS=str(wheels))
    assert done.returncode == 0, done.stdout + done.stderr
    return bare


def inside(tree: Path, *command: str) -> str:
    done = run("chroot", tree, *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_accounts_and_permissions(box: Path) -> None:
    ids = dict.fromkeys(("hub", "station", "printer", "sync"), 0)
    for role in ids:
        ids[role] = int(inside(box, "id", "-u", f"boite-{role}"))
    for path, owner, mode in (
        ("var/lib/boite", ids["hub"], 0o750),
        ("var/lib/boite/keys", ids["hub"], 0o700),
        ("var/lib/boite/media", ids["hub"], 0o700),
        ("var/lib/boite/spool", ids["station"], 0o750),
        ("etc/boite/ent-password", 0, 0o600),
        ("etc/boite/boite.toml", 0, 0o644),
    ):
        found = (box / path).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (owner, mode), path
    assert "boite" in inside(box, "id", "-nG", "boite-station").split()
    assert "boite" not in inside(box, "id", "-nG", "boite-sync").split()


def test_units_are_enabled_and_whole(box: Path) -> None:
    wanted = {path.name for path in (box / "etc/systemd/system").glob("*.wants/boite-*")}
    assert {
        "boite-hub.socket",
        "boite-hub.service",
        "boite-printer.service",
        "boite-station@A.service",
    } <= wanted
    assert {
        "boite-sync.timer",
        "boite-sync-night.timer",
        "boite-retention.timer",
        "boite-backup.timer",
        "boite-backup-ent.timer",
    } <= wanted
    verified = run(
        "systemd-analyze", "verify", "--man=no", f"--root={box}", *sorted(wanted), "boite-sync.service"
    )
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_program_runs_with_the_configuration_that_was_written(box: Path) -> None:
    # The doctor looks at everything: its report shows that every part of the program is there.
    done = run("chroot", box, "/opt/boite/venv/bin/boite", "doctor", "--json")
    report = json.loads(done.stdout)
    names = {finding["name"] for finding in report["findings"]}
    assert {"station-A.panel", "station-A.microphone", "printer", "disk", "key", "hub"} <= names


def snapshot(tree: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for part in (
        "etc",
        "opt",
        "var/lib/boite",
        "usr/lib/sysusers.d",
        "usr/lib/tmpfiles.d",
        "usr/share/doc/boite",
    ):
        for path in (tree / part).rglob("*"):
            status = path.lstat()
            found[str(path)] = (status.st_mtime_ns, status.st_mode, status.st_uid)
    return found


def test_a_second_run_changes_nothing(box: Path, checkout: Path, wheels: Path) -> None:
    settings = box / "etc/boite/boite.toml"
    settings.write_text(settings.read_text().replace('host = "boite"', 'host = "salle3"'))
    before = snapshot(box)
    done = run(checkout / INSTALL, "--root", box, BOITE_WHEELS=str(wheels))
    assert done.returncode == 0, done.stdout + done.stderr
    after = snapshot(box)
    assert {path for path in before | after if before.get(path) != after.get(path)} == set()
    assert 'host = "salle3"' in settings.read_text()


LOOK_UNIT = """[Unit]
After=boite-hub.service
[Service]
Type=oneshot
TimeoutStartSec=120
ExecStart=/opt/boite/venv/bin/python /look.py
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
"""
LOOK = """
import json, ssl, subprocess, time, urllib.request

def said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()

def https():
    trusting = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen("https://127.0.0.1/", timeout=10, context=trusting) as page:
            return page.status
    except OSError as error:
        return repr(error)

deadline = time.monotonic() + 60
while said("systemctl", "is-active", "boite-hub") != "active" and time.monotonic() < deadline:
    time.sleep(0.2)
jobs = ("boite-retention", "boite-sync", "boite-backup")
seen = {
    "jobs": {job: subprocess.run(["systemctl", "start", job]).returncode for job in jobs},
    "active": {unit: said("systemctl", "is-active", unit) for unit in ("boite-hub", "boite-printer")},
    "https": https(),
    "doctor": said("boite", "doctor", "--json"),
    "journal": said("journalctl", "-b", "-o", "cat", "-u", "boite-*"),
}
open("/seen.json", "w").write(json.dumps(seen))
"""
BOOT = (
    "systemd-nspawn",
    "--quiet",
    "--boot",
    "--register=no",
    "--keep-unit",
    "--private-network",
    "--console=pipe",
)


@pytest.fixture(scope="module")
def booted(box: Path) -> dict[str, Any]:
    """What was seen in the box after a real boot, by a unit that then turns it off."""
    if shutil.which("systemd-nspawn") is None:
        pytest.skip("systemd-nspawn is not installed")
    (box / "look.py").write_text(LOOK)
    (box / "etc/systemd/system/look.service").write_text(LOOK_UNIT)
    inside(box, "systemctl", "enable", "look.service")
    boot = run("timeout", "--kill-after=10", "200", *BOOT, f"--machine=boite-{os.getpid()}", "-D", box)
    if not (box / "seen.json").exists():
        pytest.skip(f"no machine can be booted here: {(boot.stdout + boot.stderr)[-300:]}")
    seen: dict[str, Any] = json.loads((box / "seen.json").read_text())
    return seen


def test_the_box_starts_in_its_sandbox(booted: dict[str, Any]) -> None:
    assert booted["active"] == {"boite-hub": "active", "boite-printer": "active"}, booted["journal"]
    assert booted["jobs"] == {"boite-retention": 0, "boite-sync": 0, "boite-backup": 0}, booted["journal"]
    assert booted["https"] == 200, booted["journal"]
    levels = {finding["name"]: finding["level"] for finding in json.loads(booted["doctor"])["findings"]}
    assert levels["hub"] == "green"


def test_it_refuses_what_is_no_debian_in_one_french_line(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for text, why in (
        ("ID=fedora\nVERSION_ID=40\n", "fedora"),
        ('ID=debian\nVERSION_ID="11"\n', "Debian 12"),
        (None, "Debian"),
    ):
        release = tmp_path / "etc/os-release"
        release.unlink(missing_ok=True)
        if text is not None:
            release.write_text(text)
        refused = run(REPO / INSTALL, "--root", tmp_path)
        assert refused.returncode == 1
        assert refused.stderr.startswith("Installation arrêtée : ")
        assert why in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_script_is_clean() -> None:
    checked = run("shellcheck", REPO / INSTALL)
    assert (checked.returncode, checked.stdout) == (0, "")
