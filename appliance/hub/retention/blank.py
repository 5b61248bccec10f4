"""Putting the box out of service: its keys go at once, and everything else before anything starts again.

What the law calls *rendu illisible* is done when `condemn` returns; *effacé* when `finish` has run. Only the
destruction of the card is complete (law.md §7.4, §8.2).
"""

import shutil
from pathlib import Path

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.vault.files import write_durably

MARK = "hors-service"
"""The file that says that nothing of this folder may live on."""
_SPOOL = "spool"


def condemn(box: Box) -> None:
    """Destroy the keys, durably, and lock. The next start of the hub erases the rest (`finish`)."""
    audit.note(box, Event.DECOMMISSIONED)
    write_durably(box.config.data / MARK, b"", mode=0o600)
    box.forget_opener()
    box.keys.destroy()


def is_condemned(data: Path) -> bool:
    """Whether nothing of a data folder may live on."""
    return (data / MARK).is_file()


def finish(data: Path) -> bool:
    """Erase all that a condemned data folder holds; return whether it was one. Can be stopped and run again.

    The mark goes last: a power cut half way finds it and goes on.
    """
    if not is_condemned(data):
        return False
    mark = data / MARK
    for path in sorted(data.iterdir(), key=lambda path: path.name != "keys"):
        if path.is_dir() and not path.is_symlink():
            # The spools belong to the stations: what they still hold is sealed to keys that are gone, and
            # they erase it themselves once no pupil is known any more.
            shutil.rmtree(path, ignore_errors=path.name == _SPOOL)
        elif path != mark:
            path.unlink(missing_ok=True)
    mark.unlink()
    return True
