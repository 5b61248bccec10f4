"""How well badges and stickers are read: views made from seeds, through the station's own reader.

A view counts as read when the code is *seen* as at a station, in two of three frames, within `FRAMES` frames
of a hand that moves. Times depend on the machine and are also given as a ratio to a bare desk's.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from appliance.devices.ports import LumaFrame
from appliance.domain.codes import badge_code, sticker_code
from appliance.simulator.printed import Printed, printed_badge, printed_foreign, printed_sticker
from appliance.simulator.views import FRAME_SIZE, Condition, frames
from appliance.station.badges import Reader, Watch

FRAMES = 8
"""Frames of one view, most of a second at ten a second."""
VIEWS = 25
"""Views of each condition and kind of code."""
LEAST_READ = 0.99
_CODES = 8
"""Different codes of each kind: printing them takes longer than looking at them."""
_FRAME_SECONDS = 0.1

_NEAR = 4.5
"""Pixels per module: the least that a station is installed for."""
_ASLANT = Condition(_NEAR, both_tilts=45)
_FINGER = Condition(_NEAR, damage="finger")
HAND = {
    "à 4,5 points par module": Condition(_NEAR),
    "à 6 points par module": Condition(6),
    "à 8 points par module": Condition(8),
    "penché de 45°": Condition(_NEAR, tilt=45),
    "penché de 45° dans les deux sens": _ASLANT,
    "tourné n’importe comment": Condition(_NEAR, turned=True),
    "flou d’un demi-module": Condition(_NEAR, defocus=0.5),
    "bougé d’un module": Condition(_NEAR, motion=1.0),
    "bord d’ombre en travers": Condition(_NEAR, shadow=0.65),
    "lumière d’un seul côté": Condition(_NEAR, uneven=0.7),
    "pâli : 70 % de l’encre partie": Condition(_NEAR, faded=0.7),
    "doigt sur 15 % du code": _FINGER,
    "coin sans repère arraché (15 %)": Condition(_NEAR, damage="corner"),
    "reflet à côté du code": Condition(_NEAR, glare="beside"),
    "peu de lumière, du grain": Condition(_NEAR, light=0.3, noise=10),
    "image comprimée": Condition(_NEAR, jpeg=40),
    "tout cela un peu": Condition(
        _NEAR, tilt=30, turned=True, defocus=0.3, motion=0.5, shadow=0.4, uneven=0.4, noise=4
    ),
}
"""What a child's hand does."""
BEYOND = {
    "à 4 points par module": Condition(4),
    "à 3,5 points par module": Condition(3.5),
    "à 3 points par module": Condition(3),
    "à 2,5 points par module": Condition(2.5),
    "flou de 0,9 module": Condition(_NEAR, defocus=0.9),
    "bougé de deux modules": Condition(_NEAR, motion=2.0),
    "ombre très noire en travers": Condition(_NEAR, shadow=0.8),
    "pâli : 85 % de l’encre partie": Condition(_NEAR, faded=0.85),
    "reflet sur le code": Condition(_NEAR, glare="on"),
    "repère arraché (15 %)": Condition(_NEAR, damage="mark"),
}
"""Where reading ends: no target."""
FOREIGN = (
    "WIFI:T:WPA;S:ecole;P:abcdefgh;;",
    "https://www.example.org/menu",
    "https://exemple.fr/e/trop-court",
    "BONJOUR2",
    "MECARD:N:Martin;TEL:0102030405;;",
    "9782070612758",
)
"""Codes of others; the fourth has a badge's alphabet and length, at another level."""


_Maker = Callable[[random.Random], Printed]


@dataclass(frozen=True)
class ReadingFigure:
    """How many views of one condition were read."""

    name: str
    kind: str
    """`badge`, `sticker`, `pair` for two codes in one view, `foreign` for a code to ignore."""
    views: int
    read: int
    wrong: int
    """Codes that were seen and not there."""
    expected: bool
    """Whether the target holds for it."""

    @property
    def rate(self) -> float:
        """Part of the views that were read."""
        return self.read / self.views

    @property
    def reached(self) -> bool:
        """Whether nothing wrong was seen, and enough was read where that is expected."""
        return self.wrong == 0 and (self.rate >= LEAST_READ or not self.expected)


@dataclass(frozen=True)
class ReadingTime:
    """Milliseconds to read one frame."""

    name: str
    median: float
    p95: float
    ratio: float
    """Median to that of a bare desk."""


def reading_figures(views: int = VIEWS, size: tuple[int, int] = FRAME_SIZE) -> Iterator[ReadingFigure]:
    """Yield the rate of each condition, badges then stickers; of two codes at once; of codes to ignore."""
    for kind in ("badge", "sticker"):
        for name in HAND | BEYOND:
            yield one_figure(kind, name, views, size)
    yield from crowd_figures(views, size)


def one_figure(kind: str, name: str, views: int, size: tuple[int, int] = FRAME_SIZE) -> ReadingFigure:
    """Return the rate of one condition for a `badge` or a `sticker`."""
    makers = (_badge if kind == "badge" else _sticker,)
    return _figure(name, kind, makers, (HAND | BEYOND)[name], name in HAND, views, size)


