"""Reading a class list as ONDE exports it: semicolons, ISO-8859-1, headers that vary from year to year.

A surname becomes its initial here, before anything else sees it. The column of permissions is a hint that
decides nothing (law.md R3: a permission is asked for a project). Also reads the same list in UTF-8.
"""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

LARGEST_BYTES = 512 * 1024
MOST_LINES = 1_000
LONGEST_NAME = 30

LEVELS = {
    "tps": "TPS", "toute petite section": "TPS", "tres petite section": "TPS",
    "ps": "PS", "petite section": "PS", "ms": "MS", "moyenne section": "MS",
    "gs": "GS", "grande section": "GS",
    "cp": "CP", "cours preparatoire": "CP",
    "ce1": "CE1", "cours elementaire 1": "CE1", "cours elementaire 1ere annee": "CE1",
    "ce2": "CE2", "cours elementaire 2": "CE2", "cours elementaire 2eme annee": "CE2",
    "cm1": "CM1", "cours moyen 1": "CM1", "cours moyen 1ere annee": "CM1",
    "cm2": "CM2", "cours moyen 2": "CM2", "cours moyen 2eme annee": "CM2",
}  # fmt: skip
"""How ONDE writes a level, in lower case without accents, and how the box does."""
_SURNAME = ("nom eleve", "nom de famille", "nom d'usage", "nom usage", "nom de l'eleve", "nom")
_FIRST_NAME = ("prenom eleve", "prenom d'usage", "prenom usage", "prenom de l'eleve", "prenom 1", "prenom")
_LEVEL = ("niveau", "libelle niveau", "niveau de la division", "niveau eleve", "cycle et niveau")
_CLASS = ("libelle classe", "classe", "division", "libelle division")
_HINT = ("autorisation de diffusion", "droit a l'image", "autorisation", "autorisations")
_YES = frozenset({"o", "oui", "1", "x", "true", "vrai"})


class Why(StrEnum):
    """What is wrong, with the file or with a line of it."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    NOT_A_LIST = "not_a_list"
    """It is not text: a spreadsheet, a PDF."""
    NO_HEADER = "no_header"
    """No line names the columns of first names."""
    NO_FIRST_NAME = "no_first_name"
    NOT_A_NAME = "not_a_name"
    """It cannot be printed, or cannot be a folder's name."""
    SHORT = "short"
    """It has fewer columns than the header."""


class NotAList(ValueError):
    """The file gives no list at all."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Line:
    """One child of the list: what the box keeps, and no more."""

    number: int
    """In the file, from 1."""
    first_name: str
    initial: str
    """Of the surname; may be empty."""
    level: str
    """TPS to CM2; empty when the file tells none that the box knows."""
    group: str
    """The class as the file names it; may be empty."""
    hint: bool
    """The file says that something was allowed: only to be looked up on the paper."""


@dataclass(frozen=True)
class Fault:
    """A line that gives no child."""

    number: int
    why: Why


@dataclass(frozen=True)
class ClassList:
    """What a file gives."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]

    @property
    def groups(self) -> list[str]:
        """The classes that the file names, in their order."""
        return sorted({line.group for line in self.lines if line.group})


def parse(content: bytes) -> ClassList:
    """Return the children of a file; NotAList when it gives none, and no other error whatever it holds."""
    rows = _rows(_text(content))
    header, start = _header(rows)
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows[start:], start + 1):
        if any(cell.strip() for cell in row) and not _is_header(row, header):
            read = _line(number, row, header)
            (lines if isinstance(read, Line) else faults).append(read)  # type: ignore[arg-type]
    if not lines and not faults:
        raise NotAList(Why.EMPTY)
    return ClassList(tuple(lines), tuple(faults))


def first_name_fault(name: str) -> Why | None:
    """Return why something cannot be a pupil's first name, or None."""
    if not name:
        return Why.NO_FIRST_NAME
    printable = name.isprintable() and any(letter.isalpha() for letter in name)
    fits = len(name) <= LONGEST_NAME and not set("/\\") & set(name)
    return None if printable and fits else Why.NOT_A_NAME


def _text(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise NotAList(Why.TOO_BIG)
    if not content.strip():
        raise NotAList(Why.EMPTY)
    if b"\0" in content or content.startswith((b"PK\3\4", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise NotAList(Why.NOT_A_LIST)
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        # Windows' own superset of ISO-8859-1, as far as it goes: œ and ’ are in it.
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> list[list[str]]:
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise NotAList(Why.TOO_BIG)
    # Each line by itself: a quotation mark that is never closed spoils its own line and no other.
    return [_cells(line) for line in lines]


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=";"), [])
    except csv.Error:
        return []


def _header(rows: list[list[str]]) -> tuple[Mapping[str, int], int]:
    """Return where each column is, and the number of the line after the header."""
    for number, row in enumerate(rows):
        names = [_plain(cell) for cell in row]
        found = {
            column: place for column, known in _COLUMNS.items() if (place := _place(names, known)) is not None
        }
        if "first_name" in found:
            return found, number + 1
    raise NotAList(Why.NO_HEADER)


_COLUMNS = {"surname": _SURNAME, "first_name": _FIRST_NAME, "level": _LEVEL, "class": _CLASS, "hint": _HINT}


def _place(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _line(number: int, row: list[str], header: Mapping[str, int]) -> Line | Fault:
    if header["first_name"] >= len(row):
        return Fault(number, Why.SHORT)
    first_name = _tidy(_cell(row, header, "first_name"))
    why = first_name_fault(first_name)
    if why is not None:
        return Fault(number, why)
    return Line(
        number,
        first_name,
        initial_of(_cell(row, header, "surname")),
        LEVELS.get(_plain(_cell(row, header, "level")), ""),
        " ".join(_cell(row, header, "class").split()),
        _plain(_cell(row, header, "hint")) in _YES,
    )


def _is_header(row: list[str], header: Mapping[str, int]) -> bool:
    """Whether a line names the columns again: two lists were put one after the other."""
    return all(_plain(_cell(row, header, column)) in _COLUMNS[column] for column in header)


def _cell(row: list[str], header: Mapping[str, int], column: str) -> str:
    place = header.get(column)
    return row[place] if place is not None and place < len(row) else ""


def initial_of(surname: str) -> str:
    """Return the capital that a surname begins with, or nothing when it begins with no letter."""
    letter = next(iter(surname.split()), "")[:1]
    capital = letter.upper()
    return capital if len(capital) == 1 and capital.isalpha() else ""


def _tidy(name: str) -> str:
    """Return a first name as one writes it: ONDE shouts some of them."""
    words = " ".join(name.split())
    return "".join(_capitalised(words)) if words.isupper() and len(words) > 1 else words


def _capitalised(words: str) -> Iterator[str]:
    before = " "
    for letter in words:
        yield letter if before in " -'’" else letter.lower()
        before = letter


def _plain(text: str) -> str:
    """Return a header or a level without accents, capitals and double spaces."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).replace("°", "").split())
