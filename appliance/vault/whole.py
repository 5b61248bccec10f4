"""A folder of small files that changes as a whole, whatever the moment the plug is pulled.

The new content is written beside (`.making`), named `.next` once it is all flushed, and takes the folder's
place, which is called `.former` until it is removed. From the first rename on, the new content counts.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from appliance.vault.files import flush_folder, make_folder, write_durably


def read(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    """Return the content of the files that match, by name from the folder, without what is half written."""
    paths = [path for pattern in patterns for path in folder.glob(pattern)]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and not path.name.startswith(".")
    }


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make these the only files of a folder, readable by its owner alone."""
    making = _beside(folder, "making")
    shutil.rmtree(making, ignore_errors=True)
    make_folder(making, mode=0o700)
    for name, data in files.items():
        make_folder((making / name).parent, mode=0o700)
        write_durably(making / name, data, mode=0o600)
    os.rename(making, _beside(folder, "next"))
    flush_folder(folder.parent)
    settle(folder)


def settle(folder: Path) -> None:
    """End what a power cut left half done; only one process may, before others read."""
    shutil.rmtree(_beside(folder, "making"), ignore_errors=True)
    following, former = _beside(folder, "next"), _beside(folder, "former")
    if following.is_dir():
        shutil.rmtree(former, ignore_errors=True)
        if folder.is_dir():
            os.rename(folder, former)
            flush_folder(folder.parent)
        os.rename(following, folder)
        flush_folder(folder.parent)
    shutil.rmtree(former, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a folder with what a change of it left beside, durably; OSError when something stays."""
    for path in (folder, *(_beside(folder, what) for what in ("making", "next", "former"))):
        if path.is_dir():
            shutil.rmtree(path)
    flush_folder(folder.parent)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}")
