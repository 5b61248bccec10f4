"""The noises of a classroom, made and not recorded, and speech mixed with them at a known ratio.

The same arguments give the same bytes. Sounds are mono 16-bit PCM at 24 kHz. Speech and babble are spoken by
the `espeak-ng` program; FileNotFoundError where it is not installed.
"""

import subprocess
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_pcm, to_samples
from appliance.devices.wav import read_wav

Samples = NDArray[np.float32]
Spectrum = NDArray[np.float64]

LEVEL = -30.0
"""dBFS (RMS) of every noise made here."""
PEAK = 10 ** (-1 / 20)
"""No mix goes higher: a ratio of 0 dB is not the same fault as a clipped microphone."""
TALKERS = 12
"""More than about eight voices and no single one is understood: what a class at work sounds like."""
REVERBERATION = 0.5
"""Seconds to lose 60 dB, an ordinary furnished classroom."""
_ACTIVE = 10 ** (-15.9 / 20)
"""A frame this far under the loud ones is a pause (margin of ITU-T P.56)."""
_SPEAK_SECONDS = 30
_FRAME = SAMPLE_RATE // 50
_SENTENCES = (
    "Est-ce que tu peux me passer la colle, s'il te plaît ?",
    "Moi, j'ai fini mon dessin, regarde le grand bateau bleu.",
    "Il faut ranger les cahiers avant la récréation.",
    "Non, c'est mon tour, tu as déjà joué deux fois !",
    "On compte jusqu'à vingt et après on cherche les autres.",
    "Maîtresse a dit qu'on devait lire la page douze.",
)


def spoken(sentence: str, voice: str = "fr", pitch: int = 50, speed: int = 140) -> bytes:
    """Return a sentence spoken by one of espeak-ng's voices (`fr`, `fr+f2`, `fr+whisper`…).

    `pitch` goes from 0 to 99, `speed` is in words a minute.
    """
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "--stdin", "--stdout"]
    said = subprocess.run(
        command, input=sentence.encode(), check=True, capture_output=True, timeout=_SPEAK_SECONDS
    )
    return read_wav(said.stdout)


def room_tone(seconds: float, seed: int) -> bytes:
    """Return the breath of an empty room: noise that falls by 4.5 dB an octave."""
    return _finished(_coloured(seconds, seed, lambda hertz: np.maximum(hertz, 60) ** -0.75))


def fan(seconds: float, seed: int) -> bytes:
    """Return a fan or a projector: a steady rush, and the hum of blades that turn a little unevenly."""
    rush = _unit(_coloured(seconds, seed, lambda hertz: 1 / (1 + (hertz / 500) ** 1.5)))
    time = np.arange(len(rush)) / SAMPLE_RATE
    turns = 118 * time + 0.4 * np.sin(2 * np.pi * 0.3 * time)
    hum = sum((np.sin(2 * np.pi * turns * harmonic) / harmonic for harmonic in range(1, 7)), np.zeros(1))
    return _finished(rush + np.float32(0.35) * _unit(hum.astype(np.float32)))


def chairs(seconds: float, seed: int) -> bytes:
    """Return a class that stands up: chairs that scrape and things put down on tables."""
    random = np.random.default_rng(seed)
    made = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for _ in range(round(seconds * 8)):
        sound = _scrape(random) if random.random() < 0.5 else _knock(random)
        start = int(random.integers(0, max(1, len(made))))
        part = sound[: len(made) - start]
        made[start : start + len(part)] += part * np.float32(random.uniform(0.5, 1))
    return _finished(_in_the_room(made, seed))


def babble(seconds: float, seed: int) -> bytes:
    """Return the talk of a class: many voices at many distances, none understood, in a room that rings."""
    random = np.random.default_rng(seed)
    made = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for talker in range(TALKERS):
        talk = _talk(talker)
        turned = np.resize(np.roll(talk, int(random.integers(len(talk)))), len(made))
        made += turned * np.float32(random.uniform(0.5, 1))
    return _finished(_in_the_room(made, seed))


def classroom(seconds: float, seed: int) -> bytes:
    """Return a class at work: babble, chairs and the room."""
    parts = zip((babble, chairs, room_tone), (1.0, 0.6, 0.1), strict=True)
    mix = sum((to_samples(noise(seconds, seed)) * np.float32(share) for noise, share in parts), np.float32(0))
    return _finished(np.asarray(mix, np.float32))


