"""*La voix de la boîte* and *Les prénoms*: listening, recording, going back."""

import io
import re
from datetime import date
from typing import Any

import pytest
from werkzeug import formparser
from werkzeug.test import TestResponse

from appliance.hub import people, voices
from appliance.hub.box import Box
from appliance.hub.keys import adults
from appliance.station.levelling import level
from appliance.station.phrases import PHRASES
from appliance.station.prompts import sound_file
from appliance.vault.keys import FIRST_ADULT
from tests.unit.voice_helpers import voice_wav
from tests.unit.web_helpers import BASE, Browser, app, said, teacher, visitor
from web.security import CSRF_HEADER, MAX_FILE

__all__ = ["app", "teacher", "visitor"]


@pytest.fixture(autouse=True)
def lent(box: Box) -> None:
    """The teacher has allowed their voice to be kept."""
    adults.allow_voice(box, FIRST_ADULT, date(2027, 8, 31))


def sent(sound: bytes, **fields: str) -> dict[str, Any]:
    return {"son": (io.BytesIO(sound), "voix.wav"), **fields}


def send_large(browser: Browser, path: str, sound: bytes) -> TestResponse:
    """Post a file as a page's script does; werkzeug's own client would write it to a temporary file."""
    part = b'--x\r\nContent-Disposition: form-data; name="son"; filename="voix.wav"\r\n\r\n'
    return browser._client.post(
        path,
        base_url=BASE,
        data=part + sound + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={CSRF_HEADER: browser.csrf()},
    )


def heading(answer: TestResponse) -> str:
    return " ".join(re.findall(r'class="notice.*?<p>(.*?)</p>', said(answer), re.DOTALL))


def test_every_phrase_is_listed_with_the_box_s_own_voice(teacher: Browser) -> None:
    page = said(teacher.get("/voix"))
    for name, phrase in PHRASES.items():
        assert phrase.text.replace("\u00a0", " ") in page
        assert f"/voix/boite/{name}.wav" in page
    assert teacher.get("/voix/boite/bonjour.wav").data == sound_file("bonjour")
    assert teacher.get("/voix/boite/nothing.wav").status_code == 404
    assert "autoplay" not in page


def test_the_teacher_s_voice_takes_the_place_of_the_box_s(box: Box, teacher: Browser) -> None:
    answer = teacher.post("/voix/prompt/bonjour", sent(voice_wav()))
    assert (answer.status_code, answer.location) == (303, "/voix")
    assert "C’est enregistré" in heading(teacher.get("/voix"))
    heard = teacher.get("/voix/prompt/bonjour")
    assert (heard.mimetype, heard.data) == ("audio/wav", voices.wav(box, "prompt/bonjour"))
    assert heard.headers["Cache-Control"] == "no-store"
    assert 'src="/voix/prompt/bonjour"' in teacher.get("/voix").text
    answer = teacher.post("/voix/prompt/bonjour/oublier", {"retour": "/voix#bonjour"})
    assert answer.location == "/voix#bonjour"
    assert voices.listing(box) == {}
    assert teacher.get("/voix/prompt/bonjour").status_code == 404


def test_a_player_can_seek_in_a_recording(box: Box, teacher: Browser) -> None:
    teacher.post("/voix/prompt/bonjour", sent(voice_wav()))
    part = teacher.get("/voix/prompt/bonjour", Range="bytes=0-3")
    assert (part.status_code, part.data) == (206, b"RIFF")


def test_first_names_are_listed_with_what_is_missing(box: Box, teacher: Browser, lina: str) -> None:
    people.add(box, "Noé", pictogram="fish")
    voices.save(box, f"pupil/{lina}", voice_wav(), level)
    page = said(teacher.get("/voix/prenoms"))
    assert re.findall(r'data-label="([^"]+)"[^>]*data-has-own="([^"]*)"', page) == [
        ("Lina", "oui"),
        ("Noé", ""),
    ]


def test_a_class_without_pupils_is_told(teacher: Browser) -> None:
    assert "pas encore d’élève" in said(teacher.get("/voix/prenoms"))


def test_the_page_s_own_recorder_gets_one_sentence(box: Box, teacher: Browser, lina: str) -> None:
    answer = teacher.post(f"/voix/pupil/{lina}", sent(voice_wav()), live=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert set(voices.listing(box)) == {f"pupil/{lina}"}
    answer = teacher.post(f"/voix/pupil/{lina}", sent(b"rien"), live=True)
    assert (answer.status_code, "n’est pas un WAV" in said(answer)) == (422, True)


@pytest.mark.parametrize("sound", [b"", b"ID3\4" * 20])
def test_a_file_that_is_no_wav_is_told_and_changes_nothing(box: Box, teacher: Browser, sound: bytes) -> None:
    assert teacher.post("/voix/prompt/bonjour", sent(sound)).status_code == 303
    assert "n’est pas un WAV" in heading(teacher.get("/voix"))
    assert voices.listing(box) == {}


@pytest.mark.parametrize("key", ["prompt/start", "prompt/nothing", "pupil/personne", "autre/chose"])
def test_nobody_records_a_signal_or_what_is_not_there(box: Box, teacher: Browser, key: str) -> None:
    assert teacher.post(f"/voix/{key}", sent(voice_wav())).status_code == 404
    assert voices.listing(box) == {}


def test_only_the_teacher_listens_and_records(box: Box, visitor: Browser, lina: str) -> None:
    voices.save(box, f"pupil/{lina}", voice_wav(), level)
    assert visitor.get(f"/voix/pupil/{lina}").status_code == 303
    assert visitor.get("/voix").status_code == 303
    assert send_large(visitor, f"/voix/pupil/{lina}", voice_wav()).status_code == 401


def test_a_minute_gets_through_for_the_teacher_and_for_nobody_else(
    box: Box, teacher: Browser, visitor: Browser
) -> None:
    minute = voice_wav(58, rate=48_000)
    assert send_large(visitor, "/voix/prompt/bonjour", minute).status_code == 401
    assert send_large(teacher, "/voix/prompt/bonjour", minute + bytes(MAX_FILE)).status_code == 413
    assert send_large(teacher, "/eleves", minute).status_code == 413
    assert voices.listing(box) == {}
    assert send_large(teacher, "/voix/prompt/bonjour", minute).status_code == 303
    assert voices.listing(box)["prompt/bonjour"].duration_ms == pytest.approx(58_000, abs=300)


def test_a_voice_on_its_way_never_touches_the_disk_in_clear(
    box: Box, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_words: object) -> None:
        raise AssertionError("a temporary file was asked for")

    monkeypatch.setattr(formparser, "SpooledTemporaryFile", refused)
    assert send_large(teacher, "/voix/prompt/bonjour", voice_wav(20)).status_code == 303
    assert "prompt/bonjour" in voices.listing(box)


@pytest.mark.parametrize(("path", "may"), [("/voix", True), ("/voix/prenoms", True), ("/eleves", False)])
def test_only_pages_with_a_recorder_may_open_the_microphone(
    box: Box, teacher: Browser, lina: str, path: str, may: bool
) -> None:
    policy = teacher.get(path).headers["Permissions-Policy"]
    assert ("microphone=(self)" in policy, "microphone=()" in policy) == (may, not may)
    assert "camera=()" in policy


@pytest.mark.parametrize("path", ["/voix", "/voix/prenoms"])
def test_the_pages_carry_nothing_inline(teacher: Browser, lina: str, path: str) -> None:
    text = teacher.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", text)