def crowd_figures(views: int, size: tuple[int, int] = FRAME_SIZE) -> Iterator[ReadingFigure]:
    """Yield what comes of two codes in one view, and of codes to ignore."""
    plain = Condition(_NEAR)
    yield _figure("deux badges à la fois", "pair", (_badge, _badge), plain, True, views, size)
    yield _figure("un badge et une étiquette", "pair", (_badge, _sticker), plain, True, views, size)
    yield _figure("un code qui n’est pas à la boîte", "foreign", (_foreign,), Condition(), True, views, size)


def reading_times(views: int = VIEWS, size: tuple[int, int] = FRAME_SIZE) -> list[ReadingTime]:
    """Return the time of one frame: a bare desk, easy views, and those that need a second look."""
    kinds: dict[str, tuple[Sequence[_Maker], Condition]] = {
        "bureau sans code (référence)": ((), Condition()),
        "badge bien tenu": ((_badge,), Condition(6)),
        "étiquette bien tenue": ((_sticker,), Condition(6)),
        "badge sous un doigt": ((_badge,), _FINGER),
        "badge penché de 45° dans les deux sens": ((_badge,), _ASLANT),
    }
    times = {name: _times(makers, condition, views, size) for name, (makers, condition) in kinds.items()}
    base = statistics.median(next(iter(times.values())))
    return [
        ReadingTime(
            name, statistics.median(each), float(np.percentile(each, 95)), statistics.median(each) / base
        )
        for name, each in times.items()
    ]


def main(*, views: int = VIEWS, as_json: bool = False) -> int:
    """Measure and print; 1 when a target is missed."""
    figures = []
    for figure in reading_figures(views):
        figures.append(figure)
        if not as_json:
            sys.stdout.write(f"{_line(figure)}\n")
            sys.stdout.flush()
    times = reading_times(views)
    if as_json:
        told = {
            "views": [
                {**asdict(figure), "rate": figure.rate, "reached": figure.reached} for figure in figures
            ],
            "milliseconds": [asdict(each) for each in times],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        for each in times:
            spread = f"médiane {each.median:5.1f} ms, 95 % sous {each.p95:6.1f} ms"
            sys.stdout.write(f"{each.name:<45} {spread}  × {each.ratio:.1f} la référence\n")
    return 0 if all(figure.reached for figure in figures) else 1


def _figure(
    name: str,
    kind: str,
    makers: Sequence[_Maker],
    condition: Condition,
    expected: bool,
    views: int,
    size: tuple[int, int],
) -> ReadingFigure:
    read = wrong = 0
    for seed in range(views):
        things = _made(makers, seed)
        there = {thing.code for thing in things if thing.kind != "foreign"}
        seen = _seen(frames(things, condition, seed, FRAMES, size), there)
        read += there <= seen
        wrong += len(seen - there)
    return ReadingFigure(name, kind, views, read, wrong, expected)


def _seen(shown: Iterator[LumaFrame], there: set[str]) -> set[str]:
    """Return the codes that a station would see, stopping once all that is there has been."""
    reader, watching = Reader(), Watch()
    seen: set[str] = set()
    for number, frame in enumerate(shown):
        new = watching.take(reader.read(frame), number * _FRAME_SECONDS)
        seen |= new.badges | new.stickers
        if there and there <= seen:
            break
    return seen


def _times(makers: Sequence[_Maker], condition: Condition, views: int, size: tuple[int, int]) -> list[float]:
    """Return milliseconds for the second frame of each view: the reader has learnt what the first needed."""
    times = []
    for seed in range(views):
        reader = Reader()
        first, second = frames(_made(makers, seed), condition, seed, 2, size)
        reader.read(first)
        began = time.perf_counter()
        reader.read(second)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _made(makers: Sequence[_Maker], seed: int) -> list[Printed]:
    chance = random.Random(seed % _CODES)  # noqa: S311  the same views at each run
    return [make(chance) for make in makers]


def _badge(chance: random.Random) -> Printed:
    return printed_badge(badge_code(chance.randbytes(8)))


def _sticker(chance: random.Random) -> Printed:
    return printed_sticker(sticker_code(chance.randbytes(12)))


def _foreign(chance: random.Random) -> Printed:
    return printed_foreign(chance.choice(FOREIGN))


_KINDS = {"badge": "badge", "sticker": "étiquette", "pair": "deux codes", "foreign": "aucun"}


def _line(figure: ReadingFigure) -> str:
    mark = "✗ manqué" if not figure.reached else "✓ tenu  " if figure.expected else "  limite"
    aim = f"but {_percent(LEAST_READ)}" if figure.expected else "sans but"
    told = (
        "ignoré"
        if figure.kind == "foreign"
        else f"{figure.read} lues sur {figure.views} ({_percent(figure.rate)}; {aim})"
    )
    return f"{mark}  {_KINDS[figure.kind]:<10} {figure.name:<34} {told}, codes faux : {figure.wrong}"


def _percent(part: float) -> str:
    return f"{part * 100:.0f} %"
