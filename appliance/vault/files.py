"""Files that are whole or not there at all, whatever the moment the plug is pulled."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes, *, mode: int = 0o640) -> None:
    """Write `data` so that after a power cut `path` holds all of it or what it held before."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        publish(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def publish(temporary: Path, path: Path) -> None:
    """Give a file that is already flushed its final name, durably."""
    os.replace(temporary, path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names; without it a rename may be forgotten by a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, *, mode: int = 0o750) -> None:
    """Create a folder and its parents, durably; nothing happens when it is there."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent, mode=mode)
    folder.mkdir(mode=mode, exist_ok=True)
    flush_folder(folder.parent)


def remove_durably(path: Path) -> bool:
    """Remove a file; True when there was one. A power cut does not bring it back."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    flush_folder(path.parent)
    return True
