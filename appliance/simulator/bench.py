"""`boite bench`: what a class feels, measured on this machine with the box's own processes.

Each figure is a median over runs, with what 99 of 100 stay below and its target; times that depend on the
machine are also given as a ratio to a reference run beside them: the start of a Python that imports Flask
and does nothing.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.config import load_config
from appliance.simulator.bench_busy import SECONDS, STATIONS, busy_losses
from appliance.simulator.bench_fill import fill_with_captures
from appliance.simulator.bench_panel import SPEAKING_SECONDS, bench_panel, time_one_turn
from appliance.simulator.client import DemoClient
from appliance.simulator.hub_door import HubAway, HubDoor

CAPTURES = 10_000
PAGE_LOADS = 20
TURNS_PER_RUN = 4
"""A pupil's turn at a panel takes some seconds: there is time for more of them."""


@dataclass(frozen=True)
class Figure:
    """One line of the bench: a median between its extremes."""

    name: str
    unit: str
    median: float
    p99: float
    """What 99 of 100 stay below (nearest rank: with fewer runs, the highest)."""
    lowest: float
    highest: float
    target: float
    ratio: float | None
    """Median to the reference's median, for a time of processes."""

    @property
    def reached(self) -> bool:
        """Whether the median is within the target."""
        return self.median <= self.target


def main(*, runs: int, as_json: bool) -> int:
    """Measure and print; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="boite-bench-") as folder:
        figures = []
        for figure in _measure(Path(folder), runs):
            figures.append(figure)
            if not as_json:
                sys.stdout.write(f"{_line(figure)}\n")
                sys.stdout.flush()
    if as_json:
        told = [{**asdict(figure), "reached": figure.reached} for figure in figures]
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


def _measure(folder: Path, runs: int) -> Iterator[Figure]:
    reference = [_seconds(_start_flask) for _ in range(runs)]
    base = statistics.median(reference)
    yield _figure("référence : Python démarre et importe Flask", "s", reference, 60)
    yield from _panel(folder / "panel", runs)
    yield from _busy(folder / "busy")
    data = folder / "box"
    with DemoClient(data) as demo:
        yield _figure("bleu → étiquette imprimée", "ms", [_blue_to_sticker(demo) for _ in range(runs)], 6000)
        yield from _memory(demo)
    yield _figure("démo relancée → classe prête", "s", [_restart(data) for _ in range(2)], 5, base)
    starts = [_first_page(data) for _ in range(runs)]
    yield _figure("la boîte démarre → première page", "s", starts, 5, base)
    fill_with_captures(load_config(data / "boite.toml"), CAPTURES)
    starts = [_first_page(data) for _ in range(runs)]
    yield _figure(f"la même avec {CAPTURES} traces", "s", starts, 5, base)
    with DemoClient(data) as demo:
        yield _figure(f"Aujourd’hui avec {CAPTURES} traces", "ms", list(_day_pages(demo)), 1000)


def _panel(folder: Path, runs: int) -> Iterator[Figure]:
    with bench_panel(folder) as panel:
        turns = [time_one_turn(panel) for _ in range(runs * TURNS_PER_RUN)]
    yield _figure("appui → lumière", "ms", [turn.light for turn in turns], 20)
    greetings = [turn.greeting for turn in turns]
    yield _figure("badge visible → bonjour, sans les 2 images", "ms", greetings, 300)
    yield _figure("fin du signal → premier son gardé", "ms", [turn.kept for turn in turns], 50)
    yield _figure("vert → on s’entend", "ms", [turn.replay for turn in turns], 200)


def _busy(folder: Path) -> Iterator[Figure]:
    losses = busy_losses(folder)
    title = f"{STATIONS} stations {SECONDS:.0f} s, processeurs pris"
    yield _figure(f"{title} : débordements", "", [losses.overflows], 0)
    yield _figure(f"{title} : échantillons perdus", "", [losses.frames], 0)


def _restart(data: Path) -> float:
    demo = DemoClient(data)
    try:
        return demo.start()
    finally:
        demo.stop()


def _blue_to_sticker(demo: DemoClient) -> float:
    badge = next(p["code"] for p in demo.state()["class"]["badges"] if p["permissions"]["voice"])
    demo.begin_take("A", badge)
    demo.wait_station("A", "recording")
    time.sleep(SPEAKING_SECONDS)
    demo.press("A", "red")
    count = demo.wait_station("A", "review")["paper"]["count"]
    began = time.monotonic()
    # The answer comes after the release; the press itself acts at once.
    demo.press("A", "blue", 1)
    demo.wait(lambda state: state["paper"]["count"] > count)
    elapsed = (time.monotonic() - began) * 1000
    demo.wait_station("A", "ready")
    return elapsed


def _memory(demo: DemoClient) -> Iterator[Figure]:
    for name, process in sorted(demo.state()["processes"].items()):
        if name != "ent":
            target = 100 if name in ("hub", "printer") else 120
            yield _figure(f"mémoire au repos : {name}", "Mo", [_megabytes(process["pid"])], target)


def _first_page(data: Path) -> float:
    config = load_config(data / "boite.toml")
    door = HubDoor(config.hub.https_port, data / "tls/certificate.pem", config.socket("station"))
    config.run.mkdir(mode=0o700, exist_ok=True)
    began = time.monotonic()
    hub = subprocess.Popen(
        [sys.executable, "-m", "web", "--config", str(config.path)], stderr=subprocess.DEVNULL
    )
    try:
        while time.monotonic() - began < 60:
            try:
                if door.request("GET", "/").status < 400:
                    return time.monotonic() - began
            except HubAway:
                time.sleep(0.01)
    finally:
        hub.terminate()
        hub.wait()
    raise TimeoutError("the hub gave no page in a minute")


def _day_pages(demo: DemoClient) -> Iterator[float]:
    state = demo.state()
    config = load_config(Path(state["class"]["config"]))
    door = HubDoor(config.hub.https_port, Path(state["hub"]["certificate"]), config.socket("station"))
    visit = door.visit()
    visit.give_passphrase(state["class"]["passphrase"])
    for _ in range(PAGE_LOADS):
        began = time.monotonic()
        page = visit.get("/aujourdhui")
        yield (time.monotonic() - began) * 1000
        if page.status != 200:
            raise RuntimeError(f"the page of the day answered {page.status}")


def _start_flask() -> None:
    subprocess.run([sys.executable, "-c", "import flask"], check=True)


def _seconds(job: Callable[[], None]) -> float:
    began = time.monotonic()
    job()
    return time.monotonic() - began


def _megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def _figure(
    name: str, unit: str, values: Sequence[float], target: float, base: float | None = None
) -> Figure:
    median, ranked = statistics.median(values), sorted(values)
    p99 = ranked[math.ceil(0.99 * len(ranked)) - 1]
    ratio = median / base if base else None
    return Figure(name, unit, median, p99, ranked[0], ranked[-1], target, ratio)


def _line(figure: Figure) -> str:
    mark = "✓ tenu  " if figure.reached else "✗ manqué"
    spread = f"99 % : {_number(figure.p99)}; {_number(figure.lowest)} à {_number(figure.highest)}"
    ratio = f"  × {figure.ratio:.1f} la référence" if figure.ratio is not None else ""
    return (
        f"{mark}  {figure.name:<50} {_number(figure.median):>7} {figure.unit:<2}"
        f"  ({spread}; but {figure.target:g}){ratio}"
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if 0 < value < 10 else f"{value:.0f}"
