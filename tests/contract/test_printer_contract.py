import os
import pty
import random
import select
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from appliance.config import PrinterConfig, find_config, load_config
from appliance.devices.ports import PaperState, Printer
from appliance.devices.printer import EscposPrinter, printer_from_config
from appliance.devices.printer_link import PrinterError, PrinterFault
from appliance.simulator.paper import PaperPrinter
from appliance.stickers.layout import render, rows
from appliance.stickers.words import StickerText

TIMEOUT = 0.6
WIDTH = 384
LINK = "https://boite.local/e/7Q2M9XKD4HTR"
STICKER = StickerText(
    LINK, "7Q2M-9XKD-4HTR", "Lecture p. 12", "Lina", "12 janv. 2027", "book", "turtle", False, ""
)


@dataclass
class Bench:
    make: Callable[[], Printer]
    twin: PaperPrinter | None


class Node:
    """A device node in front of the twin, as `usblp` is in front of a printer."""

    def __init__(self, twin: PaperPrinter) -> None:
        self._twin = twin
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self) -> None:
        host, _colon, port = self._twin.address.partition(":")
        with socket.create_connection((host, int(port))) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            wire.setblocking(False)
            pending = b""
            while True:
                listen = [self._stop, wire, *([] if pending else [self._master])]
                ready, writable, _ = select.select(listen, [wire] if pending else [], [])
                if self._stop in ready:
                    return
                if wire in ready:
                    os.write(self._master, wire.recv(64))
                if self._master in ready:
                    pending = os.read(self._master, 4096)
                if writable:
                    pending = pending[wire.send(pending) :]

    def close(self) -> None:
        os.write(self._stopped, b"!")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._stop, self._stopped):
            os.close(descriptor)


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[PaperPrinter]:
    twin = PaperPrinter(tmp_path / "papers")
    twin.start()
    yield twin
    twin.stop()


