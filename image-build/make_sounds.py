#!/usr/bin/env python3
"""Make the panel's default sounds: signals drawn here, sentences spoken by espeak-ng.

    .venv/bin/python image-build/make_sounds.py

Needs `espeak-ng` and `sox`. Writes mono 16-bit WAV files at 24 kHz into appliance/station/sounds/.
"""

import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

RATE = 24_000
FOLDER = Path(__file__).parents[1] / "appliance/station/sounds"
C5, E5, G5, C6 = 523.25, 659.25, 783.99, 1046.5

SIGNALS = {
    "start": [(G5, 0.22)],
    "done": [(G5, 0.16), (E5, 0.22)],
    "kept": [(E5, 0.14), (C6, 0.3)],
    "click": [(C6, 0.08)],
}
SENTENCES = {
    "show_badge": "Montre-moi ton badge.",
    "no_badge": "Je n'ai pas vu de badge.",
    "unknown_badge": "Je ne connais pas ce badge. Demande de l'aide.",
    "listen_only": "Aujourd'hui, tu écoutes, ou tu montres ton travail.",
    "not_ready": "Je ne suis pas encore prête. Demande de l'aide.",
    "not_now": "Pas maintenant.",
    "ear_unplugged": "Mon oreille est débranchée. Demande de l'aide.",
    "eye_unplugged": "Mon œil est débranché. Demande de l'aide.",
    "too_short": "C'était trop court. On recommence ?",
    "photo_taken": "Tu as pris une photo.",
    "three": "Trois.",
    "two": "Deux.",
    "one": "Un.",
}
LENGTHS = {"three": 1.0, "two": 1.0, "one": 1.0}
"""Seconds: the countdown is regular whatever the word lasts."""


def note(frequency: float, seconds: float) -> np.ndarray:
    """Return a soft marimba-like note: a fundamental, its fourth harmonic, a quick decay."""
    time = np.arange(round(RATE * seconds)) / RATE
    tone = np.sin(2 * np.pi * frequency * time) * np.exp(-time * 7)
    tone += 0.25 * np.sin(2 * np.pi * 4 * frequency * time) * np.exp(-time * 22)
    edge = round(RATE * 0.006)
    tone[:edge] *= np.linspace(0, 1, edge)
    tone[-edge:] *= np.linspace(1, 0, edge)
    return tone * 0.5


def speak(sentence: str) -> np.ndarray:
    """Return a sentence spoken slowly, at the loudness of the signals."""
    with tempfile.TemporaryDirectory() as folder:
        raw, ready = Path(folder, "raw.wav"), Path(folder, "ready.wav")
        subprocess.run(["espeak-ng", "-v", "fr+f2", "-s", "135", "-p", "55", "-w", raw, sentence], check=True)
        subprocess.run(
            [
                "sox",
                raw,
                "-r",
                str(RATE),
                "-c",
                "1",
                "-b",
                "16",
                ready,
                "silence",
                "1",
                "0.01",
                "1%",
                "norm",
                "-4",
            ],
            check=True,
        )
        with wave.open(str(ready)) as wav:
            return np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / 32768


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
        wav.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    """Make every sound."""
    FOLDER.mkdir(exist_ok=True)
    for name, notes in SIGNALS.items():
        write(name, np.concatenate([note(*parameters) for parameters in notes]))
    for name, sentence in SENTENCES.items():
        write(name, fitted(speak(sentence), LENGTHS.get(name)))


if __name__ == "__main__":
    main()
