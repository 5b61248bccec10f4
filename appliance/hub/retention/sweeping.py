"""Removing files that no row names any more; needs no key, and little memory."""

from pathlib import Path

from appliance.store import voices
from appliance.store.database import Database
from appliance.vault.files import remove_durably


def sweep_voices(database: Database, data: Path) -> None:
    """Remove the recordings of a data folder that no row names."""
    folder = data / "voices"
    if database.read_only or not folder.is_dir():
        return
    # Under the write lock: a file that is being recorded gets its row in the same transaction.
    with database.transaction():
        known = {row.file for row in voices.every(database)}
        for path in folder.iterdir():
            if path.name.removesuffix(".age") not in known:
                remove_durably(path)
