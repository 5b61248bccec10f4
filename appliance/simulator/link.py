"""The wire between the simulator and a station's process: one UNIX socket, one JSON object a line, both ways.

To the station: `press` (`id`, `button`, `ms`), `hold` (`button`, `down`), `see` (`camera`, `image`), `read`
(`text`), `hear` (`wav`), `plug` (`device`, `plugged`), `freeze` (`device`, `frozen`), `begin` once it has
been given its world. From it: `hello` (`station`), `pressed` (`id`), `stream` (`device`, `open`), `light`
(`state`), `colour` (`rgb`), `panel` (`state`), `prompt` (`name`), `sound` (`name`, `pcm`), `silence` (`cut`).
Bytes travel in base 64.
"""

import json
import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

CONNECT_SECONDS = 5.0

Message = dict[str, Any]


class Wire:
    """One end. Sending is safe from any thread; one thread reads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._turn = threading.Lock()

    def send(self, kind: str, **facts: Any) -> None:
        """Send a message; nothing happens when the other end has gone."""
        line = json.dumps({"kind": kind, **facts}).encode() + b"\n"
        with self._turn, suppress(OSError):
            self._connection.sendall(line)

    def messages(self) -> Iterator[Message]:
        """Yield what the other end sends, until it goes."""
        with suppress(OSError):
            for line in self._file:
                if not line.endswith(b"\n"):
                    return
                yield json.loads(line)

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        # The file is left to its reader, which may be in the middle of a line.
        self._connection.close()


def packed(data: bytes) -> str:
    """Return bytes as they travel in a message."""
    return b64encode(data).decode()


def unpacked(text: str) -> bytes:
    """Return the bytes in a message."""
    return b64decode(text)


def call(path: Path) -> Wire:
    """Connect to the simulator; OSError when it is not there."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(CONNECT_SECONDS)
    connection.connect(str(path))
    connection.settimeout(None)
    return Wire(connection)


def listen(path: Path) -> socket.socket:
    """Return a socket that stations can call, taking the place of one left by an earlier run."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(8)
    return listener
