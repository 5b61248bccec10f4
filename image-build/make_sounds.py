#!/usr/bin/env python3
"""Make the panel's default sounds: signals drawn here, sentences spoken by SVOX Pico.

    .venv/bin/python image-build/make_sounds.py [name…]

Needs `pico2wave` (Debian's libttspico-utils, in non-free) and `sox`. Writes mono 16-bit WAV files at 24 kHz
into appliance/station/sounds/, one per phrase of appliance/station/phrases.py, and removes the others.
"""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

from appliance.devices.ports import SAMPLE_RATE as RATE
from appliance.devices.resampling import to_pcm, to_samples
from appliance.station.levelling import level
from appliance.station.phrases import PHRASES, Moment, Phrase

FOLDER = Path(__file__).parents[1] / "appliance/station/sounds"
MELODIES = {
    "ready": "G4 C5",
    "start": "G5",
    "last_seconds": "E5 E5",
    "done": "G5 E5",
    "kept": "E5 C6",
    "warn": "E5 F5",
    "cannot": "G4 D4",
    "click": "C6",
}
SHORT = {"click": (0.08,), "start": (0.22,), "last_seconds": (0.12, 0.24)}
"""Seconds of each note, where they are not the usual two."""
USUAL = (0.16, 0.3)
SEMITONES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2}
"""From A."""

SPEED = 82
"""Per cent of the voice's own: slow enough for a six-year-old, not so slow that words fall apart."""
PITCH = 104
SIGNAL_PEAK = {"last_seconds": 0.25, "click": 0.4}
USUAL_PEAK = 0.5
LEAD, TAIL = 0.03, 0.1
"""Seconds kept around the words."""
SILENCE = 10 ** (-45 / 20)
"""Below this share of the loudest sample nothing is said."""


def note(name: str, seconds: float) -> np.ndarray:
    """Return a soft marimba-like note: a fundamental, its fourth harmonic, a quick decay."""
    frequency = 440 * 2 ** ((SEMITONES[name[0]] + 12 * (int(name[1]) - 4)) / 12)
    time = np.arange(round(RATE * seconds)) / RATE
    tone = np.sin(2 * np.pi * frequency * time) * np.exp(-time * 7)
    tone += 0.25 * np.sin(2 * np.pi * 4 * frequency * time) * np.exp(-time * 22)
    return faded(tone, 0.006)


def signal(name: str) -> np.ndarray:
    """Return a signal, its loudest sample where its kind wants it."""
    notes = MELODIES[name].split()
    sound = np.concatenate([note(*n) for n in zip(notes, SHORT.get(name, USUAL), strict=False)])
    return sound * (SIGNAL_PEAK.get(name, USUAL_PEAK) / np.abs(sound).max())


def speak(phrase: Phrase) -> np.ndarray:
    """Return a sentence spoken slowly, at the loudness of the children's takes."""
    words = phrase.text.replace("’", "'").replace("\N{NO-BREAK SPACE}", " ")
    marked = f'<speed level="{SPEED}"><pitch level="{PITCH}">{words}</pitch></speed>'
    with tempfile.TemporaryDirectory() as folder:
        raw, ready = Path(folder, "raw.wav"), Path(folder, "ready.wav")
        subprocess.run(["pico2wave", "-l", "fr-FR", "-w", raw, marked], check=True)
        subprocess.run(
            ["sox", raw, "-b", "16", ready, "gain", "-3", "rate", "-v", str(RATE), "highpass", "90"],
            check=True,
        )
        with wave.open(str(ready)) as wav:
            sound = np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / 32768
    return levelled(fitted(faded(trimmed(sound), 0.01), phrase.seconds))


def trimmed(sound: np.ndarray) -> np.ndarray:
    """Return a sound without the silence around it."""
    (loud,) = np.nonzero(np.abs(sound) > SILENCE * np.abs(sound).max())
    return sound[max(0, loud[0] - round(RATE * LEAD)) : loud[-1] + round(RATE * TAIL)]


def levelled(sound: np.ndarray) -> np.ndarray:
    """Return speech at the loudness of the children's takes, whatever its own."""
    return to_samples(level(to_pcm(sound / np.abs(sound).max())))


def faded(sound: np.ndarray, seconds: float) -> np.ndarray:
    """Return a sound that begins and ends without a click."""
    edge = round(RATE * seconds)
    sound = sound.copy()
    sound[:edge] *= np.linspace(0, 1, edge)
    sound[-edge:] *= np.linspace(1, 0, edge)
    return sound


def fitted(sound: np.ndarray, seconds: float | None) -> np.ndarray:
    """Return a sound padded or cut to a length."""
    if seconds is None:
        return sound
    length = round(RATE * seconds)
    return np.pad(sound[:length], (0, max(0, length - len(sound))))


def write(name: str, sound: np.ndarray) -> None:
    """Write one WAV file."""
    with wave.open(str(FOLDER / f"{name}.wav"), "wb") as wav:
        wav.setparams((1, 2, RATE, 0, "NONE", ""))
        wav.writeframes(to_pcm(sound))


def main() -> None:
    """Make the sounds named, or all of them."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.wav"):
        if path.stem not in PHRASES:
            path.unlink()
    for name in sys.argv[1:] or PHRASES:
        phrase = PHRASES[name]
        write(name, signal(name) if phrase.moment is Moment.SIGNAL else speak(phrase))


if __name__ == "__main__":
    main()
