"""Who comes to a station: alone, in a group, by reader, without a badge, under somebody else's name."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance.devices.ports import ButtonName, CameraStream, DeviceBusy, LightState
from appliance.domain.permissions import Nature
from appliance.hub import people, voices
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.station import moves
from appliance.station.levelling import level
from tests.system.station_class import ask, badges_in_view, code_of, pupil_of, stickers_asked, wait_traces
from tests.system.station_rig import Rig, hurry, nothing_came, until, working
from tests.unit.voice_helpers import voice_wav

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
def yanis(open_box: Box) -> str:
    return pupil_of(open_box, "Yanis", "cat", Nature.VOICE)


@pytest.fixture
def sami(open_box: Box) -> str:
    """A pupil whose family has not answered."""
    return pupil_of(open_box, "Sami", "crab")


@pytest.fixture
def by_reader(open_box: Box, lina: str) -> Iterator[Rig]:
    """A station without a camera."""
    with working(open_box, reader=True, camera=False) as rig:
        yield rig


def offered(rig: Rig) -> str:
    """Press green and return the picture that is offered."""
    known = len(rig.prompts)
    rig.press(GREEN)
    until(lambda: len(rig.prompts) > known)
    return rig.prompts[-1]


def test_two_badges_in_one_view_make_one_trace_of_two(open_box: Box, lina: str, yanis: str) -> None:
    ask(open_box, group_max=2)
    with working(open_box) as rig:
        rig.record(code_of(open_box, lina), code_of(open_box, yanis))
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert set(trace.names) == {"Lina", "Yanis"}
    assert sorted(stickers_asked(open_box)) == sorted([lina, yanis])


def test_badges_one_after_the_other_make_a_group_until_it_is_full(
    open_box: Box, lina: str, yanis: str
) -> None:
    tom = pupil_of(open_box, "Tom", "dog", Nature.VOICE)
    ask(open_box, group_max=2)
    with working(open_box) as rig:
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.press(RED)
        rig.reach("gathering")
        rig.badge_camera.show(badges_in_view(code_of(open_box, yanis), code_of(open_box, tom)))
        rig.reach("recording")
        rig.finish()
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert len(trace.capture.pupils) == 2
    assert lina in trace.capture.pupils


def test_one_without_permission_stops_the_group_before_a_microphone_opens(
    open_box: Box, lina: str, sami: str
) -> None:
    ask(open_box, group_max=2)
    with working(open_box) as rig:
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina), code_of(open_box, sami)))
        rig.press(RED)
        rig.reach("cannot")
        assert rig.prompts[-1] == "listen_only"
        assert rig.streams["microphone"] == [0, 0]
        assert nothing_came(open_box, rig)


def test_a_reader_reads_before_red_and_after_it(by_reader: Rig, open_box: Box, lina: str) -> None:
    by_reader.reader.present(code_of(open_box, lina))
    by_reader.reach("welcome")
    by_reader.press(RED)
    by_reader.reach("recording")
    by_reader.finish()
    by_reader.press(BLUE)
    by_reader.reach("kept", "ready")
    by_reader.press(RED)
    by_reader.reach("looking")
    by_reader.wait_light(LightState.LOOKING)
    by_reader.reader.present(code_of(open_box, lina))
    by_reader.reach("recording")
    by_reader.finish()
    by_reader.press(BLUE)
    assert [trace.names for trace in wait_traces(open_box, 2)] == [("Lina",), ("Lina",)]


def test_the_next_pupil_may_badge_while_the_trace_before_is_kept(
    by_reader: Rig, open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "KEPT_SECONDS", 60.0)
    by_reader.reader.present(code_of(open_box, lina))
    by_reader.press(RED)
    by_reader.reach("recording")
    by_reader.finish()
    by_reader.press(BLUE)
    by_reader.reach("kept")
    by_reader.reader.present(code_of(open_box, lina))
    by_reader.reach("welcome")


def test_a_reader_does_not_know_everybody(by_reader: Rig, open_box: Box, sami: str) -> None:
    by_reader.wait_on_roster(sami)
    for code, said in (("ZZZZZZZZ", "unknown_badge"), (code_of(open_box, sami), "listen_only")):
        by_reader.reader.present(code)
        by_reader.wait_prompt(said)
    by_reader.wait_state("cannot")
    assert by_reader.streams["microphone"] == [0, 0]


def test_a_reader_serves_where_the_camera_is_away(open_box: Box, lina: str) -> None:
    with working(open_box, reader=True) as rig:
        rig.badge_camera.set_plugged(False)
        rig.press(RED)
        rig.reach("looking")
        rig.reader.present(code_of(open_box, lina))
        rig.reach("recording")


def test_a_voided_badge_opens_nothing(open_box: Box, lina: str) -> None:
    lost = code_of(open_box, lina)
    with working(open_box) as rig:
        people.replace_badge(open_box, lina)
        rig.wait_roster(lambda roster: roster.known(lost) is None)
        rig.badge_camera.show(badges_in_view(lost))
        rig.press(RED)
        rig.reach("cannot")
        assert rig.prompts[-1] == "unknown_badge"
        assert rig.streams["microphone"] == [0, 0]


def test_a_pupil_without_a_badge_finds_their_picture_by_ear(open_box: Box, lina: str, yanis: str) -> None:
    with working(open_box) as rig:
        rig.press(RED)
        rig.reach("looking")
        rig.press(GREEN)
        rig.wait_prompt("choose_yourself")
        while offered(rig) != "picture/cat":
            pass
        assert rig.streams["badge_camera"] == [1, 0]
        rig.press(BLUE)
        rig.reach("recording")
        rig.finish()
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert trace.names == ("Yanis",)


def test_a_camera_that_is_taken_for_long_does_not_disturb_who_looks_for_their_picture(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so once the neighbour's turn is over, longer after green than the panel waits for it."""
    over = threading.Event()

    @contextmanager
    def taken() -> Iterator[CameraStream]:
        assert over.wait(20)
        raise DeviceBusy("taken")
        yield

    with working(open_box) as rig:
        monkeypatch.setattr(rig.badge_camera, "open", taken)
        rig.press(RED)
        rig.reach("looking")
        rig.press(GREEN)
        rig.reach("choosing")
        over.set()
        assert rig.program._gaze._worker.stop()
        assert offered(rig) == "picture/turtle"
        assert rig.state == "choosing"


