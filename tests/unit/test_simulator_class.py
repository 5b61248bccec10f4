"""The demo's box: made once, whole or not at all, and sealed."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from appliance.config import Config, load_config
from appliance.domain.permissions import Nature
from appliance.hub import stations, voices
from appliance.hub.box import Box
from appliance.hub.office import school
from appliance.simulator.demo import prepare
from appliance.simulator.demo_class import (
    CLASS_NAME,
    PUPILS,
    SCENARIOS,
    SCHOOL,
    DemoError,
    make_class,
    refuse_foreign_folder,
)
from appliance.simulator.demo_config import WATERMARK, demo_config
from appliance.simulator.places import Places, Ports
from appliance.simulator.register import Register
from appliance.store import pupils, settings

PORTS = Ports(8600)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    places = Places(tmp_path_factory.mktemp("demo") / "box")
    places.run.mkdir(mode=0o700)
    prepare(places, PORTS)
    yield places
    for path in places.run.iterdir():
        path.unlink()
    places.run.rmdir()


def config_of(places: Places) -> Config:
    return load_config(places.config)


def test_the_configuration_is_a_box_s(places: Places) -> None:
    config = config_of(places)
    assert config.watermark == WATERMARK
    assert config.link_base == "https://127.0.0.1:8601"
    assert [(s.id, s.nature) for s in config.stations] == [("A", Nature.VOICE), ("B", Nature.PRODUCTION)]
    assert config.printer.address == "127.0.0.1:8604"
    assert config.ent.password_file is not None
    assert config.ent.password_file.read_text().strip()


def test_paths_with_quotes_and_accents_survive_the_configuration(tmp_path: Path) -> None:
    places = Places(tmp_path / 'l"école \\ été')
    file = tmp_path / "boite.toml"
    file.write_text(demo_config(places, PORTS))
    assert load_config(file).data == places.data


def test_the_class_has_namesakes_and_varied_permissions(places: Places) -> None:
    register = Register(places)
    shown = [pupil["shown"] for pupil in register.pupils()]
    assert len(shown) == len(PUPILS) == len(set(shown))
    assert {"Gabriel M.", "Gabriel T."} <= set(shown)
    answers = {pupil["first_name"]: pupil["refused"] for pupil in register.pupils()}
    assert (answers["Mathéo"], answers["Élise"]) == ([], ["production", "voice"])
    voices = {tuple(sorted(pupil["permissions"]["voice"])) for pupil in register.pupils()}
    assert voices == {("class", "family"), ("class",), ()}
    assert register.titles() == {station: made.words.title for station, made in SCENARIOS.items()}


def test_the_school_is_invented_whole_and_leads_nowhere(places: Places) -> None:
    box = Box(config_of(places), config_of(places).clock())
    try:
        assert settings.get_sealed(box.database, school.SCHOOL)
    finally:
        box.close()
    told = asdict(SCHOOL)
    assert [name for name, words in told.items() if not words] == ["controller_name"]
    assert all(words.endswith(".example") for words in told.values() if "@" in words)


def test_each_station_asks_for_something_and_says_it(places: Places) -> None:
    box = Box(config_of(places), config_of(places).clock())
    try:
        rows = {station: stations.scenario(box, station) for station in SCENARIOS}
        assert (rows["A"].group_max, rows["A"].caption) == (1, False)
        assert (rows["B"].group_max, rows["B"].caption) == (2, True)
        assert set(voices.listing(box)) == {f"consigne/{row.id}/fr" for row in rows.values()}
        opener = box.keys.unlock_recovery(places.recovery.read_text())
        said = [opener.open_json(row.sealed) for row in pupils.every(box.database)]
        assert [word["first_name"] for word in said if word["language"] == "ar"] == ["Youssef"]
        assert [word["first_name"] for word in said if word["slow"]] == ["Noémie"]
    finally:
        box.close()


def test_no_word_of_the_class_is_in_clear_in_the_box(places: Places) -> None:
    words = {CLASS_NAME, places.passphrase.read_text().strip()}
    words |= {pupil.first_name for pupil in PUPILS} | {made.words.title for made in SCENARIOS.values()}
    for path in places.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in words if word.encode() in content], path


def test_a_second_start_changes_nothing_of_the_class(places: Places) -> None:
    before = Register(places).pupils()
    prepare(places, Ports(9000))
    assert Register(places).pupils() == before
    assert config_of(places).hub.https_port == 9001
    prepare(places, PORTS)


def test_a_lost_envelope_is_told(places: Places) -> None:
    kept = places.recovery.rename(places.recovery.with_suffix(".kept"))
    try:
        with pytest.raises(DemoError, match=re.escape(str(places.envelope))):
            make_class(config_of(places), places)
    finally:
        kept.rename(places.recovery)


def test_somebody_else_s_folder_is_left_alone(places: Places, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(DemoError, match="autre chose"):
        refuse_foreign_folder(Places(tmp_path))
    with pytest.raises(DemoError, match="autre chose"):
        refuse_foreign_folder(Places(tmp_path / "letter.txt"))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_interrupted_first_start_is_begun_again(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Places(tmp_path / "box")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.simulator.demo_class.voices.save", cut)
        with pytest.raises(KeyboardInterrupt):
            make_class(config_of(places), fresh)
    assert not fresh.data.exists()
    make_class(config_of(places), fresh)
    assert len(Register(fresh).pupils()) == len(PUPILS)


def test_the_run_folder_leaves_room_for_the_sockets_names(tmp_path: Path) -> None:
    deep = Places(tmp_path / ("deep" * 40) / "box")
    assert len(str(deep.run / "hub-station.sock").encode()) <= 107
    assert deep.run != Places(tmp_path / "box").run
