"""Unlucky sequences: what children, cables and a power strip do to a station, in any order. Pure."""

import random
from dataclasses import dataclass

SHORTEST_SECONDS, LONGEST_SECONDS = 0.02, 0.6
"""Between two events."""
FEWEST, MOST = 3, 12
STUCK_MS = 11_500
"""A hold long enough for the panel to call the button stuck."""


@dataclass(frozen=True)
class Mishap:
    """One event and the seconds after it."""

    kind: str
    """`press`, `badge`, `away`, `sticker`, `linger`, `fault`, `mend` or `kill`."""
    what: str = ""
    """The button; `known`, `unknown`, `forbidden` or `two`; a part of a device's name, and its fault."""
    ms: int = 0
    then: float = 0.0


_USUAL = ("red", "badge", "red", "linger", "red", "blue")
"""What a pupil is told to do; `linger` is the time to speak."""
_ANYTHING = (
    *("red",) * 6, *("green",) * 4, *("blue",) * 4, *("badge",) * 6, "unknown", "forbidden", *("two",) * 2,
    "away", *("sticker",) * 2, "microphone", "microphone", "loudspeaker", "camera", "frozen", "reader",
    "mend", "kill", "kill", "linger", "linger", "long",
)  # fmt: skip
_BADGES = {"badge": "known", "unknown": "unknown", "forbidden": "forbidden", "two": "two"}
_FAULTS = {
    "microphone": "microphone unplugged",
    "loudspeaker": "loudspeaker unplugged",
    "camera": "camera unplugged",
    "frozen": "camera frozen",
    "reader": "reader unplugged",
}


def sequence(chance: random.Random) -> list[Mishap]:
    """Return a sequence: the usual one gone wrong, or anything at all."""
    words = list(_USUAL) if chance.random() < 0.75 else []
    for _spoilt in range(chance.randint(0, 6) if words else chance.randint(FEWEST, MOST)):
        change = chance.random()
        if words and change < 0.2:
            del words[chance.randrange(len(words))]
        elif words and change < 0.35:
            place = chance.randrange(len(words))
            words.insert(place, words[place])
        else:
            words.insert(chance.randint(0, len(words)), chance.choice(_ANYTHING))
    while len(words) < FEWEST:
        words.append(chance.choice(_ANYTHING))
    return [_mishap(word, chance) for word in words[:MOST]]


def _mishap(word: str, chance: random.Random) -> Mishap:
    then = chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
    if word in ("red", "green", "blue"):
        return Mishap("press", word, _hold(chance), then)
    if word == "long":
        return Mishap("press", chance.choice(("red", "green", "blue")), _long_hold(chance), then)
    if word in _BADGES:
        return Mishap("badge", _BADGES[word], then=then)
    if word in _FAULTS:
        return Mishap("fault", _FAULTS[word], then=then)
    if word == "linger":
        return Mishap("linger", then=chance.uniform(0.5, 3.0))
    return Mishap(word, then=then)


def _hold(chance: random.Random) -> int:
    return chance.randint(15, 400) if chance.random() < 0.9 else chance.randint(400, 3000)


def _long_hold(chance: random.Random) -> int:
    return STUCK_MS if chance.random() < 0.3 else chance.randint(1000, 5000)
