"""What a teacher types, checked, before it goes to the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.domain.permissions import Nature
from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.hub.rights.projects import Project
from appliance.i18n import _
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS, STATION_PICTOGRAMS
from appliance.store import pupils, scenarios

LEVELS = ("TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2")
LONGEST_NAME = 30
ON_TRIAL = _(
    "La boîte est en essai : elle ne retient encore aucun oui. Faites d’abord les étapes de « Papiers »."
)
LONGEST_TITLE = 60
FIELDS = {
    "voix": Nature.VOICE,
    "image": Nature.IMAGE,
    "photo": Nature.PRODUCTION,
    "film": Nature.FILM,
}
"""Field of a form to what it is about."""


def answered_natures(project: Project) -> dict[str, Nature]:
    """Return what families are asked about in a project, by field."""
    return {name: nature for name, nature in FIELDS.items() if nature in project.natures}


def class_name_fault(name: str) -> str:
    """Return what is wrong with a class's name, or nothing."""
    if not name:
        return _("Écrivez un nom : il sert de nom de dossier dans l’ENT. Par exemple « CP-CE1 de Claire ».")
    if len(name) > LONGEST_TITLE:
        return _("Ce nom est trop long : 60 caractères au plus.")
    if "/" in name or "\\" in name:
        return _("Ce nom sert de nom de dossier : écrivez-le sans barre oblique, par exemple « CP-CE1 ».")
    return ""


def title_fault(title: str) -> str:
    """Return what is wrong with what a station asks, or nothing."""
    if not title:
        return _("Écrivez ce qui est demandé à cette station : l’étiquette le portera.")
    if len(title) > LONGEST_TITLE:
        return _("C’est trop long pour une étiquette : 60 caractères au plus.")
    return ""


@dataclass(frozen=True)
class StationForm:
    """One station's title and sign, as typed or as they are."""

    id: str
    nature: Nature
    title: str
    pictogram: str
    fault: str = ""
    pictograms: Mapping[str, str] = field(default_factory=lambda: STATION_PICTOGRAMS)


def station_forms(box: Box, typed: Mapping[str, str]) -> list[StationForm]:
    """Return a form per station of the configuration; Locked when the class is."""
    return [_station_form(box, station.id, station.nature, typed) for station in box.config.stations]


def save_station_titles(box: Box, forms: list[StationForm]) -> bool:
    """Store the titles that changed, or none when one of them is wrong."""
    if any(form.fault for form in forms):
        return False
    for form in forms:
        now = scenarios.current(box.database, form.id)
        if now is None or (stations.title(box, form.id), now.pictogram) != (form.title, form.pictogram):
            stations.set_title(box, form.id, form.title, form.pictogram)
    return True


def _station_form(box: Box, station: str, nature: Nature, typed: Mapping[str, str]) -> StationForm:
    now = scenarios.current(box.database, station)
    default = "book" if nature is Nature.VOICE else "camera"
    title, sign = stations.title(box, station), now.pictogram if now else default
    fault = ""
    if typed:
        title = " ".join(typed.get(f"titre-{station}", "").split())
        chosen = typed.get(f"signe-{station}", "")
        sign = chosen if chosen in STATION_PICTOGRAMS else sign
        fault = title_fault(title)
    return StationForm(station, nature, title, sign, fault)


@dataclass(frozen=True)
class PupilForm:
    """One pupil to add. What the family answers, and who signed it, is asked on *Autorisations*."""

    first_name: str = ""
    initial: str = ""
    level: str = ""
    fault: str = ""

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "PupilForm":
        """Return what was typed, with its first fault."""
        first_name = " ".join(typed.get("prenom", "").split())
        initial = typed.get("initiale", "").strip().rstrip(".").upper()
        level = typed.get("niveau", "")
        fault = _pupil_fault(first_name, initial) if typed else ""
        return cls(first_name, initial, level if level in LEVELS else "", fault)

    def checked(self, box: Box) -> "PupilForm":
        """Return the form with a fault when somebody in the class already bears that name."""
        if self.fault or not people.is_taken(box, self.first_name, self.initial):
            return self
        return replace(self, fault=_("Un élève porte déjà ce nom : ajoutez l’initiale, ou changez-la."))

    @classmethod
    def like_the_last(cls, said: Mapping[str, str]) -> "PupilForm":
        """Return an empty row with the level of the one before: classes come in one go."""
        return cls(level=cls.read(said).level)

    def repeated(self) -> dict[str, Any]:
        """Return what the next row begins with; no name among it, for it goes into an address."""
        return {"niveau": self.level}

    def save(self, box: Box) -> bool:
        """Add the pupil, or return False when something is wrong."""
        if not self.first_name or self.checked(box).fault:
            return False
        people.add(
            box,
            self.first_name,
            initial=self.initial,
            level=self.level,
            pictogram=free_pictogram(box),
        )
        return True


def save_list(box: Box, text: str, level: str) -> str:
    """Add a pupil per line (`Léa` or `Léa B.`), or none; return the first wrong line’s fault, or nothing."""
    forms = [_pupil_line(line, level).checked(box) for line in text.splitlines() if line.strip()]
    if not forms:
        return _("Collez au moins un prénom, un par ligne.")
    for form in forms:
        if form.fault:
            return f"« {form.first_name} » : {form.fault}"
    names = [(form.first_name.casefold(), form.initial) for form in forms]
    for name in names:
        if names.count(name) > 1:
            return _("Deux élèves de la liste portent le même nom : ajoutez l’initiale à chacun.")
    for form in forms:
        form.save(box)
    return ""


def _pupil_line(line: str, level: str) -> PupilForm:
    words = line.replace(";", " ").replace("\t", " ").split()
    initial = words.pop() if len(words) > 1 and len(words[-1].rstrip(".")) == 1 else ""
    return PupilForm.read({"prenom": " ".join(words), "initiale": initial, "niveau": level})


def free_pictogram(box: Box) -> str:
    """Return the first pictogram that nobody in the class has; the least used when all are taken."""
    taken = [row.pictogram for row in pupils.every(box.database)]
    return min(PUPIL_PICTOGRAMS, key=taken.count)


def _pupil_fault(first_name: str, initial: str) -> str:
    if not first_name:
        return _("Écrivez le prénom.")
    if len(first_name) > LONGEST_NAME or not any(letter.isalpha() for letter in first_name):
        return _("Ce prénom ne peut pas s’imprimer : des lettres, 30 au plus.")
    if "/" in first_name or "\\" in first_name:
        return _("Ce prénom sert de nom de dossier dans l’ENT : écrivez-le sans barre oblique.")
    if initial and (len(initial) != 1 or not initial.isalpha()):
        return _("L’initiale est une seule lettre : la boîte ne garde jamais le nom entier.")
    return ""
