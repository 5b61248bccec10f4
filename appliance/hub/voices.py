"""The teacher's own voice: phrases of the panel, first names, consignes. Sealed here, heard in class only.

A recording is one age file that holds a WAV, under a name that tells nothing; its row says what it is of.
File first, row last: what a power cut or a removed pupil leaves without a row is swept away.
"""

import io
import re
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.devices.ports import SAMPLE_RATE
from appliance.devices.resampling import to_pcm, to_samples
from appliance.devices.wav import read_wav
from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import adults
from appliance.hub.retention import sweeping
from appliance.i18n import _
from appliance.store import pupils, scenarios, voices
from appliance.store.voices import VoiceRow
from appliance.vault.files import make_folder, write_durably
from appliance.vault.opening import NotForThisKey

LONGEST_SECONDS = 60
MEDIA_TYPE = "audio/wav"
_KEY = re.compile(
    r"prompt/(?P<phrase>[a-z][a-z0-9_]{0,40})|pupil/(?P<pupil>[0-9a-f-]{1,40})"
    r"|consigne/(?P<scenario>[0-9a-f-]{1,40})/[a-z]{2,3}"
)
_WINDOW = SAMPLE_RATE // 50
_BEFORE, _AFTER = 2, 6
"""Windows of 20 ms kept around the words."""
_NOBODY = 10 ** (-50 / 20)
"""A recording whose loudest moment stays below this holds no voice."""
_EDGE = SAMPLE_RATE // 200


class NoVoice(LookupError):
    """There is no recording under this key, or nothing that could have one."""


class NotLent(PermissionError):
    """This adult did not allow their own voice to be kept."""


@dataclass(frozen=True)
class _Owner:
    """What a key speaks of; both None for a phrase of the panel."""

    pupil: str | None
    scenario: str | None


def save(
    box: Box, key: str, wav: bytes, level: Callable[[bytes], bytes], *, lent_by: str | None = None
) -> VoiceRow:
    """Make a WAV file the recording of a key: mono, 24 kHz, silence around it cut. Works while locked.

    `level` gives PCM the loudness of all that a panel plays. Raises NoVoice when there is no such pupil or
    scenario, ValueError with a French sentence when the file is not a sound of 60 s at most, NotLent when the
    adult whose voice it is (`lent_by`; None for nobody's) has not allowed it (law.md §7.1, K8).
    """
    if lent_by is not None and not adults.may_lend_voice(box, lent_by):
        raise NotLent(lent_by)
    owner = _owner(box, key)
    pcm = level(_words(wav))
    row = VoiceRow(key, box.new_id(), len(pcm) * 1000 // (SAMPLE_RATE * 2), box.now())
    sealed = box.sealer.seal(_as_wav(pcm))
    with box.database.transaction():
        make_folder(_folder(box))
        write_durably(_path(box, row.file), sealed)
        voices.put(box.database, row, pupil=owner.pupil, scenario=owner.scenario)
        audit.note(box, Event.VOICE_RECORDED, key)
    sweep(box)
    return row


def listing(box: Box) -> dict[str, VoiceRow]:
    """Return every recording by key."""
    return {row.key: row for row in voices.every(box.database)}


def versions(box: Box) -> dict[str, str]:
    """Return for each key a text that differs once it was recorded again."""
    return {row.key: row.file for row in voices.every(box.database)}


def versions_for(box: Box, station: str) -> dict[str, str]:
    """Return the versions of what a station may say: phrases, names, its present scenario's consignes."""
    scenario = scenarios.current(box.database, station)
    useful = ["prompt/", "pupil/"] + ([f"consigne/{scenario.id}/"] if scenario else [])
    return {key: version for key, version in versions(box).items() if key.startswith(tuple(useful))}


def wav(box: Box, key: str) -> bytes:
    """Return a recording as a WAV file, opened in memory; Locked when the class is, NoVoice when none is."""
    opener = box.opener
    row = voices.find(box.database, key)
    while row is not None:
        try:
            return opener.open(_path(box, row.file).read_bytes())
        except FileNotFoundError:
            # Recorded again since it was looked up, or lost: then it is the same row.
            before, row = row, voices.find(box.database, key)
            if row == before:
                break
        except NotForThisKey as error:
            raise NoVoice(key) from error
    raise NoVoice(key)


def pcm(box: Box, key: str) -> bytes:
    """Return a recording as mono 16-bit PCM at 24 kHz; Locked when the class is, NoVoice when none is."""
    with wave.open(io.BytesIO(wav(box, key))) as file:
        return bytes(file.readframes(file.getnframes()))


def forget(box: Box, key: str) -> bool:
    """Erase a recording: the panel goes back to the box's own voice. Whether there was one."""
    with box.database.transaction():
        found = voices.remove(box.database, key)
        if found:
            audit.note(box, Event.VOICE_FORGOTTEN, key)
    sweep(box)
    return found


def sweep(box: Box) -> None:
    """Remove the files that no row names: at boot, and after a pupil or a scenario was removed."""
    sweeping.sweep_voices(box.database, box.config.data)


def _owner(box: Box, key: str) -> _Owner:
    found = _KEY.fullmatch(key)
    if found is None:
        raise NoVoice(key)
    owner = _Owner(found["pupil"], found["scenario"])
    if owner.pupil and all(row.id != owner.pupil for row in pupils.every(box.database)):
        raise NoVoice(key)
    if owner.scenario and scenarios.find(box.database, owner.scenario) is None:
        raise NoVoice(key)
    return owner


def _folder(box: Box) -> Path:
    return box.config.data / "voices"


def _path(box: Box, name: str) -> Path:
    return _folder(box) / f"{name}.age"


def _words(wav_file: bytes) -> bytes:
    """Return what is said in a WAV file, without the silence around it."""
    samples = to_samples(read_wav(wav_file))
    if len(samples) > LONGEST_SECONDS * SAMPLE_RATE:
        raise ValueError(_("C’est trop long : 60 secondes au plus. Recommencez en plus court."))
    whole = len(samples) // _WINDOW
    loudness = np.sqrt(np.mean(np.square(samples[: whole * _WINDOW].reshape(-1, _WINDOW)), axis=1))
    loudest = float(loudness.max(initial=0.0))
    if loudest < _NOBODY:
        raise ValueError(_("On n’entend personne. Approchez-vous du micro, puis recommencez."))
    room = float(np.percentile(loudness, 10))
    (spoken,) = np.nonzero(loudness > max(loudest * 0.04, min(room * 2.5, loudest * 0.3)))
    kept = samples[max(0, spoken[0] - _BEFORE) * _WINDOW : (spoken[-1] + _AFTER) * _WINDOW].copy()
    slope = np.linspace(0, 1, _EDGE, dtype=np.float32)
    kept[:_EDGE] *= slope
    kept[-_EDGE:] *= slope[::-1]
    return to_pcm(kept)


def _as_wav(pcm_data: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(pcm_data)
    return buffer.getvalue()
