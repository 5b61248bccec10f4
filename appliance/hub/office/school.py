"""Who is who around the box: what the papers bear. A person typed it, so it is sealed."""

from dataclasses import asdict

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.papers.facts import Controller, School
from appliance.store import settings

SCHOOL = "school"
"""The setting's name, and the detail of its line in the journal."""


def read(box: Box) -> School:
    """Return what was typed, all empty before; Locked when the class is."""
    sealed = settings.get_sealed(box.database, SCHOOL)
    if sealed is None:
        return School()
    typed = box.opener.open_json(sealed)
    return School(**{**typed, "controller": Controller(typed["controller"])})


def save(box: Box, school: School) -> None:
    """Seal and store it, with its line in the journal."""
    with box.database.transaction():
        settings.put_sealed(box.database, SCHOOL, box.sealer.seal_json(asdict(school)))
        audit.note(box, Event.POLICY_SET, role=box.actor, detail=SCHOOL)
