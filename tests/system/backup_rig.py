"""A lost box and the one that takes its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.hub.box import Box
from tests.conftest import HandClock, MadeKeys
from tests.unit.backup_helpers import Rig, make_rig

DAY = timedelta(days=1)


@pytest.fixture(name="rig")
def rig_fixture(box: Box, clock: HandClock, made_keys: MadeKeys, tmp_path: Path) -> Rig:
    return make_rig(box, clock, made_keys, tmp_path)


@contextmanager
def new_box(rig: Rig) -> Iterator[Box]:
    """The box on which the class came back, open."""
    found = Box(rig.blank, rig.clock)
    found.set_opener(rig.keys.opener)
    try:
        yield found
    finally:
        found.close()
