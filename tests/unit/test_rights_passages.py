"""A group's sound in a child's copy: only the passage that the teacher gave is heard (law.md §3)."""

import numpy as np
import pytest

from appliance.devices.ports import SAMPLE_RATE
from appliance.domain.captures import Capture
from appliance.hub.box import Box
from appliance.hub.rights.access_file import Choice
from appliance.media.decode import pcm_of
from appliance.media.mp3 import to_mp3
from appliance.media.passages import Passage, only
from appliance.store import exports
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import data, made, opened, tom
from tests.unit.web_helpers import Browser, app, said, teacher

__all__ = ["app", "teacher", "tom"]


@pytest.fixture(scope="module")
def three_seconds() -> bytes:
    """A voice that never stops, as an MP3."""
    moments = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    return to_mp3((np.sin(moments * 2 * np.pi * 220) * 12_000).astype("<i2").tobytes())


def loudness(mp3: bytes, start: float, end: float) -> float:
    samples = np.frombuffer(pcm_of(mp3), "<i2").astype(float)
    return float(np.abs(samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]).mean())


def both(box: Box, lina: str, tom: str, content: bytes) -> Capture:
    return send(box, lina, content, pupils=(lina, tom), duration_ms=3_000)


def test_the_rest_is_silent_and_the_length_stays(three_seconds: bytes) -> None:
    kept = only(three_seconds, Passage(1.0, 2.0))
    assert loudness(kept, 1.2, 1.9) > 5_000
    assert loudness(kept, 0, 0.9) < 50
    assert loudness(kept, 2.2, 2.9) < 50
    assert len(pcm_of(kept)) == pytest.approx(len(pcm_of(three_seconds)), rel=0.05)


def test_a_copy_says_that_the_others_are_silent(
    open_box: Box, lina: str, tom: str, three_seconds: bytes
) -> None:
    trace = both(open_box, lina, tom, three_seconds)
    files = opened(open_box, made(open_box, lina, Choice(passages={trace.id: Passage(0.0, 1.0)})))
    (told,) = data(files)["traces"]
    assert told["copie"] == "passage"
    assert loudness(files[told["fichier"]], 0.1, 0.9) > 5_000
    assert loudness(files[told["fichier"]], 1.3, 2.9) < 50
    assert "sont muets" in files["index.html"].decode()


def test_what_is_no_sound_is_told_as_damaged(open_box: Box, lina: str, tom: str) -> None:
    trace = both(open_box, lina, tom, b"pas un son")
    files = opened(open_box, made(open_box, lina, Choice(passages={trace.id: Passage(0.0, 1.0)})))
    assert data(files)["traces"][0]["copie"] == "abimee"


@pytest.mark.parametrize(("start", "end", "copied"), [("0", "1,5", True), ("", "1", True), ("2", "1", False)])
def test_the_page_takes_seconds_and_refuses_what_ends_before_it_begins(
    box: Box, teacher: Browser, lina: str, tom: str, three_seconds: bytes, start: str, end: str, copied: bool
) -> None:
    trace = both(box, lina, tom, three_seconds)
    page = f"/eleves/{lina}/droits/copie"
    assert "Rendre les autres muets" in said(teacher.get(page))
    answer = teacher.post(page, {f"de-{trace.id}": start, f"a-{trace.id}": end})
    box.errands.join()
    assert answer.status_code == (200 if copied else 303)
    assert len(exports.every(box.database)) == int(copied)


def test_letters_are_no_seconds(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    trace = both(box, lina, tom, b"deux voix")
    teacher.post(f"/eleves/{lina}/droits/copie", {f"de-{trace.id}": "début"})
    assert "corrigez ses secondes" in said(teacher.get(f"/eleves/{lina}/droits/copie"))
    assert exports.every(box.database) == []
