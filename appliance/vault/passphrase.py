"""Seven French words: at 12 bits each, 84 bits, above the 80 that an offline attack asks for (law.md R16).

The list holds the 4096 most frequent words of four to eight plain letters in French, from a
public-domain word list, without those one would not read to a class. None differs from another by a
final e or s.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files

WORDS = 7


@cache
def word_list() -> tuple[str, ...]:
    """Return the 4096 words, sorted."""
    return tuple((files("appliance.vault") / "words_fr.txt").read_text("ascii").split())


def make_passphrase(random_below: Callable[[int], int]) -> str:
    """Return seven words; `random_below(n)` gives a uniform secret integer under n."""
    words = word_list()
    return " ".join(words[random_below(len(words))] for _ in range(WORDS))


def tidy(typed: str) -> str:
    """Return a typed passphrase as it was shown: lower case, single spaces, without accents or hyphens."""
    plain = unicodedata.normalize("NFKD", typed.lower())
    return " ".join(re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c))))
