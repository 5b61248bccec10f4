"""A class of fictitious pupils, made once through the hub's own functions."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.config import Config
from appliance.domain.permissions import ChildWord, Nature, Scope, Signed
from appliance.hub import groups, people, stations, voices
from appliance.hub.box import Box
from appliance.hub.keys import first_start
from appliance.hub.office import checklist, school
from appliance.hub.stations import Words
from appliance.i18n import _
from appliance.papers.facts import School
from appliance.simulator.places import Places
from appliance.station.levelling import level
from appliance.vault.files import make_folder

CLASS_NAME = "CP des Tilleuls"
SCHOOL = School(
    name="École des Tilleuls",
    town="Villeneuve-l’Exemple",
    district="Villeneuve-l’Exemple 2",
    department="Rhône",
    academy="Lyon",
    controller_contact="1 place de l’Exemple, Villeneuve-l’Exemple",
    dpo="dpd@academie.example",
    head="Mme Inventée",
    head_contact="direction@ecole-des-tilleuls.example",
    ien="M. Fictif",
    erun="erun@academie.example",
    wifi="borne coupée par son interrupteur hors des ateliers",
    ent="Espace des Tilleuls",
    ent_controller="le rectorat",
)
"""A school that does not exist, with addresses that lead nowhere, so that the papers are filled."""
_HOME = (Scope.CLASS, Scope.FAMILY)
_CLASS = (Scope.CLASS,)
_NOTHING: tuple[Scope, ...] = ()
_CONSIGNES = Path(__file__).parent / "consignes"


class DemoError(Exception):
    """The demo cannot start. Its text is French: what happened, what to do."""


@dataclass(frozen=True)
class DemoPupil:
    """A pupil who never existed; None stands for guardians who have not answered yet."""

    first_name: str
    initial: str
    level: str
    pictogram: str
    voice: Sequence[Scope] | None
    production: Sequence[Scope] | None
    film: Sequence[Scope] | None = None
    language: str = "fr"
    slow: bool = False


@dataclass(frozen=True)
class DemoScenario:
    """What a station asks for; its consigne is `consignes/<station>-fr.wav`."""

    words: Words
    pictogram: str
    group_max: int = 1
    caption: bool = False


SCENARIOS = {
    "A": DemoScenario(
        Words("Lecture à voix haute, page 12", "Lire", "Lire à voix haute avec fluidité"), "book"
    ),
    "B": DemoScenario(
        Words("Je construis le nombre 24", "Nombres", "Représenter un nombre de plusieurs façons"),
        "abacus",
        group_max=2,
        caption=True,
    ),
}
PUPILS = (
    DemoPupil("Aïcha", "", "CP", "turtle", _HOME, _HOME, _CLASS),
    DemoPupil("Gabriel", "M", "CP", "rocket", _HOME, _HOME, _HOME),
    DemoPupil("Gabriel", "T", "CP", "hedgehog", _CLASS, _CLASS),
    DemoPupil("Youssef", "", "CE1", "sailboat", _CLASS, _HOME, language="ar"),
    DemoPupil("Noémie", "", "CP", "butterfly", _HOME, _NOTHING, slow=True),
    DemoPupil("Maëlle", "", "CE1", "strawberry", _NOTHING, _HOME),
    DemoPupil("Mathéo", "", "CP", "owl", None, None),
    DemoPupil("Élise", "", "CP", "umbrella", _NOTHING, _NOTHING),
)
GROUPS = {
    "Les Bleus": ("moon", ("Aïcha", "Gabriel", "Noémie")),
    "Les Verts": ("tree", ("Youssef", "Maëlle", "Noémie")),
}
"""Name to pictogram and first names."""


def make_class(config: Config, places: Places) -> None:
    """Make the demo's box, unless it is there; DemoError when its envelope is lost.

    It is built beside and renamed whole: a first start that was interrupted leaves nothing half made.
    """
    if (places.data / "keys").is_dir():
        _check_envelope(places)
        return
    building = places.data.with_name(f"{places.data.name}.new")
    if building.is_dir():
        shutil.rmtree(building)
    box = Box(replace(config, data=building), config.clock())
    try:
        _fill(box, places)
    finally:
        box.close()
    building.rename(places.data)


def refuse_foreign_folder(places: Places) -> None:
    """Raise DemoError when the demo's folder holds something else, before anything is made beside it."""
    if (places.data / "keys").is_dir():
        return
    if places.data.exists() and not _is_empty_folder(places.data):
        raise DemoError(
            _("Le dossier {folder} contient déjà autre chose. Choisissez-en un autre avec --data.").format(
                folder=places.data
            )
        )


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _fill(box: Box, places: Places) -> None:
    draft = first_start.draft_key(box)
    keys = draft.keys
    make_folder(places.envelope, mode=0o700)
    _write_secret(places.passphrase, f"{keys.passphrase}\n")
    _write_secret(places.recovery, f"{keys.recovery_identity}\n")
    first_start.adopt(box, draft)
    checklist.tick_all(box, box.today(), _("classe inventée"))
    people.set_class_name(box, CLASS_NAME)
    school.save(box, SCHOOL)
    ids = [(pupil.first_name, _add(box, pupil)) for pupil in PUPILS]
    for name, (pictogram, members) in GROUPS.items():
        groups.save(box, "", name, pictogram, [pupil for first, pupil in ids if first in members])
    for station, scenario in SCENARIOS.items():
        _set_scenario(box, station, scenario)


def _add(box: Box, pupil: DemoPupil) -> str:
    pupil_id = people.add(
        box,
        pupil.first_name,
        initial=pupil.initial,
        level=pupil.level,
        pictogram=pupil.pictogram,
        language=pupil.language,
        slow=pupil.slow,
    )
    answers = {Nature.VOICE: pupil.voice, Nature.PRODUCTION: pupil.production, Nature.FILM: pupil.film}
    for nature, scopes in answers.items():
        if scopes is not None:
            people.answer(box, pupil_id, nature, scopes, signed=Signed(holders=2, child=ChildWord.YES))
    return pupil_id


def _set_scenario(box: Box, station: str, scenario: DemoScenario) -> None:
    row = replace(
        stations.scenario(box, station),
        pictogram=scenario.pictogram,
        group_max=scenario.group_max,
        caption=scenario.caption,
    )
    made = stations.save(box, row, scenario.words, is_new=True)
    consigne = (_CONSIGNES / f"{station}-fr.wav").read_bytes()
    voices.save(box, f"consigne/{made.id}/fr", consigne, level)


def _check_envelope(places: Places) -> None:
    if not (places.passphrase.is_file() and places.recovery.is_file()):
        raise DemoError(
            _(
                "L’enveloppe de la démo manque ({envelope}) : personne ne peut plus ouvrir cette classe. "
                "Supprimez {folder}, puis relancez."
            ).format(envelope=places.envelope, folder=places.data)
        )


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
