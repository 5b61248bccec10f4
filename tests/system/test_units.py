"""The units are valid, shut tight, and give each process its own door and nothing more."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(path.name for path in SYSTEMD.glob("*.service"))
UNITS = sorted(
    path.name for pattern in ("*.service", "*.socket", "*.timer") for path in SYSTEMD.glob(pattern)
)
MOST_EXPOSED = 1.5

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*arguments: str, cwd: Path = SYSTEMD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings(unit: str, name: str) -> list[str]:
    lines = (SYSTEMD / unit).read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


def common_block(unit: str) -> str:
    text = (SYSTEMD / unit).read_text(encoding="utf-8")
    match = re.search(r"^# The same in every unit.*?(?=^$|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None, unit
    return match[0].strip()


def test_there_is_a_unit_for_each_process() -> None:
    assert SERVICES == [
        "boite-backup-ent.service",
        "boite-backup.service",
        "boite-hub.service",
        "boite-printer.service",
        "boite-retention.service",
        "boite-station@.service",
        "boite-sync.service",
    ]


def test_systemd_finds_nothing_to_say(tmp_path: Path) -> None:
    """The program is not at its place here: /bin/true stands for it, everything else is as shipped."""
    for unit in UNITS:
        text = (SYSTEMD / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", text, flags=re.MULTILINE))
    names = [f"./{unit}".replace("@.", "@A.") for unit in UNITS]
    verified = analyze("verify", "--man=no", *names, cwd=tmp_path)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES)
def test_exposure(unit: str) -> None:
    scored = analyze("security", "--offline=true", "--no-pager", f"./{unit}")
    score = re.search(r"Overall exposure level for \S+: ([0-9.]+)", scored.stdout)
    assert score is not None, scored.stderr
    assert float(score[1]) <= MOST_EXPOSED
    gate = analyze(
        "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED * 10:.0f}", f"./{unit}"
    )
    assert gate.returncode == 0


def test_every_unit_shuts_the_same_doors() -> None:
    assert len({common_block(unit) for unit in SERVICES}) == 1
    assert {"LimitCORE=0", "MemorySwapMax=0", "NoNewPrivileges=yes"} <= set(
        common_block(SERVICES[0]).splitlines()
    )


@pytest.mark.parametrize("timer", sorted(path.name for path in SYSTEMD.glob("*.timer")))
def test_timers_catch_up_and_keep_the_schools_hours(timer: str) -> None:
    [calendar] = settings(timer, "OnCalendar")
    assert calendar.endswith("Europe/Paris")
    assert analyze("calendar", calendar).returncode == 0
    assert settings(timer, "Persistent") == ["yes"]
    assert settings(timer, "Unit")[0] in SERVICES


def test_each_role_has_its_own_socket() -> None:
    doors = {settings(path.name, "FileDescriptorName")[0]: path.name for path in SYSTEMD.glob("*.socket")}
    assert sorted(doors) == ["http", "https", "printer", "station", "sync"]
    for role in ("printer", "station", "sync"):
        assert settings(doors[role], "ListenStream") == [f"/run/boite/hub-{role}.sock"]
        assert settings(doors[role], "SocketGroup") == [f"boite-{role}"]
        assert settings(doors[role], "SocketMode") == ["0660"]
    assert set(settings("boite-hub.service", "Sockets")[0].split()) == set(doors.values())


def test_who_may_reach_the_network_and_the_devices() -> None:
    for unit in ("boite-station@.service", "boite-retention.service", "boite-backup.service"):
        assert settings(unit, "PrivateNetwork") == ["yes"]
    for unit in ("boite-hub.service", "boite-printer.service"):
        assert settings(unit, "IPAddressDeny") == ["any"]
    for unit in (
        "boite-hub.service",
        "boite-sync.service",
        "boite-retention.service",
        "boite-backup.service",
        "boite-backup-ent.service",
    ):
        assert settings(unit, "PrivateDevices") == ["yes"]


def test_who_sees_the_data_and_the_password() -> None:
    assert settings("boite-hub.service", "ReadWritePaths") == ["/var/lib/boite /run/boite"]
    assert settings("boite-backup.service", "ReadWritePaths") == ["/var/lib/boite -/media -/mnt"]
    assert settings("boite-station@.service", "StateDirectory") == ["boite/spool/%i"]
    for unit in ("boite-printer.service", "boite-sync.service"):
        assert "-/var/lib/boite" in settings(unit, "InaccessiblePaths")[0].split()
    for unit in SERVICES:
        assert "-/etc/boite/ent-password" in settings(unit, "InaccessiblePaths")[0].split()
    for unit in ("boite-sync.service", "boite-backup-ent.service"):
        assert settings(unit, "LoadCredential") == ["ent-password:/etc/boite/ent-password"]
    assert settings("boite-backup-ent.service", "ReadWritePaths") == ["/var/lib/boite"]


def test_stations_share_a_folder_for_turns_and_hear_the_readers_keys() -> None:
    unit = "boite-station@.service"
    assert settings(unit, "ReadWritePaths") == ["-/run/boite/cameras"]
    assert "char-input r" in settings(unit, "DeviceAllow")
    assert "input" in settings(unit, "SupplementaryGroups")[0].split()
    tmpfiles = (SYSTEMD / "boite.tmpfiles.conf").read_text(encoding="utf-8").splitlines()
    folder = next(line.split() for line in tmpfiles if line.startswith("d /run/boite/cameras"))
    assert folder[2:5] == ["0700", "boite-station", "boite-station"]


def test_a_frozen_station_or_hub_is_ended() -> None:
    for unit in ("boite-station@.service", "boite-hub.service"):
        assert settings(unit, "Type") == ["notify"]
        assert settings(unit, "WatchdogSec") == ["30"]
    assert "GPIOZERO_PIN_FACTORY=lgpio" in " ".join(settings("boite-station@.service", "Environment"))
    assert "LG_WD=/run/boite-station-%i" in " ".join(settings("boite-station@.service", "Environment"))


def test_accounts_and_folders_are_understood_by_systemd(tmp_path: Path) -> None:
    for tool in ("systemd-sysusers", "systemd-tmpfiles"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    (tmp_path / "etc").mkdir()
    for command in (
        ["systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "boite.sysusers.conf")],
        ["systemd-tmpfiles", "--create", f"--root={tmp_path}", str(SYSTEMD / "boite.tmpfiles.conf")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
    accounts = (tmp_path / "etc" / "passwd").read_text()
    for role in ("hub", "station", "printer", "sync"):
        line = next(line for line in accounts.splitlines() if line.startswith(f"boite-{role}:"))
        assert line.endswith("/usr/sbin/nologin")
    modes = {
        name: (tmp_path / name).stat().st_mode & 0o7777
        for name in ("var/lib/boite", "var/lib/boite/keys", "var/lib/boite/media", "etc/boite/ent-password")
    }
    assert list(modes.values()) == [0o750, 0o700, 0o700, 0o600]
