"""A class with everything a person can type or record in it, for whoever looks at its disk from outside."""

import os
from datetime import date
from pathlib import Path

from appliance.domain.audit import Role
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, Scope
from appliance.domain.requests import Kind
from appliance.hub import groups, people, stations
from appliance.hub.box import Box
from appliance.hub.keys import access, adults, devices
from appliance.hub.office import incidents
from appliance.hub.rights import access_file, answers, projects, quarantine, requests
from appliance.hub.rights.answers import Paper, Quality, Signatory
from appliance.hub.rights.projects import Project
from appliance.papers.facts import IncidentKind
from tests.unit.hub_helpers import send

TYPED = {
    "first name": "Zéphyrine",
    "class": "CP de Mme Pastourelle",
    "title": "Lecture du hérisson",
    "group": "Les Libellules",
    "project": "Correspondance avec Quiberon",
    "purpose": "Raconter notre marché",
    "recipient": "École Jean-Rostand",
    "guardian": "Ondine Kervadec",
    "place": "classeur vert, page 12",
    "request": "Je souhaite entendre ses lectures",
    "incident": "Une visite pendant la récréation",
    "adult": "Rosalinde",
    "device": "Tablette du fond",
    "voice": "voix de Zéphyrine, enregistrée mardi",
}
"""What must not be read on the disk, by what it is."""


def fill(box: Box) -> None:
    """Type and record all of it in an open class, and leave the class open."""
    people.set_class_name(box, TYPED["class"])
    pupil = people.add(box, TYPED["first name"], initial="K", level="CP", pictogram="turtle")
    stations.set_title(box, "A", TYPED["title"], "book")
    groups.save(box, "", TYPED["group"], "moon", [pupil])
    paper = Paper((Signatory(TYPED["guardian"], Quality.PARENT_1, True, box.today()),), TYPED["place"])
    answers.record(box, pupil, {Nature.VOICE: [Scope.CLASS, Scope.FAMILY]}, paper=paper)
    projects.save(box, _project(box.today()), is_new=True)
    heard = [send(box, pupil, f"{TYPED['voice']} {number}".encode()) for number in range(3)]
    box.shelf.write_thumbnail(heard[0].id, box.sealer.seal(TYPED["voice"].encode()))
    quarantine.put_aside(box, heard[1], Quarantine.PROTECTED)
    requests.receive(
        box, Kind.ACCESS, pupil, received_on=box.today(), who=TYPED["guardian"], text=TYPED["request"]
    )
    incidents.note(box, IncidentKind.LOSS, box.now(), None, TYPED["incident"])
    _export(box, pupil)
    spool = box.config.spool("A") / "take"
    spool.mkdir(parents=True)
    (spool / "media.age").write_bytes(box.sealer.seal(TYPED["voice"].encode()))


def add_adult_and_device(box: Box) -> None:
    """Give two more ways in; each takes age's second."""
    adults.add(box, TYPED["adult"], Role.ASSISTANT)
    devices.trust(box, TYPED["device"], "soleil")


def lock(box: Box) -> None:
    """Leave the folder as a box whose plug is pulled leaves it: with its write-ahead log."""
    access.lock(box)


def files(data: Path) -> list[Path]:
    """Return every file of a data folder, links and hidden ones included."""
    return [Path(folder) / name for folder, _folders, names in os.walk(data) for name in names]


def _project(today: date) -> Project:
    return Project(
        "",
        TYPED["project"],
        TYPED["purpose"],
        TYPED["recipient"],
        (Nature.VOICE,),
        (Scope.CLASS, Scope.PARTNER_CLASS),
        today,
        today.replace(month=6),
    )


def _export(box: Box, pupil: str) -> None:
    [found] = [one for one in people.every(box) if one.id == pupil]
    access_file.build(
        box, found, "mots de la famille pour un essai", access_file.Choice(), lambda _done, _all: None
    )