@pytest.mark.parametrize("everyone_permitted", [True, False])
def test_who_finds_no_picture_records_only_where_everyone_may(
    open_box: Box, lina: str, request: pytest.FixtureRequest, everyone_permitted: bool
) -> None:
    if not everyone_permitted:
        request.getfixturevalue("sami")
    with working(open_box) as rig:
        rig.press(RED)
        rig.press(GREEN)
        rig.wait_prompt("choose_yourself")
        said = [offered(rig) for _ in range(2)]
        if not everyone_permitted:
            assert {*said, offered(rig)} == {"picture/turtle", "picture/crab"}
            return
        assert said == ["picture/turtle", "someone_else"]
        rig.press(BLUE)
        rig.reach("recording")
        rig.finish()
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.pupils == ()
    assert stickers_asked(open_box) == [None]


def test_recorded_names_are_said_and_forgotten_with_the_lock(open_box: Box, lina: str) -> None:
    name = f"pupil/{lina}"
    voices.save(open_box, name, voice_wav(), level)
    with working(open_box) as rig:
        until(lambda: rig.program._voice.knows(name))
        rig.press(RED)
        rig.press(GREEN)
        rig.press(GREEN)
        rig.wait_prompt(name)
        rig.press(BLUE)
        rig.reach("recording")
        assert rig.prompts.count(name) == 2
        access.lock(open_box)
        rig.program._uplink.wake()
        until(lambda: not rig.program._voice.knows(name))
        rig.press(GREEN)
        rig.reach("looking")
        rig.press(GREEN)
        rig.press(GREEN)
        rig.wait_prompt("picture/turtle")


def test_that_is_not_me(open_box: Box, lina: str, yanis: str) -> None:
    """Said while greeted and while recorded: nothing of it stays, and the next badge is the right one."""
    with working(open_box, longest_sound=60) as rig:
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.press(RED)
        rig.reach("briefing")
        rig.press(GREEN)
        rig.reach("looking", "recording")
        assert rig.streams["microphone"] == [1, 1]
        rig.wait_parts(2)
        rig.badge_camera.show(badges_in_view(code_of(open_box, yanis)))
        rig.press(GREEN)
        rig.reach("looking")
        until(lambda: nothing_came(open_box, rig))
        rig.reach("recording")
        rig.finish()
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert trace.names == ("Yanis",)


def test_a_take_that_breaks_off_while_it_is_disowned_leaves_nothing(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(open_box) as rig:
        add_part = rig.program._spool.add_part

        def disowned_meanwhile(take: str, index: int, milliseconds: int, sealed: bytes) -> None:
            if index == 0:
                add_part(take, index, milliseconds, sealed)
                return
            rig.badge_camera.show(badges_in_view("ZZZZZZZZ"))
            rig.press(GREEN)
            until(lambda: "looking" in rig.states[rig.states.index("recording") :])
            raise RuntimeError("a bug")

        monkeypatch.setattr(rig.program._spool, "add_part", disowned_meanwhile)
        rig.come(code_of(open_box, lina))
        rig.reach("looking", "cannot")
        until(lambda: rig.streams["microphone"][1] == 0)
        assert nothing_came(open_box, rig)
