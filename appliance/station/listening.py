"""Judging a take while it is made: is the pupil heard, is she too far, too loud, in too much noise?

Everything rests on levels. A steady noise, or the talk of a whole class, which is nearly as steady, keeps
within a few decibels; a voice near the microphone rises by 20 dB and falls back between syllables. What stays
low most of the time is the noise, what rises above it is speech. Nothing here looks for words, for who
speaks, or for how.

The numbers come from synthetic voices and noises (`tests/system/test_noise.py`): between the level passed
9 frames in 10 and the one passed 1 in 10 there are 3 dB for a fan, 5 to 6 dB for twelve talkers in a room,
and about 5 dB more than the speech-to-noise ratio when a pupil reads.

What it cannot tell: two or three children who talk beside the microphone, or chairs that scrape there every
few seconds, are a voice. A recording that they hold open ends at the station's limit.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from appliance.devices.ports import SAMPLE_RATE
from appliance.station.frames import FRAMES_PER_SECOND, STEP, Flags, FrameCutter, Frames, Levels

HINT_AFTER = 5.0
"""Seconds of silence before the panel says a word (E4)."""
SILENCE_STOP = 15.0
"""Seconds of silence that end a take (requirements §3.1)."""
ADVICE_AFTER = 3.0
"""Seconds of sound before any advice."""
EMPTY_BELOW = 0.03
"""Share of voice under which a take is empty (E4)."""
LOWEST_RATIO = 10.0
"""Decibels of speech over noise under which one listens with effort (E3)."""

_MEMORY = 8 * FRAMES_PER_SECOND // STEP
"""Steps over which the noise is looked for: the longest a child speaks without a tenth of silence."""
_QUIETEST_FLOOR = -75.0
_NOISE_OVER_FLOOR = 2.5
"""A noise's mean over its lowest tenth: 1.3 dB for a room, 2 for a fan, 3.3 for babble."""
_CLEAR = 8.0
"""Over the floor: a voice in front of the noise; babble alone does not pass it for a syllable."""
_SYLLABLE = 6
"""Frames in a row: 120 ms."""
_DROWNED, _DROWNED_STEADY = 5.0, 4.0
"""Over the floor: where the peaks of a voice as loud as the noise still show, less above a steady one."""
_STEADY = 1.2
"""Between the lowest tenth and the lowest fiftieth: 0.8 dB for a fan, 2 for babble, spoken over or not."""
_GLIMPSE = 3
"""Frames in a row that such a peak lasts."""
_PHRASE = 3 * FRAMES_PER_SECOND
_GLIMPSES = _PHRASE * 12 // 100
"""Frames of glimpses in a phrase that make a voice; a pupil has 10 to 40 %, babble alone 3 to 6 %."""
_FAINTEST_VOICE = -60.0
"""dBFS: under a whisper at half a metre of an ordinary USB microphone."""
_OTHERS = 15.0
"""Decibels under the pupil where others begin: from 25 cm to 1.5 m a voice loses 15.6."""
_PUPIL_FRAMES = 20 * FRAMES_PER_SECOND
"""Voice that her level is taken from."""
_LOUDEST_PART = 0.15
"""Part of it that says her level. Three seconds of hers hold for 15 s against others who go on without her; a
shout of two is forgotten before the silence rule could bite."""
_ENOUGH = 40
"""Frames of speech without which nothing can be said of it."""
_PAUSE = 2 * FRAMES_PER_SECOND
"""When she has been silent for longer, what stands out of the noise is not hers."""
_AUDIBLE_NOISE = -58.0
"""dBFS: a noise under this is a quiet room, where a voice lost in it is too far away."""
_FAR_BELOW, _NEAR_ABOVE = -42.0, -39.0
"""dBFS of her syllables; quieter ones would be raised by more than 25 dB, and the room with them."""
_NOISY_ABOVE, _CALM_BELOW = 0.5, 0.4
_LOUD_ABOVE, _SOFT_BELOW = 0.02, 0.01
_KNOCK = 10
"""Clipped frames that a bumped table explains by itself."""
_NOTE = FRAMES_PER_SECOND // 3
_WORD, _WORD_OVER_CLEAR = 10, 7.0
"""« Oui » is 200 ms at 15 dB over the floor; a knock is shorter, babble never so far out of itself."""


