"""What a station is told: its task, who may come, when; and how the teacher sets it."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from appliance.config import StationConfig
from appliance.domain.opening import Slot
from appliance.domain.permissions import Nature
from appliance.domain.roster import Refusal, Task
from appliance.hub import groups, intake, openings, people, stations
from appliance.hub.box import Box, Locked
from appliance.hub.rights import corrections
from appliance.store import scenarios
from tests.conftest import HandClock, MadeKeys

BOTH = ["A", "B"]
TUESDAY_MORNING = Slot(1, time(8, 30), time(11, 45))


def is_open(box: Box, station: str = "A") -> bool:
    return openings.of(box, station).is_open(box.now())


def on_disk(box: Box) -> bytes:
    return b"".join(path.read_bytes() for path in box.config.data.rglob("*") if path.is_file())


def test_a_task_comes_from_the_scenario_and_its_words_do_not(box: Box, lina: str) -> None:
    row = stations.scenario(box, "A")
    assert intake.roster(box, "A").task == Task(row.id, Nature.VOICE, 180)
    words = stations.Words("La poésie", "Réciter", "Dire avec expression")
    new = replace(row, limit_seconds=120, group_max=4, draft=True, caption=True, wish=True)
    made = stations.save(box, new, words, is_new=True)
    roster = intake.roster(box, "A")
    assert roster.task == Task(made.id, Nature.VOICE, 120, 4, draft=True, caption=True, wish=True)
    assert b"expression" not in on_disk(box)
    with pytest.raises(Locked):
        stations.words(box, made)


def test_settings_change_in_place_and_words_make_a_new_scenario(open_box: Box) -> None:
    before = stations.scenario(open_box, "A")
    words = stations.words(open_box, before)
    same = stations.save(open_box, replace(before, limit_seconds=60), words, is_new=False)
    assert (same.id, intake.roster(open_box, "A").task.limit_seconds) == (before.id, 60)
    stations.set_title(open_box, "A", "Une poésie", "ear")
    after = stations.scenario(open_box, "A")
    assert after.id != before.id
    assert (after.limit_seconds, after.pictogram) == (60, "ear")
    assert scenarios.find(open_box.database, before.id) is not None


def test_a_station_without_a_scenario_is_closed(new_box: Box, box: Box) -> None:
    object.__setattr__(box.config, "stations", (*box.config.stations, StationConfig("C", Nature.VOICE)))
    roster = intake.roster(box, "C")
    assert roster.task == Task("", Nature.VOICE, 180)
    assert roster.refusal_to_wake(box.now()) == Refusal("closed")


@pytest.mark.parametrize(
    ("station", "able"),
    [
        (StationConfig("A", Nature.VOICE, microphone="m"), (Nature.VOICE,)),
        (StationConfig("A", Nature.PRODUCTION, tray_camera=1), (Nature.PRODUCTION, Nature.FILM)),
        (
            StationConfig("A", Nature.PRODUCTION, microphone="m", tray_camera=1),
            (Nature.PRODUCTION, Nature.VOICE, Nature.FILM),
        ),
    ],
)
def test_a_station_can_capture_what_its_devices_allow(
    station: StationConfig, able: tuple[Nature, ...]
) -> None:
    assert stations.natures(station) == able


def test_what_the_devices_no_longer_allow_is_asked_no_longer(open_box: Box) -> None:
    row = replace(stations.scenario(open_box, "A"), nature=Nature.FILM)
    stations.save(open_box, row, stations.words(open_box, row), is_new=False)
    assert intake.roster(open_box, "A").task.nature is Nature.VOICE


def test_only_the_groups_that_were_chosen_are_invited(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    assert all(pupil.invited for pupil in intake.roster(open_box, "A").pupils)
    blue = groups.save(open_box, "", "Bleu", "star", [tom])
    row = replace(stations.scenario(open_box, "A"), groups=(blue,))
    stations.save(open_box, row, stations.words(open_box, row), is_new=False)
    invited = {pupil.id: pupil.invited for pupil in intake.roster(open_box, "A").pupils}
    assert invited == {lina: False, tom: True}
    groups.save(open_box, blue, "Bleu", "moon", [tom, lina])
    assert all(pupil.invited for pupil in intake.roster(open_box, "A").pupils)
    assert all(pupil.invited for pupil in intake.roster(open_box, "B").pupils)


def test_a_group_is_not_removed_when_everybody_would_then_be_invited(open_box: Box, lina: str) -> None:
    blue = groups.save(open_box, "", "Les grands bleus", "star", [lina])
    assert b"grands bleus" not in on_disk(open_box)
    row = replace(stations.scenario(open_box, "A"), groups=(blue,))
    stations.save(open_box, row, stations.words(open_box, row), is_new=False)
    with pytest.raises(groups.InUse, match="A"):
        groups.remove(open_box, blue)
    stations.save(open_box, replace(row, groups=()), stations.words(open_box, row), is_new=False)
    groups.remove(open_box, blue)
    assert groups.every(open_box) == []


def needs(box: Box) -> list[tuple[str, bool]]:
    return sorted((pupil.language, pupil.slow) for pupil in intake.roster(box, "A").pupils)


def test_a_pupil_s_language_and_pace_go_with_them_until_the_power_goes(
    open_box: Box, lina: str, made_keys: MadeKeys
) -> None:
    people.set_needs(open_box, lina, language="pt", slow=True)
    assert needs(open_box) == [("pt", True)]
    open_box.set_opener(None)
    assert needs(open_box) == [("pt", True)]
    assert people.add(open_box, "Tom", pictogram="cat")
    assert needs(open_box) == [("fr", False), ("pt", True)]
    after = Box(open_box.config, open_box.clock)
    assert needs(after) == [("fr", False), ("fr", False)]
    after.set_opener(made_keys.opener)
    assert needs(after) == [("fr", False), ("pt", True)]
    after.close()


def test_a_name_set_right_keeps_the_language_and_the_pace(open_box: Box, lina: str) -> None:
    people.set_needs(open_box, lina, language="pt", slow=True)
    pupil = people.find(open_box, lina)
    assert pupil is not None
    corrections.rename(open_box, pupil, "Lena", initial="B", level="CE1", recall=False)
    assert needs(open_box) == [("pt", True)]


def test_no_column_of_the_pupils_says_more_than_the_stations_need_while_locked(box: Box) -> None:
    columns = {row[1] for row in box.database.db.execute("PRAGMA table_info(pupils)").fetchall()}
    assert columns == {"id", "badge", "pictogram", "disagreement", "left_on", "created_at", "sealed"}


def test_a_lost_badge_is_dead_at_once(box: Box, lina: str) -> None:
    (before,) = intake.roster(box, "A").pupils
    people.replace_badge(box, lina)
    roster = intake.roster(box, "A")
    assert roster.known(before.badge) is None
    (after,) = roster.pupils
    assert (after.id, len(after.badge)) == (lina, 8)


def test_stations_open_for_forty_minutes(box: Box, clock: HandClock) -> None:
    openings.close_now(box, BOTH)
    assert not is_open(box)
    openings.open_now(box, BOTH)
    clock.pass_(timedelta(minutes=39, seconds=59))
    assert is_open(box)
    clock.pass_(timedelta(seconds=1))
    assert not is_open(box)


def test_opened_within_its_hours_a_station_stays_open_to_their_end(box: Box, clock: HandClock) -> None:
    openings.set_hours(box, "A", [TUESDAY_MORNING])
    openings.open_now(box, BOTH)
    assert openings.of(box, "A").closes_at(box.now()) == clock.now.replace(hour=11, minute=45)
    assert openings.of(box, "B").closes_at(box.now()) == clock.now + timedelta(minutes=40)


def test_the_end_of_the_workshop_leaves_a_minute_and_opens_nothing(box: Box, clock: HandClock) -> None:
    openings.close_now(box, ["B"])
    openings.end_workshop(box, BOTH)
    assert openings.of(box, "A").closes_at(box.now()) == clock.now + timedelta(minutes=1)
    assert not is_open(box, "B")
    clock.pass_(timedelta(seconds=30))
    openings.end_workshop(box, BOTH)
    clock.pass_(timedelta(seconds=30))
    assert not is_open(box)


def test_a_station_follows_its_hours_again(box: Box, clock: HandClock) -> None:
    openings.close_now(box, BOTH)
    openings.follow_hours(box, BOTH)
    assert is_open(box)
    openings.set_hours(box, "A", [TUESDAY_MORNING])
    assert is_open(box)
    clock.now = clock.now.replace(hour=12)
    assert not is_open(box)
    assert openings.opens_at(openings.of(box, "A"), box.now()) == clock.now.replace(day=19, hour=8, minute=30)
    assert openings.opens_at(openings.of(box, "B"), box.now()) is None


def test_a_picture_is_sealed_and_goes_when_no_scenario_shows_it(open_box: Box) -> None:
    row = stations.scenario(open_box, "A")
    words = stations.words(open_box, row)
    shown = stations.save(
        open_box, replace(row, picture=stations.add_picture(open_box, b"\xff\xd8image")), words, is_new=False
    )
    assert stations.picture(open_box, shown) == b"\xff\xd8image"
    assert b"\xff\xd8image" not in on_disk(open_box)
    stations.save(open_box, replace(shown, picture=None), words, is_new=False)
    assert shown.picture is not None
    assert scenarios.picture(open_box.database, shown.picture) is None


def test_opened_just_before_its_hours_a_station_stays_open_to_their_end(box: Box, clock: HandClock) -> None:
    openings.set_hours(box, "A", [TUESDAY_MORNING])
    clock.now = clock.now.replace(hour=8, minute=20)
    openings.open_now(box, ["A"])
    assert openings.of(box, "A").closes_at(box.now()) == clock.now.replace(hour=11, minute=45)


def test_a_picture_that_an_earlier_title_had_goes_too(open_box: Box) -> None:
    row = replace(stations.scenario(open_box, "A"), picture=stations.add_picture(open_box, b"\xff\xd8image"))
    shown = stations.save(open_box, row, stations.words(open_box, row), is_new=False)
    renamed = stations.save(open_box, shown, stations.Words("Une poésie"), is_new=True)
    assert stations.picture(open_box, renamed) == b"\xff\xd8image"
    stations.save(open_box, replace(renamed, picture=None), stations.Words("Une poésie"), is_new=False)
    assert shown.picture is not None
    assert scenarios.picture(open_box.database, shown.picture) is None
