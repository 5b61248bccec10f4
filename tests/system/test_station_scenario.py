"""What the teacher asked for: words in the pupil's language, hours, limits, who may come, twice the time."""

import datetime as dt
from datetime import timedelta

import pytest

from appliance.devices.ports import ButtonName, LightState
from appliance.domain.opening import Slot
from appliance.domain.permissions import Nature
from appliance.hub import groups, openings, people, voices
from appliance.hub.box import Box
from appliance.station import panel, room_left
from appliance.station.levelling import level
from appliance.station.room_left import Space
from tests.conftest import HandClock
from tests.system.station_class import ask, badges_in_view, code_of, pupil_of, wait_traces
from tests.system.station_rig import hurry, nothing_came, until, working
from tests.unit.voice_helpers import voice_wav

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def test_the_consigne_in_the_pupils_language_and_red_skips_it(open_box: Box, lina: str) -> None:
    sami = pupil_of(open_box, "Sami", "crab", Nature.VOICE)
    people.set_needs(open_box, sami, language="ar", slow=False)
    people.set_needs(open_box, lina, language="uk", slow=False)
    scenario = ask(open_box)
    spoken = {language: f"consigne/{scenario}/{language}" for language in ("fr", "ar")}
    for key in spoken.values():
        voices.save(open_box, key, voice_wav(30.0), level)
    with working(open_box, longest_sound=60) as rig:
        until(lambda: all(rig.program._voice.knows(key) for key in spoken.values()))
        for pupil, heard in ((sami, spoken["ar"]), (lina, spoken["fr"])):
            rig.badge_camera.show(badges_in_view(code_of(open_box, pupil)))
            rig.press(RED)
            rig.wait_prompt(heard)
            assert rig.state == "briefing"
            assert rig.streams["microphone"][1] == 0
            rig.press(RED)
            rig.reach("recording")
            rig.finish()
            rig.press(BLUE)
            rig.reach("kept")
        assert rig.prompts.count(spoken["ar"]) == 1


def test_a_station_closed_by_hand_is_dark_and_opens_nothing(open_box: Box, lina: str) -> None:
    with working(open_box, reader=True) as rig:
        openings.close_now(open_box, ["A"])
        rig.program._uplink.wake()
        rig.wait_state("off")
        rig.wait_light(LightState.OFF)
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.reader.present(code_of(open_box, lina))
        for button in ButtonName:
            rig.press(button)
        until(lambda: rig.prompts.count("closed") == 3)
        assert rig.state == "off"
        assert {opened for opened, _open in rig.streams.values()} == {0}
        assert nothing_came(open_box, rig)
        openings.open_now(open_box, ["A"])
        rig.program._uplink.wake()
        rig.wait_state("ready")


def test_a_station_follows_the_hours_by_itself(open_box: Box, clock: HandClock, lina: str) -> None:
    """The clock alone opens and closes it: nothing new comes from the hub."""
    openings.set_hours(open_box, "A", [Slot(clock.now.weekday(), dt.time(9, 0), dt.time(9, 30))])
    with working(open_box) as rig:
        assert rig.state == "off"
        clock.pass_(timedelta(minutes=20))
        rig.wait_state("ready")
        clock.pass_(timedelta(minutes=30))
        rig.wait_state("off")
        rig.press(RED)
        rig.wait_prompt("closed")


def test_the_end_of_the_workshop_is_said_once_and_a_running_take_is_kept(
    open_box: Box, clock: HandClock, lina: str
) -> None:
    openings.open_now(open_box, ["A"])
    with working(open_box) as rig:
        openings.end_workshop(open_box, ["A"])
        rig.program._uplink.wake()
        rig.wait_prompt("closing_soon")
        rig.come(code_of(open_box, lina))
        clock.pass_(timedelta(seconds=61))
        until(lambda: not rig.program._panel.open)
        assert rig.state == "recording"
        rig.finish()
        rig.press(BLUE)
        rig.reach("kept", "off")
        assert rig.prompts.count("closing_soon") == 1
        (trace,) = wait_traces(open_box, 1)
    assert (trace.capture.kept, trace.capture.cut) == (True, False)


def test_a_take_that_outlasts_the_workshop_is_ended_and_not_lost(
    open_box: Box, clock: HandClock, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "LAST_SECONDS", 0.7)
    openings.open_now(open_box, ["A"])
    with working(open_box) as rig:
        rig.come(code_of(open_box, lina))
        openings.close_now(open_box, ["A"])
        rig.program._uplink.wake()
        rig.reach("review")
        rig.press(BLUE)
        rig.reach("kept", "off")
        (trace,) = wait_traces(open_box, 1)
    assert trace.capture.kept


def test_the_limit_ends_a_take_and_a_slow_pupil_has_twice_the_time(open_box: Box, lina: str) -> None:
    people.set_needs(open_box, lina, language="fr", slow=True)
    ask(open_box, limit_seconds=1)
    with working(open_box) as rig:
        rig.come(code_of(open_box, lina))
        rig.reach("review")
        rig.wait_prompt("the_end")
        rig.press(BLUE)
        (trace,) = wait_traces(open_box, 1)
    assert 2_000 <= trace.capture.duration_ms < 2_500


def test_only_the_invited_group_may_come(open_box: Box, lina: str) -> None:
    tom = pupil_of(open_box, "Tom", "dog", Nature.VOICE)
    blue = groups.save(open_box, "", "Bleu", "cat", [lina])
    ask(open_box, groups=(blue,))
    with working(open_box) as rig:
        rig.badge_camera.show(badges_in_view(code_of(open_box, tom)))
        rig.press(RED)
        rig.reach("cannot")
        assert rig.prompts[-1] == "not_in_group"
        assert rig.streams["microphone"] == [0, 0]
        rig.come(code_of(open_box, lina))


def test_what_the_teacher_changed_meanwhile_does_not_betray_who_was_told_of_a_draft(
    open_box: Box, lina: str
) -> None:
    ask(open_box, draft=True)
    with working(open_box, longest_sound=60) as rig:
        rig.badge_camera.show(badges_in_view(code_of(open_box, lina)))
        rig.press(RED)
        rig.wait_prompt("draft")
        ask(open_box, draft=False)
        rig.wait_roster(lambda roster: not roster.task.draft)
        rig.press(RED)
        rig.reach("cannot")
        assert rig.streams["microphone"] == [0, 0]
        rig.come(code_of(open_box, lina))
        rig.wait_parts(1)


@pytest.mark.parametrize(
    ("percent", "refused"),
    [(94, {}), (96, {"B": "sound_only"}), (99, {"A": "disk_full", "B": "disk_full"})],
)
def test_what_a_full_disk_still_takes(
    open_box: Box,
    lina: str,
    monkeypatch: pytest.MonkeyPatch,
    percent: int,
    refused: dict[str, str],
) -> None:
    """Asked at the press, and again before a device opens: a badge may come before red."""
    with monkeypatch.context() as disk:
        disk.setattr(room_left, "measure", lambda _folder: Space(100, 100 - percent))
        for station in ("A", "B") if refused else ("B",):
            with working(open_box, station, reader=True) as rig:
                device = "microphone" if station == "A" else "tray"
                if station in refused:
                    rig.press(RED)
                    rig.wait_prompt(refused[station])
                    rig.wait_state("cannot")
                    rig.reader.present(code_of(open_box, lina))
                    rig.reach("welcome")
                    rig.press(RED)
                    rig.reach("cannot")
                    assert rig.streams[device] == [0, 0]
                    assert rig.prompts[-1] == refused[station]
                else:
                    rig.come(code_of(open_box, lina))
                    assert rig.streams[device][0] == 1
