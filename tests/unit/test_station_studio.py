"""A take that is disowned leaves nothing, whenever the word comes and however the take ends."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.domain.permissions import Nature
from appliance.domain.roster import Roster, RosterPupil, Task
from appliance.station.events import Event, Refused
from appliance.station.spool import Spool
from appliance.station.studio import Studio
from appliance.station.takes import Made, Order
from appliance.station.worker import Stop
from tests.conftest import HandClock
from tests.system.station_rig import until

NOW = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)
LINA = RosterPupil("lina", "7Q2M9XKD", frozenset({Nature.VOICE}))
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
ROSTER = Roster(NOW, "A", Task("s", Nature.VOICE, 180), (RECIPIENT,), (LINA,))


class Breaking:
    """Writes one part of a take and breaks off, at once or once it is asked to stop."""

    def __init__(self, spool: Spool, *, at_once: bool) -> None:
        self._spool = spool
        self._at_once = at_once

    def make(self, order: Order, _sealer: object, stop: Stop, _started: Callable[[], None]) -> Made:
        if not self._at_once:
            assert stop.wait(10)
        self._spool.begin(order.take)
        self._spool.add_part(order.take.id, 0, 500, b"sealed")
        raise RuntimeError("a bug")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_disowned_take_that_breaks_off_leaves_nothing(tmp_path: Path, *, at_once: bool) -> None:
    spool, said = Spool(tmp_path / "spool"), list[Event]()
    maker = Breaking(spool, at_once=at_once)
    studio = Studio("A", maker, spool, HandClock(NOW), lambda _nature: None)  # type: ignore[arg-type]
    studio.start(ROSTER, ("lina",), said.append, lambda: None, draft=False)
    if at_once:
        # It has ended, and the panel has not read so when green is pressed.
        until(lambda: said == [Refused("fault")])
        assert len(spool.leaving()) == 1
    studio.cancel()
    assert studio._worker.stop()
    assert (spool.leaving(), [*spool._folder.iterdir()]) == ([], [])
