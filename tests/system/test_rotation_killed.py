"""A change of keys under `kill -9`, again and again: it ends, and all is there, under the new keys."""

import subprocess
import sys
from pathlib import Path

import pytest

from appliance.hub.box import Box
from appliance.hub.keys import rotation
from tests.unit.hub_helpers import send
from tests.unit.rotation_helpers import VOICE, Class, is_heard, opened, under_former_keys

ROOT = Path(__file__).parents[2]


def hub(data: Path, words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.system.rotation_child", str(data), words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_killed_again_and_again_it_ends_the_same(new_box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "resume", lambda _box: None)
    school = Class(new_box)
    traces = [*school.captures, *(send(new_box, school.pupil, VOICE) for _ in range(30))]
    draft = rotation.draft(new_box)
    rotation.begin(new_box, draft)
    config, clock = new_box.config, new_box.clock
    new_box.close()
    said: list[str] = []
    for patience in (1, 2, 4, 7):
        with hub(config.data, draft.words["teacher"]) as process:
            assert process.stdout is not None
            for _file in range(patience):
                said.append(process.stdout.readline().strip())
            process.kill()
    assert "ended" not in said
    with hub(config.data, draft.words["teacher"]) as process:
        assert process.stdout is not None
        said += process.stdout.read().split()
    assert said[-1] == "ended"
    with opened(config, clock, draft) as box:
        assert not box.keys.is_rotating()
        assert under_former_keys(box) == []
        assert all(is_heard(box, capture) for capture in traces)
