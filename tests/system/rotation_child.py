"""A hub that goes on with a change of keys and says each file it has sealed anew, to be killed."""

import sys
from pathlib import Path

import pytest

from appliance.config import Config
from appliance.hub.box import Box
from appliance.hub.keys import access, resealing, rotation
from appliance.vault.files import publish
from tests.conftest import HandClock


def main(data: Path, words: str) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(rotation, "resume", lambda _box: None)

    def say(temporary: Path, path: Path) -> None:
        publish(temporary, path)
        _say(path.name)

    patch.setattr(resealing, "publish", say)
    box = Box(Config(data.parent / "boite.toml", data, data.parent / "run", stations=()), HandClock())
    access.unlock(box, words, access.Throttle())
    rotation.work(box)
    _say("rotating" if box.keys.is_rotating() else "ended")
    box.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
