"""An ESC/POS thermal printer: pictures only, its paper asked for before and after, each wait finite.

The only module that imports python-escpos, and not before the first job: it costs 10 MB and 0.2 s.
"""

import contextlib
import time
from pathlib import Path
from typing import Any

from appliance.config import PrinterConfig
from appliance.devices.ports import PaperState
from appliance.devices.printer_link import PrinterError, PrinterFault, PrinterLink, open_node, open_socket
from appliance.i18n import _

DEFAULT_PORT = 9100

_ASK_PAPER = b"\x10\x04\x04"
"""DLE EOT 4: answered at once, even when nothing prints."""
_ASK_DONE = b"\x1dr\x01"
"""GS r 1: answered in its turn, when all that came before is on paper."""
_ANSWER_SECONDS = 1.0
_PACE = 400
"""Dots a second of the slowest heads: 50 mm/s."""
_FRAGMENT = 64
"""Rows sent at a time: 3 kB across a 58 mm head, which fits the smallest buffers sold."""
_UNFINISHED = bytes(_FRAGMENT * 80)
"""Zeros that fill a fragment, on a head of any width, that a killed process left unfinished: the printer
takes whatever comes for its missing rows, questions too. One that waits for a command ignores zeros."""
_FEED = 88
"""Dots from the head to the tear bar: 11 mm."""


class EscposPrinter:
    """Implements `ports.Printer`.

    It learns what this printer answers: most cheap ones say nothing (`PaperState.UNKNOWN`), and one that
    has answered before and no longer does is hung.
    """

    def __init__(self, connection: str, address: str, profile: str, timeout: float) -> None:
        """Remember how to reach it; nothing is opened. `connection` is `file` or `network`."""
        self._connection = connection
        self._address = address
        self._profile = profile
        self._timeout = timeout
        self._has_answered = False
        self._tells_done: bool | None = None
        self._in_step = False
        """Whether the printer surely waits for a command, not for the rest of an interrupted picture."""

    def status(self) -> PaperState:
        """Ask for the paper. PrinterError (`unplugged`, `hung`) within the timeout."""
        with self._open() as link:
            return self._paper(link)

    def print_raster(self, rows: bytes, width: int) -> None:
        """Print a 1-bit picture (1 = black, rows padded to bytes) and feed to tear, or raise PrinterError."""
        job = self._encode(rows, width)
        with self._open() as link:
            before = self._paper(link)
            if before is PaperState.OUT:
                raise PrinterError(PrinterFault.PAPER_OUT, touched=False)
            height = len(rows) * 8 // width
            deadline = time.monotonic() + self._timeout + (height + _FEED) / _PACE
            resync = b"" if self._in_step else _UNFINISHED + b"\x1b@" + _feed()
            self._in_step = False
            link.write(resync + job, deadline)
            if before is not PaperState.UNKNOWN:
                self._wait_until_done(link, deadline)
            self._in_step = True

    def _open(self) -> PrinterLink:
        if self._connection == "file":
            return open_node(Path(self._address))
        host, _colon, port = self._address.partition(":")
        return open_socket(host, int(port or DEFAULT_PORT), self._timeout)

    def _paper(self, link: PrinterLink) -> PaperState:
        answer = link.ask(_ASK_PAPER, _is_real_time, self._answer_deadline())
        if answer is None and not self._in_step:
            with contextlib.suppress(PrinterError):
                link.write(_UNFINISHED, self._answer_deadline())
                answer = link.ask(_ASK_PAPER, _is_real_time, self._answer_deadline())
        if answer is None:
            if self._has_answered:
                raise PrinterError(PrinterFault.HUNG, touched=False)
            return PaperState.UNKNOWN
        self._has_answered = True
        if answer & 0x60:
            return PaperState.OUT
        return PaperState.LOW if answer & 0x0C else PaperState.OK

    def _answer_deadline(self) -> float:
        return time.monotonic() + min(_ANSWER_SECONDS, self._timeout)

    def _wait_until_done(self, link: PrinterLink, deadline: float) -> None:
        """Raise PrinterError when a printer that can tell does not say that the picture is on paper."""
        if self._tells_done is False:
            return
        if link.ask(_ASK_DONE, _is_in_turn, deadline) is not None:
            self._tells_done = True
            return
        try:
            after = self._paper(link)
        except PrinterError as error:
            raise PrinterError(error.fault, touched=True) from error
        if after is PaperState.OUT:
            raise PrinterError(PrinterFault.PAPER_OUT, touched=True)
        if self._tells_done:
            raise PrinterError(PrinterFault.HUNG, touched=True)
        self._tells_done = False

    def _encode(self, rows: bytes, width: int) -> bytes:
        from PIL import Image  # not before the first job

        # Paper's black is 1, Pillow's is 0.
        picture = Image.frombytes("1", (width, len(rows) // ((width + 7) // 8)), rows, "raw", "1;I")
        sink = self._sink()
        head = sink.profile.profile_data["media"]["width"]["pixels"]
        if isinstance(head, int) and width > head:
            message = _(
                "L’image fait {width} points de large et l’imprimante {head}. "
                "Choisissez un autre « profile » dans [printer]."
            )
            raise PrinterError(
                PrinterFault.UNFIT, touched=False, message=message.format(width=width, head=head)
            )
        sink.hw("INIT")
        sink.image(picture, impl="bitImageRaster", fragment_height=_FRAGMENT)
        if sink.profile.supports("paperFullCut") or sink.profile.supports("paperPartCut"):
            sink.cut(mode="PART")
        else:
            sink._raw(_feed())
        return bytes(sink.output)

    def _sink(self) -> Any:
        from escpos.printer import Dummy  # not before the first job

        try:
            return Dummy(profile=self._profile)
        except KeyError as error:
            message = _("Profil d’imprimante inconnu : « {profile} ». Corrigez [printer] dans boite.toml.")
            raise PrinterError(
                PrinterFault.UNFIT, touched=False, message=message.format(profile=self._profile)
            ) from error


def printer_from_config(config: PrinterConfig) -> EscposPrinter | None:
    """Return the configured printer, None without one; PrinterError (`unfit`) for an unknown connection."""
    if config.connection == "none":
        return None
    if config.connection not in ("file", "network"):
        message = _("« connection » vaut file, network ou none dans [printer], pas « {value} ».")
        raise PrinterError(PrinterFault.UNFIT, touched=False, message=message.format(value=config.connection))
    return EscposPrinter(config.connection, config.address, config.profile, config.timeout_seconds)


def _feed() -> bytes:
    return b"\x1bJ" + bytes([_FEED])


def _is_real_time(byte: int) -> bool:
    return byte & 0b10010011 == 0b00010010


def _is_in_turn(byte: int) -> bool:
    return byte & 0b10010000 == 0
