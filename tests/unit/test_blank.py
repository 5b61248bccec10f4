"""A box put out of service: the keys first, then everything, however often the power goes."""

import shutil
import threading
from pathlib import Path

import pytest

from appliance.domain.audit import Event
from appliance.hub.box import Box
from appliance.hub.retention import blank, year_end
from appliance.store import journal
from tests.unit.hub_helpers import send
from web.server import HubServer


def test_the_keys_are_gone_at_once_and_the_class_is_locked(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    blank.condemn(open_box)
    assert not open_box.is_open
    assert not (open_box.config.data / "keys").exists()
    assert journal.latest(open_box.database, Event.DECOMMISSIONED) is not None


def test_nothing_is_left_after_the_next_start(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    data = open_box.config.data
    (data / "spool" / "A").mkdir(parents=True)
    blank.condemn(open_box)
    open_box.close()
    assert blank.finish(data)
    assert [path for path in data.iterdir() if path.name != "spool"] == []
    assert not blank.finish(data)


def test_a_box_in_service_is_left_alone(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina)
    assert not blank.finish(open_box.config.data)
    assert open_box.shelf.media(capture.id, capture.packing).is_file()


def test_a_power_cut_between_two_files_goes_on_at_the_next_start(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(open_box, lina)
    data = open_box.config.data
    blank.condemn(open_box)
    open_box.close()
    removed: list[str] = []

    def cut(path: Path, *, ignore_errors: bool = False) -> None:
        if removed:
            raise OSError("the power is gone")
        removed.append(path.name)

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", cut)
        with pytest.raises(OSError, match="power"):
            blank.finish(data)
    assert blank.is_condemned(data)
    assert blank.finish(data)
    assert list(data.iterdir()) == []


def test_the_hub_ends_and_starts_again_blank(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(open_box, lina)
    monkeypatch.setattr("web.server.HEARTBEAT_SECONDS", 0.01)
    hub = HubServer(open_box.config)
    blank.condemn(open_box)
    hub.wait(threading.Event())
    hub.close()
    open_box.close()
    again = HubServer(open_box.config)
    assert not again.box.is_set_up
    assert year_end.balance(again.box).captures == 0
    again.close()
