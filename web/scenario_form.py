"""What a teacher asks of one station, and when it is open: typed, checked, stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from werkzeug.datastructures import MultiDict

from appliance.domain.opening import Slot
from appliance.domain.permissions import Nature
from appliance.hub import groups, openings, stations
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.hub.stations import Words
from appliance.i18n import _
from appliance.stickers.pictograms import STATION_PICTOGRAMS
from appliance.store.scenarios import ScenarioRow
from web.forms import LONGEST_TITLE, title_fault

LIMITS = (30, 60, 120, 180, 300, 600)
"""Seconds to choose between."""
HALVES = ("matin", "apres-midi")
SCHOOL_DAYS = (0, 1, 2, 3, 4, 5)
"""Monday to Saturday."""

Typed = MultiDict[str, str]


@dataclass(frozen=True)
class ScenarioForm:
    """One station's scenario, as typed or as it is."""

    row: ScenarioRow
    words: Words
    some_groups: bool
    """Only the pupils of the chosen groups may come."""
    same_consignes: bool = True
    fault: str = ""

    @classmethod
    def stored(cls, box: Box, station: str) -> "ScenarioForm":
        """Return the form as the station is; ConfigError for an unknown one, Locked when the class is."""
        row = stations.scenario(box, station)
        usual = "book" if row.nature is Nature.VOICE else "camera"
        row = replace(row, pictogram=row.pictogram or usual)
        return cls(row, stations.words(box, row), bool(row.groups))

    @classmethod
    def read(cls, box: Box, station: str, typed: Typed) -> "ScenarioForm":
        """Return what was typed, with its first fault."""
        before = cls.stored(box, station)
        words = Words(*(" ".join(typed.get(name, "").split()) for name in ("titre", "domaine", "competence")))
        known = {group.id for group in groups.every(box)}
        some = typed.get("qui") == "groupes"
        chosen = tuple(sorted(known.intersection(typed.getlist("groupe")))) if some else ()
        row = replace(
            before.row,
            pictogram=_among(typed.get("signe", ""), STATION_PICTOGRAMS, before.row.pictogram),
            nature=_nature(box, station, typed, before.row.nature),
            limit_seconds=_number(typed, "duree", LIMITS, before.row.limit_seconds),
            group_max=_number(typed, "ensemble", range(1, stations.LARGEST_GROUP + 1), before.row.group_max),
            draft="brouillon" in typed,
            caption="legende" in typed,
            wish="souhait" in typed,
            groups=chosen,
            project=_project(box, typed, before.row.project),
        )
        # A form that did not ask leaves the consigne: it may have been recorded while the form was open.
        form = cls(row, words, some, "meme-consigne" in typed or "consigne-connue" not in typed)
        return replace(form, fault=form._fault())

    def save(self, box: Box) -> bool:
        """Store it, or return False when something is wrong."""
        if self.fault:
            return False
        before = self.stored(box, self.row.station)
        # Earlier captures keep the project for which their families were asked.
        changed = _lasting(before) != _lasting(self)
        stations.save(
            box,
            self.row,
            self.words,
            is_new=changed or not self.row.id,
            same_consignes=self.same_consignes,
        )
        return True

    def _fault(self) -> str:
        if fault := title_fault(self.words.title):
            return fault
        if max(len(self.words.domain), len(self.words.skill)) > LONGEST_TITLE:
            return _("Le domaine et la compétence tiennent en 60 caractères chacun.")
        if self.some_groups and not self.row.groups:
            return _("Choisissez au moins un groupe, ou laissez venir toute la classe.")
        return ""


@dataclass(frozen=True)
class Half:
    """The hours of one half of a day, as typed; both empty when the station is closed then."""

    weekday: int
    half: str
    start: str = ""
    end: str = ""

    @property
    def name(self) -> str:
        """The fields' common name."""
        return f"{self.weekday}-{self.half}"


@dataclass(frozen=True)
class HoursForm:
    """A station's week, as typed or as it is."""

    halves: Sequence[Half]
    everywhere: bool = False
    """The same hours for every station."""
    fault: str = ""

    @classmethod
    def stored(cls, box: Box, station: str) -> "HoursForm":
        """Return the week as it is."""
        slots = openings.of(box, station).slots
        halves = []
        for day in SCHOOL_DAYS:
            by_half = _halves([slot for slot in slots if slot.weekday == day])
            for half in HALVES:
                slot = by_half.get(half)
                typed = (f"{slot.start:%H:%M}", f"{slot.end:%H:%M}") if slot else ("", "")
                halves.append(Half(day, half, *typed))
        return cls(halves)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "HoursForm":
        """Return what was typed, with its first fault."""
        halves = [
            Half(day, half, typed.get(f"debut-{day}-{half}", ""), typed.get(f"fin-{day}-{half}", ""))
            for day in SCHOOL_DAYS
            for half in HALVES
        ]
        form = cls(halves, "partout" in typed)
        try:
            form._slots()
        except ValueError:
            return replace(
                form,
                fault=_(
                    "Une plage a un début et une fin, dans cet ordre : par exemple 08:30 et 11:45. "
                    "La seconde plage d’un jour commence après la première."
                ),
            )
        return form

    def save(self, box: Box, station: str) -> bool:
        """Store the week for the station, or for all; False when something is wrong."""
        if self.fault:
            return False
        wanted = [known.id for known in box.config.stations] if self.everywhere else [station]
        for name in wanted:
            openings.set_hours(box, name, self._slots())
        return True

    def _slots(self) -> list[Slot]:
        found: list[Slot] = []
        for half in self.halves:
            if half.start or half.end:
                slot = Slot(half.weekday, time.fromisoformat(half.start), time.fromisoformat(half.end))
                if slot.start >= slot.end:
                    raise ValueError(half.name)
                if found and found[-1].weekday == slot.weekday and slot.start < found[-1].end:
                    raise ValueError(half.name)
                found.append(slot)
        return found


def _halves(day: Sequence[Slot]) -> dict[str, Slot]:
    """Return the hours of one day, in their order; a single span is where the clock puts it."""
    if len(day) == 1:
        return {HALVES[day[0].start >= time(12, 15)]: day[0]}
    return dict(zip(HALVES, day, strict=False))


def _nature(box: Box, station: str, typed: Typed, before: Nature) -> Nature:
    able = stations.natures(box.config.station(station))
    return Nature(_among(typed.get("nature", ""), able, before))


def _lasting(form: ScenarioForm) -> tuple[Words, str, str]:
    """What a capture keeps of its scenario, whatever the station asks later."""
    return form.words, form.row.pictogram, form.row.project


def _project(box: Box, typed: Typed, before: str) -> str:
    known = [project.id for project in projects.every(box)]
    return _among(typed.get("projet", before), known, before)


def _among(chosen: str, known: Mapping[str, str] | Sequence[str], before: str) -> str:
    return chosen if chosen in known else before


def _number(typed: Typed, name: str, known: Sequence[int], before: int) -> int:
    chosen = typed.get(name, before, int)
    return chosen if chosen in known else before
