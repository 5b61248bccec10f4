"""The school year: when it begins, when classes end, when it legally ends, and its holidays by zone.

law.md §2.3-2.4. Three ends are never mixed: the last day of class, the legal end (the eve of the next
*rentrée*), and the days in which the teacher is invited to close the class. A year that no file knows ends
on 31 August. Holidays are kept with the morning on which class is back: files that keep the last day of
holiday instead are off by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

FALLBACK_END = (8, 31)
"""Month and day on which every school year is over at the latest."""
CLOSING_OPENS = (6, 15)
"""Month and day from which closing the class is proposed (law.md §7.4)."""
HOLIDAYS = ("toussaint", "noel", "hiver", "printemps")
"""In their order; the two last differ by zone."""
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=380)


class CalendarError(ValueError):
    """A calendar file is wrong. `reason` is `json`, `shape`, `date` or `order`; `place` names where."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{reason}: {place}")
        self.reason = reason
        self.place = place


@dataclass(frozen=True)
class Holiday:
    """Days without class."""

    name: str
    """One of `HOLIDAYS`, or `ascension`."""
    starts: date
    """The first of them."""
    back: date
    """The morning on which class is back."""

    @property
    def last(self) -> date:
        """The last of the days without class."""
        return self.back - _DAY


@dataclass(frozen=True)
class SchoolYear:
    """One school year, for one zone."""

    name: str
    """`2026-2027`."""
    begins: date
    """The pupils' *rentrée*."""
    summer: date | None
    """The first day of the summer holidays; None when no file knows."""
    legal_end: date
    """*Fin d'année légale*: the last day of the year, itself included, 31 August at the latest."""
    holidays: tuple[Holiday, ...] = ()
    known: bool = True
    """A file tells of this year; otherwise it is the fallback."""
    end_is_fallback: bool = False
    """The next *rentrée* is not published yet: the legal end is taken to be 31 August."""

    @property
    def classes_end(self) -> date:
        """*Fin des cours*: the last weekday before summer; the legal end when no file knows."""
        if self.summer is None:
            return self.legal_end
        day = self.summer - _DAY
        while day.weekday() > 4:
            day -= _DAY
        return day

    @property
    def closing(self) -> tuple[date, date]:
        """*Clôture de la classe*: the first and the last day on which closing is proposed."""
        opens = date(self.legal_end.year, *CLOSING_OPENS)
        return min(opens, self.classes_end), self.classes_end

    def holiday_on(self, day: date) -> Holiday | None:
        """Return the holidays that a day belongs to; the summer's is not among them."""
        return next((h for h in self.holidays if h.starts <= day < h.back), None)


@dataclass(frozen=True)
class Calendar:
    """All that one file says."""

    years: tuple[Mapping[str, Any], ...] = ()
    """Checked, in their order, each with its `name`."""
    zones: Mapping[str, tuple[str, ...]] | None = None

    def academies(self) -> list[str]:
        """Return the académies that the file knows, in alphabetical order."""
        return sorted(a for names in (self.zones or {}).values() for a in names)

    def zone_of(self, academy: str) -> str:
        """Return an académie's zone, or an empty text for one that sets its own dates."""
        return next((zone for zone, names in (self.zones or {}).items() if academy in names), "")

    def year_of(self, day: date, zone: str = "") -> SchoolYear:
        """Return the school year that holds a day: from its *rentrée* to the eve of the next one.

        Days between a legal end and a *rentrée* that no file knows belong to the year to come.
        """
        for raw in self.years:
            year = _year(raw, zone)
            if year.begins <= day <= year.legal_end:
                return year
        return self._unknown(day)

    def _unknown(self, day: date) -> SchoolYear:
        end = date(day.year, *FALLBACK_END)
        over = any(_date(raw["fin_legale"]) < day <= end for raw in self.years if _ends_in(raw, day.year))
        if day > end or over:
            end = date(day.year + 1, *FALLBACK_END)
        begins = date(end.year - 1, *FALLBACK_END) + _DAY
        name = f"{end.year - 1}-{end.year}"
        return SchoolYear(name, min(begins, day), None, end, known=False, end_is_fallback=True)

    def legal_end(self, day: date) -> date:
        """Return the legal end of the school year that holds a day, 31 August at the latest."""
        return self.year_of(day).legal_end

    def legal_ends(self) -> frozenset[date]:
        """Return the legal ends that the file knows."""
        return frozenset(_year(raw, "").legal_end for raw in self.years)


