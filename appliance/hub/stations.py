"""What the teacher sets for each station."""

from appliance.hub.box import Box
from appliance.store import journal, scenarios
from appliance.store.scenarios import ScenarioRow


def set_title(box: Box, station: str, title: str, pictogram: str) -> None:
    """Give a station its scenario from now on; earlier captures keep theirs. Works while locked."""
    row = ScenarioRow(box.new_id(), station, pictogram, box.sealer.seal_json({"title": title}))
    scenarios.add(box.database, row, box.now())
    journal.write(box.database, "scenario_set", row.id, box.now())


def title(box: Box, station: str) -> str:
    """Return a station's title, or an empty one before the first; Locked when the class is."""
    row = scenarios.current(box.database, station)
    return str(box.opener.open_json(row.sealed)["title"]) if row else ""
