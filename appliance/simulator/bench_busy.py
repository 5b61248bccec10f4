"""Four stations that record at once while every processor is busy: does a microphone lose anything?"""

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from appliance.simulator.bench_panel import bench_panel, record

STATIONS = 4
SECONDS = 20.0
_PATIENCE = 120.0


@dataclass(frozen=True)
class Losses:
    """What the sound cards of all stations lost."""

    overflows: int
    frames: int


def busy_losses(folder: Path) -> Losses:
    """Record with every station, each in a process of its own as on a box, beside one busy process a core.

    RuntimeError when a station did not come to its end.
    """
    context = multiprocessing.get_context("spawn")
    spinners = [context.Process(target=_spin, daemon=True) for _ in range(os.cpu_count() or 1)]
    ends, stations = [], []
    for number in range(STATIONS):
        ours, theirs = context.Pipe(duplex=False)
        ends.append(ours)
        stations.append(context.Process(target=_station, args=(folder / str(number), theirs), daemon=True))
    everybody = [*spinners, *stations]
    for process in everybody:
        process.start()
    try:
        told = [_told(end) for end in ends]
    finally:
        for process in everybody:
            process.kill()
            process.join()
    return Losses(sum(losses.overflows for losses in told), sum(losses.frames for losses in told))


def _told(end: Connection) -> Losses:
    if not end.poll(_PATIENCE):
        raise RuntimeError("a station did not end its take")
    losses: Losses = end.recv()
    return losses


def _station(folder: Path, end: Connection) -> None:
    with bench_panel(folder) as panel:
        panel.show_badge()
        record(panel, SECONDS)
        end.send(Losses(panel.microphone.overflows, panel.microphone.lost_frames))


def _spin() -> None:
    while True:
        pass
