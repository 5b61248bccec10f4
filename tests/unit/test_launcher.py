"""The launcher `./boite`, in a sandbox where Python, apt and pip are scripts that only take notes."""

import importlib.machinery
import importlib.util
import io
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

LAUNCHER = Path(__file__).parents[2] / "boite"

# Stands for the system's python3: real for the launcher itself, a double for `-m venv`.
FAKE_SYSTEM_PYTHON = """#!/bin/sh
case "$*" in
  "-c import ensurepip") exit ${NO_ENSUREPIP:-0} ;;
  "-m venv "*)
    echo "venv $*" >>"$NOTES"
    for venv; do :; done
    mkdir -p "$venv/bin" && cp "$FAKES/venv-python" "$venv/bin/python" && exit 0
    exit 1 ;;
esac
exec "$REAL_PYTHON" "$@"
"""
FAKE_VENV_PYTHON = """#!/bin/sh
echo "$*" >>"$NOTES"
case "$*" in
  "-m pip install "*) cat "$FAKES/pip-says" 2>/dev/null; [ ! -e "$FAKES/pip-says" ] ;;
  *"appliance"*) echo "appliance: $*; PYTHONPATH=${PYTHONPATH-none}" ;;
esac
"""


class Sandbox:
    """A checkout of its own, at a path with spaces and accents, with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "l’école de Léa" / "ma boîte"
        self.root.mkdir(parents=True)
        shutil.copy2(LAUNCHER, self.root / "boite")
        (self.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        self.fakes = folder / "fakes"
        self.fakes.mkdir()
        self.notes = folder / "notes"
        self.python = self.fake("system-python", FAKE_SYSTEM_PYTHON)
        self.fake("venv-python", FAKE_VENV_PYTHON)
        self.environment = {
            "PATH": f"{self.fakes}:/usr/bin:/bin",
            "HOME": str(folder),
            "FAKES": str(self.fakes),
            "NOTES": str(self.notes),
            "REAL_PYTHON": sys.executable,
            "BOITE_PYTHON": str(self.python),
        }

    def fake(self, name: str, script: str) -> Path:
        """Put a script in front of PATH."""
        path = self.fakes / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def start(self, *words: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the launcher as a person would."""
        return subprocess.run(
            [str(self.root / "boite"), *words],
            cwd=cwd or self.root,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def noted(self) -> str:
        """What the doubles were asked so far."""
        return self.notes.read_text() if self.notes.exists() else ""

    def module(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        """The launcher's Python part, to play what only another machine has."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        loader = importlib.machinery.SourceFileLoader("launcher", str(self.root / "boite"))
        spec = importlib.util.spec_from_loader("launcher", loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        return module


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line on the error output."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_missing_python_is_one_french_line(sandbox: Sandbox) -> None:
    done = sandbox.start("demo", BOITE_PYTHON=str(sandbox.fakes / "absent"))
    assert done.returncode == 1
    assert "Python n’est pas installé" in one_line(done)
    assert "sudo apt-get install python3" in one_line(done)


def test_old_python_is_one_french_line(sandbox: Sandbox) -> None:
    old = sandbox.fake("old-python", '#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\n[ "$1" = -V ]\n')
    done = sandbox.start("demo", BOITE_PYTHON=str(old))
    assert done.returncode == 1
    assert "Python 3.11 ou plus récent" in one_line(done)
    assert "Python 3.9.2" in one_line(done)


def test_help_installs_nothing(sandbox: Sandbox) -> None:
    done = sandbox.start()
    assert done.returncode == 0
    assert "./boite demo" in done.stdout
    assert not (sandbox.root / ".venv").exists()


def test_first_start_installs_and_passes_the_words_on(sandbox: Sandbox) -> None:
    done = sandbox.start("demo", "--port", "8000", "--data", "mes données")
    assert done.returncode == 0, done.stderr
    assert f"venv -m venv {sandbox.root}/.venv" in sandbox.noted()
    assert "-e .[demo]" in sandbox.noted()
    assert "appliance: -P -m appliance demo --port 8000 --data mes données" in done.stdout
    assert "1/2 Environnement Python" in done.stderr
    assert "2/2 Modules Python" in done.stderr


@pytest.mark.parametrize("raspberry_pi", [True, False])
def test_only_raspberry_pi_os_shares_the_packages_of_apt(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, raspberry_pi: bool
) -> None:
    launcher = sandbox.module(monkeypatch)
    monkeypatch.setattr(launcher, "RASPBERRY_PI_OS", LAUNCHER if raspberry_pi else LAUNCHER / "absent")
    monkeypatch.setattr(launcher, "replace", lambda command: 0)
    assert launcher.main(["demo"]) == 0
    assert ("--system-site-packages" in sandbox.noted()) is raspberry_pi


def test_second_start_touches_neither_pip_nor_apt(sandbox: Sandbox) -> None:
    sandbox.start("demo")
    sandbox.notes.unlink()
    done = sandbox.start("demo")
    assert done.returncode == 0
    assert done.stderr == ""
    assert sandbox.noted() == "-P -m appliance demo\n"


def test_another_pyproject_is_installed_again_in_the_same_environment(sandbox: Sandbox) -> None:
    sandbox.start("demo")
    sandbox.notes.unlink()
    (sandbox.root / "pyproject.toml").write_text("[project]\nname = 'y'\n")
    sandbox.start("demo")
    assert "-m pip install" in sandbox.noted()
    assert "-m venv" not in sandbox.noted()


def test_a_moved_checkout_gets_a_new_environment(sandbox: Sandbox) -> None:
    sandbox.start("demo")
    sandbox.notes.unlink()
    sandbox.root = sandbox.root.rename(sandbox.root.with_name("ailleurs"))
    sandbox.start("demo")
    assert f"-m venv {sandbox.root}/.venv" in sandbox.noted()


def test_an_environment_made_by_hand_is_kept(sandbox: Sandbox) -> None:
    by_hand = sandbox.root / ".venv" / "bin" / "python"
    by_hand.parent.mkdir(parents=True)
    shutil.copy2(sandbox.fakes / "venv-python", by_hand)
    (sandbox.root / ".venv" / "mine").touch()
    assert sandbox.start("demo").returncode == 0
    assert (sandbox.root / ".venv" / "mine").exists()


def test_from_elsewhere_through_a_symlink(sandbox: Sandbox, tmp_path: Path) -> None:
    elsewhere = tmp_path / "ailleurs"
    elsewhere.mkdir()
    link = elsewhere / "boite"
    link.symlink_to(sandbox.root / "boite")
    done = subprocess.run(
        ["./boite", "doctor"],
        cwd=elsewhere,
        env=sandbox.environment | {"PYTHONPATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "appliance: -P -m appliance doctor; PYTHONPATH=none\n"
    assert (sandbox.root / ".venv").is_dir()
    assert not (elsewhere / ".venv").exists()


@pytest.mark.parametrize(
    ("pip_says", "words"),
    [
        ("Temporary failure in name resolution", "Le réseau ne répond pas"),
        ("ReadTimeoutError: Read timed out.", "Le réseau ne répond pas"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'", "Le certificat"),
        ("OSError: [Errno 28] No space left on device", "Le disque est plein"),
        ("ERROR: No matching distribution found for numpy==9", "n’existe pas pour cette machine"),
        ("something nobody foresaw", "L’installation n’a pas abouti"),
    ],
)
def test_what_pip_could_not_do_is_told_in_one_line(sandbox: Sandbox, pip_says: str, words: str) -> None:
    (sandbox.fakes / "pip-says").write_text(pip_says + "\n")
    done = sandbox.start("demo")
    log = sandbox.root / ".venv" / "installation.log"
    assert done.returncode == 1
    assert words in last_line(done)
    assert str(log) in last_line(done)
    assert pip_says in log.read_text()


def test_a_failed_installation_is_resumed(sandbox: Sandbox) -> None:
    (sandbox.fakes / "pip-says").write_text("Read timed out.\n")
    sandbox.start("demo")
    (sandbox.fakes / "pip-says").unlink()
    assert sandbox.start("demo").returncode == 0


def test_no_disk_space(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher = sandbox.module(monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 12_000_000))
    assert launcher.main(["demo"]) == 1
    error = capsys.readouterr().err
    assert "Il reste 12 Mo sur ce disque et il en faut 600." in error
    assert error.count("\n") == 1
    assert not (sandbox.root / ".venv").exists()


@pytest.fixture
def apt(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], ModuleType]:
    """Make a launcher for a person of that uid, on a machine without python3-venv."""
    sandbox.fake("apt-get", '#!/bin/sh\necho "apt-get $*" >>"$NOTES"\n')
    sandbox.fake("sudo", "#!/bin/sh\nexit 1\n")
    lists = sandbox.root.parent / "lists"
    lists.mkdir()
    (lists / "deb_Packages").touch()

    def launcher(uid: int) -> ModuleType:
        module = sandbox.module(monkeypatch)
        monkeypatch.setenv("NO_ENSUREPIP", "1")
        monkeypatch.setattr(os, "geteuid", lambda: uid)
        monkeypatch.setattr(module, "APT_LISTS", lists)
        monkeypatch.setattr(module, "replace", lambda command: 0)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        return module

    return launcher


Apt = Callable[[int], ModuleType]


def test_root_installs_with_apt(sandbox: Sandbox, apt: Apt) -> None:
    assert apt(0).main(["demo"]) == 0
    assert "install -y --no-install-recommends python3-venv" in sandbox.noted()
    assert "apt-get" in sandbox.noted().splitlines()[0]


def test_without_rights_the_exact_line_is_printed(
    sandbox: Sandbox, apt: Apt, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apt(1000).main(["demo"]) == 1
    assert "\n    sudo apt-get install -y --no-install-recommends python3-venv\n" in capsys.readouterr().err
    assert sandbox.noted() == ""


def test_a_machine_without_apt_lists_is_told_to_renew_them(
    sandbox: Sandbox, apt: Apt, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher = apt(1000)
    next(launcher.APT_LISTS.iterdir()).unlink()
    assert launcher.main(["demo"]) == 1
    assert "sudo apt-get update && sudo apt-get install" in capsys.readouterr().err


def test_sudo_without_password_is_used(sandbox: Sandbox, apt: Apt) -> None:
    sandbox.fake("sudo", '#!/bin/sh\necho "sudo $*" >>"$NOTES"\n')
    assert apt(1000).main(["demo"]) == 0
    assert "sudo -n apt-get" in sandbox.noted()
    assert "install -y --no-install-recommends python3-venv" in sandbox.noted()


def test_lists_are_renewed_when_apt_knows_too_little(sandbox: Sandbox, apt: Apt) -> None:
    script = """#!/bin/sh
    echo "$*" >>"$NOTES"
    case "$*" in
      *update) touch "$FAKES/renewed" ;;
      *) [ -e "$FAKES/renewed" ] || { echo "E: Unable to locate package python3-venv"; exit 100; } ;;
    esac
    """
    sandbox.fake("apt-get", script)
    assert apt(0).main(["demo"]) == 0
    asked = [line.split()[4] for line in sandbox.noted().splitlines()[:3]]
    assert asked == ["install", "update", "install"]


def test_apt_without_network_is_one_line(
    sandbox: Sandbox, apt: Apt, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.fake("apt-get", "#!/bin/sh\necho \"Temporary failure resolving 'deb.debian.org'\"\nexit 100\n")
    assert apt(0).main(["demo"]) == 1
    assert "Le réseau ne répond pas" in capsys.readouterr().err.splitlines()[-1]


def fake_tools(sandbox: Sandbox, ruff_code: int = 0, cases: str = "") -> None:
    """Every package is there; ruff ends as told, and so do other `cases` of a shell."""
    sandbox.fake("dpkg-query", '#!/bin/sh\nshift 2\nfor name; do echo "$name installed"; done\n')
    ruff = f'case "$*" in *"ruff check"*) exit {ruff_code} ;; {cases} esac\n'
    sandbox.fake("venv-python", FAKE_VENV_PYTHON.replace("case", f"{ruff}case", 1))
    sandbox.start("demo")
    shutil.copy2(sandbox.fakes / "venv-python", sandbox.root / ".venv" / "bin" / "lint-imports")
    sandbox.notes.unlink()


def test_the_tests_run_every_check_in_order_then_pytest(sandbox: Sandbox) -> None:
    fake_tools(sandbox)
    done = sandbox.start("test", "-k", "badge")
    assert done.returncode == 0, done.stderr
    asked = sandbox.noted().splitlines()
    start = next(n for n, line in enumerate(asked) if "ruff check" in line)
    assert asked[start:] == [
        "-m ruff check . boite",
        "-m ruff format --check . boite",
        "-m mypy",
        "",
        "-m appliance.catalogue --check",
        "-m pytest -m not hardware -k badge",
    ]
    assert "-e .[test]" in sandbox.noted()


@pytest.mark.parametrize(("unit", "others", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)])
def test_without_words_the_unit_tests_run_beside_the_others(
    sandbox: Sandbox, unit: int, others: int, code: int
) -> None:
    ends = f'*" tests/unit") echo "unit said"; exit {unit} ;; *--ignore=tests/unit) exit {others} ;;'
    fake_tools(sandbox, cases=ends)
    done = sandbox.start("test")
    assert done.returncode == code
    assert "unit said" in done.stdout
    assert {"-m pytest -m not hardware tests/unit", "-m pytest -m not hardware --ignore=tests/unit"} <= set(
        sandbox.noted().splitlines()
    )


def test_a_failed_check_stops_before_the_next(sandbox: Sandbox) -> None:
    fake_tools(sandbox, ruff_code=1)
    done = sandbox.start("test")
    assert done.returncode == 1
    assert "Arrêt à « ruff check »" in last_line(done)
    assert "mypy" not in sandbox.noted()


def test_what_the_tests_installed_is_enough_for_the_demo(sandbox: Sandbox) -> None:
    fake_tools(sandbox)
    sandbox.start("test")
    sandbox.notes.unlink()
    sandbox.start("demo")
    assert sandbox.noted() == "-P -m appliance demo\n"


def test_a_missing_test_package_is_asked_for_by_name(
    sandbox: Sandbox, apt: Apt, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.fake(
        "dpkg-query",
        '#!/bin/sh\nshift 2\nfor name; do [ "$name" = zbar-tools ] || echo "$name installed"; done\n',
    )
    sandbox.start("demo")
    assert apt(1000).main(["test"]) == 1
    assert "--no-install-recommends zbar-tools\n" in capsys.readouterr().err


def test_a_terminal_sees_the_progress_in_place(sandbox: Sandbox) -> None:
    (sandbox.fakes / "pip-says").write_text("Collecting flask==3.1.3\n  Collecting numpy==2.4.6\n")
    theirs, ours = pty.openpty()
    process = subprocess.Popen(
        [str(sandbox.root / "boite"), "demo"],
        env=sandbox.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=ours,
    )
    os.close(ours)
    seen = b""
    try:
        while chunk := os.read(theirs, 4096):
            seen += chunk
    except OSError:  # Linux says EIO when the other end of a pty is closed
        pass
    finally:
        os.close(theirs)
        process.wait(timeout=60)
    assert "2 reçus, numpy" in seen.decode()
    assert b"\r\033[K" in seen


def test_ctrl_c_is_one_line(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher = sandbox.module(monkeypatch)

    def interrupted(line: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "make_venv", interrupted)
    assert launcher.main(["demo"]) == 130
    assert "Interrompu." in capsys.readouterr().err.splitlines()[-1]
