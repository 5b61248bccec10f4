"""The printer process: takes stickers from the hub one at a time, prints them, says what happened.

A printer that is out of paper, unplugged or hung keeps nobody waiting but this process. What may have
been on paper already is printed again with *copie* on it: twice and marked, never lost.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from appliance.config import Config
from appliance.devices.ports import DeviceError, PaperState, Printer
from appliance.devices.printer import printer_from_config
from appliance.devices.printer_link import PrinterError, PrinterFault, fault_message
from appliance.stickers.hub_client import HubPrinterClient, PrintJob
from appliance.unix_http import HubUnavailable

LONG_POLL = 3.0
"""Seconds the hub keeps a request open: as long as a stop may have to wait."""
AWAY = 1.0
"""Seconds between two tries when the hub is away."""
BROKEN = 2.0
"""Seconds between two looks at a printer that cannot print."""
LOOK = 30.0
"""Seconds between two looks at a printer with nothing to do."""
UNPRINTABLE = "unprintable"
"""The fault of a sticker that cannot be drawn, beside those of `PrinterFault`."""

_log = logging.getLogger(__name__)


class Hub(Protocol):
    """What the worker asks of the hub; `HubPrinterClient` is the real one."""

    def next(self, wait: float) -> PrintJob | None:
        """Return the next sticker, or None after waiting."""
        ...

    def printed(self, job: str) -> None:
        """Tell that a sticker is on paper."""
        ...

    def failed(self, job: str, fault: str, message: str, *, touched: bool) -> None:
        """Tell that it is not, and whether something may be on paper all the same."""
        ...

    def status(self, paper: PaperState, fault: str | None) -> None:
        """Tell what the printer says."""
        ...


class Worker:
    """The loop and what it remembers: no words, only ids."""

    def __init__(self, hub: Hub, printer: Printer, stop: threading.Event) -> None:
        self._hub = hub
        self._printer = printer
        self._stop = stop
        self._broken = False
        self._doubt: str | None = None
        """Why the last sticker failed, in French, as long as nothing proves the printer well again."""
        self._looked_at = float("-inf")
        self._untold: list[Callable[[], None]] = []
        """What the hub could not be told yet; nothing else is taken before."""

    def run(self) -> None:
        """Print until `stop` is set."""
        while not self._stop.is_set():
            try:
                self._turn()
            except HubUnavailable as error:
                _log.debug("the hub is away: %s", error)
                self._stop.wait(AWAY)

    def _turn(self) -> None:
        self._tell()
        if self._broken or time.monotonic() - self._looked_at > LOOK:
            self._look()
        if self._broken:
            self._stop.wait(BROKEN)
            return
        job = self._hub.next(LONG_POLL)
        if job is not None:
            pause = self._print(job)
            self._tell()
            self._stop.wait(pause)

    def _look(self) -> None:
        """Ask the printer how it is, and tell the hub."""
        message = None
        try:
            paper = self._printer.status()
        except DeviceError as error:
            paper, message = PaperState.UNKNOWN, str(error)
        if paper is PaperState.OUT:
            message = fault_message(PrinterFault.PAPER_OUT)
        self._broken = message is not None
        if paper is not PaperState.UNKNOWN:
            self._doubt = None
        # One that never says anything is believed broken until it has printed.
        self._hub.status(paper, message or self._doubt)
        self._looked_at = time.monotonic()

    def _print(self, job: PrintJob) -> float:
        """Print one sticker and return the seconds to wait before the next."""
        # Pillow, the QR library and python-escpos are 15 MB: they wait for the first sticker.
        from appliance.stickers import layout
        from appliance.stickers.plan import StickerError

        started = time.monotonic()
        try:
            image = layout.render(replace(job.text, reprint=job.text.reprint or job.attempt > 1))
            self._printer.print_raster(layout.rows(image), image.width)
        except (StickerError, DeviceError) as error:
            return self._failed(job, error)
        _log.info("sticker %s printed in %.2f s", job.id, time.monotonic() - started)
        self._doubt = None
        self._untold.append(lambda: self._hub.printed(job.id))
        return 0

    def _failed(self, job: PrintJob, error: Exception) -> float:
        fault, touched = UNPRINTABLE, False
        if isinstance(error, PrinterError):
            fault, touched = error.fault, error.touched
        elif isinstance(error, DeviceError):
            fault, touched = "printer", True
        message = str(error)
        _log.warning("sticker %s not printed: %s", job.id, fault)
        self._untold.append(lambda: self._hub.failed(job.id, fault, message, touched=touched))
        self._doubt = message
        self._looked_at = float("-inf")
        # Neither a sticker that cannot be drawn nor the wrong printer mends itself in a few seconds.
        return LOOK if fault in (UNPRINTABLE, PrinterFault.UNFIT) else BROKEN

    def _tell(self) -> None:
        while self._untold:
            self._untold[0]()
            del self._untold[0]


def run(config: Config, stop: threading.Event) -> None:
    """Be the printer process until `stop` is set; PrinterError when the configuration makes no sense."""
    printer = printer_from_config(config.printer)
    if printer is None:
        _log.info("no printer is configured")
        stop.wait()
        return
    Worker(HubPrinterClient(config.socket("printer")), printer, stop).run()
