"""Names that every server takes, and the codes that are read in them.

The strictest of the servers we know decides for all of them (docs/ent.md), so that a file keeps
its name when a school changes ENT.
"""

import re
import unicodedata
from collections.abc import Collection

from appliance.domain.codes import human_code

MAX_BYTES = 200
"""Of UTF-8, in one segment: Nextcloud answers 500 at 250, and others add a suffix of their own."""

# The semicolon: wsgidav reads what follows it in a Destination as a parameter.
_FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|;', " "))
_WINDOWS = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?=\Z|\.)", re.IGNORECASE)
_PARTIAL = re.compile(r"\.((?:file)?part)\Z", re.IGNORECASE)
_TAIL = re.compile(
    r"(?: [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})?(?:\.(?!(?i:(?:file)?part)\Z)[0-9A-Za-z]{1,8})?\Z"
)
_CODE = re.compile(r"(?=([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}))")
_TEMPORARY = "boite-envoi-"
_TEMPORARY_MARK = re.compile(rf"{_TEMPORARY}[0-9a-f]{{8}}(?=[ .]|\Z)")


def normal(text: str) -> str:
    """Return text in the one form in which names are compared (NFC)."""
    return unicodedata.normalize("NFC", text)


def safe_segment(text: str) -> str:
    """Return a folder's name without what a server refuses or reads as something else.

    Never empty, at most `MAX_BYTES` of UTF-8, and unchanged when it is given back its own result.
    """
    return _safe(text, MAX_BYTES)


def safe_file_name(text: str) -> str:
    """Return a file's name likewise; the human code and the extension that end it stay whole."""
    tail = _TAIL.search(text)
    end = tail.group() if tail else ""
    return _safe(text[: len(text) - len(end)], MAX_BYTES - len(end)) + end


def temporary_name(name: str, token: str) -> str:
    """Return the name under which a file travels: it ends like `name`, so that its code is in it too."""
    tail = _TAIL.search(name)
    return f"{_TEMPORARY}{token}{tail.group() if tail else ''}"


def is_temporary_of(name: str, target: str) -> bool:
    """Whether `name` is one that `target` travelled under, in this run or in one that was cut."""
    mark = _TEMPORARY_MARK.match(name)
    return bool(mark) and name == temporary_name(target, name[len(_TEMPORARY) : len(_TEMPORARY) + 8])


def is_temporary(name: str) -> bool:
    """Whether `name` is one that some file travelled under, in this run or in one that was cut."""
    return _TEMPORARY_MARK.match(name) is not None


def codes_in(name: str, codes: Collection[str]) -> set[str]:
    """Return those of `codes` (twelve symbols each) whose human code is somewhere in a name."""
    wanted = {human_code(code): code for code in codes}
    return {wanted[found] for found in _CODE.findall(name.upper()) if found in wanted}


def _safe(text: str, limit: int) -> str:
    kept = "".join(
        " " if unicodedata.category(symbol) in {"Cc", "Zl", "Zp"} else symbol
        for symbol in normal(text).translate(_FORBIDDEN)
        if unicodedata.category(symbol) not in {"Cf", "Cs"}
    )
    name = _trim(normal(kept))
    if _WINDOWS.match(name):
        name = f"_{name}"
    while len(name.encode()) > limit:
        name = _trim(name.encode()[:limit].decode(errors="ignore"))
    return _trim(_PARTIAL.sub(r" \1", name)) or "sans nom"


def _trim(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip(" .")
