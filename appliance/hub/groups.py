"""Groups of the class (R138): who comes to which station, a name for the teacher, a pictogram for pupils."""

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.domain.audit import Event
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.store import groups, scenarios
from appliance.store.groups import GroupRow


class InUse(Exception):
    """A station invites this group alone: without it the whole class could come. Its text is the station."""


@dataclass(frozen=True)
class Group:
    """A group as the teacher sees it."""

    id: str
    name: str
    pictogram: str
    pupils: frozenset[str]
    """Ids."""


def every(box: Box) -> list[Group]:
    """Return the groups, oldest first; Locked when the class is."""
    members = groups.members(box.database)
    return [
        Group(
            row.id,
            str(box.opener.open_json(row.sealed)["name"]),
            row.pictogram,
            members.get(row.id, frozenset()),
        )
        for row in groups.every(box.database)
    ]


def find(box: Box, group: str) -> Group | None:
    """Return one group; Locked when the class is."""
    return next((found for found in every(box) if found.id == group), None)


def save(box: Box, group: str, name: str, pictogram: str, pupils: Iterable[str]) -> str:
    """Add a group (with an empty id) or change one, and return its id."""
    row = GroupRow(group or box.new_id(), pictogram, box.sealer.seal_json({"name": name}))
    now = box.now()
    with box.database.transaction():
        groups.put(box.database, row, pupils, now)
        audit.note(box, Event.GROUP_SET, row.id)
    return row.id


def remove(box: Box, group: str) -> None:
    """Remove a group; its pupils stay. InUse when a station would then invite everybody."""
    with box.database.transaction():
        for station in box.config.stations:
            scenario = scenarios.current(box.database, station.id)
            if scenario is not None and scenario.groups == (group,):
                raise InUse(station.id)
        groups.remove(box.database, group)
        audit.note(box, Event.GROUP_REMOVED, group)
