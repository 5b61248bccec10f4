"""From an HTML page to a PDF, in a process of its own: setting type takes memory that the hub must not keep.

The page goes in by a pipe and the PDF comes out by another, so that nothing a paper says is ever on a disk.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger(__name__)

TIMEOUT = 120.0
"""Seconds: a class's permission forms take a Raspberry Pi a third of it."""
MISSING = 3
"""Exit code of a press that lacks its libraries."""
_one_at_a_time = threading.Lock()


class PressMissing(Exception):
    """WeasyPrint or one of its libraries is not on this machine: only the browser can print."""


class PressFailed(Exception):
    """The press gave no PDF in time, or none at all."""


def pdf(html: str, folders: Mapping[str, Path], *, timeout: float = TIMEOUT) -> bytes:
    """Return a page as a tagged PDF.

    `folders` are the address prefixes that the page may use (`/static/1a2b`), each with the folder it stands
    for; no other file is read, and no network is reached. PressMissing without the libraries; PressFailed
    when this paper, or the one before it, takes longer than `timeout` seconds, or when no PDF comes out.
    """
    command = [
        sys.executable,
        "-m",
        "appliance.papers",
        *(f"{prefix}={at}" for prefix, at in folders.items()),
    ]
    if not _one_at_a_time.acquire(timeout=timeout):
        raise PressFailed
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=timeout, check=False)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise PressFailed from error
    finally:
        _one_at_a_time.release()
    if done.returncode == MISSING:
        raise PressMissing
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        # What it complained of may quote the page: only its place goes to the log.
        log.error("the press stopped with %s", done.returncode)
        raise PressFailed
    return done.stdout
