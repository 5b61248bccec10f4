"""Marks by which takes are told apart: two notes that a pupil hums, or a code on what lies on the tray.

No two openings of a station's microphone hear the same two notes, so a file that holds somebody else's take,
or a take that came twice, is found out by its sound.
"""

import io
import wave
from collections import Counter
from collections.abc import Iterable

import numpy as np
import qrcode
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from appliance.devices.ports import SAMPLE_RATE

Samples = NDArray[np.float64]

LOW = tuple(range(220, 220 + 32 * 25, 25))
HIGH = tuple(range(1100, 1100 + 57 * 25, 25))
"""Hz. 32 and 57 have no common divisor: 1,824 pairs, each told by what is left of the number."""
HUM_SECONDS = 12
_WINDOW = SAMPLE_RATE // 4
_ENOUGH_WINDOWS = 2
_SOFT = 0.1


def hum(mark: int) -> bytes:
    """Return a WAV: two notes in syllables, three a second."""
    time = np.arange(HUM_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time)
    notes = sum(np.sin(2 * np.pi * hertz * time) for hertz in (LOW[mark % 32], HIGH[mark % 57]))
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes((0.15 * 32767 * syllables * notes).astype("<i2").tobytes())
    return file.getvalue()


def picture(mark: int) -> bytes:
    """Return a JPEG of what lies on the tray."""
    file = io.BytesIO()
    scene = Image.new("RGB", (1280, 960), "#c4b296")
    scene.paste(qrcode.make(f"MARK {mark}", box_size=16).get_image().convert("RGB"), (400, 200))
    scene.save(file, "JPEG")
    return file.getvalue()


def heard(samples: Samples) -> set[int]:
    """Return the marks in a sound at 24 kHz; each is heard for half a second at least."""
    if len(samples) < _WINDOW:
        return set()
    windows = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    loudness = np.sqrt(np.mean(np.square(windows), axis=1))
    spectra = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1))[loudness > loudness.max() * _SOFT]
    low, high = (_notes(spectra, notes) for notes in (LOW, HIGH))
    return {_mark(a, b) for a in low for b in high}


def seen(picture: Image.Image) -> set[int]:
    """Return the marks in a photo."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return {int(code.text.split()[1]) for code in found if code.text.startswith("MARK ")}


def same(mark: int, found: Iterable[int]) -> bool:
    """Whether a mark is among those found; sounds only know it up to 1,824."""
    return any(mark % 1824 == other % 1824 for other in found)


def _notes(spectra: Samples, notes: tuple[int, ...]) -> list[int]:
    per_bin = SAMPLE_RATE / _WINDOW
    first, last = int((notes[0] - 12) / per_bin), int((notes[-1] + 12) / per_bin)
    loudest = (np.argmax(spectra[:, first : last + 1], axis=1) + first) * per_bin
    nearest = Counter(round((hertz - notes[0]) / 25) for hertz in loudest)
    return [note for note, windows in nearest.items() if windows >= _ENOUGH_WINDOWS]


def _mark(low: int, high: int) -> int:
    return next(mark for mark in range(low, 1824, 32) if mark % 57 == high)
