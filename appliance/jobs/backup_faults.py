"""The box's own card while a backup is sent elsewhere, and which side a fault is on: here, or there."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.ent.ports import EntFull
from appliance.jobs.backup_files import SourceDamaged, Unreliable

CHUNK = 256 * 1024
"""Bytes."""


class NoLocalRoom(Exception):
    """The box's own card is too full to seal what is to be sent."""


def read_through(source: Path) -> str:
    """Return a local file's SHA-256; read plainly first, as a bad card kills who reads it mapped."""
    digest = hashlib.sha256()
    with source.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        except OSError as error:
            raise SourceDamaged(source.name) from error
    return digest.hexdigest()


@contextmanager
def full() -> Iterator[None]:
    """Say of a full ENT what is said of every full place."""
    try:
        yield
    except EntFull as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


@contextmanager
def local_room() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, Unreliable) as error:
        raise NoLocalRoom from error