class Advice(StrEnum):
    """What would make the take better. Never a reason to refuse it."""

    NOISY = "noisy"
    """There is too much noise around."""
    FAR = "far"
    """The pupil is too far from the microphone, or speaks too low."""
    LOUD = "loud"
    """The microphone is overdriven: too near, or too loud."""


@dataclass(frozen=True)
class _Thresholds:
    """Levels that a voice passes, in dBFS: for one moment, or an array with one for each frame."""

    clear: Levels | float
    drowned: Levels | float

    def over(self, others: Levels | float) -> "_Thresholds":
        return _Thresholds(np.maximum(self.clear, others), np.maximum(self.drowned, others))


class Listener:
    """Listens to one take. Time is counted in samples; a verdict is at most 0.2 s late."""

    def __init__(self) -> None:
        self._cutter = FrameCutter()
        self._bytes = 0
        self._steps: list[Frames] = []
        self._clear: list[float] = []
        self._drowned: list[float] = []
        self._others: list[float] = []
        self._pupil: deque[float] = deque(maxlen=_PUPIL_FRAMES)
        self._last_heard = 0
        self._speech = self._speech_lost = self._clipped = 0
        self._noisy = self._far = self._loud = False

    def feed(self, pcm: bytes) -> None:
        """Take the next block of 16-bit mono PCM at 24 kHz, of any size."""
        self._bytes += len(pcm)
        for step in self._cutter.feed(pcm):
            self._hear(step)

    @property
    def seconds(self) -> float:
        """How much sound was fed."""
        return self._bytes / 2 / SAMPLE_RATE

    @property
    def silence_seconds(self) -> float:
        """How long ago the pupil was last heard; since the beginning when she never was."""
        return max(0.0, self.seconds - self._last_heard / FRAMES_PER_SECOND)

    @property
    def activity(self) -> float:
        """Share of the take with a voice or a held note in it, from 0 to 1.

        Each moment is judged against the noise before it and after it: a pupil who begins at once is heard.
        """
        if not self._steps:
            return 0.0
        levels, thresholds = self._whole()
        tonal = np.concatenate([step.tonal for step in self._steps])
        note = _lasting(tonal & (levels > _FAR_BELOW), _NOTE)
        return float(np.mean(_voice(levels, thresholds) | note))

    @property
    def is_empty(self) -> bool:
        """Nobody spoke in this take (E4).

        One clear word in a long silence is enough for somebody, and in the first seconds, before the noise is
        known, so is anything as loud as a voice.
        """
        if self.activity >= EMPTY_BELOW:
            return False
        levels, thresholds = self._whole()
        if self.seconds < ADVICE_AFTER and np.count_nonzero(levels > _FAR_BELOW) > _WORD:
            return False
        return not _lasting(levels > thresholds.clear + _WORD_OVER_CLEAR, _WORD).any()

    def advice(self) -> Advice | None:
        """Return what to tell the pupil, if anything: the fault that spoils most first.

        Judges the whole take so far (E3), and does not waver around its thresholds.
        """
        if self.seconds < ADVICE_AFTER or self._speech < _ENOUGH:
            return None
        if self._loud:
            return Advice.LOUD
        if self._noisy:
            return Advice.NOISY
        return Advice.FAR if self._far else None

    def _whole(self) -> tuple[Levels, _Thresholds]:
        """Return the levels of all frames, and what a voice passes in each."""
        if not self._steps:
            return np.zeros(0, np.float32), _Thresholds(0.0, 0.0)
        levels = np.concatenate([step.level for step in self._steps])
        thresholds = _Thresholds(_lowest_around(self._clear), _lowest_around(self._drowned))
        return levels, thresholds.over(np.repeat(np.array(self._others, np.float32), STEP))

    def _hear(self, step: Frames) -> None:
        self._steps.append(step)
        recent = np.concatenate([known.level for known in self._steps[-_MEMORY:]])
        ranked = np.sort(recent)
        floor = max(_QUIETEST_FLOOR, float(ranked[len(ranked) // 10]))
        steady = floor - float(ranked[len(ranked) // 50]) < _STEADY
        thresholds = _Thresholds(floor + _CLEAR, floor + (_DROWNED_STEADY if steady else _DROWNED))
        others = self._notice_pupil(recent[-_PHRASE:], thresholds)
        self._weigh_noise(recent[-FRAMES_PER_SECOND:], floor, others)
        self._clipped += int(np.count_nonzero(step.clipped))
        self._conclude()

    def _notice_pupil(self, levels: Levels, thresholds: _Thresholds) -> float:
        """Learn her level from what stands out of the noise, and hear her when she is not far under it.

        Returns the level under which others are, in dBFS.
        """
        voice = _voice(levels, thresholds.over(_FAINTEST_VOICE))[-STEP:]
        self._pupil.extend(levels[-STEP:][voice].tolist())
        others = max(_FAINTEST_VOICE, self._pupil_level() - _OTHERS)
        heard = _voice(levels, thresholds.over(others))[-STEP:]
        if heard.any():
            self._last_heard = len(self._steps) * STEP - int(np.argmax(heard[::-1]))
        self._clear.append(float(thresholds.clear))
        self._drowned.append(float(thresholds.drowned))
        self._others.append(others)
        return others

    def _pupil_level(self) -> float:
        """Return the level that the loudest part of her voice passes, in dBFS."""
        if not self._pupil:
            return -np.inf
        return sorted(self._pupil)[round(len(self._pupil) * (1 - _LOUDEST_PART)) - 1]

    def _weigh_noise(self, second: Levels, floor: float, others: float) -> None:
        """Count the speech of this step, and whether noise covers it over the second that it ends."""
        speaking = second > max(floor + _DROWNED, others)
        fresh = int(np.count_nonzero(speaking[-STEP:]))
        if fresh == 0 or len(self._steps) * STEP - self._last_heard > _PAUSE:
            return
        noise = floor + _NOISE_OVER_FLOOR
        both = float(np.mean(10 ** (second[speaking] / 10)))
        ratio = 10 * np.log10(max(both / 10 ** (noise / 10) - 1, 1e-3))
        self._speech += fresh
        self._speech_lost += fresh if ratio < LOWEST_RATIO and noise > _AUDIBLE_NOISE else 0

    def _conclude(self) -> None:
        if self._speech < _ENOUGH:
            return
        lost, clipped = self._speech_lost / self._speech, self._clipped / self._speech
        self._noisy = lost > (_CALM_BELOW if self._noisy else _NOISY_ABOVE)
        self._loud = self._clipped > _KNOCK and clipped > (_SOFT_BELOW if self._loud else _LOUD_ABOVE)
        self._far = self._pupil_level() < (_NEAR_ABOVE if self._far else _FAR_BELOW)


def _voice(levels: Levels, thresholds: _Thresholds) -> Flags:
    """Tell in which frames there is a voice: in front of the noise, or drowned in it but going on."""
    clear = _lasting(levels > thresholds.clear, _SYLLABLE)
    glimpses = _lasting(levels > thresholds.drowned, _GLIMPSE)
    counted = np.concatenate([np.zeros(_PHRASE, np.int64), np.cumsum(glimpses)])
    going_on = counted[_PHRASE:] - counted[:-_PHRASE] >= _GLIMPSES
    voice: Flags = clear | (glimpses & going_on)
    return voice


def _lasting(flags: Flags, frames: int) -> Flags:
    """Keep only what is true for so many frames in a row, or more."""
    kept = np.zeros(len(flags), np.bool_)
    if len(flags) >= frames:
        whole = np.lib.stride_tricks.sliding_window_view(flags, frames).all(axis=1)
        for shift in range(frames):
            kept[shift : shift + len(whole)] |= whole
    return kept


def _lowest_around(steps: list[float]) -> Levels:
    """Return for each frame the lower of its step's value and of the value one memory later."""
    values = np.array(steps, np.float32)
    later = values[np.minimum(np.arange(len(values)) + _MEMORY, len(values) - 1)]
    return np.repeat(np.minimum(values, later), STEP)
