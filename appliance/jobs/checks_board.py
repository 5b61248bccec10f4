"""The doctor's checks of the Raspberry Pi itself: its supply and its heat."""

import re
import shutil
import subprocess
from pathlib import Path

from appliance.devices.board import SYS, Board, read_board
from appliance.i18n import _
from appliance.jobs.findings import Finding, amber, green, red


def board(sys: Path = SYS) -> list[Finding]:
    """Say how the Raspberry Pi feels; nothing on another machine."""
    told = _with_firmware(read_board(sys))
    findings = []
    if told.flags is not None:
        findings.append(power(told))
    if told.celsius is not None:
        findings.append(temperature(told))
    return findings


def power(board: Board) -> Finding:
    """Say what the board tells of its supply."""
    remedy = _("Mettez le chargeur officiel de ce Raspberry Pi, avec son propre câble.")
    if board.is_weak:
        return red("power", _("La boîte manque de courant en ce moment : elle peut s’éteindre."), remedy)
    if board.was_weak:
        return amber("power", _("La boîte a manqué de courant depuis son démarrage."), remedy)
    return green("power", _("L’alimentation est suffisante."))


def temperature(board: Board) -> Finding:
    """Say whether the board is hot enough to slow down."""
    shown = _("La boîte est à {celsius} °C").format(celsius=round(board.celsius or 0))
    if board.is_hot:
        return amber(
            "temperature",
            shown + _(" : elle ralentit."),
            _("Aérez la boîte : dégagez ses ouvertures, éloignez-la du radiateur et du soleil."),
        )
    return green("temperature", shown + ".")


def _with_firmware(kernel: Board) -> Board:
    """Add what `vcgencmd` knows: the kernel's own driver clears the bits that remember."""
    throttled = _vcgencmd("get_throttled", r"0x([0-9a-fA-F]+)")
    celsius = _vcgencmd("measure_temp", r"([0-9.]+)")
    flags = kernel.flags if throttled is None else int(throttled, 16) | (kernel.flags or 0)
    return Board(kernel.celsius if celsius is None else float(celsius), flags)


def _vcgencmd(question: str, answer: str) -> str | None:
    program = shutil.which("vcgencmd")
    if program is None:
        return None
    try:
        said = subprocess.run([program, question], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(answer, said.stdout)
    return found[1] if found else None
