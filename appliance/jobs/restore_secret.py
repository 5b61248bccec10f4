"""Asking for what opens a backup: never on the command line, where every account of the machine reads it."""

import getpass
import re
import sys
from pathlib import Path

from appliance.i18n import _
from appliance.jobs.restore_source import Refused, Unlock
from appliance.vault.keys import KeyFolder, WrongPassphrase
from appliance.vault.opening import Opener

_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")


def unlock_with(recovery: Path | None) -> Unlock:
    """Return what opens a backup: the recovery key in a file, else the seven words, asked for when needed.

    Raises Refused when the file cannot be read.
    """
    if recovery is None:
        return lambda keys: keys.unlock(_words())
    identity = _identity(recovery)
    return lambda keys: _recovered(keys, identity)


def _recovered(keys: KeyFolder, identity: str) -> Opener:
    """Return what the recovery key opens: the class keys of this folder, or what was sealed for itself."""
    try:
        return keys.unlock_recovery(identity)
    except WrongPassphrase:
        return Opener(identity)


def _identity(path: Path) -> str:
    """Return the key in a file as `age-keygen` writes it, with or without comments."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Refused(_("{file} ne se lit pas. Rien n’a été changé.").format(file=path)) from error
    found = _IDENTITY.search(text.upper())
    return found[0] if found else ""


def _words() -> str:
    if sys.stdin.isatty():
        return getpass.getpass(_("Les sept mots de la classe (rien ne s’affiche) : "))
    return sys.stdin.readline()
