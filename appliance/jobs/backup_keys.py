"""Which files of the key folder a backup carries: wraps and public keys, none that belongs to the machine."""

import re
from pathlib import Path

from appliance.vault.keys import CLASS_PUBLIC, KeyFolder

_KEY = re.compile(r"(?!boite\.|devices/)[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?")


def key_names(folder: Path) -> list[str]:
    """Return the key files to carry, by name from the folder, the current public key last.

    None of them is a private key: no disk ever holds one that is not wrapped or sealed.
    """
    found = [path.as_posix() for path in KeyFolder(folder).files()]
    return sorted(found, key=lambda name: (name == CLASS_PUBLIC, name))


def is_key_name(name: str) -> bool:
    """Whether a name, from a list that anybody may have written, is one of a key file that is carried."""
    return _KEY.fullmatch(name) is not None
