"""Reading WAV files of any ordinary kind: a voice that a browser recorded, a clip for a simulated microphone.

The standard `wave` module refuses float samples and files whose sizes were never filled in (a pipe).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import resample, to_pcm
from appliance.i18n import _

_EXTENSIBLE = 0xFFFE
_RATES = range(4_000, 192_001)


class _Kind(IntEnum):
    PCM = 1
    FLOAT = 3


@dataclass(frozen=True)
class _Format:
    kind: int
    channels: int
    rate: int
    bits: int


def read_wav(data: bytes) -> bytes:
    """Return a WAV file's sound as 24 kHz mono 16-bit PCM.

    Takes integer samples of 8, 16, 24 or 32 bits and floats of 32 or 64, from 4 to 192 kHz, with any number
    of channels. Raises ValueError with a French sentence otherwise.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(_("Ce fichier n’est pas un WAV. Envoyez un fichier WAV."))
    form: _Format | None = None
    for name, chunk in _chunks(data):
        if name == b"fmt " and len(chunk) >= 16:
            form = _format(chunk)
        elif name == b"data" and chunk and form is not None:
            return _converted(form, chunk)
    raise ValueError(_("Ce WAV ne contient pas de son. Enregistrez-le de nouveau."))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if name == b"data" and size == 0:
            # A recorder that was cut short, or that wrote to a pipe.
            size = len(data) - start
        yield name, data[start : start + size]
        position = start + size + size % 2


def _format(chunk: bytes) -> _Format:
    kind, channels, rate, _speed, _align, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack_from("<H", chunk, 24)[0]
    return _Format(kind, channels, rate, bits)


def _converted(form: _Format, chunk: bytes) -> bytes:
    if form.channels == 0 or form.rate not in _RATES:
        raise ValueError(_("Ce WAV a un en-tête faux. Enregistrez-le de nouveau."))
    frame = form.channels * form.bits // 8
    samples = _samples(form, chunk[: len(chunk) // frame * frame] if frame else b"")
    mono = samples.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    return to_pcm(resample(mono, form.rate, SAMPLE_RATE))


def _samples(form: _Format, raw: bytes) -> NDArray[np.float32]:
    match form.kind, form.bits:
        case _Kind.PCM, 8:
            return (np.frombuffer(raw, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
        case _Kind.PCM, 16 | 32:
            return np.frombuffer(raw, f"<i{form.bits // 8}").astype(np.float32) / np.float32(
                2 ** (form.bits - 1)
            )
        case _Kind.PCM, 24:
            wide = np.zeros((len(raw) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
            return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
        case _Kind.FLOAT, 32 | 64:
            samples = np.frombuffer(raw, f"<f{form.bits // 8}").astype(np.float32)
            return np.where(np.isfinite(samples), samples, np.float32(0))
        case _:
            raise ValueError(_("Ce WAV est compressé ou d’un genre inconnu. Enregistrez-le en PCM, 16 bits."))
