"""Files that are written on a stick one does not trust: flushed, read back from it, compared, then named.

The durable steps are those of `appliance.vault.files`; what is added is the SHA-256, read from the medium
itself and not from the memory where the system still has it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pyrage import EncryptError

from appliance.vault.files import flush_folder
from appliance.vault.sealing import Sealer

_CHUNK = 256 * 1024


class Unreliable(Exception):
    """The medium gave back other bytes than those written."""


class SourceDamaged(Exception):
    """The file to copy cannot be read, or is not the one that was expected."""


class _Counted:
    """A file that is written, with the SHA-256 of what went by."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        try:
            return self._file.write(data)
        except OSError as error:
            self.fault = error
            raise

    def flush(self) -> None:
        self._file.flush()


def copy(source: Path, target: Path, expected: str | None = None) -> str:
    """Copy a file and return its SHA-256; the caller flushes the folder.

    SourceDamaged when the source cannot be read or has another SHA-256 than `expected`, FileNotFoundError
    when there is none, Unreliable when the target reads otherwise than it was written, OSError when it cannot
    be written.
    """
    temporary = hidden(target)
    with _open(source) as reading, temporary.open("wb") as file:
        counted = _Counted(file)
        while chunk := _read(reading):
            counted.write(chunk)
        _flush(file)
    digest = counted.digest.hexdigest()
    if expected is not None and digest != expected:
        temporary.unlink()
        raise SourceDamaged(source.name)
    _publish(temporary, target, digest)
    return digest


def seal(sealer: Sealer, source: Path, target: Path) -> str:
    """Seal a file into another and return the SHA-256 of the sealed one; the caller flushes the folder.

    Raises Unreliable or OSError as `copy` does.
    """
    temporary = hidden(target)
    with source.open("rb") as reading, temporary.open("wb") as file:
        counted = _Counted(file)
        try:
            sealer.seal_stream(reading, counted)  # type: ignore[arg-type]  # it writes and flushes, no more
        except EncryptError as error:
            raise counted.fault or OSError(str(error)) from error
        # pyrage tells a full disk in words only, and not at all for a file's last bytes.
        if counted.fault is not None:
            raise counted.fault
        _flush(file)
    digest = counted.digest.hexdigest()
    _publish(temporary, target, digest)
    return digest


def write(target: Path, lines: Iterable[bytes]) -> str:
    """Write a file of ours and return its SHA-256, durably; Unreliable or OSError as `copy` does."""
    temporary = hidden(target)
    with temporary.open("wb") as file:
        counted = _Counted(file)
        for line in lines:
            counted.write(line)
        _flush(file)
    digest = counted.digest.hexdigest()
    _publish(temporary, target, digest)
    flush_folder(target.parent)
    return digest


def digest_of(path: Path) -> str | None:
    """Return a file's SHA-256 as its medium gives it; None when it is not there or cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def hidden(target: Path) -> Path:
    """Return the name that a file has until it is whole; whoever sweeps may remove it."""
    return target.with_name(f".{target.name}.new")


def as_list(digests: dict[str, str]) -> Iterator[bytes]:
    """Yield SHA-256 by name as the lines that `sha256sum --check` reads."""
    for name in sorted(digests):
        yield f"{digests[name]}  {name}\n".encode()


def from_list(path: Path) -> dict[str, str]:
    """Return the SHA-256 by name of such a list; lines of another form are left out. OSError."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return from_lines(file)


def from_lines(text: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 by name of the lines of such a list."""
    lines = (line.rstrip("\n").partition("  ") for line in text)
    return {name: digest for digest, _gap, name in lines if name and len(digest) == 64}


def _open(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SourceDamaged(source.name) from error


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(_CHUNK)
    except OSError as error:
        raise SourceDamaged(str(error)) from error


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _publish(temporary: Path, target: Path, digest: str) -> None:
    if digest_of(temporary) != digest:
        temporary.unlink(missing_ok=True)
        raise Unreliable(target.name)
    os.replace(temporary, target)
