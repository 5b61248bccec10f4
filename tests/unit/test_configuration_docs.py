"""docs/configuration.md names every setting of the configuration with the value it has when left out."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from appliance.config import (
    BackupConfig,
    Config,
    EntConfig,
    HubConfig,
    PrinterConfig,
    StationConfig,
    load_config,
)

REPO = Path(__file__).parents[2]
TABLES: dict[str, Any] = {
    "[box]": Config,
    "[hub]": HubConfig,
    "[[stations]]": StationConfig,
    "[printer]": PrinterConfig,
    "[ent]": EntConfig,
    "[backup]": BackupConfig,
}
NOT_WRITTEN_IN_BOX = {"path", "hub", "stations", "printer", "ent", "backup"}


def documented(table: str) -> dict[str, str]:
    """The settings of one table of the page, with their default as it is written there."""
    text = (REPO / "docs" / "configuration.md").read_text(encoding="utf-8")
    section = text.partition(f"## `{table}`")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, re.MULTILINE))


def as_toml(field: dataclasses.Field[Any], table: str) -> str:
    if field.default is dataclasses.MISSING:
        return "à écrire"
    if field.default is None:
        return '`""`' if table == "[box]" else "aucun"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f'`"{field.default}"`' if isinstance(field.default, str) else f"`{field.default}`"


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_explained_with_its_default(table: str) -> None:
    fields = [
        f for f in dataclasses.fields(TABLES[table]) if table != "[box]" or f.name not in NOT_WRITTEN_IN_BOX
    ]
    assert documented(table) == {field.name: as_toml(field, table) for field in fields}


def test_the_configuration_that_a_box_starts_with_is_valid() -> None:
    config = load_config(REPO / "image-build" / "boite.toml")
    assert (config.data, config.run) == (Path("/var/lib/boite"), Path("/run/boite"))
    assert config.ent.kind == "none"
    assert [station.id for station in config.stations] == ["A"]
