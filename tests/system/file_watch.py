"""Tells whether anything was written: by this process anywhere, or by whomever in some folders."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATED, _MODIFIED, _MOVED_TO, _CLOSED_WRITTEN = 0x100, 0x2, 0x80, 0x8
_MADE = frozenset({"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "tempfile.mkstemp"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENT = struct.Struct("iIII")


class FileWatch:
    """Watches from its making to `seen`.

    The kernel's inotify tells of each file that is made, written or moved in the folders and below, whoever
    does it; Python's audit hook tells of each file that this process opens for writing, wherever it is.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._inotify >= 0
        for folder in folders:
            for inside in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
                self._add(inside)
        self._written: list[str] = []
        self._on = True
        # A hook cannot be taken away: it is told to be quiet.
        sys.addaudithook(self._audit)

    def seen(self) -> list[str]:
        """End the watch; what was made or written."""
        self._on = False
        try:
            told = os.read(self._inotify, 1 << 16)
        except BlockingIOError:
            told = b""
        os.close(self._inotify)
        return self._written + _names(told)

    def _add(self, folder: Path) -> None:
        mask = _CREATED | _MODIFIED | _MOVED_TO | _CLOSED_WRITTEN
        assert self._libc.inotify_add_watch(self._inotify, os.fsencode(folder), mask) >= 0

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._on:
            return
        writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & _WRITING)
        if writes or event in _MADE:
            self._written.append(f"{event} {arguments[0]}")


def _names(told: bytes) -> list[str]:
    names, at = [], 0
    while at < len(told):
        _watch, _mask, _cookie, length = _EVENT.unpack_from(told, at)
        at += _EVENT.size
        names.append(os.fsdecode(told[at : at + length].rstrip(b"\0")))
        at += length
    return names
