"""The station's unit on a satellite: the same one, let out to the local network and no further."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
MOST_EXPOSED = 1.5

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A tree with what `install.sh --satellite` places; /bin/true stands for the program."""
    units = tmp_path / "etc/systemd/system"
    (units / "boite-station@.service.d").mkdir(parents=True)
    text = (SYSTEMD / "boite-station@.service").read_text(encoding="utf-8")
    (units / "boite-station@.service").write_text(re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", text))
    shutil.copy(SYSTEMD / "boite-satellite.conf", units / "boite-station@.service.d" / "satellite.conf")
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_reaches_the_network_and_is_as_shut_as_the_others(machine: Path) -> None:
    scored = analyze("security", "--offline=true", f"--root={machine}", "boite-station@C.service")
    assert "✗ PrivateNetwork=" in scored.stdout
    score = re.search(r"Overall exposure level for \S+: ([0-9.]+)", scored.stdout)
    assert score is not None, scored.stderr
    assert float(score[1]) <= MOST_EXPOSED


def test_it_never_reaches_the_internet() -> None:
    unit = (SYSTEMD / "boite-station@.service").read_text(encoding="utf-8")
    let_out = (SYSTEMD / "boite-satellite.conf").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^IPAddressDeny=(.*)$", unit + let_out) == ["any"]
    (allowed,) = re.findall(r"(?m)^IPAddressAllow=(.*)$", let_out)
    assert set(allowed.split()) == {
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
        "169.254.0.0/16", "224.0.0.0/4",
    }  # fmt: skip
