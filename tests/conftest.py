"""A box for each test, with keys made once, and words that wrap at once."""

import copy
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import PARIS
from appliance.config import Config, EntConfig, StationConfig
from appliance.domain.permissions import Nature, Scope
from appliance.domain.retention import ClockReading
from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.vault import wraps
from appliance.vault.keys import KeyFolder, NewKeys
from appliance.vault.opening import Opener

WORK_FACTOR = wraps.WORK_FACTOR
"""What a real box gives to its words."""


@dataclass
class HandClock:
    """A clock that a test moves by hand."""

    now: datetime = datetime(2027, 1, 12, 8, 40, tzinfo=PARIS)
    trusted: bool = True

    def read(self) -> ClockReading:
        return ClockReading(self.now, self.trusted)

    def pass_(self, delta: timedelta) -> None:
        self.now += delta


@dataclass(frozen=True)
class MadeKeys:
    """A class key on disk, its secrets and its opener."""

    folder: Path
    secrets: NewKeys
    opener: Opener


@pytest.fixture(scope="session", autouse=True)
def quick_wraps() -> Iterator[None]:
    """What makes words slow to guess is tested where it is made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wraps, "WORK_FACTOR", 1)
        yield


@pytest.fixture(scope="session")
def made_keys(quick_wraps: None, tmp_path_factory: pytest.TempPathFactory) -> MadeKeys:
    folder = tmp_path_factory.mktemp("keys")
    keys = KeyFolder(folder)
    secrets = keys.create()
    return MadeKeys(folder, secrets, keys.unlock(secrets.passphrase))


@pytest.fixture(autouse=True)
def pins_given_back() -> Iterator[None]:
    """gpiozero keeps its pin factory for the whole process: no test inherits another's."""
    yield
    if "gpiozero" in sys.modules:
        from gpiozero import Device

        if Device.pin_factory is not None:
            Device.pin_factory.reset()
            Device.pin_factory = None


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        path=tmp_path / "boite.toml",
        data=tmp_path / "data",
        run=tmp_path / "run",
        stations=(
            StationConfig("A", Nature.VOICE, microphone="twin", badge_camera=0),
            StationConfig("B", Nature.PRODUCTION, badge_camera=0, tray_camera=1),
        ),
        ent=EntConfig(kind="webdav", url="https://ent.example"),
    )


@pytest.fixture
def new_box(config: Config, clock: HandClock) -> Iterator[Box]:
    """A box before its first start."""
    box = Box(config, clock)
    yield box
    box.close()


@pytest.fixture
def box(new_box: Box, made_keys: MadeKeys) -> Box:
    """A box with a class, titles and no pupil, locked."""
    shutil.copytree(made_keys.folder, new_box.config.data / "keys", dirs_exist_ok=True)
    checklist.tick_all(new_box, new_box.today(), "essai")
    people.set_class_name(new_box, "CP de Mme Martin")
    stations.set_title(new_box, "A", "Lecture, page 12", "book")
    stations.set_title(new_box, "B", "Le nombre 24", "puzzle")
    return new_box


@pytest.fixture
def open_box(box: Box, made_keys: MadeKeys) -> Box:
    """The same box with its class open."""
    # A copy: an opener changes with the keys, and these are every test's.
    box.set_opener(copy.copy(made_keys.opener))
    return box


@pytest.fixture
def lina(box: Box) -> str:
    """A pupil whose voice and productions may be kept in class and heard at home."""
    pupil = people.add(box, "Lina", initial="D", level="CP", pictogram="turtle")
    for nature in (Nature.VOICE, Nature.PRODUCTION):
        people.answer(box, pupil, nature, [Scope.CLASS, Scope.FAMILY])
    return pupil
