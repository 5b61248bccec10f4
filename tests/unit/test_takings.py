"""The takes of one pupil: which one leaves, what becomes of the others, what is said of them."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.devices.ports import ButtonName
from appliance.domain.permissions import Nature
from appliance.station import events as e
from appliance.station import uplink
from appliance.station.manners import MOST_TAKES
from appliance.station.panel import Panel
from appliance.station.recordings import Recordings
from appliance.station.spool import Spool, Stage, Take
from appliance.station.takes import Made
from appliance.station.takings import Takings
from appliance.station.uplink import Uplink
from appliance.unix_http import HubUnavailable, Response

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE
NOW = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)


def take(name: str) -> Take:
    return Take(name, "A", "s", Nature.VOICE, ("lina",), NOW, Stage.STOPPED, 1_000)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def three(spool: Spool) -> Takings:
    takings = Takings(spool)
    for name in ("one", "two", "three"):
        spool.begin(take(name))
        takings.add(Made(spool.finish(take(name), b"sealed"), b"pcm"))
    return takings


def left(spool: Spool) -> list[str]:
    return [found.id for found in spool.leaving()]


def folders(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool._folder.iterdir())


def test_takings_let_one_go_and_erase_the_others(spool: Spool, three: Takings) -> None:
    assert three.let_go(1, kept=True)
    assert left(spool) == folders(spool) == ["two"]
    assert three.get(0) is None


def test_takings_forget_the_oldest_and_the_newest(spool: Spool, three: Takings) -> None:
    three.drop_oldest()
    three.drop_newest()
    assert folders(spool) == ["two"]
    assert three.let_go(0, kept=False)
    assert [(found.id, found.kept) for found in spool.leaving()] == [("two", False)]


def test_a_power_cut_between_the_two_leaves_an_essay_more_never_one_less(
    spool: Spool, three: Takings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(_take: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(spool, "discard", power_cut)
    with pytest.raises(KeyboardInterrupt):
        three.let_go(1, kept=True)
    again = Spool(spool._folder)
    again.recover()
    assert sorted((found.id, found.kept) for found in again.leaving()) == [
        ("one", False),
        ("three", False),
        ("two", True),
    ]


def test_a_draft_never_leaves(spool: Spool) -> None:
    takings = Takings(spool)
    takings.add(Made(take("one"), b"pcm", draft=True))
    assert not takings.let_go(0, kept=True)
    assert left(spool) == folders(spool) == []


def test_a_take_that_was_never_written_has_nothing_to_rescue(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    assert not spool.rescue("nowhere")
    assert left(spool) == []
    assert not caplog.records


def test_a_caption_joins_a_finished_photo(spool: Spool) -> None:
    photo = replace(take("one"), nature=Nature.PRODUCTION)
    spool.begin(photo)
    captioned = spool.add_caption(spool.finish(photo, b"sealed", b"small"), b"spoken", 1_500)
    spool.let_go(captioned, kept=True)
    (leaving,) = spool.leaving()
    assert spool.facts(leaving).caption_ms == 1_500
    assert spool.caption(leaving).read_bytes() == b"spoken"


def test_first_names_are_forgotten_when_the_hub_stays_away(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def request(self, *_asked: object, **_more: object) -> Response:
            raise HubUnavailable

    recordings = Recordings()
    recordings.update({"pupil/lina": "1", "prompt/closed": "1"}, lambda _key: b"pcm")
    link = Uplink(Away(), "A", spool, tmp_path / "roster.json", recordings=recordings)  # type: ignore[arg-type]
    link._answered.set()
    with pytest.raises(HubUnavailable):
        link.refresh_voices()
    assert recordings.get("pupil/lina")
    monkeypatch.setattr(uplink, "NAMES_SECONDS", -1.0)
    with pytest.raises(HubUnavailable):
        link.refresh_voices()
    assert recordings.get("pupil/lina") is None
    assert recordings.get("prompt/closed")


class Turn:
    """A pupil at the panel, who hesitates a second before each press."""

    def __init__(self) -> None:
        self.panel = Panel(e.Settings(180.0))
        self.now = 0.0

    def send(self, *events: e.Event) -> list[e.Effect]:
        effects: list[e.Effect] = []
        for event in events:
            self.panel, effects = self.panel.step(event)
        return effects

    def press(self, button: ButtonName) -> list[e.Effect]:
        self.now += 1
        return self.send(e.Press(button, self.now))

    def record(self, result: e.Event) -> list[e.Effect]:
        self.press(RED)
        self.send(e.BadgeSeen("lina"), e.Told(), e.Started(self.now))
        self.press(RED)
        return self.send(result)


def test_when_a_fourth_take_fails_blue_keeps_the_newest_that_is_left() -> None:
    turn = Turn()
    for _take in range(MOST_TAKES):
        turn.record(e.Finished())
    turn.record(e.Refused("too_short"))
    assert e.Play(1, 2) in turn.press(GREEN)
    turn.send(e.Played())
    assert e.Keep(1) in turn.press(BLUE)


def test_an_empty_take_makes_room_for_those_that_hold_something() -> None:
    turn = Turn()
    turn.record(e.Finished())
    emptied = turn.record(e.Finished(empty=True))
    assert emptied[-3:-1] == [e.Do.DROP_NEWEST, e.Say("nothing_heard")]
    assert e.Keep(0) in turn.press(BLUE)


def test_who_kept_a_take_is_forgotten_at_once() -> None:
    turn = Turn()
    turn.record(e.Finished())
    turn.press(BLUE)
    assert turn.panel.pupils == ()
    turn.send(e.BadgeSeen("lina"))
    assert turn.panel.state is e.State.WELCOME