@pytest.fixture(params=["network", "file", pytest.param("real", marks=pytest.mark.hardware)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "real":
        if "hardware" not in request.config.getoption("markexpr"):
            pytest.skip("needs a box with its printer plugged in: run pytest -m hardware there")
        config = load_config(find_config()).printer
        yield Bench(lambda: _made(config), None)
        return
    twin: PaperPrinter = request.getfixturevalue("twin")
    if request.param == "network":
        yield Bench(lambda: EscposPrinter("network", twin.address, "NT-5890K", TIMEOUT), twin)
        return
    node = Node(twin)
    yield Bench(lambda: EscposPrinter("file", node.path, "NT-5890K", TIMEOUT), twin)
    node.close()


def _made(config: PrinterConfig) -> Printer:
    printer = printer_from_config(config)
    assert printer is not None
    return printer


def broken(bench: Bench, fault: str) -> PaperPrinter:
    if bench.twin is None:
        pytest.skip("needs hands")
    bench.twin.set_fault(fault)
    return bench.twin


def noise(height: int) -> bytes:
    """Rows that hold every byte, those of real-time commands included."""
    return random.Random(5).randbytes(WIDTH // 8 * (height - 1)) + b"\x10\x04\x04\x1b@\x1dV\x00" * 6


def dots(paper: Path) -> bytes:
    with Image.open(paper) as image:
        assert image.mode == "1"
        assert [round(value) for value in image.info["dpi"]] == [203, 203]
        return rows(image)


def seconds(call: Callable[[], object], fault: PrinterFault) -> tuple[float, PrinterError]:
    started = time.monotonic()
    with pytest.raises(PrinterError) as caught:
        call()
    assert caught.value.fault is fault
    return time.monotonic() - started, caught.value


def test_a_ready_printer_says_so_or_says_nothing(bench: Bench) -> None:
    assert bench.make().status() in (PaperState.OK, PaperState.LOW, PaperState.UNKNOWN)


def test_a_sticker_comes_out_and_its_link_is_read_from_the_paper(bench: Bench, tmp_path: Path) -> None:
    image = render(STICKER)
    bench.make().print_raster(rows(image), image.width)
    if bench.twin is not None:
        (paper,) = bench.twin.papers()
        found = subprocess.run(["zbarimg", "--nodbus", "-q", "--raw", paper], capture_output=True, text=True)
        assert found.stdout.strip() == LINK


@pytest.mark.parametrize("height", [8, 64, 65, 320])
def test_paper_carries_exactly_the_dots_sent(bench: Bench, height: int) -> None:
    if bench.twin is None:
        pytest.skip("a real printer does not tell what is on its paper")
    printer, picture = bench.make(), noise(height)
    printer.print_raster(picture, WIDTH)
    printer.print_raster(picture[::-1], WIDTH)
    assert [dots(paper) for paper in bench.twin.papers()] == [picture, picture[::-1]]


def test_paper_out_is_told_and_not_a_dot_is_sent(bench: Bench) -> None:
    twin, printer = broken(bench, "paper_out"), bench.make()
    assert printer.status() is PaperState.OUT
    spent, error = seconds(lambda: printer.print_raster(noise(64), WIDTH), PrinterFault.PAPER_OUT)
    assert spent < 5
    assert not error.touched
    assert "remettez un rouleau" in str(error)
    twin.set_fault("ok")
    assert printer.status() is PaperState.OK
    assert twin.papers() == []


def test_a_hung_printer_costs_a_finite_time(bench: Bench) -> None:
    printer = bench.make()
    assert printer.status() is PaperState.OK or bench.twin is None
    broken(bench, "hung")
    for call in (printer.status, lambda: printer.print_raster(noise(320), WIDTH)):
        spent, error = seconds(call, PrinterFault.HUNG)
        assert spent < 5
        assert not error.touched


def test_a_printer_hung_from_the_start_is_found_by_printing(bench: Bench) -> None:
    broken(bench, "hung")
    printer = bench.make()
    assert printer.status() is PaperState.UNKNOWN
    spent, error = seconds(lambda: printer.print_raster(noise(800), WIDTH), PrinterFault.HUNG)
    assert spent < 10
    assert error.touched


def test_a_new_connection_prints_cleanly_after_an_interrupted_one(bench: Bench) -> None:
    if bench.twin is None:
        pytest.skip("a real printer does not tell what is on its paper")
    # A process killed in the middle of a picture leaves the printer waiting for its other rows.
    killed = bench.make()
    whole = killed._encode(noise(64), WIDTH)
    with killed._open() as link:
        link.write(whole[: len(whole) // 2], time.monotonic() + 5)
    printer, picture = bench.make(), noise(200)
    printer.print_raster(picture, WIDTH)
    torn, clean = bench.twin.papers()
    assert dots(torn) != picture
    assert dots(clean) == picture
    assert printer.status() is PaperState.OK


def test_an_unplugged_network_printer_is_told_at_once(twin: PaperPrinter) -> None:
    twin.set_fault("unplugged")
    printer = EscposPrinter("network", twin.address, "NT-5890K", TIMEOUT)
    for call in (printer.status, lambda: printer.print_raster(noise(64), WIDTH)):
        spent, error = seconds(call, PrinterFault.UNPLUGGED)
        assert spent < 5
        assert not error.touched
    twin.set_fault("ok")
    printer.print_raster(noise(64), WIDTH)
    assert len(twin.papers()) == 1


def test_an_absent_device_node_is_told_at_once(tmp_path: Path) -> None:
    printer = EscposPrinter("file", str(tmp_path / "lp0"), "NT-5890K", TIMEOUT)
    spent, error = seconds(printer.status, PrinterFault.UNPLUGGED)
    assert spent < 5
    assert "débranchée" in str(error)


def test_paper_that_ends_in_a_picture_is_told_and_may_have_left_a_trace(twin: PaperPrinter) -> None:
    printer = EscposPrinter("network", twin.address, "NT-5890K", TIMEOUT)
    printer.print_raster(noise(8), WIDTH)
    asked = printer._paper
    answers = iter([PaperState.OK])
    # The paper ends between the question and the picture: only the first answer is the old one.
    printer._paper = lambda link: next(answers, None) or asked(link)  # type: ignore[method-assign]
    twin.set_fault("paper_out")
    _spent, error = seconds(lambda: printer.print_raster(noise(64), WIDTH), PrinterFault.PAPER_OUT)
    assert error.touched


def test_a_picture_wider_than_the_head_is_refused_in_french(twin: PaperPrinter) -> None:
    printer = EscposPrinter("network", twin.address, "NT-5890K", TIMEOUT)
    _spent, error = seconds(lambda: printer.print_raster(bytes(50), 400), PrinterFault.UNFIT)
    assert "400 points de large et l’imprimante 384" in str(error)


def test_an_unknown_profile_or_connection_is_named_in_french() -> None:
    printer = EscposPrinter("network", "127.0.0.1:1", "Minitel", TIMEOUT)
    _spent, error = seconds(lambda: printer.print_raster(bytes(48), WIDTH), PrinterFault.UNFIT)
    assert "Minitel" in str(error)
    with pytest.raises(PrinterError, match="pigeon"):
        printer_from_config(replace(PrinterConfig(), connection="pigeon"))
    assert printer_from_config(replace(PrinterConfig(), connection="none")) is None


def test_a_printer_that_can_cut_is_asked_to(twin: PaperPrinter) -> None:
    printer = EscposPrinter("network", twin.address, "TM-T20II", TIMEOUT)
    picture = noise(64)
    assert printer._encode(picture, WIDTH).endswith(b"\x1dV\x01")
    printer.print_raster(picture, WIDTH)
    assert [dots(paper) for paper in twin.papers()] == [picture]


def test_papers_go_on_being_numbered_after_a_restart(tmp_path: Path) -> None:
    for expected in (["1.png"], ["1.png", "2.png"]):
        twin = PaperPrinter(tmp_path)
        twin.start()
        EscposPrinter("network", twin.address, "NT-5890K", TIMEOUT).print_raster(noise(8), WIDTH)
        twin.stop()
        assert [paper.name for paper in twin.papers()] == expected
