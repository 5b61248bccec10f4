"""What the teacher sets for each station: the scenario, made of words, a sign and settings."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from appliance.config import StationConfig
from appliance.domain.audit import Event
from appliance.domain.permissions import Nature
from appliance.hub import audit
from appliance.hub.box import Box, Locked
from appliance.hub.voices import sweep
from appliance.store import groups, pupils, scenarios, voices
from appliance.store.scenarios import ScenarioRow

SHORTEST_LIMIT, LONGEST_LIMIT = 30, 600
"""Seconds of a take that a teacher may choose between (requirements §3.1, L-READ to L-TEACHER)."""
LARGEST_GROUP = 6
"""Most pupils in one capture."""


@dataclass(frozen=True)
class Words:
    """What the teacher wrote of a scenario."""

    title: str
    domain: str = ""
    """`Lire`, `Nombres`…; may be empty."""
    skill: str = ""
    """`Lire à voix haute avec fluidité`…; may be empty."""


def natures(station: StationConfig) -> tuple[Nature, ...]:
    """Return what a station's devices can capture, its usual nature first."""
    able = [station.nature]
    if station.microphone:
        able.append(Nature.VOICE)
    if station.tray_camera is not None:
        able += [Nature.PRODUCTION, Nature.FILM]
    return tuple(dict.fromkeys(able))


def scenario(box: Box, station_id: str) -> ScenarioRow:
    """Return the scenario in force, or the settings that the first one will have, with an empty id.

    ConfigError for an unknown station. What the devices cannot do any more is asked no longer.
    """
    station = box.config.station(station_id)
    row = scenarios.current(box.database, station_id)
    if row is None:
        return ScenarioRow("", station_id, "", b"", station.nature, station.limit_seconds)
    return row if row.nature in natures(station) else replace(row, nature=station.nature)


def words(box: Box, row: ScenarioRow) -> Words:
    """Return a scenario's words, empty before the first; Locked when the class is."""
    return Words(**box.opener.open_json(row.sealed)) if row.id else Words("")


def title(box: Box, station: str) -> str:
    """Return a station's title, or an empty one before the first; Locked when the class is."""
    return words(box, scenario(box, station)).title


def set_title(box: Box, station: str, title: str, pictogram: str) -> None:
    """Give a station another scenario from now on, with the settings it had. Works while locked.

    It keeps its domain and its skill, unless the class is locked: then nobody can read them.
    """
    row, before = scenario(box, station), Words("")
    with suppress(Locked):
        before = words(box, row)
    save(box, replace(row, pictogram=pictogram), replace(before, title=title), is_new=True)


def save(
    box: Box, row: ScenarioRow, words: Words, *, is_new: bool, same_consignes: bool = True
) -> ScenarioRow:
    """Store a station's scenario and return it.

    A new one has other words or another sign: earlier captures keep theirs, and the spoken consignes pass
    to it or are erased. Otherwise only its settings change. Works while locked.
    """
    now = box.now()
    with box.database.transaction():
        if is_new:
            before, row = row.id, replace(row, id=box.new_id(), sealed=box.sealer.seal_json(words.__dict__))
            scenarios.add(box.database, row, now)
            if same_consignes:
                voices.follow(box.database, before, row.id)
            else:
                voices.remove_of(box.database, before)
            audit.note(box, Event.SCENARIO_SET, row.id)
        else:
            scenarios.change(box.database, row)
            audit.note(box, Event.SCENARIO_CHANGED, row.id)
    sweep(box)
    box.announce_change()
    return row


def add_picture(box: Box, jpeg: bytes) -> str:
    """Seal an image for a scenario and return its id; `save` with it makes it the scenario's."""
    picture = box.new_id()
    scenarios.add_picture(box.database, picture, box.sealer.seal(jpeg))
    return picture


def picture(box: Box, row: ScenarioRow) -> bytes | None:
    """Return a scenario's image (JPEG), or None; Locked when the class is."""
    sealed = scenarios.picture(box.database, row.picture) if row.picture else None
    return box.opener.open(sealed) if sealed else None


def who_may_come(box: Box, row: ScenarioRow | None) -> Sequence[str]:
    """Return the ids of the pupils that a scenario invites: those of its groups, or all of the class.

    Who has left it is not among them.
    """
    everybody = [pupil.id for pupil in pupils.every(box.database) if pupil.left_on is None]
    if row is None or not row.groups:
        return everybody
    members = groups.members(box.database)
    invited = frozenset().union(*(members.get(group, frozenset()) for group in row.groups))
    return [pupil for pupil in everybody if pupil in invited]
