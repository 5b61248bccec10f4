"""What a box holds, opened with the envelope's recovery identity and the ordinary `age` command."""

import io
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.devices.ports import SAMPLE_RATE
from appliance.simulator.places import Places
from tests.crash import marks

TOLERANCE = 0.3
"""Seconds between what a capture is said to last and what it lasts."""


@dataclass(frozen=True)
class Held:
    """One capture: its row, and the marks in its media and in its caption."""

    row: dict[str, Any]
    marks: set[int]
    caption_marks: set[int]

    @property
    def all_marks(self) -> set[int]:
        """Every mark in it."""
        return self.marks | self.caption_marks


def rows(places: Places) -> list[dict[str, Any]]:
    """Return the captures' rows, oldest first."""
    with sqlite3.connect(f"file:{places.data / 'boite.db'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM captures ORDER BY id")]
    connection.close()
    return found


def hold(places: Places, row: dict[str, Any]) -> Held:
    """Open a capture; AssertionError when it is not what its row says."""
    media = _opened(places, row["id"], "age")
    caption_marks: set[int] = set()
    if row["caption_ms"]:
        caption_marks = _sound_marks(_opened(places, row["id"], "caption.age"), row["caption_ms"], row)
    if row["nature"] == "production":
        with Image.open(io.BytesIO(media)) as image:
            image.load()
            return Held(row, marks.seen(image), caption_marks)
    return Held(row, _sound_marks(media, row["duration_ms"], row), caption_marks)


def is_sound(held: Held) -> None:
    """Check that a capture is one pupil's, and not a piece of somebody else's; AssertionError otherwise."""
    assert len(held.marks) <= 1, ("merged", held)
    assert len(held.caption_marks) <= 1, ("merged", held)
    if held.row["nature"] == "production":
        assert held.marks, ("the photo shows nothing", held)


def empty_files(places: Places) -> list[Path]:
    """Return the captures and takes of the box with nothing in them; what is being written is hidden."""
    found = (path for folder in ("media", "spool") for path in (places.data / folder).rglob("[!.]*"))
    return [path for path in found if path.parent.name != ".incoming" and _is_empty(path)]


def _is_empty(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size == 0
    except FileNotFoundError:
        return False


def _opened(places: Places, capture: str, suffix: str) -> bytes:
    path = places.data / "media" / capture[-2:] / f"{capture}.{suffix}"
    command = ["age", "-d", "-i", str(places.recovery), str(path)]
    opened = subprocess.run(command, capture_output=True, check=False)
    assert opened.returncode == 0, (capture, opened.stderr)
    assert opened.stdout, capture
    return opened.stdout


def _sound_marks(media: bytes, duration_ms: int, row: dict[str, Any]) -> set[int]:
    with av.open(io.BytesIO(media), "r") as container:
        lasts = (container.duration or 0) / av.time_base
        samples = _samples(container)
    assert abs(lasts - duration_ms / 1000) <= TOLERANCE, (lasts, row)
    assert abs(len(samples) / SAMPLE_RATE - duration_ms / 1000) <= TOLERANCE, (len(samples), row)
    return marks.heard(samples)


def _samples(container: Any) -> NDArray[np.float64]:
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
    found = [
        each.to_ndarray().ravel() for frame in container.decode(audio=0) for each in resampler.resample(frame)
    ]
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)