def mixed(speech: bytes, noise: bytes, snr_db: float) -> bytes:
    """Return a speech in a noise, `snr_db` between the level of its spoken parts and the noise's RMS.

    The speech keeps its level unless the mix would clip; the noise is repeated when it is shorter.
    """
    voice, around = to_samples(speech), to_samples(noise)
    if not voice.size or not around.size:
        return speech
    wanted = 10 ** ((active_level(speech) - snr_db) / 20)
    mix = voice + np.resize(around, len(voice)) * np.float32(wanted / max(_rms(around), 1e-9))
    return to_pcm(mix * np.float32(min(1.0, PEAK / max(float(np.abs(mix).max()), 1e-9))))


def at_level(pcm: bytes, dbfs: float) -> bytes:
    """Return a sound whose spoken parts are at `dbfs`; what would go over full scale is clipped."""
    return to_pcm(to_samples(pcm) * np.float32(10 ** ((dbfs - active_level(pcm)) / 20)))


def active_level(pcm: bytes) -> float:
    """Return the RMS in dBFS of the 20 ms frames that are not pauses; -120 for silence."""
    samples = to_samples(pcm)
    usable = len(samples) // _FRAME * _FRAME
    if usable == 0:
        return -120.0
    rms = np.sqrt(np.mean(np.square(samples[:usable].reshape(-1, _FRAME)), axis=1))
    active = rms[rms >= np.percentile(rms, 95) * _ACTIVE]
    return max(-120.0, float(10 * np.log10(np.mean(np.square(active)) + 1e-12)))


@lru_cache(maxsize=TALKERS)
def _talk(talker: int) -> Samples:
    """Return what one child of the class says over and over."""
    random = np.random.default_rng(talker)
    voice = f"fr+f{1 + talker % 5}" if talker % 3 else "fr+m3"
    text = " ".join(_SENTENCES[i] for i in random.permutation(len(_SENTENCES)))
    pitch, speed = int(random.integers(45, 99)), int(random.integers(120, 190))
    return _unit(to_samples(spoken(text, voice, pitch, speed)))


def _scrape(random: np.random.Generator) -> Samples:
    """A chair's leg that slips and sticks: a rough buzz that glides."""
    time = np.arange(round(random.uniform(0.3, 0.9) * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = random.uniform(140, 420) * (1 + random.uniform(-0.3, 0.3) * time)
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)) * random.uniform(0.2, 0.6)
    rough = buzz + random.standard_normal(len(time))
    return np.asarray(rough * np.hanning(len(time)) ** 0.25, np.float32)


def _knock(random: np.random.Generator) -> Samples:
    """Something put down on a table: a few damped modes of the wood."""
    time = np.arange(SAMPLE_RATE // 5) / SAMPLE_RATE
    modes = random.uniform(120, 1800, 4)
    decay = np.exp(-time * random.uniform(30, 70))
    return np.asarray(4 * decay * sum(np.sin(2 * np.pi * mode * time) for mode in modes), np.float32)


def _in_the_room(samples: Samples, seed: int) -> Samples:
    """Add the reverberation: noise that dies away exponentially, convolved through the spectrum."""
    time = np.arange(round(REVERBERATION * SAMPLE_RATE)) / SAMPLE_RATE
    tail = np.random.default_rng(seed).standard_normal(len(time)) * np.exp(-6.9 * time / REVERBERATION)
    tail[0] = 3 * np.sqrt(np.sum(np.square(tail)))
    size = len(samples) + len(tail)
    echo = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    return echo.astype(np.float32)


def _coloured(seconds: float, seed: int, gain: Callable[[Spectrum], Spectrum]) -> Samples:
    count = round(seconds * SAMPLE_RATE)
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    shaped = np.fft.irfft(white * gain(np.fft.rfftfreq(count, 1 / SAMPLE_RATE)), count)
    return shaped.astype(np.float32)


def _finished(samples: Samples) -> bytes:
    return to_pcm(_unit(samples) * np.float32(10 ** (LEVEL / 20)))


def _unit(samples: Samples) -> Samples:
    return samples / np.float32(max(_rms(samples), 1e-9))


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0
