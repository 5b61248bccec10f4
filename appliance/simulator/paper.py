"""The printer's twin: port 9100 on this machine, a roll of paper, and the faults of real ones.

Like a cheap printer it has a small buffer, goes on with the command it was in the middle of when somebody
connects again, and answers real-time questions while the paper is out. What comes under the tear bar
becomes a PNG at 203 dpi, exactly the dots sent, in a folder that must not be the box's own.
"""

import contextlib
import os
import selectors
import socket
import threading
from collections import deque
from enum import StrEnum
from pathlib import Path

from PIL import Image

from appliance.simulator.escpos_reader import Command, Commands, EscposError, Sheet

DPI = 203
_HEAD = 384
"""Dots: a 58 mm roll."""
_RECEIVE_BUFFER = 4096
_HELD_BYTES = 32_768
"""What it keeps for later while the paper is out; then it stops listening, like a full buffer."""


class Fault(StrEnum):
    """What can be wrong with the twin."""

    OK = "ok"
    PAPER_OUT = "paper_out"
    UNPLUGGED = "unplugged"
    """Nobody answers at the port."""
    HUNG = "hung"
    """It accepts a connection, then neither reads nor answers."""


class PaperPrinter:
    """An ESC/POS network printer. Its own thread serves it between `start` and `stop`."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Print into `folder`, made if need be; `port` 0 takes a free one at start."""
        self._folder = folder
        self._port = port
        self._lock = threading.Lock()
        self._fault = Fault.OK
        self._thread: threading.Thread | None = None
        self._server: socket.socket | None = None
        self._connections: set[socket.socket] = set()
        self._power_on()

    @property
    def address(self) -> str:
        """Return `127.0.0.1:<port>`, as the box's configuration wants it."""
        return f"127.0.0.1:{self._port}"

    @property
    def fault(self) -> Fault:
        """What is wrong with it."""
        return self._fault

    def start(self) -> None:
        """Take the port and serve, or raise OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._wake_read, self._wake_write = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._bind(listen=self._fault is not Fault.UNPLUGGED)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="paper-printer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close everything; the papers stay."""
        if self._thread is None:
            return
        with self._lock:
            self._stopping = True
        self._wake_write.send(b"!")
        self._thread.join()
        self._thread = None
        self._unbind()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def set_fault(self, fault: str) -> None:
        """Break or mend it; ValueError for a fault it does not have.

        Mending a hung or unplugged printer is turning it on again: what it held is forgotten.
        """
        wanted = Fault(fault)
        with self._lock:
            previous, self._fault = self._fault, wanted
            if wanted is previous:
                return
            if wanted is Fault.UNPLUGGED or previous in (Fault.UNPLUGGED, Fault.HUNG):
                self._power_on()
                if self._thread is not None:
                    self._unbind()
                    self._bind(listen=wanted is not Fault.UNPLUGGED)
            self._print_held()
            self._listen_if_room()
        if self._thread is not None:
            self._wake_write.send(b"!")

    def papers(self) -> list[Path]:
        """Return the papers printed so far, in order; they are numbered from 1 in their names."""
        return sorted(self._folder.glob("[0-9]*.png"), key=lambda path: int(path.stem))

    def _power_on(self) -> None:
        self._commands = Commands()
        self._sheet = Sheet(_HEAD)
        self._held: deque[Command] = deque()

    def _bind(self, *, listen: bool) -> None:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        server.bind(("127.0.0.1", self._port))
        self._port = server.getsockname()[1]
        self._server = server
        # Bound without listening keeps the port and refuses everybody: a printer that is off.
        if listen:
            server.listen()
            server.setblocking(False)
            self._selector.register(server, selectors.EVENT_READ)

    def _unbind(self) -> None:
        for connection in list(self._connections):
            self._drop(connection)
        if self._server is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._server)
            self._server.close()
            self._server = None

    def _drop(self, connection: socket.socket) -> None:
        self._connections.discard(connection)
        with contextlib.suppress(KeyError):
            self._selector.unregister(connection)
        connection.close()

    def _serve(self) -> None:
        while True:
            ready = self._selector.select()
            with self._lock:
                if self._stopping:
                    return
                for key, _events in ready:
                    self._attend(key.fileobj)

    def _attend(self, ready: object) -> None:
        if ready is self._wake_read:
            self._wake_read.recv(64)
        elif ready is self._server:
            self._accept()
        elif isinstance(ready, socket.socket) and ready in self._connections:
            self._receive(ready)
        self._listen_if_room()

    def _accept(self) -> None:
        assert self._server is not None
        with contextlib.suppress(BlockingIOError):
            connection, _peer = self._server.accept()
            connection.setblocking(False)
            self._connections.add(connection)

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_RECEIVE_BUFFER)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        try:
            commands = self._commands.feed(data)
        except EscposError:
            # A real head prints garbage and goes on; the twin shows nothing and starts afresh.
            self._power_on()
            return
        for command in commands:
            self._take(command, connection)

    def _take(self, command: Command, connection: socket.socket) -> None:
        if command.name == "DLE EOT":
            self._answer(connection, self._real_time_status(command.arguments[0]))
        elif self._fault is Fault.PAPER_OUT:
            self._held.append(command)
        elif command.name == "GS r":
            self._answer(connection, 0)
        else:
            self._play(command)

    def _listen_if_room(self) -> None:
        held = sum(len(command.data) for command in self._held)
        listens = self._fault is not Fault.HUNG and held <= _HELD_BYTES
        for connection in self._connections:
            registered = connection in self._selector.get_map()
            if registered and not listens:
                self._selector.unregister(connection)
            elif listens and not registered:
                self._selector.register(connection, selectors.EVENT_READ)

    def _real_time_status(self, question: int) -> int:
        out = self._fault is Fault.PAPER_OUT
        return {1: 0x1A, 2: 0x32, 4: 0x7E}.get(question, 0x12) if out else 0x12

    def _answer(self, connection: socket.socket, byte: int) -> None:
        with contextlib.suppress(OSError):
            connection.send(bytes([byte]))

    def _print_held(self) -> None:
        while self._held and self._fault is Fault.OK:
            self._play(self._held.popleft())

    def _play(self, command: Command) -> None:
        try:
            paper = self._sheet.play(command)
        except EscposError:
            self._power_on()
            return
        if paper is not None:
            self._keep(paper)

    def _keep(self, paper: Image.Image) -> None:
        number = max((int(path.stem) for path in self.papers()), default=0) + 1
        temporary = self._folder / f"{number}.new"
        paper.save(temporary, "PNG", dpi=(DPI, DPI))
        os.replace(temporary, self._folder / f"{number}.png")