FALLBACK = Calendar()
"""Every school year ends on 31 August."""


def parse(data: object) -> Calendar:
    """Return the calendar in a JSON object; CalendarError says what is wrong and where."""
    if not isinstance(data, dict) or not isinstance(data.get("annees"), dict) or not data["annees"]:
        raise CalendarError("shape", "annees")
    years = [_checked(name, raw) for name, raw in data["annees"].items()]
    years.sort(key=lambda raw: str(raw["rentree"]))
    for before, after in pairwise(years):
        if _date(before["fin_legale"]) >= _date(after["rentree"]):
            raise CalendarError("order", f"{before['name']} > fin_legale")
    return Calendar(tuple(years), _zones(data.get("zones", {})))


def _checked(name: object, raw: object) -> Mapping[str, Any]:
    where = str(name)
    if not isinstance(raw, dict):
        raise CalendarError("shape", where)
    days = {key: _date(raw.get(key), f"{where} > {key}") for key in ("rentree", "ete", "fin_legale")}
    if not days["rentree"] < days["ete"] <= days["fin_legale"]:
        raise CalendarError("order", f"{where} > ete")
    if days["fin_legale"] - days["rentree"] > _LONGEST:
        raise CalendarError("order", f"{where} > fin_legale")
    for key in HOLIDAYS:
        for zone, span in _spans(raw.get(key), f"{where} > {key}"):
            _holiday(key, span, f"{where} > {key} {zone}".strip(), days["rentree"], days["ete"])
    if raw.get("ascension_sans_classe") is not None:
        _bridge(raw["ascension_sans_classe"], f"{where} > ascension_sans_classe")
    return {**raw, "name": where}


def _spans(value: object, place: str) -> Iterable[tuple[str, object]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return [(str(zone), span) for zone, span in value.items()]
    if isinstance(value, list):
        return [("", value)]
    raise CalendarError("shape", place)


def _holiday(name: str, span: object, place: str, first: date, last: date) -> Holiday:
    if not isinstance(span, list) or len(span) != 2:
        raise CalendarError("shape", place)
    starts, back = _date(span[0], place), _date(span[1], place)
    if not first <= starts < back <= last:
        raise CalendarError("order", place)
    return Holiday(name, starts, back)


def _bridge(value: object, place: str) -> Holiday:
    if not isinstance(value, list) or not value:
        raise CalendarError("shape", place)
    days = sorted(_date(day, place) for day in value)
    return Holiday("ascension", days[0], days[-1] + _DAY)


def _year(raw: Mapping[str, Any], zone: str) -> SchoolYear:
    begins, summer = _date(raw["rentree"]), _date(raw["ete"])
    found = [
        _holiday(key, span, key, begins, summer)
        for key in HOLIDAYS
        for of, span in _spans(raw.get(key), key)
        if of in ("", zone)
    ]
    if raw.get("ascension_sans_classe"):
        found.append(_bridge(raw["ascension_sans_classe"], "ascension"))
    # A later end would outlive every permission (law.md §1.4).
    end = min(_date(raw["fin_legale"]), date(begins.year + 1, *FALLBACK_END))
    fallback = bool(raw.get("fin_legale_est_repli"))
    return SchoolYear(raw["name"], begins, summer, end, tuple(found), end_is_fallback=fallback)


def _zones(raw: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(raw, dict) or not all(isinstance(names, list) for names in raw.values()):
        raise CalendarError("shape", "zones")
    return {str(zone): tuple(str(name) for name in names) for zone, names in raw.items()}


def _ends_in(raw: Mapping[str, Any], year: int) -> bool:
    return _date(raw["fin_legale"]).year == year


def _date(value: object, place: str = "") -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year < 2200:
        raise CalendarError("date", place)
    return day
