"""Bytes to and from a printer, by a device node or a socket, never waiting longer than asked.

A device node (a udev symlink on `usblp`) is opened for each job and without blocking: with the paper out,
a blocking write would hang for ever.
"""

import errno
import fcntl
import os
import select
import socket
import struct
import termios
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.devices.ports import DeviceError
from appliance.i18n import _

_CHUNK = 4096
_PAUSE = 0.02
"""Seconds between two tries on a node that says it is ready and then refuses."""


class PrinterFault(StrEnum):
    """What keeps a printer from printing."""

    PAPER_OUT = "paper_out"
    UNPLUGGED = "unplugged"
    HUNG = "hung"
    UNFIT = "unfit"
    """The picture or the configuration does not suit this printer: trying again changes nothing."""


def fault_message(fault: PrinterFault) -> str:
    """Return what happened and what to do, in French."""
    return {
        PrinterFault.PAPER_OUT: _(
            "Plus de papier : ouvrez l’imprimante, remettez un rouleau, refermez. Les étiquettes suivront."
        ),
        PrinterFault.UNPLUGGED: _(
            "L’imprimante ne répond pas : elle est éteinte ou débranchée. Vérifiez sa prise et son câble."
        ),
        PrinterFault.HUNG: _(
            "L’imprimante est bloquée. Éteignez-la, attendez cinq secondes, puis rallumez-la."
        ),
        PrinterFault.UNFIT: _("Cette imprimante ne convient pas. Vérifiez [printer] dans boite.toml."),
    }[fault]


class PrinterError(DeviceError):
    """A printer did not print. `touched` tells whether something may be on paper all the same."""

    def __init__(self, fault: PrinterFault, *, touched: bool, message: str = "") -> None:
        super().__init__(message or fault_message(fault))
        self.fault = fault
        self.touched = touched


class PrinterLink:
    """An open way to a printer. Use it as a context."""

    def __init__(self, descriptor: int, unsent: Callable[[], int], close: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._unsent = unsent
        self._close = close
        self._touched = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def write(self, data: bytes, deadline: float) -> None:
        """Hand all of the data over before `deadline` (monotonic seconds), or raise PrinterError."""
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT, deadline)
            try:
                written = os.write(self._descriptor, view[:_CHUNK])
            except BlockingIOError:
                time.sleep(_PAUSE)
                continue
            except OSError as error:
                raise self._lost() from error
            self._touched = True
            view = view[written:]
        # A node that is closed while its last bytes are on the wire forgets them; so does a socket.
        self._wait(select.POLLOUT, deadline)
        while self._unsent():
            if time.monotonic() > deadline:
                raise self._hung()
            time.sleep(_PAUSE / 4)

    def ask(self, question: bytes, answers: Callable[[int], bool], deadline: float) -> int | None:
        """Send a question and return the first byte that is an answer, or None when none came in time."""
        while self._readable(0) and self._read():
            continue
        touched = self._touched
        try:
            self.write(question, deadline)
        except PrinterError as error:
            if error.fault is PrinterFault.HUNG:
                return None
            raise PrinterError(error.fault, touched=touched) from error
        finally:
            self._touched = touched
        while (left := deadline - time.monotonic()) > 0 and self._readable(left):
            received = self._read()
            if not received:
                break
            for byte in received:
                if answers(byte):
                    return byte
        return None

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, 64)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost() from error

    def _readable(self, seconds: float) -> bool:
        poller = select.poll()
        poller.register(self._descriptor, select.POLLIN)
        return any(event & select.POLLIN for _fd, event in poller.poll(max(0, int(seconds * 1000))))

    def _wait(self, wanted: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(self._descriptor, wanted)
        events = poller.poll(max(0, int((deadline - time.monotonic()) * 1000)))
        if not events or time.monotonic() > deadline:
            raise self._hung()
        if not any(event & wanted for _fd, event in events):
            raise self._lost()

    def _hung(self) -> PrinterError:
        return PrinterError(PrinterFault.HUNG, touched=self._touched)

    def _lost(self) -> PrinterError:
        return PrinterError(PrinterFault.UNPLUGGED, touched=self._touched)


def open_node(path: Path) -> PrinterLink:
    """Open a device node, or raise PrinterError: absent, in other hands or forbidden is all the same here."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        fault = PrinterFault.HUNG if error.errno == errno.EBUSY else PrinterFault.UNPLUGGED
        raise PrinterError(fault, touched=False) from error
    return PrinterLink(descriptor, lambda: 0, lambda: os.close(descriptor))


def open_socket(host: str, port: int, timeout: float) -> PrinterLink:
    """Connect to a network printer within `timeout` seconds, or raise PrinterError."""
    try:
        connection = socket.create_connection((host, port), timeout)
    except OSError as error:
        raise PrinterError(PrinterFault.UNPLUGGED, touched=False) from error
    connection.setblocking(False)
    return PrinterLink(connection.fileno(), lambda: _unacknowledged(connection), connection.close)


def _unacknowledged(connection: socket.socket) -> int:
    """Bytes that the printer's small buffer has not taken yet: the kernel's own holds a whole job."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])
